"""The questions that a plain fact answers, by kind, read from ``resources/fact-questions.toml`` once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from nowprint.people_records import FactKind
from nowprint.settings import resources

_SOMEBODY = r"(?P<who>[^\n?!.;:？。]{1,40}?)"
_GENITIVE = (
    r"(?P<who>my|our|mein\w*|unser\w*|mijn|onze|ons|[^\n?!.;:？。]{1,40}?(?=['’]s?\s|s\s))"
    r"(?:['’]s|['’]|s(?=\s))?"
)
_PARTS = {
    "{S}": _SOMEBODY,
    "{G}": _GENITIVE,
    "{is}": r"(?:\s+is|['’]?s)",
    "{be}": r"(?:\s+is|\s+am|\s+are|['’]?s|['’]m|['’]re)",
    " ": r"\s+",
    "'": "['’]",
}
_PART = re.compile("|".join(map(re.escape, _PARTS)))


@dataclass(frozen=True, slots=True)
class Questions:
    """``kinds``: patterns for a whole question without ``lead`` and ``trail``; the group ``who`` is whom it
    asks about."""

    kinds: tuple[tuple[FactKind, re.Pattern[str]], ...]
    lead: re.Pattern[str]
    trail: re.Pattern[str]


@cache
def questions() -> Questions:
    with open(resources() / "fact-questions.toml", "rb") as file:
        told: dict[str, Any] = tomllib.load(file)
    lead, trail = told["lead"], told["trail"]
    return Questions(
        tuple(
            (cast(FactKind, kind), re.compile(_pattern(one), re.IGNORECASE))
            for kind, languages in told["asks"].items()
            for listed in languages.values()
            for one in listed
        ),
        re.compile(
            rf"(?:(?:{_either(lead['words'])})(?:[,:;.…—-]+\s*|\s+)|{_either(lead['unspaced'])}|[¿¡,，\s])*",
            re.IGNORECASE,
        ),
        re.compile(  # each run of spaces is read in one way, else many of them take hours
            rf"(?:[\s,，]+(?:{_either(trail['words'])})|[\s,，]*[?!.…？！。呢啊])*\s*$",
            re.IGNORECASE,
        ),
    )


def _either(listed: Iterable[str]) -> str:
    return "|".join(map(_pattern, listed))


def _pattern(line: str) -> str:
    return _PART.sub(lambda part: _PARTS[part.group()], line)
