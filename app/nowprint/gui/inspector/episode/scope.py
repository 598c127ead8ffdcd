"""The button that says where a memory is recalled, and lets the user choose another place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.inspector.search.bulk_actions import choose_project
from nowprint.gui.widgets.buttons import button

if TYPE_CHECKING:
    from nowprint.inspection import Project
    from nowprint.records import Episode

MOST = 26
"""Characters that the button has room for."""


class Scope(QObject):
    move_to = Signal(int, object)
    """Recall this episode only in the project with this id, or (None) everywhere."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._episode: Episode | None = None
        self.button = button(
            "Everywhere",
            "outlined",
            self._choose,
            name="episode.scope",
            about="Where it is recalled: everywhere, or only in one project",
        )

    def show_episode(self, episode: Episode) -> None:
        """Show the project's name; the core is asked for it, since the user may have renamed the project."""
        from nowprint.service.requests.memory import ListProjects

        self._episode = episode

        def name(projects: tuple[Project, ...]) -> None:
            if self._episode is episode:
                found = [one.name for one in projects if one.id == episode.project]
                self._name(f"Only in {found[0]}" if found else "Everywhere")

        if episode.project is None:
            self._name("Everywhere")
        else:
            self._bridge.call(ListProjects(), name)

    def _name(self, words: str) -> None:
        self.button.setText(words if len(words) <= MOST else f"{words[: MOST - 1].rstrip()}…")
        self.button.setAccessibleName(f"Recalled: {words}")

    def _choose(self) -> None:
        if episode := self._episode:
            choose_project(self.button, self._bridge, lambda to: self.move_to.emit(episode.id, to))
