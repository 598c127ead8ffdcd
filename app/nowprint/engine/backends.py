"""llama.cpp's back ends: variants of its CPU code, and graphics cards.

Each back end is a library in the same folder as llama.cpp's own. A *variant* is the CPU back end
compiled for one kind of processor; its library gives a score, which says whether it runs on this
processor and how much of the processor it uses. A process loads one variant and keeps it. The library
for graphics cards is loaded in addition when one of its *devices* is to be used.

By itself, llama.cpp would load the variant with the highest score, and search the working folder, too.
Here the caller names the variant: proof.py finds out which one works, and service/hardware.py chooses
by that. If the caller names none, the highest score wins. A build of llama.cpp that contains the CPU
back end has one variant, ``BUILT_IN``.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import platform
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import llama_cpp.llama_cpp as bindings

from nowprint.errors import UserError

BUILT_IN = "built in"
FOLDER = Path(bindings._lib._name).parent
GRAPHICS = ("vulkan", "metal")
"""Back ends for graphics cards, as they are called in the names of their libraries."""
_VARIANT = re.compile(r"(?:lib)?ggml-cpu-([\w.]+?)\.(?:so|dll|dylib)")
_SOFTWARE = re.compile(r"llvmpipe|swiftshader|basic render|\bWARP\b", re.IGNORECASE)
_GPU, _INTEGRATED = 1, 2
"""``enum ggml_backend_dev_type``."""


@dataclass(frozen=True, slots=True)
class Device:
    """A graphics card as llama.cpp sees it; sizes in bytes."""

    name: str
    """Its back end and number, as in ``Vulkan0``."""
    description: str
    """The name that its driver gives."""
    integrated: bool
    """Whether it shares the machine's memory."""
    free: int
    total: int

    @property
    def software(self) -> bool:
        """Whether its driver really computes on the processor; used only if the user names it."""
        return bool(_SOFTWARE.search(self.description))


_loaded: str | None = None
"""The variant that this process has loaded."""


@functools.cache
def _ggml() -> Any:
    """The copy of ggml that llama.cpp itself uses.

    Opening the library by its file name could load a second copy, because a wheel holds it under several
    names.
    """
    llama: ctypes.CDLL = bindings._lib  # finds the symbols of the libraries it depends on, too
    ggml = llama
    if sys.platform == "win32":
        ggml = ctypes.CDLL(str(FOLDER / "ggml.dll"))
        base = ctypes.CDLL(str(FOLDER / "ggml-base.dll"))
        for name in ("name", "description", "memory", "type"):
            setattr(ggml, f"ggml_backend_dev_{name}", getattr(base, f"ggml_backend_dev_{name}"))
    ggml.ggml_backend_reg_count.restype = ctypes.c_size_t
    ggml.ggml_backend_load.argtypes = [ctypes.c_char_p]
    ggml.ggml_backend_load.restype = ctypes.c_void_p
    ggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    ggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    ggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    for name in ("name", "description"):
        told = getattr(ggml, f"ggml_backend_dev_{name}")
        told.argtypes, told.restype = [ctypes.c_void_p], ctypes.c_char_p
    ggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    sizes = [ctypes.POINTER(ctypes.c_size_t)] * 2
    ggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, *sizes]
    return ggml


# --- the CPU -----------------------------------------------------------------------------------


@functools.cache
def variants() -> tuple[str, ...]:
    """The variants whose score says that they run on this processor, highest score first; the last is
    the plainest."""
    if _loaded is None and _ggml().ggml_backend_reg_count():
        return (BUILT_IN,)
    scored = [(score(found[1]), found[1]) for found in map(_VARIANT.fullmatch, _files()) if found]
    return tuple(name for points, name in sorted(scored, reverse=True) if points)


def score(variant: str) -> int:
    """A number that is higher the more of this processor the variant uses; 0 if it can't run here."""
    try:
        library = ctypes.CDLL(str(_library(f"cpu-{variant}")))
        return int(library.ggml_backend_score())
    except (OSError, AttributeError):
        return 0


def load(variant: str = "") -> str:
    """Load a variant into this process and return its name; the one with the highest score if ``variant``
    is none that runs here. A variant that is loaded already stays. UserError if there is none."""
    global _loaded  # noqa: PLW0603 - a library is loaded for the whole process
    if _loaded is None:
        names = variants()
        if not names:
            raise UserError(
                f"Nowprint has no library for this processor in {FOLDER} (libggml-cpu-…), "
                "or none that can be loaded: reinstall Nowprint."
            )
        name = variant if variant in names else names[0]
        if name != BUILT_IN:
            _load(f"cpu-{name}")
        bindings.llama_backend_init()
        _loaded = name
    return _loaded


def system_info() -> str:
    """The variant that is loaded and the processor features it uses, for doctor; UserError as ``load``."""
    variant = load()
    features = bindings.llama_print_system_info().decode("utf-8", "replace").strip(" |\n")
    return f"{variant}; {features}"


@functools.cache
def build_id() -> str:
    """An id of the back ends and the processor, 16 hex digits; it changes when one of these does."""
    digest = hashlib.sha256(f"{llama_cpp.__version__} {_processor()}".encode())
    for name in _files():
        stat = (FOLDER / name).stat()
        digest.update(f"{name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def _processor() -> str:
    """The processor's model, and the features that the system reports: a virtual machine may hide some."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    told = dict.fromkeys(re.findall(r"^(?:model name|flags|Features)\s*:.*$", text, re.MULTILINE))
    return "\n".join(told)


# --- graphics cards ----------------------------------------------------------------------------


def load_graphics() -> bool:
    """Load the back end for graphics cards; False if there is none, or its driver is missing."""
    if any(_names_graphics(name) for name, _ in _devices()):
        return True
    return any(_load(name) for name in GRAPHICS if _library(name).exists())


def devices() -> tuple[Device, ...]:
    """The graphics cards of the back ends that are loaded, in llama.cpp's order."""
    found = []
    for _, pointer in _devices():
        ggml = _ggml()
        kind = ggml.ggml_backend_dev_type(pointer)
        if kind in (_GPU, _INTEGRATED):
            free, total = ctypes.c_size_t(), ctypes.c_size_t()
            ggml.ggml_backend_dev_memory(pointer, ctypes.byref(free), ctypes.byref(total))
            found.append(
                Device(
                    _text(ggml.ggml_backend_dev_name(pointer)),
                    _text(ggml.ggml_backend_dev_description(pointer)),
                    kind == _INTEGRATED,
                    free.value,
                    total.value,
                )
            )
    return tuple(found)


def pointers(device: Device | None) -> Any:
    """The value for ``llama_model_params.devices``, which ends with NULL: this device, or none for None."""
    chosen = [pointer for name, pointer in _devices() if device and name == device.name]
    return (ctypes.c_void_p * (len(chosen) + 1))(*chosen)


def _devices() -> list[tuple[str, int]]:
    ggml = _ggml()
    found = (ggml.ggml_backend_dev_get(i) for i in range(ggml.ggml_backend_dev_count()))
    return [(_text(ggml.ggml_backend_dev_name(pointer)), pointer) for pointer in found]


def _names_graphics(device: str) -> bool:
    return device.lower().startswith(GRAPHICS) or device.startswith("MTL")


# --- libraries ---------------------------------------------------------------------------------


def _files() -> list[str]:
    return sorted(path.name for path in FOLDER.iterdir() if "ggml" in path.name)


def _library(name: str) -> Path:
    before, after = {"win32": ("", ".dll"), "darwin": ("lib", ".so")}.get(
        sys.platform, ("lib", ".so")
    )
    return FOLDER / f"{before}ggml-{name}{after}"


def _load(name: str) -> bool:
    return bool(_ggml().ggml_backend_load(os.fsencode(_library(name))))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
