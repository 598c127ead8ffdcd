"""The list of personas: add, edit, copy, delete."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nowprint.gui.core.session import CoreSession
from nowprint.gui.personas.persona_editor import PersonaEditor
from nowprint.gui.personas.personas import Personas
from nowprint.gui.sidebar.projects import Projects
from nowprint.gui.widgets.buttons import button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.theme import Theme
from nowprint.gui.widgets.time_words import shortened

if TYPE_CHECKING:
    from nowprint.persona_records import Persona

ABOUT = (
    "A persona is a system text with a name. It may bring a model, sampling and memories of its own. "
    "Choose who answers beside the model's name above a chat, or for all chats of a project."
)
FIRST_WORDS = 140


class PersonasDialog(DialogBase):
    def __init__(
        self,
        theme: Theme,
        session: CoreSession,
        personas: Personas,
        projects: Projects,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Personas", "personas", parent)
        self._session, self._personas, self._projects = session, personas, projects
        self.add_heading("Personas")
        self.column.addWidget(words(ABOUT, "quiet"))
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self.column.addLayout(self._rows)
        self.column.addStretch()
        add = button("&New persona…", "primary", self._add, name="personas.add")
        self.add_close()
        self.add_buttons(add, default=add)
        personas.changed.connect(self._show)
        self._show()
        personas.refresh()

    def _show(self) -> None:
        if self.closed:
            return
        while self._rows.count():
            self._rows.takeAt(0).widget().deleteLater()
        for one in self._personas.all:
            self._add_row(one)
        self.fit(least=300)

    def _add_row(self, one: Persona) -> None:
        name = show_invisible(one.name)
        column = self.add_card(name, into=self._rows)
        column.parentWidget().setAccessibleName(name)
        told = " ".join(show_invisible(one.system).split())
        if told:
            column.addWidget(words(shortened(told, FIRST_WORDS), "quiet"))
        row = QHBoxLayout()
        for text, act in (
            ("Edit…", lambda: self._edit(one)),
            ("Copy…", lambda: self._edit(replace(one, id=0, name=self._free(one.name)))),
            ("Delete", lambda: self._personas.delete(one)),
        ):
            made = button(text, "outlined", act, label=f"{text.rstrip('…')} {name}")
            made.setObjectName(f"personas.{text.rstrip('…').lower()}.{one.id}")
            made.setProperty("dense", True)
            row.addWidget(made)
        row.addStretch()
        column.addLayout(row)

    def _free(self, name: str) -> str:
        """The name of a copy, which no persona has yet."""
        taken = {one.name.lower() for one in self._personas.all}
        number = 2
        while f"{name} {number}".lower() in taken:
            number += 1
        return f"{name} {number}"

    def _add(self) -> None:
        from nowprint.persona_records import Persona

        self._edit(Persona())

    def _edit(self, persona: Persona) -> None:
        PersonaEditor(
            self.theme, self._session, self._personas, self._projects.all, persona, self
        ).open()
