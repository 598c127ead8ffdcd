"""A few lines of text to write or to correct."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from nowprint.gui.widgets.buttons import button


class TextEditor(QWidget):
    """A few lines to correct, with Save and Cancel, which Escape presses, too."""

    saved = Signal(str)
    cancelled = Signal()

    def __init__(self, name: str, parent: QWidget | None = None, *, save: str = "Save") -> None:
        super().__init__(parent)
        self.field = QPlainTextEdit()
        self.field.setObjectName(f"{name}.field")
        self.field.setProperty("boxed", True)
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(110)
        self.save_button = button(
            save, "primary", self._save, name=f"{name}.save", about="Ctrl+Enter"
        )
        self.save_button.setShortcut("Ctrl+Return")
        cancel = button("Cancel", "outlined", self.cancelled.emit, name=f"{name}.cancel")
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        column.addLayout(row)
        self.field.textChanged.connect(
            lambda: self.save_button.setEnabled(bool(self.field.toPlainText().strip()))
        )

    def begin(self, text: str) -> None:
        self.field.setPlainText(text)
        self.save_button.setEnabled(bool(text.strip()))
        self.show()
        self.field.setFocus()

    def event(self, event: QEvent) -> bool:
        before_shortcuts = event.type() == QEvent.Type.ShortcutOverride
        if before_shortcuts and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # before the menu takes it to stop an answer
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _save(self) -> None:
        self.saved.emit(self.field.toPlainText().strip())
