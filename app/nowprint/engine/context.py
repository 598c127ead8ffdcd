"""The KV cache of one conversation at a time: reading the prompt (prefill), and decoding the answer.

llama.cpp computes logits only where they are read: for the tokens of the user's new message and
after the last token of the prompt. It reserves room for the most logits that a batch may ask for, so
a batch asks for at most ``OUTPUTS``. A token's distribution is the one *before* it.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event

import llama_cpp
import numpy as np

from nowprint.engine.cache.contrast import MAIN, ContrastSequence, shared
from nowprint.engine.cache.kv_cache import KvCache, SavedCache
from nowprint.engine.context_options import ContextOptions
from nowprint.engine.decoder import Decoder, Entry
from nowprint.engine.distribution import (
    DistributionReader,
    FloatArray,
    TokenReading,
    quietly,
    scores_of,
)
from nowprint.engine.generation import (
    Contrast,
    Generation,
    Prefilled,
    Prompt,
    Step,
    Stopped,
    Thinking,
)
from nowprint.engine.logit_adjustment import Adjust, contrast
from nowprint.engine.model import LEAST_CONTEXT, Model
from nowprint.engine.sampler import Sampler, Sampling
from nowprint.engine.text import TextStream, place_pieces
from nowprint.engine.thinking import ThoughtSplitter, joined
from nowprint.engine.threads import Threads
from nowprint.errors import ModelFileError
from nowprint.records import TokenScore

BATCH = 256
OUTPUTS = 64
PROBE = 16
"""Tokens of a batch that must not take long, while the speed isn't known yet."""
_NOWHERE = -2


class Context:
    """A llama.cpp context over one model. Not thread-safe: only one thread may use it."""

    def __init__(
        self,
        model: Model,
        *,
        size: int,
        threads: Threads | None = None,
        options: ContextOptions | None = None,
    ) -> None:
        """``size`` tokens, at most what the model can read at once. ModelFileError if memory is short, or
        the model can't do with these ``options``."""
        options = options or ContextOptions()
        self._model = model
        self._context = None
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = min(max(size, LEAST_CONTEXT), options.longest(model))
        params.n_batch = params.n_ubatch = BATCH
        params.n_outputs_max = OUTPUTS
        params.no_perf = True
        params.n_seq_max = 2  # see cache/contrast.py
        params.kv_unified = True
        options.apply(params, model, compress=True)
        self._context = llama_cpp.llama_init_from_model(model.handle, params)
        if not self._context:
            raise ModelFileError(options.refused(model, params.n_ctx))
        # llama.cpp can't rotate a part of each head in a compressed cache: it aborts
        whole = options.cache == "f16" or model.rotates_whole_heads
        self._cache = KvCache(self._context, moves=whole and model.can_cut)
        self.size = llama_cpp.llama_n_ctx(self._context)
        self._contrasts = model.can_cut
        self._decoder = Decoder(self._context, BATCH, threads or Threads())
        self._reader = DistributionReader(model.vocabulary)
        self._row_type = ctypes.c_float * model.vocabulary
        self._views: dict[int, FloatArray] = {}
        self._seconds_per_token = 0.0
        self._read_at = _NOWHERE
        self._contrast = ContrastSequence(llama_cpp.llama_get_memory(self._context), self._submit)

    @property
    def used(self) -> int:
        return len(self._cache.tokens)

    @property
    def moves(self) -> bool:
        """Whether what follows a gap in the prompt can be used again."""
        return self._cache.moves

    @property
    def resumes(self) -> bool:
        """Whether a saved cache can be read on from a place before its end. Recurrent and hybrid models can't
        do that, and of a sliding window llama.cpp saves no more than the end."""
        return self._model.can_cut and not self._model.slides

    @property
    def cache_bytes(self) -> int:
        """What the cache takes when it is full, about; 0 before anything was read."""
        return self._cache.saved_bytes * self.size // self.used if self.used else 0

    # --- prefill -------------------------------------------------------------------------------

    def prefill(
        self,
        prompt: Prompt,
        stop: Event,
        *,
        score: bool,
        on_progress: Callable[[int, int], None] | None = None,
        heed: float | None = None,
    ) -> Prefilled:
        """Read the prompt, reusing the cached tokens that it begins with. With ``score``, score the message.

        ``on_progress`` is called after each batch with the tokens read and the tokens to read. Raises
        Stopped between two batches when ``stop`` is set; what was read stays cached. With ``heed`` a
        batch has only as many tokens as can be read in about so many seconds.
        """
        tokens = prompt.tokens
        assert 0 < len(tokens) <= self.size
        self._contrast.end()  # the last answer may have been abandoned in the middle
        scored = range(prompt.first, prompt.last) if score else range(0)
        reads = {max(0, at - 1) for at in scored if at} | {len(tokens) - 1}
        if stop.is_set():
            raise Stopped  # before cells move: llama.cpp rotates their keys with the next batch
        reused = self._cache.reuse(tokens, min(reads))
        readings: list[TokenReading] = []
        self._read_at = _NOWHERE
        at = reused
        while at < len(tokens):
            if stop.is_set() and at > reused:
                raise Stopped
            end, flags = _next_batch(at, len(tokens), reads, self._affordable(heed))
            began = time.monotonic()
            self._decode(tokens[at:end], flags)
            for i, flagged in enumerate(flags):
                if not flagged or at + i == len(tokens) - 1:
                    continue  # the answer's first step reads the last one
                with quietly():
                    self._read(at + i, self._logits(i))
                if at + i + 1 in scored:
                    readings.append(self._message_token(prompt, at + i + 1))
            self._seconds_per_token = (time.monotonic() - began) / len(flags)
            at = end
            if on_progress:
                on_progress(at - reused, len(tokens) - reused)
        self._cache.settled = prompt.settled
        return Prefilled(self.scores_of(readings), reused)

    def _affordable(self, heed: float | None) -> int:
        """The most tokens that a batch may have so as to take about ``heed`` seconds at most."""
        most = self._decoder.threads.longest(BATCH)
        if heed is None:
            return most
        if not self._seconds_per_token:
            return PROBE
        return max(1, min(most, int(heed / self._seconds_per_token)))

    def _message_token(self, prompt: Prompt, index: int) -> TokenReading:
        token = prompt.tokens[index]
        start, end = prompt.places[index - prompt.first]
        return self._reader.take(token, self._model.text(token), start, end)

    # --- decoding ------------------------------------------------------------------------------

    def generate(
        self,
        sampling: Sampling,
        limit: int,
        stop: Event,
        stop_text: str,
        *,
        contrast: Contrast | None = None,
        adjust: Adjust | None = None,
        thinking: Thinking | None = None,
    ) -> Generation:
        """The answer to the prompt that ``prefill`` has just read, of at most ``limit`` tokens.

        There is no contrast if the context has no room for it, or the model can't drop tokens.
        """
        limit = min(limit, self.size - self.used)
        return Generation(
            self, sampling, limit, stop, stop_text, contrast, adjust, thinking or Thinking()
        )

    def steps(self, generation: Generation) -> Iterator[Step]:
        stream = TextStream(generation.stop_text)
        splitter = ThoughtSplitter(generation.thinking.opened)
        budget, enough = generation.thinking.budget, generation.thinking.enough
        # an answer's or a thought's: its first mark isn't whole yet
        undecided: list[TokenReading] = []
        at = answered = thought_tokens = 0
        try:
            with quietly(), Sampler(generation.sampling, self._model.vocabulary) as sampler:
                if generation.contrast:
                    self._begin_contrast(generation.contrast.without.tokens)
                while answered < generation.limit and self.used < self.size:
                    if generation.stop.is_set():
                        generation.finish = "stopped"
                        break
                    token = self._draw(generation, sampler)
                    if self._model.ends(token):
                        generation.finish = "end"
                        break
                    text, thought = joined(splitter.feed(stream.feed(self._mark_or_piece(token))))
                    reading = self._reader.take(token, text, at, at + len(text))
                    if splitter.form is None or splitter.is_answering:
                        undecided.append(reading)
                        answered += 1
                    else:
                        undecided.clear()
                        thought_tokens += 1
                    if splitter.is_answering:
                        generation.readings += undecided
                        undecided.clear()
                    yield Step(text, reading, thought)
                    at += len(text)
                    if stream.stopped:
                        generation.finish = "end"
                        break
                    self._go_on(token)
                    room = min(generation.limit, self.size // 4)
                    out_of_room = self.size - self.used <= room
                    if splitter.is_thinking and (
                        thought_tokens >= budget or enough.is_set() or out_of_room
                    ):
                        self._write(splitter.close())
        finally:
            self._contrast.end()
        if splitter.form is None:
            generation.readings += undecided
        rest = joined([*splitter.feed(stream.finish()), *splitter.finish()])
        generation.rest, generation.rest_of_thought = rest

    def _mark_or_piece(self, token: int) -> bytes:
        """The bytes of a token, also of a control token that marks a thought."""
        return self._model.piece(token) or self._model.thought_marks.get(token, b"")

    def _write(self, text: str) -> None:
        """Go on as if the model had drawn this text of the template's."""
        for token in self._model.tokenize_template(text):
            if self.used < self.size - 1:
                self._go_on(token)

    def _draw(self, generation: Generation, sampler: Sampler) -> int:
        """Read the next token's distribution, adjust its logits if that is wanted, and draw the token."""
        row = 0 if self._contrast.cells else -1
        logits = self._logits(row)
        self._read(self.used - 1, logits)
        among = self._reader.likeliest(sampler.least)
        if generation.contrast and not generation.readings:
            logits[list(generation.contrast.never_first)] = -np.inf
            among = None
        if self._contrast.cells and generation.contrast:
            among = contrast(logits, self._logits(1), generation.contrast.strength)
        if generation.adjust:
            generation.adjust(logits, self._reader.distribution)
            among = None
        if among is None:
            return sampler.sample(self._context, row)
        return sampler.sample_among(among, logits)

    def _begin_contrast(self, without: Sequence[int]) -> None:
        """Begin the contrast, unless it needs more than a batch, for which the user would wait too long."""
        own = len(without) - shared(self._cache.tokens, without)
        if self._contrasts and own < BATCH and self.used + own + 1 < self.size:
            self._contrast.begin(tuple(self._cache.tokens), without)

    def _go_on(self, token: int) -> None:
        if self.used + self._contrast.cells + 2 > self.size:
            self._contrast.end()
        if self._contrast.cells:
            self._contrast.go_on(token, self.used, token)
            self._cache.tokens.append(token)
        else:
            self._decode([token], [True])

    def clear(self) -> None:
        """Empty the cache."""
        self._contrast.end()
        self._cache.clear()

    def close_gaps(self, closes: bool) -> None:
        """Whether what has left the middle of a prompt leaves the rest of the cache usable. It does; ``bench
        endless`` compares."""
        self._cache.closes_gaps = closes

    @property
    def saved_bytes(self) -> int:
        """What a copy of what the cache holds takes."""
        return self._cache.saved_bytes

    def save(self) -> SavedCache:
        """A copy of what the cache holds."""
        self._contrast.end()
        return self._cache.save()

    def restore(self, saved: SavedCache) -> None:
        """Hold what ``save`` of this context gave."""
        self._contrast.end()
        self._cache.restore(saved)

    @contextmanager
    def computing_with(self, threads: int) -> Iterator[None]:
        """Use exactly this number of threads. For ``bench overhead``, as are the two methods below."""
        adapting, self._decoder.threads = self._decoder.threads, Threads(threads)
        try:
            yield
        finally:
            self._decoder.threads = adapting

    def bare_prefill(self, tokens: Sequence[int]) -> None:
        """Read tokens without reading any distribution, as a plain chat application does."""
        for at in range(self._cache.reuse(tokens, len(tokens) - 1), len(tokens), BATCH):
            part = tokens[at : at + BATCH]
            self._decode(part, [at + i == len(tokens) - 1 for i in range(len(part))])

    def bare_decode(self, sampling: Sampling, limit: int) -> int:
        """Decode an answer after ``bare_prefill`` without reading any distribution; return its length."""
        decoded = 0
        with Sampler(sampling, self._model.vocabulary) as sampler:
            while decoded < limit:
                token = sampler.sample(self._context)
                if self._model.ends(token):
                    break
                self._decode([token], [True])
                decoded += 1
        return decoded

    def scores_of(self, readings: Sequence[TokenReading]) -> tuple[TokenScore, ...]:
        return scores_of(readings, self._model.text)

    # --- llama.cpp -----------------------------------------------------------------------------

    def _decode(self, tokens: Sequence[int], flags: Sequence[bool]) -> None:
        both = enumerate(zip(tokens, flags, strict=True), self.used)
        self._submit([(token, at, MAIN, flag) for at, (token, flag) in both])
        self._cache.tokens.extend(tokens)

    def _submit(self, entries: Sequence[Entry]) -> None:
        code = self._decoder.decode(entries)
        if code:
            at = entries[0][1]
            self.clear()
            raise RuntimeError(f"llama_decode returned {code} for {len(entries)} tokens at {at}")

    def _read(self, at: int, logits: FloatArray) -> None:
        """Read the distribution that follows token ``at``."""
        if at != self._read_at + 1:
            self._reader.reset()  # the distribution one token before was not read
        self._reader.read(logits)
        self._read_at = at

    def _logits(self, index: int) -> FloatArray:
        """A view, shape (V,), of the logits of the last batch's token ``index``; the next overwrites it."""
        address = self._decoder.logits_address(index)
        view = self._views.get(address)
        if view is None:
            if len(self._views) > 2 * OUTPUTS:  # llama.cpp has moved its buffer
                self._views.clear()
            view = np.frombuffer(self._row_type.from_address(address), np.float32)
            self._views[address] = view
        return view

    def close(self) -> None:
        if self._context:
            self._decoder.close()
            llama_cpp.llama_free(self._context)
            self._context = None


def message_places(model: Model, text: str, tokens: Sequence[int]) -> tuple[tuple[int, int], ...]:
    return tuple(place_pieces(text, [model.piece(token) for token in tokens]))


def _next_batch(at: int, total: int, reads: set[int], most: int = BATCH) -> tuple[int, list[bool]]:
    """Where the batch that begins at ``at`` ends, and for each of its tokens whether to compute logits."""
    flags: list[bool] = []
    outputs = 0
    while at + len(flags) < min(total, at + most):
        flag = at + len(flags) in reads
        if flag and outputs == OUTPUTS:
            break
        outputs += flag
        flags.append(flag)
    return at + len(flags), flags
