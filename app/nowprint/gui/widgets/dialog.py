"""The base of the dialogs: the contents scroll where the screen is low, the buttons below stay in view.

Text from memories and files is shown as plain text. Subclasses look at ``self.closed`` and drop replies that
come after the dialog was closed.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nowprint.gui.widgets.buttons import button, quiet
from nowprint.gui.widgets.notices import announce
from nowprint.gui.widgets.theme import Theme

WIDTH = 560
SIDE = 20
PLACED = 500
"""ms after which the window manager has placed a dialog."""


class DialogBase(QDialog):
    def __init__(
        self, theme: Theme, title: str, name: str, parent: QWidget, *, width: int = WIDTH
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setObjectName(name)
        self.theme = theme
        self.closed = False
        self._width = width
        self.inner = QWidget()
        self.column = QVBoxLayout(self.inner)
        self.column.setContentsMargins(SIDE, SIDE, SIDE, 12)
        self.column.setSpacing(12)
        self.area = QScrollArea()
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(self.inner)
        self.fault = words("", "fault", name=f"{name}.fault")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(title)
        self._below = QVBoxLayout()
        self._below.setContentsMargins(SIDE, 0, SIDE, 0)
        for part in (self.fault, self.bar):
            part.hide()
            self._below.addWidget(part)
        self.foot = QHBoxLayout()
        self.foot.setContentsMargins(SIDE, 10, SIDE, 16)
        self.foot.setSpacing(8)
        self.foot.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.area, 1)
        whole.addLayout(self._below)
        whole.addLayout(self.foot)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._follow_focus)
        room = self.screen().availableGeometry()
        self.setMinimumSize(min(360, room.width()), min(220, room.height()))
        self.resize(min(width, room.width() - 40), self.height())

    def fit(self, *, least: int = 0, shrink: bool = False) -> None:
        """Make the dialog as high as its contents need, within the screen; at least ``least`` pixels, and
        lower than it was only with ``shrink``."""
        self._fit(least, shrink)
        # again, when Qt has laid out what was just put in
        QTimer.singleShot(0, self, lambda: self._fit(least, shrink))

    def _fit(self, least: int, shrink: bool) -> None:
        room = self.screen().availableGeometry()
        layout = self.inner.layout()
        layout.activate()
        bar = self.area.verticalScrollBar().sizeHint().width()
        least_wide = min(layout.minimumSize().width() + bar, room.width())
        self.setMinimumWidth(max(self.minimumWidth(), least_wide))
        usual = self.width() if self.isVisible() else self._width  # the user may have resized it
        wide = max(min(usual, room.width() - 40), self.minimumWidth())
        needed = layout.heightForWidth(wide) if layout.hasHeightForWidth() else 0
        needed = max(needed, layout.sizeHint().height() if needed <= 0 else 0)
        needed += self.foot.sizeHint().height() + self._below.sizeHint().height() + 8
        before = self.height()
        kept = before if self.isVisible() and not shrink else 0
        self.resize(wide, min(max(needed, least, kept), room.height() - 60))
        if self.isVisible() and self.height() != before:  # upwards, too: contents may come late
            self._move_within(self.frameGeometry().translated(0, (before - self.height()) // 2))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(PLACED, self, self._come_inside)

    def _come_inside(self) -> None:
        """Some window managers put a dialog that is resized while they place it at the screen's origin, with
        its title above the edge."""
        frame = self.frameGeometry()
        if not self.closed and not self.screen().availableGeometry().contains(frame):
            frame.moveCenter(self.parentWidget().window().frameGeometry().center())
            self._move_within(frame)

    def _move_within(self, frame: QRect) -> None:
        """Move it to this place, or to the nearest where its upper left corner is on the screen, and the
        lower right one if there is room."""
        room = self.screen().availableGeometry()
        left = max(room.left(), min(frame.left(), room.right() + 1 - frame.width()))
        self.move(left, max(room.top(), min(frame.top(), room.bottom() + 1 - frame.height())))

    def add_heading(self, text: str) -> QLabel:
        made = words(text, "title")
        self.column.addWidget(made)
        made.show()
        return made

    def add_card(self, title: str = "", *, into: QVBoxLayout | None = None) -> QVBoxLayout:
        """Add a card, and return the layout inside it."""
        card = QFrame()
        card.setObjectName("card")
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        if title:
            column.addWidget(words(title, "heading"))
        (into or self.column).addWidget(card)
        card.show()  # at once, so that it counts when the dialog is fitted
        return column

    def add_buttons(self, *made: QPushButton, default: QPushButton | None = None) -> None:
        for one in made:
            self.foot.addWidget(one)
        if default:
            default.setDefault(True)
            default.setFocus()

    def add_close(self, text: str = "Close") -> QPushButton:
        made = button(text, "outlined", self.reject, name=f"{self.objectName()}.close")
        self.add_buttons(made)
        return made

    def say_fault(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        if sentence:
            self.fit()
            announce(self, sentence)

    def busy(self, what: str, fraction: float | None = None) -> None:
        """Show that something goes on; if ``what`` is empty, nothing does any more."""
        self.bar.setVisible(bool(what))
        self.bar.setRange(0, 0 if fraction is None else 1000)
        self.bar.setValue(int((fraction or 0) * 1000))
        self.bar.setAccessibleName(what or self.windowTitle())

    def done(self, result: int) -> None:
        self.closed = True
        super().done(result)

    def _follow_focus(self, _: QWidget | None, now: QWidget | None) -> None:
        """Scroll to the control that got the focus: Qt does so only if the one before is in the same area."""
        if now is not None and not self.closed and self.area.isAncestorOf(now):
            self.area.ensureWidgetVisible(now)


def words(text: str, kind: str = "", *, name: str = "") -> QLabel:
    """A label of plain text that wraps; ``kind`` is a property that the style sheet knows."""
    made = quiet(text) if kind == "quiet" else QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    if kind and kind != "quiet":
        made.setProperty(kind, True)
    if name:
        made.setObjectName(name)
    return made


def bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"•  {line}" for line in lines)
