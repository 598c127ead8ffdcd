"""Opens what the memory did with itself, and does in the window what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nowprint.gui.window.openers.beside import BesideOpener

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog
    from nowprint.gui.window.parts import Parts


class NightsOpener(BesideOpener):
    def __init__(self, parts: Parts, open_settings: Callable[[], object]) -> None:
        super().__init__(parts)
        self._open_settings = open_settings
        parts.panels.inspector.changed.connect(self._look_again)

    def make(self) -> NightsDialog:
        from nowprint.gui.dialogs.nights.nights_dialog import NightsDialog

        dialog = NightsDialog(self._theme, self._bridge, self._window)
        dialog.settings_wanted.connect(self._open_settings)
        dialog.changed.connect(self._panels.inspector.refresh)
        return dialog

    def _look_again(self) -> None:
        if self._dialog is not None:
            self._dialog.look_again()
