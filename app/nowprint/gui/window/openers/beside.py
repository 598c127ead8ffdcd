"""What opens a dialog that stays beside the chat, and whose memories open in the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from nowprint.gui.widgets.dialog import DialogBase
    from nowprint.gui.window.parts import Parts


class BesideOpener(QObject):
    """Opens one dialog at a time. A subclass makes it; it has the signal ``episode_wanted``."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._bridge, self._panels = parts.session.bridge, parts.panels
        self._dialog: Any = None  # what ``make`` made, while it is open

    def make(self) -> DialogBase:
        raise NotImplementedError

    def open(self) -> None:
        if self._dialog is None:
            self._dialog = self.make()
            self._dialog.finished.connect(self._closed)
            self._dialog.episode_wanted.connect(self._show_episode)
        # Not modal: the memories that are clicked open in the inspector beside it.
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _show_episode(self, id: int) -> None:
        inspector = self._panels.inspector
        inspector.show()
        inspector.show_episode(id)

    def _closed(self) -> None:
        self._dialog = None
