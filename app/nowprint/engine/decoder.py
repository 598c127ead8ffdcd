"""Decoding batches of tokens in a llama.cpp context, with the number of threads that is fastest."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Sequence
from typing import Any, TypeAlias

import llama_cpp
from llama_cpp import llama_cpp as bindings

from nowprint.engine.threads import Threads

Entry: TypeAlias = tuple[int, int, int, bool]
"""A token, its position, its sequence, and whether its logits are wanted."""

# llama_cpp's own function wraps the address in a pointer object, which takes a fifth of the time in which
# a distribution is read
_address_of_logits = bindings._lib["llama_get_logits_ith"]
_address_of_logits.argtypes = [ctypes.c_void_p, ctypes.c_int32]
_address_of_logits.restype = ctypes.c_void_p


class Decoder:
    """Decodes up to ``room`` tokens at a time, each in one sequence. Close it before the context."""

    def __init__(self, context: Any, room: int, threads: Threads) -> None:
        self._context = context
        self._batch = llama_cpp.llama_batch_init(room, 0, 1)
        self.threads = threads
        self._running = 0

    def decode(self, entries: Sequence[Entry]) -> int:
        """Decode one batch and return ``llama_decode``'s code: 0, or what went wrong."""
        self._fill(entries)
        number = self.threads.number(len(entries))
        if number != self._running:
            llama_cpp.llama_set_n_threads(self._context, number, number)
            self._running = number
        began, computed = time.perf_counter(), time.process_time()
        code = int(llama_cpp.llama_decode(self._context, self._batch))
        if not code:
            seconds = time.perf_counter() - began
            self.threads.took(len(entries), seconds, time.process_time() - computed)
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

    def logits_address(self, row: int) -> int:
        """The address of the logits of the last batch's token ``row``: shape (V,), float32."""
        address: int = _address_of_logits(self._context, row)
        return address

    def close(self) -> None:
        llama_cpp.llama_batch_free(self._batch)
