"""One persona: its name, system text, model, memories and sampling."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, get_args

from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPlainTextEdit, QWidget

from nowprint.errors import UserError
from nowprint.gui.core.session import CoreSession
from nowprint.gui.personas.personas import Personas
from nowprint.gui.widgets.buttons import Choice, Radio, button
from nowprint.gui.widgets.dialog import DialogBase, words
from nowprint.gui.widgets.invisible_characters import show_invisible
from nowprint.gui.widgets.setting_fields import OptionalFields, add_sampling, grid
from nowprint.gui.widgets.theme import Theme
from nowprint.model_settings import LONGEST_SYSTEM, ModelSettings
from nowprint.persona_records import Memories, Persona

if TYPE_CHECKING:
    from nowprint.inspection import Project
    from nowprint.model_records import ModelShelf

LONGEST_NAME = 80
MEMORIES: dict[Memories, tuple[str, str]] = {
    "all": (
        "&All of the chat's",
        "It recalls what any chat recalls: memories of no project, and those of the chat's project. "
        "What you tell it is kept there, too.",
    ),
    "project": (
        "Those of &one project",
        "It recalls the memories of this project alone, in whatever chat. What you tell it is kept in "
        "this project.",
    ),
    "none": (
        "&None",
        "It recalls nothing, and nothing that you tell it is kept. The chat itself stays.",
    ),
}


class PersonaEditor(DialogBase):
    def __init__(
        self,
        theme: Theme,
        session: CoreSession,
        personas: Personas,
        projects: tuple[Project, ...],
        persona: Persona,
        parent: QWidget,
    ) -> None:
        super().__init__(theme, "Persona", "persona", parent, width=640)
        self._session, self._personas, self._persona = session, personas, persona
        self.add_heading(f"Edit “{show_invisible(persona.name)}”" if persona.id else "New persona")
        self._build_words()
        self._build_model()
        self._build_memories(projects)
        self._build_sampling()
        self.column.addStretch()
        self._save = button("&Save", "primary", self._store, name="persona.save")
        self.add_close("Cancel")
        self.add_buttons(self._save)
        self._save.setDefault(True)
        self.name.textChanged.connect(lambda _: self._refresh())
        self.project.currentIndexChanged.connect(lambda _: self._refresh())
        self._refresh()
        self.name.setFocus()
        self.fit(least=560)
        from nowprint.service.requests.models import GetShelf

        session.bridge.call(GetShelf(), self._show_models, lambda _: None)

    # --- building --------------------------------------------------------------------------

    def _build_words(self) -> None:
        column = self.add_card("Who it is")
        self.name = QLineEdit(self._persona.name)
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setPlaceholderText("Name")
        self.name.setObjectName("persona.name")
        self.name.setAccessibleName("Name")
        self.system = QPlainTextEdit(self._persona.system)
        self.system.setProperty("boxed", True)
        self.system.setObjectName("persona.system")
        self.system.setAccessibleName("System text")
        self.system.setPlaceholderText(
            "System text: what the model is told before the chat, such as “You are an editor who "
            "finds every mistake.” Empty for the model's own."
        )
        self.system.setTabChangesFocus(True)
        self.system.setFixedHeight(120)
        column.addWidget(self.name)
        column.addWidget(self.system)

    def _build_model(self) -> None:
        column = self.add_card("Its model")
        self.model = Choice(self.theme)
        self.model.setObjectName("persona.model")
        self.model.setAccessibleName("Its model")
        self.model.addItem("The one in use", "")
        if own := self._persona.model:
            self.model.addItem(show_invisible(own.rpartition("/")[2]), own)
            self.model.setCurrentIndex(1)
        column.addWidget(self.model)
        column.addWidget(
            words("Another model is loaded when it is to answer, which takes a moment.", "quiet")
        )

    def _show_models(self, shelf: ModelShelf) -> None:
        if self.closed:
            return
        names = {offer.path: offer.name for offer in shelf.offers if offer.path}
        for found in shelf.found:
            name = show_invisible(names.get(found.path, found.name))
            at = self.model.findData(found.path)
            if at < 0:
                self.model.addItem(name, found.path)
            else:
                self.model.setItemText(at, name)

    def _build_memories(self, projects: tuple[Project, ...]) -> None:
        column = self.add_card("Memories that it may use")
        self._uses = QButtonGroup(self)
        self.uses: dict[Memories, Radio] = {}
        self.project = Choice(self.theme)
        self.project.setObjectName("persona.project")
        self.project.setAccessibleName("Project")
        for one in projects:
            self.project.addItem(show_invisible(one.name), one.id)
        self.project.setCurrentIndex(self.project.findData(self._persona.project))
        self.project.setPlaceholderText("Choose a project" if projects else "There is no project")
        for kind in get_args(Memories):
            name, about = MEMORIES[kind]
            made = self.uses[kind] = Radio(self.theme, name)
            made.setObjectName(f"persona.memories.{kind}")
            made.setAccessibleDescription(about)
            made.setChecked(kind == self._persona.memories)
            made.toggled.connect(lambda _: self._refresh())
            self._uses.addButton(made)
            column.addWidget(made)
            if kind == "project":
                column.addWidget(self.project)
            column.addWidget(words(about, "quiet"))

    def _build_sampling(self) -> None:
        column = self.add_card("Sampling")
        column.addWidget(words("Tick what is to hold instead of the model's own.", "quiet"))
        self.fields = OptionalFields(self.theme, "persona")
        rows = grid()
        add_sampling(self.fields, rows)
        column.addLayout(rows)
        self.fields.put_own(self._persona.sampling, asdict(ModelSettings()))

    # --- storing ---------------------------------------------------------------------------

    def persona(self) -> Persona:
        """As the fields say."""
        kind = next(kind for kind, made in self.uses.items() if made.isChecked())
        return replace(
            self._persona,
            name=self.name.text(),
            system=self.system.toPlainText()[:LONGEST_SYSTEM],
            model=self.model.currentData() or "",
            sampling=self.fields.own(),
            memories=kind,
            project=self.project.currentData() if kind == "project" else None,
        )

    def _refresh(self) -> None:
        one = self.uses["project"].isChecked()
        self.project.setEnabled(one)
        chosen = not one or self.project.currentIndex() >= 0
        self._save.setEnabled(bool(self.name.text().strip()) and chosen)

    def _store(self) -> None:
        from nowprint.service.requests.personas import PutPersona

        def stored(_: Persona) -> None:
            self._personas.refresh()
            if not self.closed:
                self.accept()

        self.say_fault("")
        self._session.bridge.call(PutPersona(self.persona()), stored, self._failed)

    def _failed(self, error: UserError) -> None:
        if not self.closed:
            self.say_fault(str(error))
