"""Puts what a user said about themselves as one would say it to them: "My dog is ill." as "Your dog is ill."

Only in English, where the verb's form seldom depends on who is spoken of. A text that may be in another
language stays as it is.
"""

from __future__ import annotations

import re

from nowprint.language.words import FUNCTION

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


def addressed(text: str) -> str:
    """The text with the second person for the first, if it is surely English."""
    plain = text.replace("’", "'")
    return _PERSON.sub(_turned, plain) if _is_english(plain) else text


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
