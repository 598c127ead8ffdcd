"""What the user has set for each model, kept in the profile under the model's fingerprint.

Whatever the user leaves alone has the value that is recommended for the model; see
``nowprint.service.model_settings``.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from nowprint.saving import Cipher, read_file, write_file
from nowprint.settings import Settings

CacheType = Literal["f16", "q8_0", "q4_0"]
"""How the KV cache holds its values; ggml's names."""
CACHE_BLOCKS: dict[CacheType, tuple[int, int]] = {"f16": (2, 1), "q8_0": (34, 32), "q4_0": (18, 32)}
"""Bytes of a block, and values in it (``ggml-common.h``)."""
FlashAttention = Literal["automatic", "on", "off"]
RopeScaling = Literal["none", "linear", "yarn"]
"""How positions beyond the trained context are mapped: squeezed evenly (arXiv:2306.15595), or by frequency
(YaRN, arXiv:2309.00071)."""
ResolveSettings = Callable[[Settings], "ModelSettings"]
"""What holds for a model, given the profile's settings."""
Own = dict[str, "str | int | float"]
"""The fields of ``ModelSettings`` that the user has set, by name."""


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Everything that can be set for one model."""

    system: str = ""
    """The system text; empty for Nowprint's own."""
    temperature: float = 0.2
    """0 always takes the likeliest token."""
    top_p: float = 0.95
    top_k: int = 40
    """0 for no limit."""
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    """1 for none."""
    seed: int = 0
    """0 for a new one with each answer."""
    answer_tokens: int = 768
    """The longest answer."""
    context: int = 4096
    """In tokens; a larger one than the model was trained on needs ``rope_scaling``."""
    cache: CacheType = "f16"
    flash_attention: FlashAttention = "automatic"
    rope_scaling: RopeScaling = "none"
    rope_factor: float = 2.0
    """How many times the trained context ``rope_scaling`` reaches."""
    layers: int = -1
    """How many layers a graphics card computes; -1 for as many as fit."""
    unload_minutes: int = 0
    """Free the model's memory after so many minutes without work; 0 never."""


SAMPLING = (*("temperature", "top_p", "top_k", "min_p", "repeat_penalty", "seed", "answer_tokens"),)
"""How words are chosen, and how many."""
LOADING = ("context", "cache", "flash_attention", "rope_scaling", "rope_factor", "layers")
"""What holds only from the next loading on; the rest holds from the next message on."""

RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0, 5),
    "top_p": (0, 1),
    "top_k": (0, 1000),
    "min_p": (0, 1),
    "repeat_penalty": (1, 2),
    "seed": (0, (1 << 32) - 1),
    "answer_tokens": (1, 1 << 16),
    "context": (512, 1 << 20),
    "rope_factor": (1, 64),
    "layers": (-1, 1000),
    "unload_minutes": (0, 24 * 60),
}
_CHOICES: dict[str, tuple[str, ...]] = {
    "cache": get_args(CacheType),
    "flash_attention": get_args(FlashAttention),
    "rope_scaling": get_args(RopeScaling),
}
LONGEST_SYSTEM = 20_000
"""Characters of a system text."""


def of_profile(settings: Settings) -> ModelSettings:
    """What holds for a model for which nothing is recommended and nothing set."""
    return replace(
        ModelSettings(),
        temperature=settings.temperature,
        seed=settings.seed,
        answer_tokens=settings.answer_tokens,
        context=settings.context,
    )


def usable(values: Any) -> Own:
    """The values that ``ModelSettings`` may have; others are left out, numbers brought into their range."""
    defaults = ModelSettings()
    kept: Own = {}
    for name in (field.name for field in fields(ModelSettings)):
        if not isinstance(values, dict) or name not in values:
            continue
        value, kind = values[name], type(getattr(defaults, name))
        if kind is float and type(value) is int:
            value = float(value)
        if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
            continue
        if name in RANGES:
            least, most = RANGES[name]
            kept[name] = round(
                kind(min(max(value, least), most)), 6
            )  # a file may have 32-bit floats
        elif name in _CHOICES:
            if value in _CHOICES[name]:
                kept[name] = value
        else:
            kept[name] = value[:LONGEST_SYSTEM]
    return kept


def changed(recommended: ModelSettings, wanted: ModelSettings) -> Own:
    """What of ``wanted`` isn't as it is recommended."""
    before = asdict(recommended)
    return {name: value for name, value in asdict(wanted).items() if value != before[name]}


class OwnModelSettings:
    """The file with the users' own values for all models. Thread-safe."""

    def __init__(self, path: Path, cipher: Cipher | None = None) -> None:
        """A missing or damaged file counts as an empty one."""
        self._path = path
        self._cipher = cipher
        self._lock = threading.Lock()
        self._all = self._read()

    def of(self, model: str) -> Own:
        """``model``: the fingerprint (``ModelInfo.id``)."""
        with self._lock:
            return usable(self._all.get(model))

    def put(self, model: str, name: str, own: Own) -> None:
        """``name`` tells a reader of the file which model it is. UserError if the file can't be written."""
        with self._lock:
            wanted = {key: value for key, value in self._all.items() if key != model}
            if own := usable(own):
                wanted[model] = {"name": name, **own}
            self._path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps(wanted, indent=2, ensure_ascii=False) + "\n"
            write_file(self._path, text.encode(), self._cipher)
            self._all = wanted

    def _read(self) -> dict[str, Any]:
        try:
            stored = json.loads(read_file(self._path, self._cipher))
        except (OSError, ValueError, RecursionError):
            return {}
        return stored if isinstance(stored, dict) else {}
