"""Who answers: personas, and how a single answer may be given otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nowprint.model_settings import Own
from nowprint.records import APP, Message

Memories = Literal["all", "project", "none"]
"""Which memories a persona may use: all that the chat may, those of one project alone, or none."""
NOBODY = 0
"""Chosen instead of a persona's id: the model answers without one, whatever the project says."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Whatever is empty is as it is without a persona. Its id is 0 until it is stored."""

    id: int = 0
    name: str = ""
    system: str = ""
    model: str = ""
    """The path of its model file."""
    sampling: Own = field(default_factory=dict)
    """What of ``model_settings.SAMPLING`` it sets."""
    memories: Memories = "all"
    project: int | None = None
    """The project whose memories it uses, with ``memories`` "project". None if that was deleted: then it
    recalls and keeps nothing."""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """How one answer is given, where that isn't as the chat's others are."""

    model: str = ""
    sampling: Own = field(default_factory=dict)
    persona: int | None = None
    """Its id or ``NOBODY``; None for the chat's."""


AS_USUAL = Otherwise()


def can_be_answered_again(answer: Message) -> bool:
    """Whether a model can answer in this one's place: also in the place of the app's list of episodes, not of
    what it says of "forget that"."""
    return answer.model != APP or bool(answer.sources)
