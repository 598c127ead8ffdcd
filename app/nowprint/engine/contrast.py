"""The prompt without recollections, as a second sequence beside the conversation's.

It shares the cells of what both prompts begin with, and while an answer is written each token goes
to both sequences in one batch: decoding is bound by reading the weights, which is done once for
both. When the answer is done the sequence goes, and the conversation's cache is as it always is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import llama_cpp

from nowprint.engine.decoder import Entry

MAIN, WITHOUT = 0, 1
"""Sequences."""


class ContrastSequence:
    """``submit`` decodes a batch; of a pair's logits row 0 is the conversation's, row 1 this one's."""

    def __init__(self, memory: Any, submit: Callable[[Sequence[Entry]], None]) -> None:
        self._memory = memory
        self._submit = submit
        self._shared = 0
        self.cells = 0
        """Cells that only this sequence has; 0 when it is not in use."""

    def begin(self, read: Sequence[int], without: Sequence[int]) -> None:
        """Decode ``without`` as far as it isn't ``read`` by the conversation. The last tokens of
        both go in one batch, so the conversation's is decoded again."""
        same = shared(read, without[:-1])
        llama_cpp.llama_memory_seq_cp(self._memory, MAIN, WITHOUT, 0, same)
        own = without[same:-1]
        if own:
            self._submit([(token, same + i, WITHOUT, False) for i, token in enumerate(own)])
        self._shared, self.cells = same, len(own)
        llama_cpp.llama_memory_seq_rm(self._memory, MAIN, len(read) - 1, -1)
        self.go_on(read[-1], len(read) - 1, without[-1])

    def go_on(self, token: int, at: int, other: int) -> None:
        """Decode ``token`` at position ``at`` of the conversation and ``other`` here."""
        there = self._shared + self.cells
        self._submit([(token, at, MAIN, True), (other, there, WITHOUT, True)])
        self.cells += 1

    def end(self) -> None:
        if self.cells:
            llama_cpp.llama_memory_seq_rm(self._memory, WITHOUT, -1, -1)
            self.cells = 0


def shared(some: Sequence[int], others: Sequence[int]) -> int:
    """How many tokens both begin with."""
    same = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        same += 1
    return same
