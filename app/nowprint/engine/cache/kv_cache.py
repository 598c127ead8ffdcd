"""The tokens that a context has read of the conversation, and what of them a new prompt can use again.

A prompt usually begins like the one before it. Where turns have left it, what follows them can be used all
the same: their cells are dropped, and those behind them move up, their keys rotated to the new positions
(the context shift of llama.cpp; StreamingLLM, arXiv:2309.17453). What moved was read while the turns that
left were there, so its values still hold a little of them, and the distributions after it are not quite
those of a prompt read anew (``bench endless`` says what that costs). So that is done only where it saves
much, and never after something was forgotten: then the cache is emptied. What was read behind
recollections, the last message and its answer, is always read anew without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import llama_cpp

from nowprint.engine.cache.contrast import MAIN, shared
from nowprint.engine.cache.sequence_state import State, put_state, state_bytes, state_of

LEAST_MATCH = 32
"""The fewest tokens behind a gap that count as the same text going on: fewer may be chance."""
LEAST_SAVED = 256
"""The fewest tokens for which gaps are closed."""


@dataclass(frozen=True, slots=True)
class SavedCache:
    """The tokens of a cache and their cells."""

    tokens: tuple[int, ...]
    cells: State
    settled: int


class KvCache:
    """What one llama.cpp context holds of the conversation. The second sequence must not be in use when
    anything but ``extend`` and ``append`` is called."""

    def __init__(self, context: Any, *, moves: bool) -> None:
        """``moves``: cells may be moved, if this kind of cache can do it at all."""
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self.moves = moves and bool(llama_cpp.llama_memory_can_shift(self._memory))
        """Whether cells can be moved to other positions."""
        self.closes_gaps = True
        """``bench endless`` switches it off to compare."""
        self.tokens: list[int] = []
        self.settled = 0
        """How many of these come before the last message and its recollections."""

    def reuse(self, tokens: Sequence[int], most: int) -> int:
        """Make the cache hold tokens that the prompt begins with, at most ``most``; return their number."""
        same = shared(self.tokens[:most], tokens)
        if self.moves and self.closes_gaps:
            gaps = find_gaps(self.tokens[: self.settled], tokens, same, most)
            if sum(length for _, length in gaps) >= LEAST_SAVED:
                for gap, length in gaps:
                    if not self._close(same, gap):
                        break
                    same += length
        if not llama_cpp.llama_memory_seq_rm(self._memory, MAIN, same, -1):
            # recurrent and hybrid models can't drop a part of what they read
            llama_cpp.llama_memory_clear(self._memory, True)
            same = 0
        del self.tokens[same:]
        self.settled = min(self.settled, same)
        return same

    def _close(self, at: int, gap: int) -> bool:
        """Drop ``gap`` tokens from ``at`` on, and move up those behind them."""
        if not llama_cpp.llama_memory_seq_rm(self._memory, MAIN, at, at + gap):
            return False
        llama_cpp.llama_memory_seq_add(self._memory, MAIN, at + gap, -1, -gap)
        del self.tokens[at : at + gap]
        return True

    @property
    def saved_bytes(self) -> int:
        """What a copy takes."""
        return state_bytes(self._context, MAIN)

    def save(self) -> SavedCache:
        """A copy of the cache, for ``restore``."""
        return SavedCache(tuple(self.tokens), state_of(self._context, MAIN), self.settled)

    def restore(self, saved: SavedCache) -> None:
        """Hold what ``saved`` holds; nothing, if llama.cpp refuses it."""
        self.clear()
        if put_state(self._context, MAIN, saved.cells):
            self.tokens = list(saved.tokens)
            self.settled = saved.settled
        else:
            self.clear()

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)
        self.tokens.clear()
        self.settled = 0


def find_gaps(
    cached: Sequence[int], tokens: Sequence[int], same: int, most: int
) -> list[tuple[int, int]]:
    """The gaps to close, from ``same`` on, so that the cache goes on as the prompt does up to ``most``.

    Each is the number of cached tokens to drop, and of those behind them that then match the prompt.
    """
    gaps: list[tuple[int, int]] = []
    if most - same < LEAST_SAVED:
        return gaps
    first: dict[tuple[int, ...], list[int]] = {}
    for i in range(same, len(cached) - LEAST_MATCH + 1):
        first.setdefault(tuple(cached[i : i + 4]), []).append(i)
    at, to = same, same
    while to + LEAST_MATCH <= most:
        wanted = list(tokens[to : to + LEAST_MATCH])
        starts = first.get(tuple(wanted[:4]), ())
        found = next(
            (i for i in starts if i > at and list(cached[i : i + LEAST_MATCH]) == wanted), None
        )
        if found is None:
            break
        length = shared(cached[found : found + most - to], tokens[to:most])
        gaps.append((found - at, length))
        at, to = found + length, to + length
    return gaps
