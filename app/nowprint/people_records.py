"""Frozen values of the pages of people, places and things: who is told of, when, with whom, and what is
plainly said.

The pages are for looking; what is plainly said answers exact questions, too (memory/retrieval/stated.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.records import Episode

NameKind = Literal["person", "animal", "place", "thing"]
"""``thing`` when it is unsure what it is."""
FactKind = Literal[
    "works as", "works at", "lives in", "comes from", "allergic to", "born on", "born in", "age",
    "phone", "e-mail", "married to", "called",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """Somebody or something that is told of. ``key`` names the page; ``shown`` is the name as the user writes
    it, or has renamed it to. ``relation`` to the user, in English and empty if none is told. ``episodes``
    counts those that tell of it, ``first`` and ``last`` say when the first and the last of them was told.
    ``page``: it is told of twice, or a relation or a title says who it is; others are only mentioned.
    ``renamed`` and ``merged`` (of so many names): by the user."""

    key: str
    shown: str
    kind: NameKind
    relation: str
    episodes: int
    first: float
    last: float
    page: bool
    renamed: bool = False
    merged: int = 1


@dataclass(frozen=True, slots=True)
class NameList:
    """``names`` of the episodes that were read; ``unread`` says how many weren't yet. Ask again for the
    rest."""

    names: tuple[Name, ...]
    unread: int = 0


@dataclass(frozen=True, slots=True)
class PlainFact:
    """What is plainly said of somebody: ``value`` as it was said, in ``sentence`` of an
    episode. ``replaced``: a newer telling takes that episode's place. ``whose`` it is: "You", "Your sister",
    or a name; ``called`` tells the name of somebody known by a relation."""

    kind: FactKind
    value: str
    sentence: str
    episode_id: int
    told: float
    replaced: bool = False
    whose: str = ""


@dataclass(frozen=True, slots=True)
class Together:
    """A name that is told of in the same episodes, and in how many."""

    key: str
    shown: str
    episodes: int


@dataclass(frozen=True, slots=True)
class ToldOf:
    """An episode of a page, with what it took the place of (``before``), if it changes something."""

    episode: Episode
    before: Episode | None = None


@dataclass(frozen=True, slots=True)
class NamePage:
    """All that is known of a name. ``told`` are its episodes in order of time, at most ``MOST_TOLD`` of the
    newest; ``ids`` are all of them. ``also`` are the other names under which it is told of, ``relations`` all
    that were told to the user."""

    name: Name
    also: tuple[str, ...]
    relations: tuple[str, ...]
    told: tuple[ToldOf, ...]
    ids: tuple[int, ...]
    together: tuple[Together, ...]
    facts: tuple[PlainFact, ...]


MOST_TOLD = 300
