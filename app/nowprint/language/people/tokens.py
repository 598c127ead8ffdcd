"""The words of a text as names need them: with their capitals, without what was joined to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from nowprint.language.people.lexicon import Lexicon

LONGEST_SHORT = 5
"""Letters of the longest word in capitals that may be a name ("IKEA")."""
_WORD = re.compile(r"[^\W\d_](?:[^\W_]|['’\-](?=[^\W_]))*")
_ELIDED = re.compile(r"(?:[dlcjnmst]|qu|dell|nell|all|sull|dall|un)['’](?=\w)", re.IGNORECASE)
_ENDING = re.compile(
    r"['’](?:s|m|ve|ll|re|d)$|(?<=\w{3})['’](?-i:[a-zçğıöşü]{1,4})$", re.IGNORECASE
)
"""What English and Turkish join to a name."""
_START = re.compile(r"[.!?…:;\n\"“”„«»(\[{•*#>|/=&¿¡]|^\s*[-–—]|\s[-–—]\s")
_FIRST_PERSON = frozenset(("i", "i'm", "i've", "i'll", "i'd", "i’m", "i’ve", "i’ll", "i’d"))


class Word(NamedTuple):
    """``low`` is the text in lower case; ``possessive``: "'s" followed. A tuple, since there are so many."""

    text: str
    start: int
    end: int
    begins: bool
    possessive: bool
    low: str
    capital: bool


def words_of(text: str, known: Lexicon) -> Iterator[Word]:
    end = 0
    short = False
    for found in _WORD.finditer(text):
        start, said = found.start(), found.group()
        between = text[end:start]
        begins = end == 0 or (
            not (short and between in (".", ". ")) and bool(_START.search(between))
        )
        elided = _ELIDED.match(said)
        if elided and said[elided.end()].isupper() and (begins or said[0].islower()):
            start, said = start + elided.end(), said[elided.end() :]
            begins = False
        end = found.end()
        ending = _ENDING.search(said)
        mine = False
        if ending and said.lower() not in _FIRST_PERSON:
            said, mine = said[: ending.start()], ending.group()[1:].lower() == "s"
        short = said.lower() in known.titles or (len(said) == 1 and said.isupper() and said != "I")
        if said.lower() in _FIRST_PERSON or said.lower().endswith(("n't", "n’t")):
            said = said.lower()  # "I" has a capital, and "Don't" is no Don
        yield Word(said, start, start + len(said), begins, mine, said.lower(), said[0].isupper())


def no_word(text: str) -> bool:
    """A letter, a code, or a word that is shouted: what abbreviates a name is short."""
    loud = text.isupper() and len(text) > LONGEST_SHORT
    return (len(text) == 1 and text < "\u3000") or loud or any(map(str.isdigit, text))
