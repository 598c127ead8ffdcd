"""Wheels of llama.cpp and hnswlib that run on any machine of this kind; clone and package have the same.

    python3 packaging/portable_wheels.py    build what isn't there yet, say where the wheels are

Both compile for the builder's own processor when nobody objects (``-march=native``), and then die of
an illegal instruction on an older one. They are the only dependencies that are compiled here; all
others come as wheels of their makers, which choose at run time.

llama.cpp is built with its CPU back end in all variants, from plain x86-64 to AVX-512, and with a back
end for graphics cards (Vulkan; Metal on a Mac), each a library of its own in ``llama_cpp/lib``; the
engine room chooses among them. AMX is left out: the pinned llama.cpp, compiled by a GCC before 13, dies
at its first tile (GCC takes 8 of the 64 bytes that ``_tile_loadconfig`` reads for read). hnswlib is
built for plain x86-64, whose vectors of four are enough for what it does.

The wheels are placed in ``build/wheels``. Each is kept in the user's cache as well, in a folder named
after all that it depends on: another clone is set up in seconds.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHEELS = ROOT / "build" / "wheels"
LIBRARIES = "llama_cpp/lib"
INCLUDED = ROOT / "packaging" / "engine.cmake"
VULKAN_DECLARATIONS = ROOT / "packaging" / "vulkan_declarations.hpp"
NOT_NEEDED = (
    "include/",
    f"{LIBRARIES}/cmake/",
    f"{LIBRARIES}/pkgconfig/",
    f"{LIBRARIES}/*ggml-cpu-sapphirerapids*",  # the variant with AMX; without it the processor has zen4's
)


class WheelError(Exception):
    """A wheel could not be built: one sentence that says where the whole story is."""


@dataclass(frozen=True)
class Recipe:
    """How one package is built; equal recipes give interchangeable wheels."""

    package: str
    defines: dict[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    sources: tuple[tuple[str, Path], ...] = ()
    """Definitions whose values are files of ours that the build reads."""

    def key(self, pin: str) -> str:
        """A name for the folder of its wheel: the pin, and a hash of all else that matters."""
        parts = (
            sorted(self.defines.items()),
            self.exclude,
            sorted(self.environment.items()),
            [(name, path.read_bytes()) for name, path in self.sources],
            sysconfig.get_platform(),
            platform.libc_ver(),
            sys.version_info[:2],
        )
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
        return f"{pin.replace('==', '-')}-{digest}"


MACOS = sys.platform == "darwin"
HAS_GRAPHICS = MACOS or shutil.which("glslc") is not None
"""Whether the back end for graphics cards can be built: Vulkan's shaders need their compiler."""
LLAMA = Recipe(
    "llama-cpp-python",
    {
        "GGML_NATIVE": "OFF",
        "GGML_METAL" if MACOS else "GGML_VULKAN": "ON" if HAS_GRAPHICS else "OFF",
        "GGML_BACKEND_DL": "ON",
        "GGML_CPU_ALL_VARIANTS": "ON",
        "LLAVA_BUILD": "OFF",  # pictures
        "CMAKE_INSTALL_BINDIR": LIBRARIES,  # where back ends go
        "CMAKE_INSTALL_LIBDIR": LIBRARIES,
        "CMAKE_INSTALL_RPATH": "@loader_path" if MACOS else "$ORIGIN",
        # a wheel knows no links: each library would be in it three times, and a process that loads
        # it under two of the names has two lists of back ends
        "CMAKE_PLATFORM_NO_VERSIONED_SONAME": "ON",
    },
    NOT_NEEDED,
    sources=(
        ("CMAKE_PROJECT_llama_cpp_INCLUDE", INCLUDED),
        ("NOWPRINT_VULKAN_DECLARATIONS", VULKAN_DECLARATIONS),
    ),
)
HNSWLIB = Recipe("hnswlib", environment={"HNSWLIB_NO_NATIVE": "1"})


def build_wheels(to: Path | None = None, python: Path = Path(sys.executable)) -> list[Path]:
    """Put the wheels into this folder (None: ``build/wheels``), in place of older ones; WheelError.

    Building takes some eleven minutes on two cores, once. ``python`` has pip and is of the version
    that runs this.
    """
    to = to or WHEELS
    to.mkdir(parents=True, exist_ok=True)
    placed = []
    for recipe in (LLAMA, HNSWLIB):
        made = wheel(recipe, python)
        for older in to.glob(f"{recipe.package.replace('-', '_')}-*.whl"):
            older.unlink()
        placed.append(Path(shutil.copy2(made, to)))
    return placed


def wheel(recipe: Recipe, python: Path) -> Path:
    """The wheel as it is kept, built now if it isn't there."""
    pin = pinned(recipe.package)
    folder = cache() / recipe.key(pin)
    if not folder.exists():
        build(recipe, pin, folder, python)
    return next(folder.glob("*.whl"))


def build(recipe: Recipe, pin: str, folder: Path, python: Path) -> None:
    """Build beside and rename, so that a folder there holds a whole wheel."""
    beside = folder.with_name(folder.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    defines = recipe.defines | {name: path.as_posix() for name, path in recipe.sources}
    options = [f"cmake.define.{name}={value}" for name, value in defines.items()]
    if recipe.exclude:
        options.append(f"wheel.exclude={';'.join(recipe.exclude)}")
    command = [
        *(str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "wheel"),
        *("--no-deps", "--no-cache-dir", "--no-binary", recipe.package, "--wheel-dir", str(beside)),
        *(part for option in options for part in ("--config-settings", option)),
        pin,
    ]
    environment = dict(os.environ, **recipe.environment)
    environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count() or 1))
    log = folder.with_name(folder.name + ".log")
    with open(log, "w", encoding="utf-8") as file:
        status = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=environment
        ).returncode
    if status != 0:
        raise WheelError(f"{pin} could not be built: the whole story is in {log}")
    os.replace(beside, folder)


def cache() -> Path:
    """Where wheels are kept between clones: the user's folder for what can be made again."""
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA", "")
    else:
        place = os.environ.get("XDG_CACHE_HOME", "")
    if not Path(place).is_absolute():
        place = str(Path.home() / ("Library/Caches" if MACOS else ".cache"))
    return Path(place) / "nowprint" / "wheels"


def pinned(package: str) -> str:
    """The requirement of pyproject.toml for this package, as in ``hnswlib==0.8.0``."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted: list[str] = tomllib.load(file)["project"]["dependencies"]
    return next(pin for pin in wanted if pin.startswith(f"{package}=="))


def main() -> int:
    if not HAS_GRAPHICS:
        print("without a back end for graphics cards: glslc is not there", file=sys.stderr)
    try:
        for path in build_wheels():
            print(path, flush=True)
    except WheelError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
