"""What a model takes, against what llama.cpp says; and what is said and recommended from that."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import llama_cpp
import llama_cpp.llama_cpp as bindings
import psutil
import pytest

from nowprint.engine import context, engine, log, offload
from nowprint.engine.model import Model
from nowprint.model_records import READING_SPEED
from nowprint.models.catalogue import Layers, catalogue
from nowprint.models.fit import (
    BATCH,
    BUFFERS,
    CARD_RESERVE,
    JUDGING,
    LEAST_SPEED_THINKING,
    SPARE,
    SYSTEM,
    CacheType,
    Memory,
    cache_bytes,
    check_fit,
    estimate_from_size,
    estimate_need,
    estimate_speed,
    recommended,
    this_memory,
)

MIB, GB = 1 << 20, 10**9
STARTER = (Layers(number=30, kv_heads=3, key_length=64, value_length=64),)
GGML_TYPES: dict[CacheType, int] = {"f16": 1, "q8_0": 8, "q4_0": 2}
BY_KEY = {model.key: model for model in catalogue()}
SAID = {
    "qwen3-0.6b": (448, 448),
    "qwen3-1.7b": (448, 448),
    "smollm3-3b": (288, 288),
    "ministral-3-3b": (416, 416),
    "gemma-4-e2b": (72, 39),
    "qwen3-4b-2507": (576, 576),
    "gemma-4-e4b": (224, 114),
    "ministral-3-8b": (544, 544),
    "qwen3-8b": (576, 576),
    "ministral-3-14b": (640, 640),
    "gemma-4-12b": (1344, 784),
    "gpt-oss-20b": (192, 108),
    "mistral-small-3.2-24b": (640, 640),
}
"""MiB of the KV cache that the pinned llama.cpp made for files with the shapes of these models: 4096
tokens in f16, with the whole context in layers that have a window, and without."""


@pytest.fixture
def llama_says() -> Iterator[list[str]]:
    """llama.cpp's log."""
    said: list[str] = []

    @bindings.llama_log_callback
    def keep(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
        said.append(text.decode("utf-8", "replace"))

    bindings.llama_log_set(keep, ctypes.c_void_p(0))
    yield said
    bindings.llama_log_set(log._keep_errors, ctypes.c_void_p(0))


def sizes(said: list[str], of: str) -> float:
    """Bytes that llama.cpp says something has."""
    found = re.findall(rf"{of} = +([\d.]+) MiB", "".join(said))
    assert found
    return sum(map(float, found)) * MIB


# --- what a model takes ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", GGML_TYPES)
@pytest.mark.parametrize("tokens", [512, 1000, 2048])
def test_the_cache_has_the_size_that_llama_cpp_makes_it(
    kind: CacheType, tokens: int, starter_model: Path, llama_says: list[str]
) -> None:
    model = Model(starter_model)
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = tokens
    params.n_batch = params.n_ubatch = BATCH
    params.type_k = params.type_v = GGML_TYPES[kind]
    made = llama_cpp.llama_init_from_model(model.handle, params)
    assert made
    llama_cpp.llama_free(made)
    model.close()
    said = sizes(llama_says, "llama_kv_cache: size")
    assert cache_bytes(STARTER, tokens, kind) == pytest.approx(said, abs=0.01 * MIB)


@pytest.mark.parametrize("key", BY_KEY)
def test_the_caches_of_the_catalogue(key: str) -> None:
    layers = BY_KEY[key].layers
    whole, windows = SAID[key]
    assert cache_bytes(layers, 4096) == whole * MIB
    assert cache_bytes(layers, 4096, swa_full=False) == windows * MIB
    assert cache_bytes(layers, 4096, "q8_0") == whole * MIB * 17 // 32
    assert cache_bytes(layers, 4096, "q4_0") == whole * MIB * 9 // 32


def test_a_short_context_has_no_use_for_its_windows() -> None:
    for model in catalogue():
        short = cache_bytes(model.layers, 256)
        assert short == cache_bytes(model.layers, 1, swa_full=False)
        assert cache_bytes(model.layers, 512) == 2 * short


def test_the_engine_takes_what_is_reckoned_with() -> None:
    assert (JUDGING, BATCH) == (engine.JUDGING, context.BATCH)
    assert CARD_RESERVE == offload.RESERVE
    assert llama_cpp.llama_context_default_params().swa_full


def test_the_buffers_of_both_contexts_are_no_larger_than_reckoned(
    starter_model: Path, llama_says: list[str]
) -> None:
    loaded = engine.Engine(starter_model, context=2048, threads=1)
    assert loaded.likelihood.size == JUDGING
    loaded.close()
    computing = sizes(llama_says, "compute buffer size")
    logits = 2 * context.OUTPUTS * loaded.model.vocabulary * 4
    need = estimate_need(0, STARTER, 2048)
    assert computing + logits < BUFFERS < need.buffers
    assert sizes(llama_says, "llama_kv_cache: size") == pytest.approx(need.cache, abs=0.1 * MIB)


def test_need_grows_with_the_context_and_shrinks_with_the_cache_s_type() -> None:
    layers = BY_KEY["qwen3-8b"].layers
    short, long = (estimate_need(5 * GB, layers, tokens) for tokens in (4096, 16_384))
    assert long.weights == short.weights == 5 * GB
    assert long.cache - short.cache == cache_bytes(layers, 12_288)
    assert long.buffers > short.buffers
    assert long.total == long.weights + long.cache + long.buffers
    packed = estimate_need(5 * GB, layers, 16_384, "q4_0")
    # what judges texts keeps its cache in f16
    assert packed.cache == cache_bytes(layers, 16_384, "q4_0") + cache_bytes(layers, JUDGING)


# --- does it fit -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "available", "verdict"),
    [
        (0, SPARE, "fits"),
        (0, SPARE - 1, "tight"),
        (0, 0, "tight"),
        (0, -1, "too large"),
        (SYSTEM, -GB, "tight"),  # other programs can be closed
        (SYSTEM - 1, -GB, "too large"),
        (SYSTEM - 1, 0, "tight"),
    ],
)
def test_verdicts(total: int, available: int, verdict: str) -> None:
    """``total`` and ``available``: bytes more than the model needs."""
    need = estimate_need(4 * GB, STARTER, 4096)
    memory = Memory(need.total + total, need.total + available)
    fit = check_fit(need, memory)
    assert (fit.verdict, fit.on_card, fit.in_memory) == (verdict, 0, need.total)
    assert fit.need == need


def test_a_card_takes_what_it_has_room_for() -> None:
    need = estimate_need(4 * GB, STARTER, 4096)
    memory = Memory(8 * GB, 3 * GB)
    assert check_fit(need, memory).verdict == "tight"
    for card in (0, CARD_RESERVE):
        assert check_fit(need, memory, card).on_card == 0
    part = check_fit(need, memory, CARD_RESERVE + 3 * GB)
    assert (part.on_card, part.in_memory, part.verdict) == (3 * GB, need.total - 3 * GB, "fits")
    whole = check_fit(need, Memory(GB, 0), 24 * GB)
    assert whole.on_card == need.weights + need.cache
    assert (whole.in_memory, whole.verdict) == (need.buffers, "too large")


def test_the_memory_of_this_machine() -> None:
    memory = this_memory()
    assert memory.total == psutil.virtual_memory().total
    assert 0 < memory.available < memory.total


# --- how fast it is, and which is recommended --------------------------------------------------


def test_speed_is_the_memory_s_over_what_is_read() -> None:
    need = estimate_need(4 * GB, STARTER, 4096)
    without = check_fit(need, Memory(16 * GB, 12 * GB))
    read = 4 * GB + need.cache / 2
    assert estimate_speed(4 * GB, without, 2) == pytest.approx(10 * GB / read)
    assert estimate_speed(4 * GB, without, 64) == pytest.approx(40 * GB / read)
    assert estimate_speed(4 * GB, without, 0) == estimate_speed(4 * GB, without, 1)
    assert estimate_speed(1 * GB, without, 2) > 3 * estimate_speed(4 * GB, without, 2)
    whole = check_fit(need, Memory(16 * GB, 12 * GB), 24 * GB)
    half = check_fit(
        need, Memory(16 * GB, 12 * GB), CARD_RESERVE + (need.weights + need.cache) // 2
    )
    assert estimate_speed(4 * GB, whole, 2) == pytest.approx(100 * GB / read)
    assert estimate_speed(4 * GB, half, 2) == pytest.approx(1 / (read / 20 / GB + read / 200 / GB))


@pytest.mark.parametrize(
    ("total", "available", "card", "cores", "key"),
    [
        (2, 1.2, 0, 2, None),
        (4, 2.8, 0, 2, None),
        (4, 2.8, 0, 4, "qwen3-0.6b"),
        (8, 5.5, 0, 2, "gemma-4-e2b"),
        (8, 5.5, 0, 4, "qwen3-4b-2507"),
        (16, 11, 0, 4, "gemma-4-e4b"),
        (16, 11, 0, 8, "ministral-3-8b"),
        (32, 25, 0, 8, "gpt-oss-20b"),
        (16, 11, 8, 8, "gpt-oss-20b"),
        (16, 11, 24, 8, "mistral-small-3.2-24b"),
        (64, 55, 0, 2, "gemma-4-e2b"),  # memory alone makes nothing fast
    ],
)
def test_a_machine_s_recommendation(
    total: float, available: float, card: float, cores: int, key: str | None
) -> None:
    memory = Memory(int(total * GB), int(available * GB))
    chosen = recommended(catalogue(), memory, int(card * GB), cores)
    assert (chosen.key if chosen else None) == key


def test_what_is_recommended_fits_and_is_fast_and_nothing_abler_is() -> None:
    models = catalogue()
    for gigabytes, card, cores in itertools.product((2, 4, 6, 10, 16, 40), (0, 4, 12), (2, 4, 8)):
        memory = Memory(2 * gigabytes * GB, gigabytes * GB)
        chosen = recommended(models, memory, card * GB, cores)
        suits = []
        for model in models:
            fit = check_fit(estimate_need(model.size, model.layers, 4096), memory, card * GB)
            waits = model.thinks in ("by default", "always")
            least = LEAST_SPEED_THINKING if waits else READING_SPEED
            fast = estimate_speed(model.bytes_per_token, fit, cores) >= least
            suits.append(fit.verdict == "fits" and fast)
        assert chosen == next(
            (m for m, suit in zip(models[::-1], suits[::-1], strict=True) if suit), None
        )


def test_a_better_machine_is_never_recommended_less() -> None:
    models = catalogue()

    def rank(gigabytes: float, card: float, cores: int) -> int:
        memory = Memory(int(2 * gigabytes * GB), int(gigabytes * GB))
        chosen = recommended(models, memory, int(card * GB), cores)
        return models.index(chosen) if chosen else -1

    steps = [(g, c, n) for g in (2, 3, 5, 8, 13, 21) for c in (0, 2, 6, 16) for n in (1, 2, 4, 8)]
    for gigabytes, card, cores in steps:
        own = rank(gigabytes, card, cores)
        assert own <= rank(gigabytes * 1.5, card, cores)
        assert own <= rank(gigabytes, card + 4, cores)
        assert own <= rank(gigabytes, card, cores * 2)


def test_a_longer_context_may_leave_less_room_for_the_model() -> None:
    memory = Memory(16 * GB, 11 * GB)
    short = recommended(catalogue(), memory, 0, 8)
    long = recommended(catalogue(), memory, 0, 8, context=65_536)
    assert short
    assert long
    assert long.size < short.size
    assert recommended((), memory, 0, 8) is None


def test_a_size_alone_tells_about_what_a_model_takes() -> None:
    """Not less than it takes, but of one model, and not much more."""
    for model in catalogue():
        told = estimate_from_size(model.size, 4096).total
        real = estimate_need(model.size, model.layers, 4096).total
        least = 0.85 if model.key == "gemma-4-12b" else 1.0
        assert least * real <= told <= 1.25 * real, model.key


def test_a_small_file_takes_a_small_cache() -> None:
    starter = estimate_from_size(98_362_432, 4096)
    assert estimate_need(98_362_432, STARTER, 4096).cache < starter.cache < 0.5 * GB
