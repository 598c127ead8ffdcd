"""Opens what the memory did with itself, and does in the window what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog
    from nowprint.gui.window.parts import Parts


class NightsOpener(QObject):
    def __init__(self, parts: Parts, open_settings: Callable[[], object]) -> None:
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._bridge, self._panels = parts.session.bridge, parts.panels
        self._open_settings = open_settings
        self._dialog: NightsDialog | None = None
        parts.panels.inspector.changed.connect(self._look_again)

    def open(self) -> None:
        from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog

        if self._dialog is None:
            self._dialog = NightsDialog(self._theme, self._bridge, self._window)
            self._dialog.finished.connect(self._closed)
            self._dialog.episode_wanted.connect(self._show_episode)
            self._dialog.settings_wanted.connect(self._open_settings)
            self._dialog.changed.connect(self._panels.inspector.refresh)
        # Not modal: the memories that are clicked open in the inspector beside it.
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _show_episode(self, id: int) -> None:
        inspector = self._panels.inspector
        inspector.show()
        inspector.show_episode(id)

    def _look_again(self) -> None:
        if self._dialog is not None:
            self._dialog.look_again()

    def _closed(self) -> None:
        self._dialog = None
