"""What can be done with many memories at once; shown while more than one is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QInputDialog, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.flow_layout import FlowLayout

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.inspector.search.query import Query
    from nowprint.gui.inspector.search.selection import Selection
    from nowprint.inspection import Project
    from nowprint.records import EpisodePage

MOST_MERGED = 50
EVERYWHERE = "Everywhere (no project)"


class BulkActions(QFrame):
    export = Signal(tuple)
    """Ids of the episodes to export."""
    only = Signal(tuple)
    """Ids of the episodes that every view is to be restricted to."""

    def __init__(
        self, bridge: Bridge, changes: MemoryRequests, selection: Selection, query: Query
    ) -> None:
        super().__init__()
        self.setObjectName("manyBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._bridge = bridge
        self._changes = changes
        self._selection = selection
        self._query = query
        self.text = QLabel()
        self.text.setObjectName("many.text")
        self.text.setProperty("heading", True)
        self._all = self._button("Select all", selection.all, "all", "All that match (Ctrl+A)")
        self.merge = self._button("Merge…", self._merge, "merge", "Combine them into one memory")
        self.move_button = self._button("Move", self._move, "move", "To a project, or everywhere")
        self.confirm = self._button(
            "Confirm",
            lambda: changes.confirm(selection.ids),
            "confirm",
            "Treat them like your own memories",
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        head = FlowLayout(across=10)
        for part in (
            self.text,
            self._all,
            self._button("Clear", lambda: selection.set(()), "clear", "Select none"),
        ):
            head.addWidget(part)
        row = FlowLayout()
        for part in (
            self._button("Pin", lambda: changes.pin(selection.ids, True), "pin"),
            self._button("Unpin", lambda: changes.pin(selection.ids, False), "unpin"),
            self.merge,
            self.move_button,
            self._button(
                "Archive",
                lambda: changes.archive(selection.ids, True),
                "archive",
                "Recall them no longer; a search still finds them",
            ),
            self._button(
                "Bring back",
                lambda: changes.archive(selection.ids, False),
                "bring_back",
                "From the archive: recall them again",
            ),
            self.confirm,
            self._button("Export…", lambda: self.export.emit(selection.ids), "export"),
            self._button(
                "Show only these", lambda: self.only.emit(selection.ids), "only", "In every view"
            ),
            self._button("Forget…", self._forget, "forget", "Shows first what would be forgotten"),
        ):
            row.addWidget(part)
        column.addLayout(head)
        column.addLayout(row)
        self.hide()

    def _button(self, text: str, act, name: str, about: str = "") -> QPushButton:
        kind = "link" if name in ("all", "clear") else "outlined"
        made = button(text, kind, act, name=f"many.{name}", about=about)
        made.setProperty("dense", True)
        return made

    def show_selection(self, total: int, *, foreign: bool) -> None:
        """``total`` is how many episodes match; ``foreign``: they are imported, so Confirm is offered."""
        number = len(self._selection.ids)
        self.text.setText(f"{number:,} selected")
        self._all.setText(f"Select all {total:,}")
        self._all.setAccessibleName(self._all.text())
        self._all.setVisible(number < total)
        self.merge.setEnabled(number <= MOST_MERGED)
        self.confirm.setVisible(foreign)
        self.setVisible(number > 1)

    def _forget(self) -> None:
        self._changes.forget(self._selection.ids)

    def _merge(self) -> None:
        from nowprint.inspection import EpisodeFilter
        from nowprint.service.requests.memory import FindEpisodes

        def show(page: EpisodePage) -> None:
            from nowprint.gui.inspector.search.merge_dialog import MergeDialog

            if len(page.episodes) > 1:
                ids = tuple(episode.id for episode in page.episodes)
                MergeDialog(
                    page.episodes, lambda text: self._changes.merge(ids, text), self.window()
                ).open()

        held_back = self._query.filter.held_back
        wanted = EpisodeFilter(ids=self._selection.ids, held_back=held_back)
        self._bridge.call(FindEpisodes(wanted, "oldest", 0, MOST_MERGED), show)

    def _move(self) -> None:
        ids = self._selection.ids
        choose_project(self.move_button, self._bridge, lambda to: self._changes.move(ids, to))


def choose_project(
    under: QWidget, bridge: Bridge, chosen: Callable[[int | None], object], at: QPoint | None = None
) -> None:
    """Show a menu of the projects under a widget, or at a place of the screen; ``chosen`` gets a project's
    id, or None for everywhere."""
    from nowprint.service.requests.memory import CreateProject, ListProjects

    def name_new() -> None:
        dialog = QInputDialog(under.window())
        dialog.setObjectName("project.name")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("New project")
        dialog.setLabelText("Name of the project")

        def create(name: str) -> None:
            if name.strip():
                bridge.call(CreateProject(name.strip()), lambda made: chosen(made.id))

        dialog.textValueSelected.connect(create)
        dialog.open()

    def show(projects: tuple[Project, ...]) -> None:
        menu = QMenu(under)
        menu.setObjectName("projects.menu")
        menu.addAction(EVERYWHERE).triggered.connect(lambda _=False: chosen(None))
        if projects:
            menu.addSeparator()
        for project in projects:
            action = menu.addAction(project.name.replace("&", "&&"))
            action.triggered.connect(lambda _=False, project=project: chosen(project.id))
        menu.addSeparator()
        menu.addAction("New project…").triggered.connect(lambda _=False: name_new())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at or under.mapToGlobal(QPoint(0, under.height() + 2)))

    bridge.call(ListProjects(), show)
