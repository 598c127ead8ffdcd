"""The message field: it grows with the text to eight lines; Enter sends, Shift+Enter begins a new line.

The user can write at any time. The line below says what the memory does in this chat and, while sending
isn't possible, why. While an input method is composing, Enter belongs to it.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.chat.chat_header import Elided
from nowprint.gui.chat.memory_mode import MemoryModeButton
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.theme import Theme

MOST_LINES = 8
COMMITTED = 50
"""ms after an input method's commit in which Enter is the one that committed: some send it as well."""
SHORT = "Enter sends"
HINT = f"{SHORT} · Shift+Enter begins a new line"
WRITING = "Enter queues the message · Esc stops the answer"


LONGEST_FILE = 100_000
"""Bytes of a text file that can be pasted."""
NO_PICTURE = "The picture was not attached, since the model reads only text."


def text_of(path: Path) -> str | None:
    """The text in a file; None if it is none, or too long for a message."""
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_FILE + 1)
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return text if len(content) <= LONGEST_FILE and "\0" not in text else None


class Input(QPlainTextEdit):
    """A field for plain text; ``entered`` is emitted when the user presses Enter to send."""

    entered = Signal()
    focused = Signal(bool)
    said = Signal(str)
    """A sentence about what was pasted and isn't text."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._set_font()
        theme.changed.connect(self._resize)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.document().setDocumentMargin(2)
        self.setPlaceholderText("Write a message")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._grow())
        self._composing = False
        self._committed = QTimer(self, singleShot=True, interval=COMMITTED)
        self._grow()

    def _set_font(self) -> None:
        self.setFont(self._theme.font(1.06))
        self.viewport().setFont(
            self.font()
        )  # the placeholder's, which a style sheet doesn't hand down

    def _resize(self) -> None:
        self._set_font()
        self._grow()

    def _grow(self) -> None:
        line = self.fontMetrics().lineSpacing()
        lines = max(1, min(MOST_LINES, int(self.document().size().height())))
        many = self.document().size().height() > MOST_LINES
        on, off = Qt.ScrollBarPolicy.ScrollBarAsNeeded, Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(on if many else off)
        height = lines * line + 8
        if height != self.height():
            self.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        composed, self._composing = self._composing, bool(event.preeditString())
        super().inputMethodEvent(event)
        if composed and not self._composing:
            self._committed.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and self._composing:
            QGuiApplication.inputMethod().commit()
            event.accept()
        elif enter and self._committed.isActive():
            self._committed.stop()
            event.accept()
        elif enter and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.entered.emit()
            event.accept()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Refuse files, so that they go to the window, which opens them."""
        files = any(url.isLocalFile() for url in source.urls())
        return not files and super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text; of a file that holds text, that. Nothing is ever attached, and a sentence says so."""
        paths = [Path(url.toLocalFile()) for url in source.urls() if url.isLocalFile()]
        if paths:
            self._insert_files(paths)
        elif source.hasImage() and not source.hasText():
            self.said.emit(NO_PICTURE)
        else:
            super().insertFromMimeData(source)

    def _insert_files(self, paths: list[Path]) -> None:
        refused = []
        for path in paths:
            text = text_of(path)
            if text is None:
                refused.append(path.name)
            else:
                self.insertPlainText(text)
        if refused:
            names = ", ".join(refused)
            self.said.emit(f"{names}: not attached, since the model reads only text.")
        else:
            names = ", ".join(path.name for path in paths)
            self.said.emit(f"The text of {names} was inserted; nothing is attached.")

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focused.emit(False)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 30)


class Composer(QWidget):
    send = Signal(str)
    stop = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("composerArea")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._reason = ""
        self._writing = False
        self._frame = QFrame()
        self._frame.setObjectName("composerFrame")
        self.input = Input(theme, self._frame)
        self.input.setObjectName("composer.input")
        self.input.setAccessibleName("Message")
        self.input.setAccessibleDescription(HINT)
        self.input.entered.connect(self._send)
        self.input.textChanged.connect(self._refresh)
        self.input.focused.connect(self._mark_focus)
        self.send_button = button(
            "Send", "primary", self._send, name="composer.send", about="Send the message (Enter)"
        )
        self.stop_button = button(
            "Stop", "outlined", self.stop.emit, name="composer.stop", about="Stop the answer (Esc)"
        )
        self.stop_button.hide()
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(14, 9, 9, 9)
        row.setSpacing(8)
        row.addWidget(self.input, 1)
        row.addWidget(self.send_button, alignment=Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.stop_button, alignment=Qt.AlignmentFlag.AlignBottom)
        self.memory = MemoryModeButton(theme, self)
        self.think = button(
            "",
            "quiet",
            name="chat.think",
            about="Whether the model thinks before it answers in this chat; click to change it",
        )
        self.think.hide()
        self._hint = Elided(HINT, SHORT)
        self._hint.setProperty("quiet", True)
        self._hint.setObjectName("composer.hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignRight)
        foot = QHBoxLayout()
        foot.setContentsMargins(4, 0, 10, 0)
        foot.setSpacing(12)
        foot.addWidget(self.memory)
        foot.addWidget(self.think)
        foot.addStretch()
        foot.addWidget(self._hint)
        inner = QWidget()
        inner.setMaximumWidth(800)
        column = self.column = QVBoxLayout(inner)
        column.setContentsMargins(0, 4, 0, 8)
        column.setSpacing(4)
        column.addWidget(self._frame)
        column.addLayout(foot)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(20, 0, 20, 0)
        outer.addWidget(inner)
        self._refresh()

    def decorate(self) -> None:
        """Set the icons: after the first paint, and again whenever the theme changes."""
        self.send_button.setIcon(self._theme.icon("send", "on_accent"))
        self.stop_button.setIcon(self._theme.icon("stop"))
        self.memory.decorate()

    def block(self, reason: str) -> None:
        """Set the reason why nothing can be sent now; empty if something can."""
        self._reason = reason
        self._refresh()

    def set_writing(self, writing: bool) -> None:
        self._writing = writing
        had_focus = self.stop_button.hasFocus() or self.send_button.hasFocus()
        self.stop_button.setVisible(writing)
        if had_focus:
            self.input.setFocus()
        self._refresh()

    def put(self, text: str) -> None:
        self.input.setPlainText(text)
        self.input.moveCursor(self.input.textCursor().MoveOperation.End)
        self.input.setFocus()

    def add(self, text: str) -> None:
        """Put a text into the field, after the draft if there is one."""
        draft = self.input.toPlainText()
        if not draft.strip():
            self.put(text)
            return
        self.input.moveCursor(self.input.textCursor().MoveOperation.End)
        self.input.insertPlainText(text if draft.endswith("\n") else f"\n{text}")
        self.input.setFocus()

    def quote(self, text: str) -> None:
        """Put a passage before what the user will write about it."""
        self.add("\n".join(f"> {line}".rstrip() for line in text.splitlines()) + "\n\n")

    def _send(self) -> None:
        text = self.input.toPlainText().strip()
        if text and not self._reason:
            self.input.clear()
            self.send.emit(text)

    def _refresh(self) -> None:
        ready = not self._reason and bool(self.input.toPlainText().strip())
        self.send_button.setEnabled(ready)
        self.send_button.setVisible(ready or not self._writing)
        does = "Queue" if self._writing else "Send"
        self.send_button.setText(does)
        self.send_button.setAccessibleName(does)
        said = self._reason or (WRITING if self._writing else HINT)
        if said != self._hint.text():
            self._hint.short = SHORT if said == HINT else ""
            self._hint.setText(said)
            self.input.setAccessibleDescription(said)

    def _mark_focus(self, focused: bool) -> None:
        self._frame.setProperty("focused", focused)
        self._frame.style().unpolish(self._frame)
        self._frame.style().polish(self._frame)
