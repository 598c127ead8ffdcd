"""Requests about who answers."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import Project
from nowprint.persona_records import Persona
from nowprint.records import Conversation
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class ListPersonas(Request[tuple[Persona, ...]]):
    """All personas, by name."""


@dataclass(frozen=True, slots=True)
class PutPersona(Request[Persona]):
    """Store a persona in the place of the one with its id; with the id 0, as a new one."""

    persona: Persona


@dataclass(frozen=True, slots=True)
class DeletePersona(Request[None]):
    """Delete a persona, for a minute with undo. Chats that name it go on without."""

    id: int


@dataclass(frozen=True, slots=True)
class BringBackPersona(Request[Persona]):
    """Undo ``DeletePersona``: the persona answers again where it did."""

    id: int


@dataclass(frozen=True, slots=True)
class ChoosePersona(Request[Conversation]):
    """Who answers in a conversation from its next message on: a persona's id, ``persona_records.NOBODY``, or
    None for whom its project names."""

    conversation_id: int
    persona: int | None


@dataclass(frozen=True, slots=True)
class InstructProject(Request[Project]):
    """What the model is told in a project's conversations after the system text, and the persona that answers
    in them unless they name another."""

    id: int
    instructions: str
    persona: int | None
