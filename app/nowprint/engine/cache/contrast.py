"""The prompt without recollections, as a second sequence in the cache beside the conversation's.

The two sequences share the cells of the tokens that both prompts begin with. While the answer is
written, each token goes to both sequences in one batch: most of the time of a decode step goes into
reading the weights, and they are read once for both. After the answer the second sequence is dropped,
and the conversation's cache is the same as without contrast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import llama_cpp

from nowprint.engine.decoder import Entry

MAIN, WITHOUT = 0, 1
"""Numbers of the sequences: the conversation's, and the one without recollections."""


class ContrastSequence:
    """The second sequence. ``submit`` decodes a batch. After ``begin`` and each ``go_on`` row 0 of the
    logits is the conversation's and row 1 this sequence's."""

    def __init__(self, memory: Any, submit: Callable[[Sequence[Entry]], None]) -> None:
        self._memory = memory
        self._submit = submit
        self._shared = 0
        self.cells = 0
        """Cells that belong to this sequence alone; 0 when it is not in use."""

    def begin(self, read: Sequence[int], without: Sequence[int]) -> None:
        """Decode the tokens of the prompt ``without`` that the conversation hasn't read.

        ``read`` are the conversation's tokens. The last tokens of both go into one batch, so that the
        conversation's last token is decoded again.
        """
        same = shared(read, without[:-1])
        llama_cpp.llama_memory_seq_cp(self._memory, MAIN, WITHOUT, 0, same)
        own = without[same:-1]
        if own:
            self._submit([(token, same + i, WITHOUT, False) for i, token in enumerate(own)])
        self._shared, self.cells = same, len(own)
        llama_cpp.llama_memory_seq_rm(self._memory, MAIN, len(read) - 1, -1)
        self.go_on(read[-1], len(read) - 1, without[-1])

    def go_on(self, token: int, at: int, other: int) -> None:
        """Decode ``token`` at position ``at`` of the conversation and ``other`` at the end of this one."""
        there = self._shared + self.cells
        self._submit([(token, at, MAIN, True), (other, there, WITHOUT, True)])
        self.cells += 1

    def end(self) -> None:
        if self.cells:
            llama_cpp.llama_memory_seq_rm(self._memory, WITHOUT, -1, -1)
            self.cells = 0


def shared(some: Sequence[int], others: Sequence[int]) -> int:
    """The number of tokens that both begin with."""
    same = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        same += 1
    return same
