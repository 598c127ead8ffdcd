"""The words of ``resources/people.toml`` as sets and patterns, read once.

A relation has one name in whatever language it is told ("sister" for "hermana"), so that what is told of
"my sister" and of "meine Schwester" is about the same person.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from nowprint.language.calendar import MONTHS, SHORT_MONTHS, WEEKDAYS
from nowprint.language.change_words import function_words
from nowprint.language.words import COMMON
from nowprint.settings import resources

UNSPACED = ("zh", "ja")
FAMILY = frozenset(
    (
        "mother",
        "father",
        "sister",
        "brother",
        "grandmother",
        "grandfather",
        "aunt",
        "uncle",
        "cousin",
    )
)
"""Relations that stand before a name like a title."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words in lower case; a relation's name is English."""

    own_words: frozenset[str]
    own: re.Pattern[str]
    """What makes the relation behind it the user's; the group is named by the language."""
    relation: dict[str, re.Pattern[str]]
    """By language: words that may stand before a relation, then the relation (``rel``), in one match."""
    called: re.Pattern[str]
    """What stands between a relation and a name."""
    relations: dict[str, dict[str, str]]
    """The relation by language and word."""
    kin: dict[str, str]
    """The relation by a word that may stand before a name like a title ("Aunt Carol"), or alone ("Mum")."""
    plural: dict[str, str]
    unspaced: dict[str, str]
    """The relation by its word, of Chinese and Japanese."""
    alone: frozenset[str]
    """Relations that are said like names ("Mum")."""
    jobs: dict[str, str]
    """By language: the pattern of the words for what one works as."""
    job_words: tuple[str, ...]
    """All of them."""
    animals: frozenset[str]
    many: frozenset[str]
    """Relations of which one has several."""
    titles: frozenset[str]
    small_titles: frozenset[str]
    particles: frozenset[str]
    first_names: frozenset[str]
    places: frozenset[str]
    chinese: tuple[str, ...]
    japanese: tuple[str, ...]
    surnames: str
    words: frozenset[str]
    """Names that are words, too."""
    never: frozenset[str]
    function: frozenset[str]
    """Words that connect others, or are too common to be names, in any language."""
    inside: frozenset[str]
    """What stands before a place."""
    moves: frozenset[str]
    moved: frozenset[str]
    accompanied: frozenset[str]
    says: frozenset[str]
    being: frozenset[str]
    place_words: frozenset[str]
    place_ends: tuple[str, ...]
    others: frozenset[str]
    resides: frozenset[str]
    no_places: frozenset[str]
    german: frozenset[str]
    others_than_german: tuple[frozenset[str], ...]
    """The words that connect others in each other language."""


@cache
def lexicon() -> Lexicon:
    with open(resources() / "people.toml", "rb") as file:
        told: dict[str, Any] = tomllib.load(file)
    people, animals, names = told["person"], told["animal"], told["names"]
    both: dict[str, dict[str, str]] = {**people, **animals}
    spaced = [language for language in told["own"] if language not in UNSPACED]
    relations: dict[str, dict[str, str]] = {
        language: {
            word: relation for relation, of in both.items() for word in listed(of.get(language, ""))
        }
        for language in (*spaced, *UNSPACED)
    }
    plural = dict(pair.split("=") for pair in listed(told["relations"]["plural"]))
    relations["en"] |= plural
    evidence = {name: frozenset(listed(words)) for name, words in told["evidence"].items()}
    connecting = function_words()
    calendar = {*MONTHS, *SHORT_MONTHS, *WEEKDAYS}
    return Lexicon(
        own_words=frozenset(
            word.replace("'", mark)
            for one in told["own"].values()
            for word in listed(one)
            for mark in "'’"
        ),
        own=re.compile(
            "|".join(
                rf"(?P<{language}>(?<![\w'’])(?:{_either(listed(told['own'][language]))})(?=\s))"
                for language in spaced
            ),
            re.IGNORECASE,
        ),
        relation={
            language: re.compile(
                rf"\s+(?:(?:{_either(listed(told['apart'].get(language, '-')))})\s+){{0,2}}"
                rf"(?P<rel>{_either(relations[language])})(?!\w)(?!-\w)"
                rf"(?:\s+(?:{_either(listed(told['behind'].get(language, '-')))})(?!\w))?",
                re.IGNORECASE,
            )
            for language in spaced
        },
        called=re.compile(
            rf"(?:,?\s+|(?=['’]))(?:(?:who|that|die|der|qui|que|che|die)\s+)?(?:"
            rf"{_either(word for words in told['called'].values() for word in listed(words))})(?!\w)",
            re.IGNORECASE,
        ),
        relations=relations,
        kin={
            word: name
            for one in reversed(spaced)
            for word, name in relations[one].items()
            if name in FAMILY
        },
        plural=plural,
        unspaced={word: name for one in UNSPACED for word, name in relations[one].items()},
        alone=frozenset(word for words in told["alone"].values() for word in listed(words)),
        jobs={language: _either(listed(words)) for language, words in told["jobs"].items()},
        job_words=tuple(word for words in told["jobs"].values() for word in listed(words)),
        animals=frozenset(animals),
        many=frozenset(listed(told["relations"]["many"])),
        titles=frozenset(listed(told["titles"]["capital"])),
        small_titles=frozenset(listed(told["titles"]["small"])),
        particles=frozenset(listed(names["particles"])),
        first_names=frozenset(listed(names["first"])),
        places=frozenset(listed(names["places"])),
        chinese=tuple(listed(names["chinese"])),
        japanese=tuple(listed(names["japanese"])),
        surnames=names["surnames"],
        words=frozenset(listed(names["words"])),
        never=frozenset(listed(told["never"]["words"])) | calendar,
        function=COMMON.union(*connecting.values()),
        inside=evidence["in"],
        moves=evidence["moves"],
        moved=evidence["moved"],
        accompanied=evidence["with"],
        says=evidence["says"],
        being=evidence["being"],
        place_words=evidence["place_words"],
        place_ends=tuple(evidence["place_ends"]),
        others=evidence["others"],
        resides=evidence["resides"],
        no_places=evidence["no_places"],
        german=evidence["german"] | connecting["de"],
        others_than_german=tuple(
            evidence["english"] | words if language == "en" else words
            for language, words in connecting.items()
            if language not in ("de", *UNSPACED)
        ),
    )


def listed(words: str) -> list[str]:
    return [entry for part in words.split(",") if (entry := " ".join(part.split()))]


def _either(words: Iterable[str]) -> str:
    """The longest first, so that "mother-in-law" is no "mother"; a star stands for the rest of a word, and
    both apostrophes for each other."""
    return "|".join(
        re.escape(word).replace(r"\*", r"\w*").replace("'", "['’]").replace(r"\ ", r"\s+")
        for word in sorted(words, key=len, reverse=True)
    )
