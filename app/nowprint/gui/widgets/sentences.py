"""Where a text may be cut: between its sentences, else between its clauses."""

from __future__ import annotations

import itertools
import re

_SENTENCE = re.compile(r"(?<=[.!?…。！？])[\"'”’)\]]*\s+|\n+")
_CLAUSE = re.compile(r"(?<=[,;:])\s+|\s+[–—]\s+|\s+(?=(?:and|but|because|so)\s)")


def places(text: str) -> tuple[int, ...]:
    """Where the next piece would begin, in code points; none in a text of one clause."""
    for cut in (_SENTENCE, _CLAUSE):
        found = tuple(
            m.end()
            for m in cut.finditer(text)
            if text[: m.start()].strip() and text[m.end() :].strip()
        )
        if found:
            return found
    return ()


def pieces(text: str, at: tuple[int, ...]) -> list[str]:
    """The text cut at these places, without the white space between."""
    ends = (0, *at, len(text))
    return [text[a:b].strip() for a, b in itertools.pairwise(ends)]
