"""From the checkout to what people download: a .deb and a portable .tar.gz for Linux on x86-64.

    python3 packaging/dev.py package

Run by the checkout's own Python, once that is set up. Each step is done again only when what it is
made from has changed: the portable wheels (portable_wheels.py), the environment that is frozen
(requirements-frozen.txt, in ``build/env``), embedder and encoder (export_models.py), the frozen app
(nowprint.spec, licences.py), then the packages (linux/). All of it lies in ``build/package``:

    onedir/nowprint/     the app, ready to run
    tree/                what the .deb installs
    nowprint_VERSION_amd64.deb, nowprint-VERSION-linux-x86_64.tar.gz, sizes.txt

The same sources give the same files: names are sorted, and times are those of the last commit.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import icon_files
import licences
import portable_wheels
import sizes
from linux import archive, deb
from linux.deb import PackageError, is_elf
from macos import recipe as macos
from windows import recipe as windows

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "packaging"
BUILD = ROOT / "build"
OUT = BUILD / "package"
BUNDLE = OUT / "onedir" / "nowprint"
TREE = OUT / "tree"
EXPORTED = BUILD / "exported"
ICONS = BUILD / "icons"
ICON_ENDING = {"win32": ".ico", "darwin": ".icns"}.get(sys.platform, "")
"""Of the icon inside the program; Linux has none there."""
ENV = BUILD / "env"
ENV_PYTHON = ENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
LOG = OUT / "package.log"
MODELS = ROOT / "resources" / "models"
CONSTRAINTS = HERE / "constraints.txt"
REQUIREMENTS = HERE / "requirements-frozen.txt"
FREEZER = (
    "pyinstaller==6.22.3",
    "pyinstaller-hooks-contrib==2026.9",
    "altgraph==0.17.5",
    "packaging==26.3",
    "setuptools==84.2.1",
)
STRIPPED = re.compile(
    r"^(libpython3[^/]*|python3[^/]*/lib-dynload/.*|hnswlib[^/]*|llama_cpp/lib/.*)$"
)
"""Compiled here or by whoever built this Python. The wheels' own libraries are stripped already, and
those that auditwheel has patched may not survive a second time."""
Made = TypeVar("Made")
MOST_PACKED = 400e6
MOST_INSTALLED = 900e6


def main() -> int:
    begun = time.monotonic()
    OUT.mkdir(parents=True, exist_ok=True)
    LOG.write_text("", encoding="utf-8")
    try:
        files = package()
    except (PackageError, portable_wheels.WheelError) as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    print(f"Done after {time.monotonic() - begun:.0f} s")
    for file in files:
        print(f"  {file.relative_to(ROOT)}")
    return 0


def package() -> list[Path]:
    """Every step; the files that people get."""
    frozen()
    version = read_version()
    if sys.platform == "win32":
        return windows.make(BUNDLE, ICONS, OUT, version, run)
    if sys.platform == "darwin":
        return macos.make(BUNDLE, OUT, version, run)
    return for_linux(version)


def frozen() -> None:
    """The app in one folder with its licences: what every platform packs."""
    wheels = timed("portable wheels", portable_wheels.build_wheels)
    pins = (REQUIREMENTS, CONSTRAINTS, *wheels)
    once("environment", pins, (*FREEZER, sys.version), ENV, lambda: make_environment(wheels))
    inputs = (*HERE.glob("export_*.py"), ROOT / "resources" / "relevance.npz", *tree_files(MODELS))
    once("embedder and encoder", inputs, (), EXPORTED, export_models)
    sources = (
        *(HERE / name for name in ("nowprint.spec", "package.py")),
        *tree_files(ROOT / "app" / "nowprint"),
        *tree_files(ROOT / "resources"),
        *tree_files(EXPORTED),
        *pins,
    )
    if ICON_ENDING:
        drawings = ROOT / "resources" / "icons" / "app"
        needed = (HERE / "icon_files.py", *tree_files(drawings))
        once("icons", needed, (), ICONS, lambda: icon_files.make_icons(ICONS, ICON_ENDING))
    once("frozen app", sources, FREEZER, BUNDLE, freeze)
    stamp = BUILD / "stamps" / "frozen-app"
    of_licences = (*HERE.glob("licence*.*"), *tree_files(HERE / "licence-texts"), stamp)
    once("licences", of_licences, (), licences.place(BUNDLE), list_licences)


def for_linux(version: str) -> list[Path]:
    when = last_change()
    inputs = (BUILD / "stamps" / "licences", *tree_files(HERE / "linux"))
    deb_file = OUT / f"nowprint_{version}_amd64.deb"
    tar_file = OUT / f"nowprint-{version}-linux-x86_64.tar.gz"

    def make_deb() -> None:
        text = licences.debian_copyright(licences.place(BUNDLE))
        deb.make_tree(TREE, BUNDLE, version, text, when)
        deb.make_deb(deb_file, TREE, version, when)

    once(".deb", inputs, (version, str(when)), deb_file, make_deb)
    once(
        ".tar.gz",
        inputs,
        (version, str(when)),
        tar_file,
        lambda: archive.make_archive(tar_file, BUNDLE, when),
    )
    report = OUT / "sizes.txt"

    def measure() -> None:
        report.write_text(sizes.report(BUNDLE, TREE, (deb_file, tar_file)), encoding="utf-8")

    once("sizes", (deb_file, tar_file), (), report, measure)
    print("\n" + report.read_text(encoding="utf-8"))
    if deb_file.stat().st_size > MOST_PACKED or sizes.of(TREE) > MOST_INSTALLED:
        raise PackageError(f"The package is larger than it may be: see {report}")
    return [deb_file, tar_file, report]


# --- the steps ---------------------------------------------------------------------------------


def make_environment(wheels: Sequence[Path]) -> None:
    """A virtual environment of just what is frozen, and of what freezes it."""
    shutil.rmtree(ENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(ENV)])
    pip = [str(ENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    run([*pip, "--no-deps", *map(str, wheels), *FREEZER])
    run([*pip, "--no-deps", "-c", str(CONSTRAINTS), "-r", str(REQUIREMENTS)])


def export_models() -> None:
    shutil.rmtree(EXPORTED, ignore_errors=True)
    run([sys.executable, str(HERE / "export_models.py"), str(EXPORTED)])


def freeze() -> None:
    command = [
        *(str(ENV_PYTHON), "-m", "PyInstaller", str(HERE / "nowprint.spec"), "--noconfirm"),
        *("--distpath", str(BUNDLE.parent), "--workpath", str(OUT / "work"), "--log-level", "WARN"),
    ]
    run(command, PYTHONHASHSEED="1", SOURCE_DATE_EPOCH=str(last_change()))
    internal = BUNDLE / "_internal"
    for path in sorted(internal.rglob("*")):
        name = path.relative_to(internal).as_posix()
        if STRIPPED.match(name) and not path.is_symlink() and path.is_file() and is_elf(path):
            run(["strip", "--strip-unneeded", str(path)])
    check_bundle()


def list_licences() -> None:
    run([str(ENV_PYTHON), str(HERE / "licences.py"), str(BUNDLE)])


def check_bundle() -> None:
    """It starts, knows its version, and no file of it lacks a library that the builder has."""
    program = BUNDLE / ("nowprint-terminal.exe" if os.name == "nt" else "nowprint")
    said = subprocess.run(
        [str(program), "--version"], capture_output=True, text=True, errors="replace"
    )
    if said.stdout.strip() != f"Nowprint {read_version()}":
        raise PackageError(f"The frozen app does not start: {said.stderr.strip()[-500:]}")
    variants = list(BUNDLE.glob("_internal/llama_cpp/lib/*ggml-cpu-*"))
    if len(variants) < 2:
        raise PackageError("llama.cpp in the bundle was built for one processor only")


# --- done once ---------------------------------------------------------------------------------


def once(
    name: str, files: Iterable[Path], words: Iterable[str], result: Path, make: Callable[[], None]
) -> None:
    """Make ``result`` unless the same files and words made the one that is there."""
    stamp = BUILD / "stamps" / re.sub(r"\W+", "-", name).strip("-")
    digest = hashlib.sha256()
    for word in words:
        digest.update(word.encode() + b"\0")
    for path in sorted(files):
        digest.update(f"{path.relative_to(ROOT)}\0".encode())
        with open(path, "rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    wanted = digest.hexdigest()
    if result.exists() and stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    stamp.unlink(missing_ok=True)
    timed(name, make)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="ascii")


def timed(name: str, make: Callable[[], Made]) -> Made:
    """Do it, and say how long it took."""
    begun = time.monotonic()
    print(f"  {name} …", end="", flush=True)
    try:
        made = make()
    except BaseException:
        print(" failed", flush=True)
        raise
    print(f" {time.monotonic() - begun:.0f} s", flush=True)
    return made


def run(command: list[str], **variables: str) -> None:
    """One command, with its output in the log; PackageError."""
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        log.flush()
        status = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=dict(os.environ, **variables),
        ).returncode
    if status != 0:
        lines = LOG.read_text(encoding="utf-8", errors="replace").splitlines()[-6:]
        last = "\n".join(f"    {line}" for line in lines)
        raise PackageError(f"{last}\n{Path(command[0]).name} failed: the whole story is in {LOG}")


def tree_files(folder: Path) -> list[Path]:
    """All files below a folder that someone wrote."""
    return [
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]


def read_version() -> str:
    text = (ROOT / "app" / "nowprint" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if not found:
        raise PackageError("app/nowprint/__init__.py names no version")
    return found[1]


def last_change() -> int:
    """Seconds since the epoch: what the packages' files are dated, so that they can be made again."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        return int(subprocess.run(git, capture_output=True, text=True).stdout)
    except (OSError, ValueError):  # a source archive has no history
        return int((ROOT / "pyproject.toml").stat().st_mtime)


if __name__ == "__main__":
    sys.exit(main())
