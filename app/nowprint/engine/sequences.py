"""A llama.cpp context in which many short sequences share the cells of their common beginning.

It exists beside the conversation's context (context.py), and one batch may hold tokens of several
sequences. The caller reads the distributions row by row; nothing is sampled.
"""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import llama_cpp
import numpy as np

from nowprint.engine.cache.sequence_state import State, put_state, state_of
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.decoder import Decoder
from nowprint.engine.distribution import FloatArray, quietly
from nowprint.engine.model import LEAST_CONTEXT, Model
from nowprint.engine.threads import Threads
from nowprint.errors import ModelFileError

BATCH = 256
"""The most tokens in a batch."""
_LEAST_LN = -87.5
"""Stands for every ln p below it: float32 can't tell such a p from 0 (as in distribution.py)."""


class Place(NamedTuple):
    """A token to be read, its position in its sequence, and whether the distribution after it is wanted."""

    token: int
    position: int
    sequence: int
    wanted: bool


@dataclass(frozen=True, slots=True)
class Row:
    """The distribution after a token: ln p is ``logits - total``. ``logits`` has shape (V,), float32;
    ``total`` is their logsumexp."""

    logits: FloatArray
    total: float

    def ln(self, token: int) -> float:
        return max(float(self.logits[token]) - self.total, _LEAST_LN)

    def copy(self) -> Row:
        """A copy that the next batch doesn't overwrite."""
        return Row(self.logits.copy(), self.total)


class Sequences:
    """``count`` sequences in a cache of ``size`` cells. Not thread-safe."""

    def __init__(
        self,
        model: Model,
        *,
        threads: Threads,
        cells: int,
        count: int,
        rows: int,
        options: ContextOptions | None = None,
    ) -> None:
        """``cells``: the size wanted, at most what the model was trained on. ``rows``: how many tokens of a
        batch may want the distribution after them, V × 4 bytes each. ModelFileError if the memory is too
        small. The cache is never compressed, whatever the ``options`` say: likelihoods are compared with
        those that were measured before."""
        self._context = None
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = min(max(cells, LEAST_CONTEXT), model.trained_context)
        params.n_batch = params.n_ubatch = BATCH
        params.n_outputs_max = rows
        params.n_seq_max = count
        params.kv_unified = True  # sequences share the cells of their common beginning
        params.no_perf = True
        (options or ContextOptions()).apply(params, model, compress=False)
        self._context = llama_cpp.llama_init_from_model(model.handle, params)
        if not self._context:
            raise ModelFileError(
                f"There is not enough memory to judge memories with {model.path.name}: "
                "set a smaller context or choose a smaller model."
            )
        self.can_cut = model.can_cut
        self._memory = llama_cpp.llama_get_memory(self._context)
        self.size = int(llama_cpp.llama_n_ctx(self._context))
        self.seconds_per_token = 0.0
        """A running average of recent readings; 0 before the first."""
        self._decoder = Decoder(self._context, BATCH, threads)
        self._row_type = ctypes.c_float * model.vocabulary
        self._scratch = np.empty(model.vocabulary, np.float32)

    def read(self, places: Sequence[Place]) -> None:
        """Read a batch. If llama.cpp can't, the cache is emptied and RuntimeError raised."""
        began = time.monotonic()
        code = self._decoder.decode(places)
        if code:
            self.clear()
            raise RuntimeError(f"llama_decode returned {code} for {len(places)} tokens")
        seconds = (time.monotonic() - began) / len(places)
        # a small batch says little about the speed of a large one, except that it is at least as high
        if len(places) >= 8 or seconds < self.seconds_per_token:
            self.seconds_per_token = ((self.seconds_per_token or seconds) + seconds) / 2

    def row(self, index: int) -> Row:
        """The distribution after place ``index`` of the last batch; the next batch overwrites it."""
        pointer = llama_cpp.llama_get_logits_ith(self._context, index)
        address = ctypes.addressof(pointer.contents)
        logits = np.frombuffer(self._row_type.from_address(address), np.float32)
        with quietly():
            total = float(np.add.reduce(np.exp(logits, out=self._scratch)))
            if 1e-30 < total < 1e30:
                return Row(logits, math.log(total))
            highest = float(logits.max())  # rare: again, shifted so that the greatest exp is 1
            np.exp(np.subtract(logits, np.float32(highest), out=self._scratch), out=self._scratch)
        return Row(logits, highest + math.log(float(self._scratch.sum())))

    def copy(self, source: int, target: int) -> None:
        """Make ``target`` begin with all tokens of ``source``; they share the cells."""
        llama_cpp.llama_memory_seq_cp(self._memory, source, target, 0, -1)

    def cut(self, sequence: int, length: int) -> bool:
        """Keep only the first ``length`` tokens of a sequence; False if this model can't."""
        return bool(llama_cpp.llama_memory_seq_rm(self._memory, sequence, length, -1))

    def drop(self, sequence: int) -> None:
        """Empty a sequence; with a model that can't cut, all sequences."""
        if self.can_cut:
            llama_cpp.llama_memory_seq_rm(self._memory, sequence, -1, -1)
        else:
            self.clear()

    def state(self, sequence: int) -> State:
        return state_of(self._context, sequence)

    def restore(self, sequence: int, state: State) -> bool:
        """See ``put_state``."""
        return put_state(self._context, sequence, state)

    def clear(self) -> None:
        llama_cpp.llama_memory_clear(self._memory, True)

    def close(self) -> None:
        if self._context:
            self._decoder.close()
            llama_cpp.llama_free(self._context)
            self._context = None


class Stop(Protocol):
    """A threading.Event, or an object that combines several."""

    def is_set(self) -> bool: ...


@dataclass(slots=True)
class ReadPrefix:
    """The tokens that a sequence has read, and the distribution after them."""

    sequence: int
    tokens: tuple[int, ...] = ()
    row: Row | None = None


@dataclass(slots=True)
class Continuation:
    """A continuation and its sequence, which already holds ``start`` tokens."""

    sequence: int
    start: int
    tokens: Sequence[int]
    read: int = 0
    nats: list[float] = field(default_factory=list)

    @property
    def left(self) -> int:
        """Tokens still to be read: all but the last, after which nothing is judged."""
        return max(0, len(self.tokens) - 1 - self.read)
