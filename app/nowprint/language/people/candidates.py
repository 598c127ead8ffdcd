"""What is seen in one text, before all texts together decide which runs are names."""

from __future__ import annotations

from dataclasses import dataclass

ME = "me"
"""The key of the user."""
OWN = "my "
"""What the key of somebody begins with who is known by a relation alone."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run of words at ``start`` to ``end`` that may be a name. ``sure``: it is one. ``begins`` a sentence,
    where any word has a capital; ``strict``: the text is German. ``relation`` is the bearer's to the user,
    ``beast`` says that it is an animal's. ``person`` and ``place`` weigh what speaks for either."""

    words: tuple[str, ...]
    start: int
    end: int
    begins: bool = False
    sure: bool = False
    strict: bool = False
    title: str = ""
    relation: str = ""
    beast: bool = False
    person: int = 0
    place: int = 0


@dataclass(frozen=True, slots=True)
class Kin:
    """Somebody who is told of without a name ("my landlord")."""

    relation: str
    shown: str
    start: int
    end: int
    beast: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text may name. ``lower``: its words without a capital, if its capitals can be trusted.
    ``loose``: all its words with their places, if they can't, as in a text without capitals."""

    candidates: tuple[Candidate, ...] = ()
    kin: tuple[Kin, ...] = ()
    lower: frozenset[str] = frozenset()
    loose: tuple[tuple[str, int, int], ...] = ()
    german: bool = False
    unsure: bool = False
    """No word tells whether it is German or not."""
