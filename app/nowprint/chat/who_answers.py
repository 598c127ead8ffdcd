"""Who answers a message: the persona of its chat or of its project, or how the user wants one answer
otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

from nowprint.chat.prompt.wording import wording
from nowprint.model_settings import ModelSettings
from nowprint.persona_records import AS_USUAL, Otherwise, Persona


@dataclass(frozen=True, slots=True)
class WhoAnswers:
    """``project`` is the one of the conversation, ``instructions`` are that project's."""

    project: int | None = None
    persona: Persona | None = None
    instructions: str = ""
    otherwise: Otherwise = AS_USUAL

    @property
    def name(self) -> str:
        return self.persona.name if self.persona else ""

    @property
    def model(self) -> str:
        """The path of its model; empty for the one in use."""
        return self.otherwise.model or (self.persona.model if self.persona else "")

    @property
    def uses_memory(self) -> bool:
        """Whether anything may be recalled for it, or captured from what it is told."""
        one = self.persona
        return one is None or one.memories == "all" or (self.alone and one.project is not None)

    @property
    def alone(self) -> bool:
        """Whether it recalls the memories of ``scope`` alone, without those of no project."""
        return self.persona is not None and self.persona.memories == "project"

    @property
    def scope(self) -> int | None:
        """The project whose memories it recalls."""
        return self.persona.project if self.persona and self.alone else self.project

    @property
    def kept_in(self) -> int | None:
        """The project in which is kept what it is told; None for the conversation's."""
        return self.persona.project if self.persona and self.alone else None

    def settings(self, own: ModelSettings) -> ModelSettings:
        """The model's ``own`` settings, with what is set for this answer."""
        one = self.persona
        system = (one.system if one else "") or own.system
        if self.instructions:
            system = f"{system or wording().system}\n\n{self.instructions}"
        sampling = (one.sampling if one else {}) | self.otherwise.sampling
        return replace(own, **(sampling | {"system": system}))  # type: ignore[arg-type]
