"""How many layers of a model fit into a graphics card's memory together with their KV cache."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import llama_cpp

from nowprint.engine import backends
from nowprint.engine.backends import Device

RESERVE = 400_000_000
"""Bytes of the card's memory that are left free: for a batch's computation, and for the screen."""
BYTES_PER_VALUE = 2
"""The KV cache holds 16-bit floats."""


def layers_that_fit(path: Path, device: Device, cells: int) -> tuple[int, int]:
    """(layers that fit, layers of the model); the output layer counts as one. (0, 0) for a file that
    llama.cpp can't read. ``cells`` is the number of tokens of all contexts together."""
    backends.load()
    params = llama_cpp.llama_model_default_params()
    none = backends.pointers(None)
    params.devices = ctypes.cast(none, ctypes.c_void_p)
    params.load_mode = 0  # maps no weights into memory: only sizes are read
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
