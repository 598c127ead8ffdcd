"""The words of time of each language, and the forms in which they stand: ``resources/times``.

A form is a regular expression with ``{class}`` for any word of a class, as in ``{day} of {month}``; a digit
tells two of a class apart (``{day} to {day2}``). A blank stands for any white space, in a language without
spaces also for none. Texts and forms are compared folded: in lower case, Latin letters without accents.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from nowprint.settings import resources

LANGUAGES = (
    "english", "german", "french", "spanish", "italian", "portuguese", "dutch", "polish", "russian",
    "turkish", "chinese", "japanese",
)  # fmt: skip
BEGINNING = 5
"""How many letters of an inflected word tell which one it is."""
PLACE = 0xE000
"""Where Unicode's private characters begin: each stands for a time that was read already."""
PLACES = 256
_OTHER_LETTERS = str.maketrans(
    {"ı": "i", "İ": "i", "ł": "l", "Ł": "l", "ß": "s", "’": "'", "ʼ": "'"}
)
_NUMERALS = {numeral: value for value, numeral in enumerate("〇一二三四五六七八九")} | {
    "两": 2,
    "零": 0,
}
_BLANK = r"[\s\u00a0\u3000]"
_MACRO = re.compile(r"(?<!\(\?P)<([a-z]+)>")
_TELLING = ("near", "unit", "month", "weekday", "season", "holiday", "calendar", "tens")
_WORD = re.compile(r"(?:(?<=\|)|^)[^\W\d_]{3,}(?=\||$)")
_CLASS = re.compile(r"\{([a-z_]+)(\d?)\}")

Value = int | str


@cache
def _folded_letter(letter: str) -> str:
    plain = letter.casefold()
    bare = unicodedata.normalize("NFD", plain)
    if len(bare) > 1 and "a" <= bare[0] <= "z":
        plain = bare[0]
    return plain if len(plain) == 1 else letter


def folded(text: str) -> str:
    """The text as forms see it, each character in its place."""
    text = text.translate(_OTHER_LETTERS)
    return "".join(map(_folded_letter, text))


def lowered(text: str) -> str:
    """The text in lower case with its accents, each character in its place: they tell tenses apart."""
    lower = text.replace("’", "'").lower()
    return lower if len(lower) == len(text) else folded(text)


def whole_number(text: str) -> int | None:
    """The number that digits, or Chinese and Japanese numerals below 100, stand for."""
    if text.isdecimal():
        return int(text) if len(text) <= 4 else None
    if not text or any(c not in _NUMERALS and c != "十" for c in text):
        return None
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_NUMERALS[c]) for c in text)) if len(text) <= 4 else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return (_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0)


class Form:
    """What one form makes of a text."""

    def __init__(self, meaning: str, pattern: re.Pattern[str], lexicon: Lexicon) -> None:
        self.meaning = meaning
        self._pattern = pattern
        self._lexicon = lexicon
        self.classes = frozenset(pattern.groupindex)

    def matches(self, text: str) -> Iterator[tuple[int, int, dict[str, Value]]]:
        """Each place in the folded text that has this form, with the values of its words."""
        for match in self._pattern.finditer(text):
            values = {
                name: self._lexicon.value(name.rstrip("0123456789"), said)
                for name, said in match.groupdict().items()
                if said
            }
            known = {name: value for name, value in values.items() if value is not None}
            if len(known) == len(values) and match.end() > match.start():
                yield match.start(), match.end(), known


class Lexicon:
    """One language's words and forms. ``atoms`` are read first; ``joined`` are steps, one after the other, in
    which forms put together what was read."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self._told = told
        self._spaced: bool = told.get("spaced", True)
        self.month_first: bool = told.get("month_first", False)
        self._macros = {name: folded(source) for name, source in told.get("macros", {}).items()}
        self._words: dict[str, dict[Value, str]] = {
            name: _numbered(name, words) for name, words in told["words"].items()
        }
        plain = _WORD.findall("|".join(w for words in self._words.values() for w in words.values()))
        self.marks = frozenset([*folded(told.get("marks", "")).split(), *plain])
        """Frequent words, by which the language is recognised, and ``letters`` that others lack."""
        self.beginnings = frozenset(word[:BEGINNING] for word in plain if len(word) >= BEGINNING)
        """Of its words of time, which may be inflected."""
        self.letters = frozenset(told.get("letters", ""))

    # compiling takes a quarter of a second, and most users speak one or two of the languages

    @cached_property
    def atoms(self) -> list[Form]:
        return self._forms(self._told["forms"])

    @cached_property
    def joined(self) -> list[list[Form]]:
        return [self._forms(step) for step in self._told["join"]]

    @cached_property
    def trigger(self) -> re.Pattern[str]:
        """Finds a digit or a word without which there is no time."""
        words = [self._regex(w) for name in _TELLING for w in self._words.get(name, {}).values()]
        words += [self._regex(folded(word)) for word in self._told.get("alone", [])]
        begin = r"(?<!\w)" if self._spaced else ""
        return re.compile(rf"\d|{begin}(?:{'|'.join(words)})")

    @cached_property
    def past(self) -> re.Pattern[str] | None:
        """What says that a sentence looks back."""
        return self._cue(self._told.get("past", []))

    @cached_property
    def ahead(self) -> re.Pattern[str] | None:
        return self._cue(self._told.get("ahead", []))

    @cached_property
    def _readers(self) -> dict[str, list[tuple[Value, re.Pattern[str]]]]:
        return {
            name: [(value, self._checked(self._regex(source))) for value, source in words.items()]
            for name, words in self._words.items()
        }

    def names_of(self, name: str) -> Iterable[Value]:
        """What the words of a class stand for."""
        return self._words[name].keys()

    def _cue(self, patterns: list[str]) -> re.Pattern[str] | None:
        sources = [self._bounded(self._regex(one)) for one in patterns]
        return re.compile("|".join(sources)) if sources else None

    def _forms(self, told: Mapping[str, list[str]]) -> list[Form]:
        return [
            Form(meaning, self._compiled(form), self)
            for meaning, forms in told.items()
            for form in forms
        ]

    def _compiled(self, form: str) -> re.Pattern[str]:
        return self._checked(self._bounded(self._filled(folded(form).replace("(?p<", "(?P<"))))

    @staticmethod
    def _checked(source: str) -> re.Pattern[str]:
        try:
            return re.compile(source)
        except re.error as fault:
            raise ValueError(f"{source}: {fault}") from fault

    def _bounded(self, source: str) -> str:
        if not self._spaced:
            return rf"(?<![0-9]){source}(?![0-9])" if source[:1] in "({" else source
        return rf"(?<!\w)(?<!\d[.,:])(?:{source})(?!\w)(?![.,:]\d)"

    def _regex(self, source: str) -> str:
        source = _MACRO.sub(lambda found: self._macros[found[1]], source)
        return source.replace(" ", rf"(?:{_BLANK}{'{1,40}' if self._spaced else '{0,9}'})")

    def _filled(self, form: str) -> str:
        return _CLASS.sub(lambda found: self._group(*found.groups()), self._regex(form))

    def _group(self, name: str, number: str) -> str:
        return f"(?P<{name}{number}>{self._class(name)})"

    def _class(self, name: str) -> str:
        numerals = "" if self._spaced else r"|[一二三四五六七八九十两〇零]{1,4}"
        words = [self._regex(word) for word in self._words.get(name, {}).values()]
        if name == "x":
            return f"[{chr(PLACE)}-{chr(PLACE + PLACES - 1)}]"
        if name == "year":
            return r"(?:1[5-9]|20|21)\d\d" + (
                r"|[一二][〇零一二三四五六七八九]{3}" if numerals else ""
            )
        if name == "short":
            return r"\d\d"
        if name in ("n", "count"):
            words = [self._regex(word) for word in self._words["number"].values()]
            return "|".join([*words, r"\d{1,3}"]) + numerals
        if name in ("day", "m"):
            return "|".join([*words, r"\d{1,2}"]) + (
                numerals and numerals.replace("{1,4}", "{1,3}")
            )
        # longer words first: nothing ends a word where there are no spaces
        return "|".join(sorted(words, key=len, reverse=True))

    def value(self, name: str, said: str) -> Value | None:
        """What a word of a class stands for; for a place (``x``) its number."""
        if name == "x":
            return ord(said) - PLACE
        readers = self._readers.get("number" if name in ("n", "count") else name, ())
        for value, pattern in readers:
            if pattern.fullmatch(said):
                return value
        if name in ("year", "short", "n", "count", "day", "m"):
            return whole_number(said)
        return None


def _numbered(name: str, words: Any) -> dict[Value, str]:
    """The words by their values: numbers from 1 on for a list (weekdays from 0 on)."""
    if isinstance(words, list):
        return {value: folded(word) for value, word in enumerate(words, name != "weekday") if word}
    return {
        int(value) if re.fullmatch(r"-?\d+", value) else value: folded(word)
        for value, word in words.items()
    }


@cache
def lexicon(language: str) -> Lexicon:
    told, every = _data(language), _data("every")
    forms = told["forms"]
    for meaning, more in every["forms"].items():
        forms[meaning] = [*forms.get(meaning, ()), *more]
    return Lexicon(told)


def _data(name: str) -> dict[str, Any]:
    with open(resources() / "times" / f"{name}.toml", "rb") as file:
        return tomllib.load(file)
