"""Copies of what a llama.cpp context's cache holds of a sequence, and how they are put back."""

from __future__ import annotations

import ctypes
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

State = npt.NDArray[np.uint8]
"""What the cache holds of a sequence, as llama.cpp writes it; shape (bytes,)."""


def state_bytes(context: Any, sequence: int) -> int:
    """What a copy takes."""
    return int(llama_cpp.llama_state_seq_get_size(context, sequence))


def state_of(context: Any, sequence: int) -> State:
    state = np.empty(state_bytes(context, sequence), np.uint8)
    written = llama_cpp.llama_state_seq_get_data(context, _pointer(state), state.size, sequence)
    return state[:written]


def put_state(context: Any, sequence: int, state: State) -> bool:
    """Let an empty sequence hold what ``state`` of the same model gave. False if llama.cpp refuses it,
    because its build or the context's options differ; then the sequence is empty."""
    whole = np.ascontiguousarray(state)
    return bool(llama_cpp.llama_state_seq_set_data(context, _pointer(whole), whole.size, sequence))


def _pointer(state: State) -> Any:
    return state.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
