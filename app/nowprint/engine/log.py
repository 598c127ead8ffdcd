"""llama.cpp reports faults through its log; it is captured here, so that a failed load can say why, and
nothing of it reaches the terminal."""

from __future__ import annotations

import ctypes
import os
from collections import deque

import llama_cpp.llama_cpp as bindings

errors: deque[str] = deque(maxlen=20)
"""What it said of faults lately."""
_ERROR_LEVEL = 4


@bindings.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_errors(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    if level == _ERROR_LEVEL:
        errors.append(text.decode("utf-8", "replace").strip())


bindings.llama_log_set(_keep_errors, ctypes.c_void_p(0))
# an abort would start a debugger and wait for it; the core's own trace is written anyway
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
