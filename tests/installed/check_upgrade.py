"""A newer package over an older one, an older one over a newer one, and none at all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.memory.storage.schema.migrations import known

from .conftest import download
from .machine import Machine
from .packages import OLD, digests, make_newer, old_profile, older
from .talking import NOTICED, PROFILE, Profile, menu_command, open_window, quit_window, say

FACTS = ["My sister Hanne moved to Trondheim in May.", "The dentist's door code is 4711."]
QUESTION = "Where did my sister move to?"
KEPT = ("memory.db", "memory.db-wal", "index.hnsw")
PASSING = ("/dev/", "/etc/ld.so.cache", "/home/", "/proc/", "/run/", "/sys/", "/tmp/", "/var/")
"""What a system writes while it runs; packages' own files are elsewhere."""
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def old_package(package: Path, scratch: Callable[[], Path]) -> Path:
    folder = scratch()
    folder.mkdir()
    return older(package, folder)


@pytest.fixture
def machine(clean: list[Path], machines: Callable[..., Machine]) -> Machine:
    """One without the package."""
    made = machines(clean)
    assert isinstance(made, Machine)
    return made


def version(machine: Machine) -> str:
    return machine.run("dpkg-query", "--show", "--showformat=${Version}", "nowprint").stdout


def memories(machine: Machine, *command: str) -> list[str]:
    told = json.loads(machine.run("nowprint", "memory", *command, "--json").stdout)
    return [episode["text"] for episode in told.get("episodes") or told["memories"]]


def test_a_profile_meets_newer_and_older_packages(
    machine: Machine, package: Path, old_package: Path
) -> None:
    machine.apt("install", download(machine, old_package))
    assert version(machine) == OLD
    home = machine.home / PROFILE
    old_profile(home, FACTS)
    before = digests(home)

    machine.apt("install", download(machine, package))
    assert version(machine) != OLD
    assert digests(home) == before
    assert sorted(memories(machine, "list")) == sorted(FACTS)
    assert memories(machine, "search", QUESTION)[0] == FACTS[0]
    applied = Profile(machine).rows("SELECT name FROM _sqlite_migrations")
    assert {name for (name,) in applied} == known()
    machine.start(*menu_command(machine))
    open_window(machine)
    assert FACTS[0] in say(machine, Profile(machine), QUESTION).sources
    machine.display.picture("upgraded")
    quit_window(machine)

    make_newer(home)
    before = digests(home)
    machine.apt("install", "--allow-downgrades", download(machine, old_package))
    assert version(machine) == OLD
    refused = machine.run("nowprint", "memory", "list", check=False)
    assert refused.returncode == 1
    (sentence,) = refused.stderr.splitlines()
    assert "newer version of Nowprint" in sentence
    machine.start(*menu_command(machine))
    open_window(machine)
    time.sleep(NOTICED)  # the core has looked, and the window says what it said
    machine.display.picture("newer-profile-refused")
    quit_window(machine)
    after = digests(home)
    assert [after.get(name) for name in KEPT] == [before.get(name) for name in KEPT]


def test_purge_takes_the_app_and_leaves_the_profile(
    machine: Machine, installed: Callable[..., Machine]
) -> None:
    without = files(machine)
    used = installed(display=False)
    assert any("nowprint" in file for file in files(used) - without)
    used.run("nowprint", "memory", "remember", FACTS[0])
    before = digests(used.home / PROFILE)
    said = used.apt("purge", "--autoremove", "nowprint")
    assert f"/{PROFILE}" in said
    assert files(used) <= without
    assert digests(used.home / PROFILE) == before


def files(machine: Machine) -> set[str]:
    everything = machine.run("find", "/", "-xdev", "!", "-type", "d", root=True).stdout
    return {file for file in everything.splitlines() if not file.startswith(PASSING)}
