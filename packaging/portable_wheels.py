"""Wheels of llama.cpp and hnswlib that run on any x86-64 machine.

    python3 packaging/portable_wheels.py    build what isn't there yet, say where the wheels are

Both compile for the builder's own processor when nobody objects (``-march=native``), and then die of
an illegal instruction on an older one. They are the only dependencies that are compiled here; all
others come as wheels of their makers, which choose at run time.

llama.cpp is built with its CPU back end in all variants, from plain x86-64 to AVX-512 and AMX, each
a library of its own in ``llama_cpp/lib``; the engine room has it choose the best one there. hnswlib
is built for plain x86-64, whose vectors of four are enough for what it does.

They are in ``build/wheels``, and kept there in folders named after all that they depend on.
"""

from __future__ import annotations

import hashlib
import os
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
WITHOUT_COMMON = (ROOT / "packaging" / "without_common.cmake").read_text(encoding="ascii")
"""Read by CMake right after ``project()``: an ordinary variable goes before the cached one, to which
the package's own CMakeLists gives no choice. It spares the code of llama.cpp's programs, a third of
the time."""
NOT_NEEDED = ["include/", f"{LIBRARIES}/cmake/", f"{LIBRARIES}/pkgconfig/"]


class WheelError(Exception):
    """A wheel could not be built: one sentence that says where the whole story is."""


@dataclass(frozen=True)
class Recipe:
    """How one package is built; equal recipes give interchangeable wheels."""

    package: str
    defines: dict[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    include: str = ""
    """CMake code to be read at the beginning of the project; "" for none."""

    def key(self, pin: str) -> str:
        """A name for the folder of its wheel: the pin, and a hash of all else that matters."""
        parts = (
            sorted(self.defines.items()),
            self.exclude,
            sorted(self.environment.items()),
            self.include,
            sysconfig.get_platform(),
            sys.version_info[:2],
        )
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()[:12]
        return f"{pin.replace('==', '-')}-{digest}"


LLAMA = Recipe(
    "llama-cpp-python",
    {
        "GGML_NATIVE": "OFF",
        "GGML_BACKEND_DL": "ON",
        "GGML_CPU_ALL_VARIANTS": "ON",
        "LLAVA_BUILD": "OFF",  # pictures
        "CMAKE_INSTALL_BINDIR": LIBRARIES,  # where back ends go
        "CMAKE_INSTALL_LIBDIR": LIBRARIES,
        "CMAKE_INSTALL_RPATH": "@loader_path" if sys.platform == "darwin" else "$ORIGIN",
        # a wheel knows no links: each library would be in it three times, and a process that loads
        # it under two of the names has two lists of back ends
        "CMAKE_PLATFORM_NO_VERSIONED_SONAME": "ON",
    },
    tuple(NOT_NEEDED),
    include=WITHOUT_COMMON,
)
HNSWLIB = Recipe("hnswlib", environment={"HNSWLIB_NO_NATIVE": "1"})


def build_wheels(to: Path | None = None, python: Path = Path(sys.executable)) -> list[Path]:
    """Put the wheels into this folder (None: ``build/wheels``), in place of older ones; WheelError.

    Building takes some fifteen minutes on two cores, once. ``python`` has pip and is of the version
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
    folder = WHEELS / recipe.key(pin)
    if not folder.exists():
        build(recipe, pin, folder, python)
    return next(folder.glob("*.whl"))


def build(recipe: Recipe, pin: str, folder: Path, python: Path) -> None:
    """Build beside and rename, so that a folder there holds a whole wheel."""
    beside = folder.with_name(folder.name + ".new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    defines = dict(recipe.defines)
    if recipe.include:
        included = beside / "first.cmake"
        included.write_text(recipe.include, encoding="ascii")
        defines["CMAKE_PROJECT_llama_cpp_INCLUDE"] = included.as_posix()
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


def pinned(package: str) -> str:
    """The requirement of pyproject.toml for this package, as in ``hnswlib==0.8.0``."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        wanted: list[str] = tomllib.load(file)["project"]["dependencies"]
    return next(pin for pin in wanted if pin.startswith(f"{package}=="))


def main() -> int:
    try:
        for path in build_wheels():
            print(path, flush=True)
    except WheelError as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
