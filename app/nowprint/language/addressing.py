"""Puts what a user said about themselves as one would say it to them: "My dog is ill." as "Your dog is ill."

In English the verb's form seldom depends on who is spoken of. For other languages the words, and the usual
verbs with their persons, are in ``resources/addressing.toml``; a text stays as it is if its language isn't
sure, or if one of its verbs would be left in the first person.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache

from nowprint.language.words import FUNCTION
from nowprint.settings import resources

_ADDRESSED = {
    "i am": "you are",
    "am i": "are you",
    "i was": "you were",
    "was i": "were you",
    "i wasn't": "you weren't",
    "i'm": "you're",
    "i've": "you've",
    "i'd": "you'd",
    "i'll": "you'll",
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "myself": "yourself",
    "we're": "you're",
    "we've": "you've",
    "we'd": "you'd",
    "we'll": "you'll",
    "we": "you",
    "us": "you",
    "our": "your",
    "ours": "yours",
    "ourselves": "yourselves",
}
_FORMS = "|".join(re.escape(form) for form in sorted(_ADDRESSED, key=len, reverse=True))
_PERSON = re.compile(
    # what somebody else is quoted with isn't the user's; "US" and "World War I" are no pronouns
    rf"\"[^\"]*\"|“[^”]*”|(?<!\bWar )\b(?!US\b)(?:{_FORMS})\b(?!')",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(r"\b(?:i'(?:m|ve|d|ll)|we'(?:re|ve|d|ll))\b", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SHARED = """
    a am an as at be by do for had has have he her him i in is me may of on so us was we will
    """
_ELSEWHERE = frozenset(_SHARED.split())
"""English function words that are words of other languages, too."""


_QUOTED = r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|「[^」]*」"
_KANA, _HAN = re.compile(r"[\u3040-\u30ff]"), re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class _Language:
    common: frozenset[str]
    """Words that show the language."""
    turned: dict[str, str]
    pattern: re.Pattern[str]
    """What is turned, and quotations, which aren't."""
    first: re.Pattern[str] | None
    """What may not be left."""

    def put(self, text: str) -> str:
        found = self.pattern.sub(self._turn, text)
        own = re.sub(_QUOTED, "", found)
        return text if self.first and self.first.search(own) else found

    def _turn(self, found: re.Match[str]) -> str:
        said = found.group()
        turned = self.turned.get(said.lower(), said)
        return turned[0].upper() + turned[1:] if said[0].isupper() else turned


@cache
def _languages() -> dict[str, _Language]:
    with open(resources() / "addressing.toml", "rb") as file:
        told = tomllib.load(file)
    return {name: _language(**words) for name, words in told.items()}


def _language(common: str, first: str, turned: str) -> _Language:
    pairs = (pair.partition("=") for pair in turned.split(","))
    table = {said.strip(): to.strip() for said, _, to in pairs}
    edge = "" if _HAN.search(turned) else r"(?<![\w'])(?:{})(?!\w)"
    forms = "|".join(map(re.escape, sorted(table, key=len, reverse=True)))
    pattern = re.compile(f"{_QUOTED}|{edge.format(forms) if edge else forms}", re.IGNORECASE)
    left = "|".join(re.escape(word) for word in first.split())
    return _Language(
        frozenset([*common.split(), *" ".join(table).split()]),
        table,
        pattern,
        re.compile(rf"(?<!\w)(?:{left})(?!\w)|(?<!\w)j'", re.IGNORECASE) if left else None,
    )


def addressed(text: str) -> str:
    """The text with the second person for the first, if its language is sure."""
    plain = text.replace("’", "'")
    if _is_english(plain):
        return _PERSON.sub(_turned, plain)
    language = _language_of(plain)
    return language.put(plain) if language else text


def _language_of(text: str) -> _Language | None:
    known = _languages()
    if _KANA.search(text) or _HAN.search(text):
        return known["ja" if _KANA.search(text) else "zh"]
    words = re.findall(r"[\w']+", text.lower())
    scores = sorted(
        ((sum(word in one.common for word in words), name) for name, one in known.items()),
        reverse=True,
    )
    (most, name), (second, _) = scores[:2]
    return known[name] if most >= 2 and most > second else None


def _is_english(text: str) -> bool:
    words = [word for word in _WORD.findall(text.lower()) if word in FUNCTION]
    sure = any(word not in _ELSEWHERE for word in words)
    return bool(_CONTRACTED.search(text)) or (sure and len(words) >= 2)


def _turned(found: re.Match[str]) -> str:
    said = found.group()
    turned = _ADDRESSED.get(said.lower())
    if turned is None:
        return said
    before = found.string[: found.start()].rstrip()
    begins = said[0].isupper() and (not before or before[-1] in ".!?:")
    return turned[0].upper() + turned[1:] if begins else turned
