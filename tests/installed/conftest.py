"""Clean systems with the package installed; each test gets its own, as new.

What apt downloads is kept in ``build/installed``; the package itself is installed in every run, once
on a bare system and once on one with a desktop's tools, with no network, and what that wrote is a
layer beneath each test's own.
"""

from __future__ import annotations

import hashlib
import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .display import Display
from .machine import HOME, Machine, debian

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "installed"
TOOLS = ("desktop-file-utils", "libglib2.0-bin", "shared-mime-info", "xdg-utils")
"""What a desktop has to start programs and open files; the package must do without."""


@pytest.fixture(scope="session")
def package() -> Path:
    return newest("nowprint_*_amd64.deb")


@pytest.fixture(scope="session")
def archive() -> Path:
    return newest("nowprint-*-linux-x86_64.tar.gz")


def newest(pattern: str) -> Path:
    found = sorted((ROOT / "build" / "package").glob(pattern), key=lambda p: p.stat().st_mtime)
    if not found:
        pytest.fail(f"no {pattern} in build/package: `python3 packaging/dev.py package` makes it")
    return found[-1]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Callable[[], Path]]:
    """Folders for machines, on the disk of the checkout; gone at the end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="run-") as folder:
        Path(folder).chmod(0o755)
        numbers = itertools.count(1)
        yield lambda: Path(folder) / str(next(numbers))


@pytest.fixture(scope="session")
def clean(package: Path, scratch: Callable[[], Path]) -> list[Path]:
    """The layers of a clean system, with what apt downloaded for the package, not installed yet."""
    wanted = ["dpkg-deb", "--field", str(package), "Pre-Depends", "Depends"]
    depends = subprocess.run(wanted, check=True, capture_output=True, text=True).stdout
    key = hashlib.sha256(f"{depends}{TOOLS}".encode()).hexdigest()[:12]
    layers = [FOLDER / f"downloads-{key}", debian(FOLDER / "debian")]
    if not layers[0].exists():
        machine = Machine(layers[1:], scratch(), online=True)
        machine.apt("update")
        machine.apt("install", "--download-only", *TOOLS, download(machine, package))
        shutil.move(machine.close(), layers[0])
    return layers


@pytest.fixture(scope="session")
def bare(clean: list[Path], package: Path, scratch: Callable[[], Path]) -> list[Path]:
    """The layers of a system with the package and nothing but what it depends on."""
    return [put_on(clean, package, scratch()), *clean]


@pytest.fixture(scope="session")
def desktop(clean: list[Path], package: Path, scratch: Callable[[], Path]) -> list[Path]:
    """The same with a desktop's tools, which were there first."""
    return [put_on(clean, package, scratch(), *TOOLS), *clean]


def put_on(layers: list[Path], package: Path, folder: Path, *tools: str) -> Path:
    machine = Machine(layers, folder)
    begun = time.monotonic()
    if tools:
        machine.apt("install", *tools)
    machine.apt("install", download(machine, package))
    print(f"\n{package.name} installed in {time.monotonic() - begun:.0f} s")
    return machine.close()


def download(machine: Machine, package: Path) -> Path:
    """The package among Anna's downloads; its path in the machine."""
    folder = machine.home / "Downloads"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(package, folder / package.name)
    return HOME / "Downloads" / package.name


@pytest.fixture
def machines(scratch: Callable[[], Path]) -> Iterator[Callable[..., Machine]]:
    """Makes machines of layers, with a screen or without; they end with the test."""
    running: list[Machine] = []
    screens: list[Display] = []

    def make(layers: list[Path], *, display: bool = True) -> Machine:
        if display:
            screens.append(Display())
        running.append(Machine(layers, scratch(), screens[-1] if display else None))
        return running[-1]

    yield make
    for machine in running:
        machine.close()
        logs = [machine.folder / "said.log", *machine.home.rglob("Nowprint/*.log")]
        for log in filter(Path.exists, logs):
            print(f"\n{log.name}: {log.read_text('utf-8', errors='replace')}")
    for screen in screens:
        screen.close()
    for machine in running:
        shutil.rmtree(machine.folder)


@pytest.fixture
def installed(
    machines: Callable[..., Machine], request: pytest.FixtureRequest
) -> Callable[..., Machine]:
    """A fresh machine with the package: ``installed(desktop=False, display=True)``."""

    def make(*, desktop: bool = False, display: bool = True) -> Machine:
        layers = request.getfixturevalue("desktop" if desktop else "bare")
        return machines(layers, display=display)

    return make
