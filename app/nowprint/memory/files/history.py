"""Decides which history lines of a memory file may enter the profile's history.

A profile keeps an episode's history after the episode is forgotten, so the history must never hold content.
The maker of a file may have written anything into it: only lines are taken whose every word is one that
Nowprint itself writes there.
"""

from __future__ import annotations

import re

ACTIONS = frozenset(
    (
        "kept", "changed", "reinforced", "recalled", "edited", "pinned", "unpinned", "merged",
        "split", "moved", "confirmed", "held back", "imported", "forgotten", "forgetting undone", "archived",
        "brought back", "parted", "not changed",
    )
)  # fmt: skip
_WORDS = frozenset(
    (
        "for", "answer", "rank", "score", "by", "episode", "episodes", "captured", "remembered",
        "into", "from", "to", "of", "import", "project", "everywhere", "conversation", "text",
        "memory", "file", "and", "the", "with", "part", "parts",
    )
)  # fmt: skip
_PART = re.compile(r"[a-z]+|-?\d{1,12}(?:\.\d{1,6})?|[ ,:#()]")


def harmless(action: str, detail: str) -> bool:
    """Whether Nowprint knows the action, and each word of ``detail`` is one of its own or a number."""
    if action not in ACTIONS:
        return False
    at = 0
    for part in _PART.finditer(detail):
        word = part[0]
        if part.start() != at or (word.isalpha() and word not in _WORDS):
            return False
        at = part.end()
    return at == len(detail)
