"""Captures llama.cpp's log: a failed load can then say why it failed, and the terminal stays clean."""

from __future__ import annotations

import ctypes
import os
from collections import deque

import llama_cpp.llama_cpp as bindings

errors: deque[str] = deque(maxlen=20)
"""llama.cpp's last error messages."""
_ERROR_LEVEL = 4


@bindings.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_errors(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    if level == _ERROR_LEVEL:
        errors.append(text.decode("utf-8", "replace").strip())


bindings.llama_log_set(_keep_errors, ctypes.c_void_p(0))
# otherwise an abort starts a debugger and waits for it; Python's own stack trace is written anyway
os.environ.setdefault("GGML_NO_BACKTRACE", "1")
