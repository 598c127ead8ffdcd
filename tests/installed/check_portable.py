"""The archive: unpacked into a folder with an awkward name, with its profile beside it if a file says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from .machine import HOME, Machine
from .talking import PROFILE, Profile, open_window, quit_window, say

FOLDER = Path("Zoë's stick – новый")
FACT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
pytestmark = pytest.mark.timeout(1200)


@pytest.fixture
def unpacked(archive: Path, installed: Callable[..., Machine]) -> tuple[Machine, Path]:
    """A machine with what the package depends on but without it, and the archive's folder in its home."""
    machine = installed()
    machine.run("dpkg", "--purge", "nowprint", root=True)
    shutil.copyfile(archive, machine.home / archive.name)
    machine.run("mkdir", HOME / FOLDER)
    machine.run("tar", "--extract", f"--file={HOME / archive.name}", f"--directory={HOME / FOLDER}")
    (top,) = (machine.home / FOLDER).iterdir()
    return machine, top.relative_to(machine.home)


def test_the_profile_is_beside_it_and_moves_with_it(unpacked: tuple[Machine, Path]) -> None:
    machine, folder = unpacked
    machine.run("touch", HOME / folder / "portable")
    machine.start(HOME / folder / "nowprint")
    open_window(machine)
    said = say(machine, Profile(machine, folder / "profile"), FACT)
    assert said.answer.strip()
    assert said.kept == [FACT]
    machine.display.picture("portable")
    quit_window(machine)
    assert not (machine.home / PROFILE).exists()

    machine.run("mv", HOME / FOLDER, HOME / "elsewhere")
    moved = HOME / "elsewhere" / folder.name / "nowprint"
    assert FACT in machine.run(moved, "memory", "list").stdout
    elsewhere = machine.run(moved, "memory", "list", "--home", HOME / "other").stdout
    assert elsewhere == "Nothing is kept yet.\n"


def test_without_the_marker_the_profile_is_in_its_usual_place(
    unpacked: tuple[Machine, Path],
) -> None:
    machine, folder = unpacked
    machine.run(HOME / folder / "nowprint", "memory", "remember", FACT)
    assert Profile(machine).episodes() == [FACT]
    assert not (machine.home / folder / "profile").exists()
