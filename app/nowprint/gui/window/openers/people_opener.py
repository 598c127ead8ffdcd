"""Opens the pages of people, places and things, and does in the window what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nowprint.gui.window.openers.beside import BesideOpener

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.dialogs.people.people_dialog import PeopleDialog
    from nowprint.gui.window.parts import Parts
    from nowprint.inspection import Forgetting


class PeopleOpener(BesideOpener):
    def __init__(self, parts: Parts, forget: Callable[[Forgetting, str], object]) -> None:
        """``forget`` shows what would be forgotten."""
        super().__init__(parts)
        self._forget = forget
        inspector = parts.panels.inspector
        requests = inspector.requests
        for changed in (requests.forgotten, requests.returned, inspector.changed):
            changed.connect(lambda *_: self._refresh())
        parts.chat.finished.connect(lambda _: self._refresh())

    def make(self) -> PeopleDialog:
        from nowprint.gui.dialogs.people.people_dialog import PeopleDialog

        dialog = PeopleDialog(self._theme, self._bridge, self._window)
        dialog.forget_wanted.connect(self._forget)
        return dialog

    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.refresh()
