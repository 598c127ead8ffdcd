"""What a telling says and how, by the words of ``resources/changes.toml``, in twelve languages.

The language of a text isn't known: the script or the words that only connect others show it, and where
several languages are as likely, the words of all of them count. Chinese and Japanese put no spaces between
words, so their words are looked for within a run, and pairs of characters stand for stems.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import snowballstemmer

from nowprint.settings import resources

SIGNS = (
    "changed", "ended", "corrected", "now", "again", "also", "once", "past", "unsure", "not",
    "likes", "dislikes",
)  # fmt: skip
"""The kinds of words that tell how something is said."""

_STEMMERS = {
    "en": "english", "de": "german", "fr": "french", "es": "spanish", "it": "italian",
    "pt": "portuguese", "nl": "dutch", "pl": "polish", "ru": "russian", "tr": "turkish",
}  # fmt: skip
_UNSPACED = ("zh", "ja")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NUMBER = re.compile(r"\d+(?:[.:,/-]\d+)*")
_HAN = re.compile(r"[\u3400-\u9fff\u30a0-\u30ff々]+")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:\n]\s*)[\"'“‘(¡¿]*$")


@dataclass(frozen=True, slots=True)
class Told:
    """What a telling says. ``stems`` are those of its words of weight, ``names`` its capitalised words (not
    in German, which capitalises every noun), ``values`` its numbers. ``people`` and ``topics`` have
    one name in whatever words they stand; ``signs`` says how often each of ``SIGNS`` occurs."""

    stems: frozenset[str]
    names: frozenset[str]
    values: frozenset[str]
    people: frozenset[str]
    topics: frozenset[str]
    signs: dict[str, int]
    length: int


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The words of one language."""

    function: frozenset[str]
    signs: dict[str, re.Pattern[str]]
    people: tuple[tuple[str, re.Pattern[str]], ...]
    topics: tuple[tuple[str, re.Pattern[str]], ...]


@lru_cache(512)  # the same text is compared with many others
def told(text: str, languages: tuple[str, ...]) -> Told:
    plain = text.replace("’", "'")
    lower = plain.lower()
    known = [_lexicons()[language] for language in languages]
    function = frozenset().union(*(one.function for one in known))
    signs = {
        sign: max((len(one.signs[sign].findall(lower)) for one in known), default=0)
        for sign in SIGNS
    }
    people = {name for one in known for name, words in one.people if words.search(lower)}
    topics = {name for one in known for name, words in one.topics if words.search(lower)}
    if languages[0] in _UNSPACED:
        stems, length = _pairs(lower), len(lower) // 2
        names: frozenset[str] = frozenset()
    else:
        words = _WORD.findall(lower)
        stems = frozenset(
            stem for word in words if word not in function for stem in _stems(word, languages)
        )
        length = len(words)
        names = frozenset() if "de" in languages else _names(plain, function)
    values = frozenset(re.sub(r"\D", "", value) for value in _NUMBER.findall(plain))
    return Told(stems, names, values, frozenset(people), frozenset(topics), signs, length)


@lru_cache(512)
def languages_of(text: str) -> tuple[str, ...]:
    """The languages that a text is most likely written in, at most two."""
    lower = text.replace("’", "'").lower()
    if re.search(r"[\u3040-\u30ff]", lower):
        return ("ja",)
    if re.search(r"[\u3400-\u9fff]", lower):
        return ("zh",)
    if re.search(r"[\u0400-\u04ff]", lower):
        return ("ru",)
    words = _WORD.findall(lower)
    there = {*words, *(part for word in words for part in word.split("'"))}
    known = _lexicons()
    counts = {
        language: len(there & known[language].function)
        + 2 * bool(_LETTERS[language] and re.search(_LETTERS[language], lower))
        for language in _LETTERS
    }
    best = max(counts.values())
    return tuple(language for language, count in counts.items() if count == best)[:2]


def function_words() -> dict[str, frozenset[str]]:
    """The words that only connect others, by language."""
    return {language: one.function for language, one in _lexicons().items()}


_LETTERS = {
    "en": "", "de": "[ßäü]", "fr": "[èêçœùà]", "es": "[ñ¿¡]", "it": "[ìò]", "pt": "[ãõ]",
    "nl": "ij", "pl": "[łśżźćńęą]", "tr": "[ğışİ]",
}  # fmt: skip
"""Letters that show a language."""


@cache
def _lexicons() -> dict[str, _Lexicon]:
    with open(resources() / "changes.toml", "rb") as file:
        found = tomllib.load(file)
    return {language: _lexicon(language, words) for language, words in found.items()}


def _lexicon(language: str, words: dict[str, str]) -> _Lexicon:
    spaced = language not in _UNSPACED
    topics: dict[str, str] = words["topics"]  # type: ignore[assignment]
    groups = [group.strip() for group in words["people"].split("|")]
    return _Lexicon(
        frozenset(_entries(words["function"])),
        {sign: _pattern(_entries(words[sign]), spaced) for sign in SIGNS},
        tuple((group.split(",")[0], _pattern(_entries(group), spaced)) for group in groups),
        tuple((name, _pattern(_entries(topic), spaced)) for name, topic in topics.items()),
    )


def _entries(words: str) -> list[str]:
    return [entry for part in words.split(",") if (entry := " ".join(part.split()))]


def _pattern(entries: Iterable[str], spaced: bool) -> re.Pattern[str]:
    longest_first = sorted(entries, key=len, reverse=True)
    parts = [
        re.escape(entry)
        .replace(r"\*", r"\w*")
        .replace(r"\ …\ ", r"\b[^.!?]*?\b")
        .replace(r"\ ", r"\s+")
        for entry in longest_first
    ]
    either = "|".join(parts)
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if spaced else f"(?:{either})")


def _stems(word: str, languages: Iterable[str]) -> set[str]:
    return {_stem(part, language) for part in word.split("'")[-1:] for language in languages}


@lru_cache(20_000)
def _stem(word: str, language: str) -> str:
    found: str = _stemmer(language).stemWord(word)
    return found


@cache
def _stemmer(language: str):  # type: ignore[no-untyped-def]
    return snowballstemmer.stemmer(_STEMMERS[language])


def _pairs(lower: str) -> frozenset[str]:
    runs = _HAN.findall(lower)
    words = _WORD.findall(re.sub(_HAN, " ", lower))
    pairs = {run[i : i + 2] for run in runs for i in range(len(run) - 1)}
    return frozenset(pairs | {word for word in words if word.isascii()})


def _names(text: str, function: frozenset[str]) -> frozenset[str]:
    return frozenset(
        found.group().lower()
        for found in _WORD.finditer(text)
        if found.group()[0].isupper()
        and len(found.group()) > 1
        and found.group().lower() not in function
        and not _SENTENCE_START.search(text[: found.start()])
    )
