"""Full width: the inspector takes the chat's place, and gives it back when a chat is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nowprint.gui.window import MainWindow


class Wide(QObject):
    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._sizes: list[int] = []
        window.inspector.wide_wanted.connect(self.set)
        window.inspector.source.connect(self.leave)
        window.chat.opened.connect(self.leave)

    @property
    def on(self) -> bool:
        return bool(self._sizes)

    @property
    def sizes(self) -> list[int]:
        """The panels' widths beside the chat."""
        return self._sizes or self._window.splitter.sizes()

    def toggle(self) -> None:
        self.set(not self.on)

    def leave(self, *_: object) -> None:
        self.set(False)

    def set(self, wide: bool) -> None:
        window = self._window
        if wide == self.on:
            return
        splitter, inspector = window.splitter, window.inspector
        if wide:
            self._sizes = splitter.sizes()
            inspector.show()
            inspector.hold(window.notice)  # what goes wrong is said here, too
            window.centre.hide()
            splitter.setStretchFactor(2, 1)
            splitter.setSizes([self._sizes[0], 0, window.width() - self._sizes[0]])
        else:
            sizes, self._sizes = self._sizes, []
            window.notices.insertWidget(0, window.notice)
            window.centre.show()
            splitter.setStretchFactor(2, 0)
            splitter.setSizes(sizes)
        inspector.show_wide(wide)
