"""What reads tokens for a llama.cpp context: its batch, and the number of threads that computes it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import llama_cpp

from nowprint.engine.threads import Threads

Entry: TypeAlias = tuple[int, int, int, bool]
"""A token, its position, its sequence, and whether its logits are wanted."""


class Decoder:
    """``room`` tokens at a time, each in one sequence. To be closed before the context."""

    def __init__(self, context: Any, room: int, threads: Threads) -> None:
        self._context = context
        self._batch = llama_cpp.llama_batch_init(room, 0, 1)
        self.threads = threads
        self._running = 0

    def decode(self, entries: Sequence[Entry]) -> int:
        """0, or the code of what llama.cpp couldn't do."""
        self._fill(entries)
        number = self.threads.number(len(entries))
        if number != self._running:
            llama_cpp.llama_set_n_threads(self._context, number, number)
            self._running = number
        began = time.perf_counter()
        code = int(llama_cpp.llama_decode(self._context, self._batch))
        if not code:
            self.threads.took(len(entries), time.perf_counter() - began)
        return code

    def _fill(self, entries: Sequence[Entry]) -> None:
        batch = self._batch
        batch.n_tokens = len(entries)
        for i, (token, position, sequence, wanted) in enumerate(entries):
            batch.token[i] = token
            batch.pos[i] = position
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = sequence
            batch.logits[i] = wanted

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
