"""The words around what is said: the templates of ``resources/prompts.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache

from nowprint.language.addressing import addressed
from nowprint.settings import resources


@dataclass(frozen=True, slots=True)
class Recalled:
    """A wording of recollections: the ``text`` around their list, and whether they are put as one would say
    them to the user."""

    name: str
    addressed: bool
    text: str

    def put(self, recollection: str) -> str:
        return addressed(recollection) if self.addressed else recollection


@dataclass(frozen=True, slots=True)
class Wording:
    system: str
    pinned: str
    nothing: str
    told: str
    over: str
    recalled: tuple[Recalled, ...]


@cache
def wording() -> Wording:
    with open(resources() / "prompts.toml", "rb") as file:
        told = tomllib.load(file)
    return Wording(**{**told, "recalled": tuple(Recalled(**one) for one in told["recalled"])})
