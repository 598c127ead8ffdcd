"""Opens the pages of people, places and things, and does in the window what follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.dialogs.people.people_dialog import PeopleDialog
    from nowprint.gui.window.parts import Parts
    from nowprint.inspection import Forgetting


class PeopleOpener(QObject):
    def __init__(self, parts: Parts, forget: Callable[[Forgetting, str], object]) -> None:
        """``forget`` shows what would be forgotten."""
        super().__init__(parts.window)
        self._window, self._theme = parts.window, parts.theme
        self._bridge, self._panels = parts.session.bridge, parts.panels
        self._forget = forget
        self._dialog: PeopleDialog | None = None
        inspector = parts.panels.inspector
        requests = inspector.requests
        for changed in (requests.forgotten, requests.returned, inspector.changed):
            changed.connect(lambda *_: self._refresh())
        parts.chat.finished.connect(lambda _: self._refresh())

    def open(self) -> None:
        from nowprint.gui.dialogs.people.people_dialog import PeopleDialog

        if self._dialog is None:
            self._dialog = PeopleDialog(self._theme, self._bridge, self._window)
            self._dialog.finished.connect(self._closed)
            self._dialog.episode_wanted.connect(self._show_episode)
            self._dialog.forget_wanted.connect(self._forget)
        # Not modal: the memories that are clicked open in the inspector beside it.
        self._dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    def _show_episode(self, id: int) -> None:
        inspector = self._panels.inspector
        inspector.show()
        inspector.show_episode(id)

    def _refresh(self) -> None:
        if self._dialog is not None:
            self._dialog.refresh()

    def _closed(self) -> None:
        self._dialog = None
