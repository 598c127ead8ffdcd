"""A project's instructions, and the persona that answers in its chats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.gui.personas.personas import Personas
from nowprint.gui.sidebar.projects import Projects
from nowprint.gui.widgets.buttons import Choice, button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme

if TYPE_CHECKING:
    from nowprint.inspection import Project


class ProjectDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        bridge: Bridge,
        personas: Personas,
        projects: Projects,
        project: Project,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Project", "project.dialog", parent)
        self._bridge, self._projects, self._project = bridge, projects, project
        self.add_heading(f"Chats of “{show_invisible(project.name)}”")
        column = self.add_card("Instructions")
        column.addWidget(
            words("The model is told them in each of its chats, after the system text.", "quiet")
        )
        self.instructions = QPlainTextEdit(project.instructions)
        self.instructions.setProperty("boxed", True)
        self.instructions.setObjectName("project.instructions")
        self.instructions.setAccessibleName("Instructions")
        self.instructions.setPlaceholderText("None")
        self.instructions.setTabChangesFocus(True)
        self.instructions.setFixedHeight(130)
        column.addWidget(self.instructions)
        column = self.add_card("Who answers")
        self.persona = Choice(theme)
        self.persona.setObjectName("project.persona")
        self.persona.setAccessibleName("Who answers")
        self.persona.addItem("No persona", None)
        for one in personas.all:
            self.persona.addItem(show_invisible(one.name), one.id)
        self.persona.setCurrentIndex(max(0, self.persona.findData(project.persona)))
        column.addWidget(self.persona)
        column.addWidget(words("What is chosen above a chat holds there instead.", "quiet"))
        self.column.addStretch()
        self._save = button("&Save", "primary", self._store, name="project.save")
        self.add_close("Cancel")
        self.add_buttons(self._save)
        self._save.setDefault(True)
        self.instructions.setFocus()
        self.fit()

    def _store(self) -> None:
        from nowprint.service.requests.personas import InstructProject

        def stored(_: Project) -> None:
            self._projects.refresh()
            if not self.closed:
                self.accept()

        self.say_fault("")
        text, persona = self.instructions.toPlainText(), self.persona.currentData()
        request = InstructProject(self._project.id, text, persona)
        self._bridge.call(request, stored, self._failed)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.say_fault(str(error))
