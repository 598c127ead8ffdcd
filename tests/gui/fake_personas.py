"""Personas, as the fake client keeps them, and who of them answers."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_models import FakeModels

from nowprint import inspection as i
from nowprint.errors import NotFound, UserError
from nowprint.persona_records import Persona
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m
from nowprint.service.requests import personas as pe


class FakePersonas(FakeModels):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.personas: dict[int, Persona] = {}
        self.deleted: dict[int, Persona] = {}
        self.instructed: dict[int, tuple[int | None, str]] = {}

    def reply(self, request: Any) -> Any:
        match request:
            case pe.ListPersonas():
                return tuple(sorted(self.personas.values(), key=lambda one: one.name.lower()))
            case pe.PutPersona(persona):
                if persona.id:
                    self._persona(persona.id)
                return self._keep(persona)
            case pe.DeletePersona(id):
                self.deleted[id] = self._persona(id)
                del self.personas[id]
                return None
            case pe.BringBackPersona(id):
                if id not in self.deleted:
                    raise NotFound(f"There is no persona {id} any more: it was deleted for good.")
                return self._keep(self.deleted.pop(id))
            case pe.ChoosePersona(id, persona):
                if persona:
                    self._persona(persona)
                return self._alter(id, persona=persona)
            case pe.InstructProject(id, instructions, persona):
                self.instructed[self._known(id)] = (persona, instructions.strip())
                return self._project(id)
            case m.DeleteProject(id):
                for one in self.personas.values():
                    if one.project == id:
                        self.personas[one.id] = dataclasses.replace(one, project=None)
        return super().reply(request)

    def answering(self, request: Any, conversation_id: int) -> str:
        """The name of the persona that answers."""
        talk = self._talk(conversation_id)
        usual, _ = self.instructed.get(talk.project or 0, (None, ""))
        id = usual if talk.persona is None else talk.persona
        if isinstance(request, p.Retry) and request.otherwise.persona is not None:
            id = request.otherwise.persona
        return self.personas[id].name if id in self.personas else ""

    def _project(self, id: int) -> i.Project:
        persona, instructions = self.instructed.get(id, (None, ""))
        there = persona if persona in self.personas else None
        return dataclasses.replace(super()._project(id), persona=there, instructions=instructions)

    def _persona(self, id: int) -> Persona:
        if id not in self.personas:
            raise NotFound(f"There is no persona {id}: it may have been deleted.")
        return self.personas[id]

    def _keep(self, persona: Persona) -> Persona:
        name = " ".join(persona.name.split())
        if not name:
            raise UserError("A persona needs a name: write one.")
        others = [one for one in self.personas.values() if one.id != persona.id]
        if any(one.name.lower() == name.lower() for one in others):
            raise UserError(f"There is a persona “{name}” already: choose another name.")
        if persona.memories == "project" and persona.project not in self.projects:
            raise UserError("Choose the project whose memories the persona uses.")
        id = persona.id or next(self._ids)
        self.personas[id] = dataclasses.replace(persona, id=id, name=name)
        return self.personas[id]
