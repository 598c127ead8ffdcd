"""The base of dialogs whose parts stand side by side where there is room, otherwise one above the other."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from nowprint.gui.widgets.dialog import DialogBase
from nowprint.gui.widgets.theme import Theme

ANY = 16_777_215
"""Qt's greatest size of a widget: no bound."""


class RoomyDialog(DialogBase):
    """A subclass calls ``stand_again`` once its parts are there."""

    roomy = 640
    """Width from which on there is room side by side, in pixels at the usual text size."""

    def __init__(
        self, theme: Theme, title: str, name: str, parent: QWidget, *, width: int = 900
    ) -> None:
        """``width`` is in pixels at the usual text size."""
        super().__init__(theme, title, name, parent, width=round(width * theme.text_size))
        theme.changed.connect(self.stand_again)

    def stand(self, size: float, *, wide: bool) -> None:
        """Place the parts: ``wide`` tells whether there is room side by side, ``size`` is that of the text,
        usually 1."""
        raise NotImplementedError

    def stand_again(self) -> None:
        size = self.theme.text_size
        self.stand(size, wide=self.width() >= self.roomy * size)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.stand_again()
        super().resizeEvent(event)


def turn(layouts: list[QBoxLayout], *, wide: bool) -> None:
    way = QBoxLayout.Direction
    for layout in layouts:
        layout.setDirection(way.LeftToRight if wide else way.TopToBottom)


def bound_list(part: QWidget, *, wide: bool, width: int, low: int) -> None:
    """Let a list beside what it chooses be ``width`` pixels wide, and above it at most ``low`` high."""
    part.setMinimumWidth(width if wide else 0)
    part.setMaximumWidth(width if wide else ANY)
    part.setMaximumHeight(ANY if wide else low)
