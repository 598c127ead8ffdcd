"""What computes for llama.cpp on this processor.

A build for the machine it was made on has it built in. A build for any machine brings one library
for each kind of processor beside llama.cpp's own, and the best that runs here is chosen once, before
anything else of llama.cpp is called: left alone, llama.cpp would look for them in the working folder.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

import llama_cpp.llama_cpp as bindings

from nowprint.errors import UserError

_loaded: list[str] = []
"""The kinds of processor whose library was loaded, as in ``haswell``; none for what is built in."""
_NAMES_LIBRARY = re.compile(rb"loaded CPU backend from .*ggml-cpu-([\w.]+?)\.(?:so|dll)\s*$", re.S)


@bindings.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_name(_level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    if found := _NAMES_LIBRARY.search(text):
        _loaded.append(found[1].decode())


def _ggml() -> ctypes.CDLL:
    """The one copy of ggml that llama.cpp itself uses.

    Opened by its file's name it could be a second one: a wheel holds it under several names.
    """
    llama: ctypes.CDLL = bindings._lib
    if sys.platform == "win32":
        return ctypes.CDLL(str(Path(llama._name).with_name("ggml.dll")))
    return llama  # the system looks a name up in whatever a library depends on, too


def load_backends(ggml: ctypes.CDLL | None = None) -> bool:
    """Choose among the libraries beside llama.cpp's if nothing is built in; False if none runs."""
    ggml = ggml or _ggml()
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    if ggml.ggml_backend_reg_count() == 0:
        folder = Path(bindings._lib._name).parent
        bindings.llama_log_set(_keep_name, ctypes.c_void_p(0))
        ggml.ggml_backend_load_all_from_path(ctypes.c_char_p(os.fsencode(folder)))
    return int(ggml.ggml_backend_reg_count()) > 0


AVAILABLE = load_backends()


def check_available(available: bool = AVAILABLE) -> None:
    """UserError if there is nothing to compute with."""
    if not available:
        folder = Path(bindings._lib._name).parent
        raise UserError(
            f"Nowprint has no library for this processor in {folder} (libggml-cpu-…), "
            "or none that can be loaded: install Nowprint again."
        )


def system_info() -> str:
    """The kind of processor whose library computes, and what of the processor it uses; for doctor."""
    kind = _loaded[0] if _loaded else "built for this machine"
    features = bindings.llama_print_system_info().decode("utf-8", "replace").strip(" |\n")
    return f"{kind}; {features}" if AVAILABLE else "no library for this processor"
