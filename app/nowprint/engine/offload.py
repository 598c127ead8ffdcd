"""How many layers of a model fit into a graphics card's memory, beside the contexts that work on them."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import llama_cpp

from nowprint.engine import backends
from nowprint.engine.backends import Device

RESERVE = 400_000_000
"""Bytes that stay free: what a batch computes with, and what the screen needs."""
BYTES_PER_VALUE = 2
"""Of the KV cache: 16-bit floats."""


def layers_that_fit(path: Path, device: Device, cells: int) -> tuple[int, int]:
    """How many layers fit, and how many there are; the output layer counts as one. (0, 0) for a file
    that can't be read. ``cells`` are the tokens of all contexts together."""
    backends.load()
    params = llama_cpp.llama_model_default_params()
    none = backends.pointers(None)
    params.devices = ctypes.cast(none, ctypes.c_void_p)
    params.load_mode = 0  # nothing is mapped: only sizes are read
    params.no_alloc = True
    model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        return 0, 0
    try:
        layers = int(llama_cpp.llama_model_n_layer(model))
        heads = max(1, int(llama_cpp.llama_model_n_head(model)))
        width = (
            llama_cpp.llama_model_n_embd(model) // heads * llama_cpp.llama_model_n_head_kv(model)
        )
        weights = int(llama_cpp.llama_model_size(model)) / (layers + 1)
    finally:
        llama_cpp.llama_model_free(model)
    cache = 2 * width * cells * BYTES_PER_VALUE
    room = device.free - RESERVE
    return max(0, min(layers + 1, int(room / (weights + cache)))), layers + 1
