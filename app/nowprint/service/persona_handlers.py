"""Who answers requests about personas."""

from __future__ import annotations

from nowprint.chat.chat import Chat
from nowprint.memory.memory import Memory
from nowprint.service.requests import personas as pe
from nowprint.service.router import Router


def register(router: Router, memory: Memory, chat: Chat) -> None:
    personas = memory.personas
    router.on(pe.ListPersonas, personas.all)
    router.on(pe.PutPersona, personas.put)
    router.on(pe.DeletePersona, personas.delete)
    router.on(pe.BringBackPersona, personas.bring_back)
    router.on(pe.ChoosePersona, chat.choose_persona)
    router.on(pe.InstructProject, memory.projects.instruct)
