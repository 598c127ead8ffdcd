"""Phrases of many languages by concern, from three files in ``resources``.

All languages are read together, since which language a message is in isn't known. A phrase matches whole
words, in any case; a star stands for the rest of a word, "…" for anything within the sentence (a group of the
match). In scripts that put no spaces between words a phrase matches anywhere.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache

from nowprint.language.finding import spaced
from nowprint.settings import resources

_FILES = ("own-words.toml", "instructions.toml", "past-questions.toml")


@cache
def _stored() -> Mapping[str, Mapping[str, Mapping[str, list[str]]]]:
    rooms: dict[str, Mapping[str, Mapping[str, list[str]]]] = {}
    for name in _FILES:
        with open(resources() / name, "rb") as file:
            rooms |= tomllib.load(file)
    return rooms


@cache
def phrases(concern: str, *, without: str = "", only: str = "") -> re.Pattern[str]:
    """The pattern of all phrases of a concern ("task.begins"), without those of one language, or with only
    those."""
    room, name = concern.split(".")
    languages = _stored()[room][name]
    listed = {
        phrase
        for language, of in languages.items()
        if language != without and (not only or language == only)
        for phrase in of
    }
    tree = _Tree()
    for phrase in listed:
        tree.add(_tokens(phrase))
    return re.compile(tree.pattern(), re.IGNORECASE)


class _Tree(dict[str, "_Tree"]):
    """Phrases by their first token, then their second …: as a pattern that tries no beginning twice, which is
    ten times as fast as one that lists them all."""

    def add(self, tokens: Sequence[str]) -> None:
        node = self
        for token in (*tokens, _END):
            node = node.setdefault(token, _Tree())

    def pattern(self) -> str:
        """The longest phrase first, so that it is found before one that begins it."""
        branches = [
            token + self[token].pattern() for token in sorted(self, reverse=True) if token != _END
        ]
        if not branches:
            return ""
        inner = branches[0] if len(branches) == 1 else "|".join(branches)
        ends = "?" if _END in self else ""
        return f"(?:{inner}){ends}" if ends or len(branches) > 1 else inner


_END = ""


def _tokens(phrase: str) -> list[str]:
    """The parts of a phrase's pattern."""
    before = "" if _is_unspaced(phrase[0]) or not _is_word(phrase[0]) else r"(?<!\w)"
    after = "" if _is_unspaced(phrase[-1]) or not _is_word(phrase[-1]) else r"(?!\w)"
    signs = [_SIGNS.get(sign, re.escape(sign)) for sign in phrase.lower()]
    return [token for token in (before, *signs, after) if token]


_SIGNS = {"*": r"\w*", "…": r"([^.!?。！？\n]{0,60}?)", " ": r"\s+", "'": "['’]"}


def _is_word(sign: str) -> bool:
    return sign.isalnum() or sign == "*"


def _is_unspaced(sign: str) -> bool:
    return spaced(sign) != sign
