"""What can be done with many memories at once; shown while more than one is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QInputDialog, QLabel, QMenu, QPushButton, QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.core.memory_requests import MemoryRequests
from nowprint.gui.widgets.buttons import button

if TYPE_CHECKING:
    from collections.abc import Callable

    from nowprint.gui.inspector.search.query import Query
    from nowprint.gui.inspector.search.selection import Selection
    from nowprint.inspection import Project
    from nowprint.records import EpisodePage

MOST_MERGED = 50
EVERYWHERE = "Everywhere (no project)"
SIDE, APART = 12, 6
"""Pixels beside the bar's parts, and between them."""
FIRST = ("clear", "confirm", "pin", "forget", "archive", "all", "merge", "move", "export")
"""The buttons that get room first; the others follow as they stand."""


class BulkActions(QFrame):
    """One line, so that the list keeps its rows: the buttons without room in it are entries of a menu."""

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
        self._made: dict[str, QPushButton] = {}
        self._shown: set[str] = set()  # the buttons in the line
        self.text = QLabel()
        self.text.setObjectName("many.text")
        self.text.setProperty("heading", True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SIDE, 7, SIDE, 7)
        self._row.setSpacing(APART)
        self._row.addWidget(self.text)
        self._groups = (
            ("clear", "all"),
            ("confirm", "pin", "unpin", "merge", "move"),
            ("archive", "bring_back"),
            ("export", "only"),
            ("forget",),
        )
        self._build()
        self.more = button(
            "More ▾",
            "outlined",
            self.open_menu,
            name="many.more",
            label="More",
            about="What else can be done with the selected memories",
        )
        self.more.setProperty("dense", True)
        self._row.addWidget(self.more)
        self._offered = set(self._made)
        self.hide()

    def _build(self) -> None:
        changes, selection = self._changes, self._selection
        self._button("clear", "Clear", lambda: selection.set(()), "Select none")
        self._button("all", "Select all", selection.all, "All that match (Ctrl+A)")
        self._row.addStretch()
        self._button(
            "confirm",
            "Confirm",
            lambda: changes.confirm(selection.ids),
            "Treat them like your own memories",
        )
        self._button("pin", "Pin", lambda: changes.pin(selection.ids, True))
        self._button("unpin", "Unpin", lambda: changes.pin(selection.ids, False))
        self._button("merge", "Merge…", self._merge, "Combine them into one memory")
        self._button("move", "Move", self._move, "To a project, or everywhere")
        self._button(
            "archive",
            "Archive",
            lambda: changes.archive(selection.ids, True),
            "Recall them no longer; a search still finds them",
        )
        self._button(
            "bring_back",
            "Bring back",
            lambda: changes.archive(selection.ids, False),
            "From the archive: recall them again",
        )
        self._button("export", "Export…", lambda: self.export.emit(selection.ids))
        self._button(
            "only", "Show only these", lambda: self.only.emit(selection.ids), "In every view"
        )
        self._button("forget", "Forget…", self._forget, "Shows first what would be forgotten")

    def _button(self, name: str, text: str, act: Callable[[], object], about: str = "") -> None:
        kind = "link" if name in ("all", "clear") else "outlined"
        made = button(text, kind, act, name=f"many.{name}", about=about)
        made.setProperty("dense", True)
        self._made[name] = made
        self._row.addWidget(made)

    def show_selection(self, total: int, *, foreign: bool) -> None:
        """``total`` is how many episodes match; ``foreign``: they are imported, so Confirm is offered."""
        number, every = len(self._selection.ids), self._made["all"]
        self.text.setText(f"{number:,} selected")
        every.setText(f"Select all {total:,}")
        every.setAccessibleName(every.text())
        self._made["merge"].setEnabled(number <= MOST_MERGED)
        idle = {"all"} if number >= total else set()
        self._offered = set(self._made) - idle - (set() if foreign else {"confirm"})
        self.setVisible(number > 1)
        self._fit()

    # --- its line, and the menu of what has no room there ------------------------------------

    def _fit(self) -> None:
        """Show as many buttons as there is room for."""
        order = [*FIRST, *(name for name in self._made if name not in FIRST)]
        wide = {name: self._wide(self._made[name]) for name in order if name in self._offered}
        room = self.width() - 2 * SIDE - self._wide(self.text) - APART  # the stretch's gap, too
        all_fit = sum(wide.values()) <= room
        room -= 0 if all_fit else self._wide(self.more)
        self._shown = set()
        for name, needed in wide.items():
            if needed > room:
                break
            self._shown.add(name)
            room -= needed
        for name, made in self._made.items():
            made.setVisible(name in self._shown)
        self.more.setHidden(all_fit)

    def _wide(self, part: QWidget) -> int:
        part.ensurePolished()
        return part.sizeHint().width() + APART

    def open_menu(self) -> None:
        menu = QMenu(self)
        menu.setObjectName("many.menu")
        menu.setToolTipsVisible(True)
        for group in self._groups:
            if menu.actions():
                menu.addSeparator()
            for name in group:
                if name in self._offered - self._shown:
                    made = self._made[name]
                    action = menu.addAction(made.text())
                    action.setToolTip(made.toolTip() or made.text())
                    action.setEnabled(made.isEnabled())
                    action.triggered.connect(made.click)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(QPoint(0, self.more.height() + 2)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._wide(self.more) + 2 * SIDE, super().minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):  # the text's size, too
            self._fit()
        return done

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
        under = self._made["move"] if "move" in self._shown else self.more
        choose_project(under, self._bridge, lambda to: self._changes.move(ids, to))


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
