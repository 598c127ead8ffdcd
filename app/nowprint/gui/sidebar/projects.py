"""Creates, renames and deletes projects, and moves conversations to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from nowprint.gui.core.bridge import Bridge
from nowprint.gui.widgets.buttons import dress
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import count, listing

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu

    from nowprint.inspection import Forgotten, Project


class Projects(QObject):
    changed = Signal(tuple)
    """All projects, by name."""
    moved = Signal(tuple, object)
    """The ids of conversations, and the project's that they are to belong to (None: none)."""
    deleted = Signal()
    hidden = Signal(object)
    """Forgotten: a project was deleted, for a minute with undo."""

    def __init__(self, theme: Theme, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._theme = theme
        self._bridge = bridge
        self._window = window
        self.all: tuple[Project, ...] = ()

    def refresh(self) -> None:
        from nowprint.service.requests.memory import ListProjects

        self._bridge.call(ListProjects(), self._show)

    def get(self, project_id: int | None) -> Project | None:
        return next((project for project in self.all if project.id == project_id), None)

    def name(self, project_id: int | None) -> str:
        return next((project.name for project in self.all if project.id == project_id), "")

    def _show(self, projects: tuple[Project, ...]) -> None:
        self.all = projects
        self.changed.emit(projects)

    # --- changes ---------------------------------------------------------------------------

    def ask_new(self, conversations: tuple[int, ...] = ()) -> None:
        """Make a project, for the conversations that are named."""
        from nowprint.service.requests.memory import CreateProject

        def made(project: Project) -> None:
            self.refresh()
            if conversations:
                self.moved.emit(conversations, project.id)

        about = "What you say in a project's conversations is recalled only there."
        self._ask(
            "New project", about, "", lambda name: self._bridge.call(CreateProject(name), made)
        )

    def ask_rename(self, project_id: int) -> None:
        old = self.name(project_id)
        self._ask("Rename project", "", old, lambda name: self.rename(project_id, name))

    def _ask(self, title: str, about: str, name: str, named: Callable[[str], object]) -> None:
        from nowprint.gui.widgets.name_dialog import NameDialog

        NameDialog(self._theme, title, about, name, named, self._window).open()

    def rename(self, project_id: int, name: str) -> None:
        from nowprint.service.requests.memory import RenameProject

        self._bridge.call(RenameProject(project_id, name), lambda _: self.refresh(), self._refused)

    def _refused(self, error: Exception) -> None:
        self.refresh()  # to show the old name again
        self._bridge.fault.emit(error)

    def ask_delete(self, project_id: int) -> None:
        project = self.get(project_id)
        if project is None:
            return
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(self._window)
        box.setObjectName("project.delete")
        box.setWindowTitle("Delete project")
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(f"Delete the project “{project.name}”?")
        box.setInformativeText(_what_stays(project))
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        delete.setObjectName("project.delete.confirm")
        keep = box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
        dress(delete, "danger")
        dress(keep, "outlined")
        box.setDefaultButton(keep)
        delete.clicked.connect(lambda: self._delete(project_id))
        box.finished.connect(box.deleteLater)
        box.open()

    def _delete(self, project_id: int) -> None:
        from nowprint.service.requests.memory import DeleteProject

        def deleted(what: Forgotten) -> None:
            self.refresh()
            self.deleted.emit()
            self.hidden.emit(what)

        self._bridge.call(DeleteProject(project_id), deleted)

    # --- a menu ----------------------------------------------------------------------------

    def fill(self, menu: QMenu, conversations: tuple[int, ...], projects: set[int | None]) -> None:
        """Fill a menu with the projects that conversations can be moved to; ticked is the one that all of
        them belong to."""
        menu.clear()
        targets: list[tuple[str, int | None]] = [("No project", None)]
        targets += [(project.name.replace("&", "&&"), project.id) for project in self.all]
        for name, id in targets:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(bool(conversations) and projects == {id})
            action.setEnabled(bool(conversations))
            action.triggered.connect(lambda _=False, id=id: self.moved.emit(conversations, id))
        menu.addSeparator()
        menu.addAction("New project…", lambda: self.ask_new(conversations))


def _what_stays(project: Project) -> str:
    held = []
    if project.conversations:
        held.append(count(project.conversations, "conversation"))
    if project.episodes:
        held.append(count(project.episodes, "memory", "memories"))
    if not held:
        return "It is empty."
    stays = (
        f"You can undo this for one minute. Its {listing(held)} will be kept outside any project"
    )
    if not project.episodes:
        return f"{stays}."
    them = "the memory" if project.episodes == 1 else "the memories"
    return f"{stays}; {them} will be recalled everywhere."
