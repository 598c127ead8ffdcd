"""Whether a model fits this machine, and how fast it would be: arithmetic over numbers, nothing is loaded.

A model takes its weights, the KV cache of the two contexts that the engine makes (the conversation's and
the one that judges texts), and the buffers that these compute with. What a graphics card holds of
weights and cache isn't needed in the machine's memory.

Writing a token takes as long as reading what it needs of the weights, and the cache, from memory. How
fast a memory is can't be asked, so speeds are estimates from the number of cores, and low ones: a
recommendation must not disappoint.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from nowprint.model_records import READING_SPEED, Verdict
from nowprint.model_settings import CACHE_BLOCKS, CacheType
from nowprint.models.catalogue import CatalogueModel, Layers

JUDGING = 2048
"""Tokens of the context that judges texts; ``nowprint.engine.engine`` makes it, in f16."""
BATCH = 256
"""Tokens that the engine's contexts read at once, and what llama.cpp rounds a cache's length up to."""
SEQUENCES = 2
"""Of the conversation's context: the answer, and its contrast."""
BUFFERS = 320_000_000
"""Bytes, at most, that both contexts compute with and give their logits in. By llama.cpp's word they are
160 MB for Qwen3 0.6B, 236 MB for gpt-oss, up to 300 MB for Gemma 4 and 311 MB for Mistral Small."""
BUFFERS_PER_TOKEN = 1024
"""Bytes more for each token of the context: the attention masks of a batch."""
UNKNOWN_CACHE = 164_000
"""Bytes of cache a token, in f16, that a model whose layers aren't known is taken to need at most."""
CARD_RESERVE = 400_000_000
"""Bytes of a card that stay free, as ``nowprint.engine.offload`` has it."""
SPARE = 1_000_000_000
"""Bytes of available memory that a model must leave to other programs to fit."""
SYSTEM = 2_000_000_000
"""Bytes of memory that a desktop takes when every other program is closed."""

LEAST_SPEED_THINKING = 15.0
"""Tokens a second of a model that is recommended and thinks unasked: that is often more text than the
answer. Of the others ``READING_SPEED`` is asked."""
CORE_BANDWIDTH = 5e9
"""Bytes a second that llama.cpp reads with one core: two of a Zen 4 were measured at 10 to 11 GB/s."""
MEMORY_BANDWIDTH = 40e9
"""Bytes a second that all cores share: four fifths of what two channels of DDR4-3200 give."""
CARD_BANDWIDTH = 100e9
"""Bytes a second of a card, at least: the slowest of those with memory of their own have some 130 GB/s."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The machine's, in bytes. ``available``: what programs can have without pushing others out."""

    total: int
    available: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a model takes, in bytes."""

    weights: int
    cache: int
    buffers: int

    @property
    def total(self) -> int:
        return self.weights + self.cache + self.buffers


@dataclass(frozen=True, slots=True)
class Fit:
    """``fits``: it leaves room for other programs. ``tight``: it leaves none, or they must be closed
    first. ``too large``: not even then."""

    verdict: Verdict
    need: Need
    on_card: int
    """Bytes of weights and cache that the graphics card holds."""
    in_memory: int
    """Bytes that the machine's memory must have."""


def this_memory() -> Memory:
    """Of this machine, now."""
    memory = psutil.virtual_memory()
    return Memory(memory.total, memory.available)


def cache_bytes(
    layers: Sequence[Layers], tokens: int, kind: CacheType = "f16", *, swa_full: bool = True
) -> int:
    """Bytes of the KV cache for so many tokens, as llama.cpp makes it.

    Layers with a window keep the whole context too (llama.cpp's ``swa_full``, which the engine leaves
    on): else the end of what was read could not be dropped. Without it they keep their window alone.
    """
    size, values = CACHE_BLOCKS[kind]
    total = 0
    for group in layers:
        cells = tokens
        if group.window and not swa_full:
            cells = min(tokens, group.window * SEQUENCES + BATCH)
        row = group.kv_heads * (group.key_length + group.value_length)
        total += group.number * _rounded(cells) * row // values * size
    return total


def estimate_need(
    weights: int, layers: Sequence[Layers], context: int, kind: CacheType = "f16"
) -> Need:
    """What a model of so many bytes takes when the conversation's context has so many tokens."""
    cache = cache_bytes(layers, context, kind) + cache_bytes(layers, JUDGING)
    return Need(weights, cache, BUFFERS + BUFFERS_PER_TOKEN * (context + JUDGING))


def estimate_from_size(weights: int, context: int) -> Need:
    """The same for a file of which nothing but its size is known.

    The cache of a token is taken for 5·√weights bytes, up to ``UNKNOWN_CACHE``: it grows with a model's width
    and depth, as the weights do with the square of the one times the other, and large models share
    their heads. Of the catalogue's models all but one need that or less (Gemma's 12B needs twice as much).
    """
    tokens = _rounded(context) + JUDGING
    cache = round(tokens * min(5 * math.sqrt(weights), UNKNOWN_CACHE))
    return Need(weights, cache, BUFFERS + BUFFERS_PER_TOKEN * (context + JUDGING))


def check_fit(need: Need, memory: Memory, card: int = 0) -> Fit:
    """``card``: free bytes of a graphics card with memory of its own; 0 for none. What a model that is
    loaded now would give back is for the caller to add to ``memory.available`` and ``card``."""
    on_card = min(need.weights + need.cache, max(0, card - CARD_RESERVE))
    in_memory = need.total - on_card
    if in_memory + SPARE <= memory.available:
        verdict: Verdict = "fits"
    elif in_memory <= max(memory.available, memory.total - SYSTEM):
        verdict = "tight"
    else:
        verdict = "too large"
    return Fit(verdict, need, on_card, in_memory)


def estimate_speed(weights: int, fit: Fit, cores: int) -> float:
    """Tokens a second, a low estimate. ``weights``: bytes of them that are read for one token; of the
    cache half is read, as in the middle of a context. ``cores`` are physical ones."""
    read = weights + fit.need.cache / 2
    share = fit.on_card / (fit.need.weights + fit.need.cache)
    memory = min(max(cores, 1) * CORE_BANDWIDTH, MEMORY_BANDWIDTH)
    return 1 / (read * (1 - share) / memory + read * share / CARD_BANDWIDTH)


def recommended(
    models: Sequence[CatalogueModel], memory: Memory, card: int, cores: int, *, context: int = 4096
) -> CatalogueModel | None:
    """The ablest model that fits with room to spare and is fast enough; None if there is none.

    ``models`` go from the simplest to the ablest. ``card``: free bytes of a graphics card with memory of
    its own, or 0. ``cores``: physical ones. ``context``: tokens of the conversation's context.
    """
    for model in reversed(models):
        needed = estimate_need(model.size, model.layers, min(context, model.context))
        fit = check_fit(needed, memory, card)
        unasked = model.thinks in ("by default", "always")
        least = LEAST_SPEED_THINKING if unasked else READING_SPEED
        if fit.verdict == "fits" and estimate_speed(model.bytes_per_token, fit, cores) >= least:
            return model
    return None


def _rounded(cells: int) -> int:
    return -(-cells // BATCH) * BATCH
