"""Requests about the pages of people, places and things."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.people_records import Name, NameList, NamePage, PlainFact
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class ListNames(Request[NameList]):
    """The names that somebody may mean by ``said``; all, if it is empty. Of very many new episodes some may
    not be read yet: ask again for the rest, so that other requests needn't wait."""

    said: str = ""


@dataclass(frozen=True, slots=True)
class GetNamePage(Request[NamePage]):
    """All that is known of a name."""

    key: str
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class AskFacts(Request[tuple[PlainFact, ...]]):
    """What is plainly said that answers an exact question, the newest first, from archived memories, too;
    empty for any other text, and if nothing answers it."""

    question: str


@dataclass(frozen=True, slots=True)
class MergeNames(Request[Name]):
    """From now on these names are told of on the page ``into``. Reply with what that is now."""

    keys: tuple[str, ...]
    into: str


@dataclass(frozen=True, slots=True)
class SplitName(Request[tuple[Name, ...]]):
    """Take apart what was merged. Reply with the pages that this makes."""

    key: str


@dataclass(frozen=True, slots=True)
class RenameName(Request[Name]):
    """Call a page so; with an empty name, what it is called where it is told of."""

    key: str
    shown: str
