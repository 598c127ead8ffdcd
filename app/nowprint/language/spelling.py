"""Words as they were meant: a message that was typed in haste still finds what it asks for.

The embedder reads "whats teh wifi pasword" as something else than the same without its slips: of 100
questions with two to four of them, by a writer who knew no code, its cosine finds .37 first instead of .74,
and .64 once they are corrected. Only what is searched for is corrected; the message stays as it is.

The dictionaries are pyspellchecker's, with how frequent each word is. Its French, Spanish, Italian, Russian
and Portuguese ones lack too many words: they would change one of four questions that are spelt well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from nowprint.language.change_words import languages_of

if TYPE_CHECKING:
    from spellchecker import SpellChecker

LANGUAGES = ("en", "de", "nl")
LONGEST = 400
"""Characters of the longest text that is corrected: a pasted log has hundreds of words that nobody knows, and
each takes a millisecond."""
SHORTEST = 3
KNOWN = 0.4
"""The share of a text's words that must be known: in another language the dictionary has nothing to say."""
MEMORIES = 100
EXCHANGED = 10
"""How many times as likely as by its frequency a word is that stands in a memory, and one that has the same
letters in another order."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


def corrected(text: str, remembered: Callable[[str], bool]) -> str:
    """The text with each word that nobody knows in the place of the likeliest one that is a letter away: left
    out, added, another, or two of them exchanged. ``remembered`` tells whether a word stands in a memory. A
    name, which has a capital within a sentence, stays; and so does a text of which too little is known."""
    language = languages_of(text)[0]
    if language not in LANGUAGES or len(text) > LONGEST:
        return text
    dictionary = _dictionary(language)
    known = dictionary.word_frequency.dictionary
    words = _WORD.findall(text.lower())
    if sum(word in known for word in words) < KNOWN * len(words):
        return text

    def meant(match: re.Match[str]) -> str:
        said = match.group()
        word = said.lower()
        named = said[0].isupper() and match.start() > 0
        if len(word) < SHORTEST or named or not word.isalpha() or word in known or remembered(word):
            return said
        letters = sorted(word)

        def likely(one: str) -> int:
            times = (MEMORIES if remembered(one) else 1) * (
                EXCHANGED if sorted(one) == letters else 1
            )
            return known[one] * times

        near = [one for one in dictionary.edit_distance_1(word) if one in known]
        return max(near, key=likely, default=said)

    return _WORD.sub(meant, text)


@cache
def _dictionary(language: str) -> SpellChecker:
    """Some 30 to 60 MB, read in .2 to .7 s."""
    from spellchecker import SpellChecker  # only once a message has come

    return SpellChecker(language=language, distance=1)
