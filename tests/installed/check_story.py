"""From the menu entry to a first memory, and a friend's memory file: with no network at all.

Not part of the usual tests: ``python3 packaging/dev.py check-package``. The pictures are in
``screenshots/``, to be looked at.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .machine import HOME, Machine
from .talking import (
    ENTRY,
    NOTICED,
    PROFILE,
    Profile,
    menu_command,
    open_window,
    quit_window,
    say,
    until,
)

FACT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
QUESTION = "What does my cat need to eat?"
TOLD = "The spare key of the boat house hangs behind the blue oilskin."
FRIENDS = HOME / "From Paul" / "Paul's memories – été.nowprint"
LIBRARIES = r"""
find /opt/nowprint -type f \( -name '*.so*' -o -name nowprint \) |
while read -r file; do echo "$file"; ldd "$file" 2>&1 || true; done
"""
OPTIONAL = ("libqgtk3.so",)
GNOME = {"XDG_CURRENT_DESKTOP": "GNOME"}
pytestmark = pytest.mark.timeout(1200)


def test_the_package_brings_all_it_needs(installed: Callable[..., Machine]) -> None:
    machine = installed()
    programs = machine.run("sh", "-c", "ls /usr/bin /usr/local/bin /bin").stdout.split()
    builders = ("python", "pip", "gcc", "g++", "cc", "xdg-open", "gio", "dbus-daemon")
    assert not [name for name in programs if name.startswith(builders)]
    links = machine.run("cat", "/proc/net/dev").stdout.splitlines()[2:]
    assert [line.split()[0] for line in links] == ["lo:"]
    assert machine.run("cat", "/sys/class/net/lo/operstate").stdout.strip() != "up"

    begun = time.monotonic()
    machine.start(*menu_command(machine))
    open_window(machine)
    print(f"\nthe window on a bare system: {time.monotonic() - begun:.1f} s")
    said = say(machine, Profile(machine), FACT)
    assert said.answer.strip()
    machine.display.picture("bare")
    quit_window(machine)
    assert "Traceback" not in machine.said
    assert "memory.db" in [file.name for file in (machine.home / PROFILE).iterdir()]


def test_every_library_is_there(installed: Callable[..., Machine]) -> None:
    """In the bundle or by what the package depends on. (Qt loads what is optional only if it can.)"""
    machine = installed(display=False)
    wanting = ""
    missing = set()
    # where the program's start points the loader to
    bundle = {"LD_LIBRARY_PATH": "/opt/nowprint/_internal"}
    for line in machine.run("sh", "-c", LIBRARIES, env=bundle).stdout.splitlines():
        if line.startswith("/opt"):
            wanting = Path(line).name
        elif "not found" in line and wanting not in OPTIONAL:
            missing.add(f"{wanting}: {line.split()[0]}")
    assert wanting, "nothing was looked at"
    assert missing == set()


def test_an_evening(installed: Callable[..., Machine]) -> None:
    machine = installed(desktop=True)
    profile = Profile(machine)
    begun = time.monotonic()
    machine.start("gio", "launch", ENTRY)
    open_window(machine)
    print(f"\nthe window from its menu entry: {time.monotonic() - begun:.1f} s")

    told = say(machine, profile, FACT)
    print(f"the first answer: {time.monotonic() - begun:.1f} s after that")
    assert told.answer.strip()
    assert told.sources == []
    assert told.kept == [FACT]
    machine.display.picture("fact")

    machine.display.keys("ctrl+n")
    asked = say(machine, profile, QUESTION)
    assert asked.answer.strip()
    assert asked.sources == [FACT]
    machine.display.picture("question")

    open_a_friends_memories(machine, profile)
    quit_window(machine)
    listed = json.loads(machine.run("nowprint", "memory", "list", "--json").stdout)
    assert {episode["text"] for episode in listed["episodes"]} == {FACT, TOLD}
    machine.run("nowprint", "doctor")
    assert "Traceback" not in machine.said


def open_a_friends_memories(machine: Machine, profile: Profile) -> None:
    """By the MIME type, with the window open; what is in the file is kept."""
    elsewhere = ("--home", HOME / "elsewhere")
    machine.run("mkdir", FRIENDS.parent)
    machine.run("nowprint", "memory", "remember", TOLD, *elsewhere)
    machine.run("nowprint", "memory", "export", FRIENDS, *elsewhere)

    kind = machine.run("xdg-mime", "query", "filetype", FRIENDS, env=GNOME).stdout.strip()
    assert kind == "application/x-nowprint-memory"
    assert machine.run("xdg-mime", "query", "default", kind).stdout.strip() == "nowprint.desktop"
    (window,) = machine.processes()
    machine.start("xdg-open", FRIENDS, env=GNOME)
    machine.display.window("^Import$")
    until("only the first window runs", lambda: machine.processes() == [window])
    time.sleep(NOTICED)  # it is read, and the review is drawn
    machine.display.picture("memory-file")
    machine.display.keys("Return")
    until("it was imported", lambda: TOLD in profile.episodes())
    until("the review is closed", lambda: not machine.display.windows("^Import$"))
    machine.display.window()
    machine.display.picture("imported")
