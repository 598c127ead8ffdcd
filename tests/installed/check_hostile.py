"""Where much is amiss the installed program starts, or says in one sentence what is wrong."""

from __future__ import annotations

import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from .machine import HOME, UID, Machine
from .talking import PROFILE, Profile, open_window, quit_window, say, until

Installed = Callable[..., Machine]
PROGRAM = "/usr/bin/nowprint"
LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")
FACT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
STARTER = Path("/opt/nowprint/_internal/resources/models/SmolLM2-135M-Instruct.Q4_1.gguf")
pytestmark = pytest.mark.timeout(1800)


def ready(machine: Machine, folder: Path = PROFILE) -> Profile:
    """Wait for the window, and for its core to have the profile open."""
    profile = Profile(machine, folder)
    machine.display.window()
    until("the store was opened", lambda: profile.rows("SELECT 1 FROM _sqlite_migrations"))
    return profile


def refusal(machine: Machine, *arguments: str | Path, **environment: str) -> str:
    """The one sentence on standard error that the program ends with."""
    ended = machine.run(PROGRAM, *arguments, env=environment, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


# --- it starts ---------------------------------------------------------------------------------

ODD = {
    "no D-Bus": {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"},
    "Wayland wanted, and absent": {
        "WAYLAND_DISPLAY": "wayland-9",
        "XDG_SESSION_TYPE": "wayland",
        "QT_QPA_PLATFORM": "wayland",
    },
    "the C locale": {"LC_ALL": "C", "LANG": ""},
    "a locale without UTF-8": {"LC_ALL": "de_DE.ISO-8859-1"},
    "odd XDG folders": {
        "XDG_DATA_HOME": "here",
        "XDG_CONFIG_HOME": "there",
        "XDG_RUNTIME_DIR": "/nowhere",
    },
    "no temporary folder": {"TMPDIR": "/nowhere"},
    "no HOME": {"HOME": "", "LANG": "", "USER": "", "LOGNAME": "", "XDG_RUNTIME_DIR": ""},
}


@pytest.mark.parametrize("what", ODD)
def test_it_starts_in_spite_of(what: str, installed: Installed) -> None:
    machine = installed()
    machine.start(PROGRAM, env=ODD[what])
    ready(machine)
    quit_window(machine)
    assert "Traceback" not in machine.said


def test_it_talks_where_everything_is_odd_at_once(installed: Installed) -> None:
    machine = installed()
    machine.run("mount", "-o", "remount,size=4k", "/dev/shm", root=True)
    folder = Path("Zoë's ä 日本 😀")
    odd = {name: value for case in ODD.values() for name, value in case.items() if name != "HOME"}
    machine.start(PROGRAM, "--home", HOME / folder, env=odd)
    open_window(machine)
    said = say(machine, Profile(machine, folder), FACT)
    assert said.answer.strip()
    assert said.kept == [FACT]
    quit_window(machine)
    assert "Traceback" not in machine.said
    listed = machine.run(PROGRAM, "memory", "list", "--home", HOME / folder, env={"LC_ALL": "C"})
    assert FACT in listed.stdout


def test_doctor_finds_nothing_wrong(installed: Installed) -> None:
    found = installed(display=False).run(PROGRAM, "doctor", check=False)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout
    assert "bundled all-MiniLM-L6-v2: as in the manifest" in found.stdout
    assert "bundled multilingual-e5-small Q4_0: as in the manifest" in found.stdout


# --- it says what is wrong ---------------------------------------------------------------------


def test_without_a_display(installed: Installed) -> None:
    machine = installed(display=False)
    assert "There is no display" in refusal(machine)
    assert "(DISPLAY=:4711)" in refusal(machine, DISPLAY=":4711")
    assert "nowprint chat" in refusal(machine, WAYLAND_DISPLAY="wayland-9")


@pytest.mark.parametrize(
    ("library", "debian"),
    [("libEGL.so.1", "libegl1"), ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0")],
)
def test_without_a_library_of_the_window(library: str, debian: str, installed: Installed) -> None:
    machine = installed()
    machine.run("sh", "-c", f"rm {LIBRARIES / library}*", root=True)
    told = refusal(machine)
    assert told.startswith(f"The window needs {library}")
    assert f"sudo apt install {debian}" in told
    machine.run(PROGRAM, "memory", "list")  # the terminal does without


def test_a_home_that_is_read_only(installed: Installed) -> None:
    machine = installed()
    machine.run("mount", "-o", "remount,bind,ro", HOME, root=True)
    assert "(Read-only file system)" in refusal(machine, "memory", "list")
    machine.start(PROGRAM)
    machine.display.window()
    machine.display.picture("read-only-home")
    quit_window(machine)


def test_nobody_without_a_home(installed: Installed) -> None:
    machine = installed(display=False)
    nobody = f"setpriv --reuid {UID + 1} --regid {UID + 1} --clear-groups".split()
    ended = machine.run(
        *nobody, PROGRAM, "memory", "list", env={"HOME": ""}, root=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("nowprint: There is no home folder")


def test_a_disk_that_is_full_from_the_start(installed: Installed) -> None:
    machine = installed(display=False)
    full = HOME / "full"
    machine.run("mkdir", full)
    machine.run("mount", "-t", "tmpfs", "-o", "size=64k,mode=777", "full", full, root=True)
    assert "The disk is full" in refusal(machine, "memory", "list", "--home", full)


def test_a_disk_that_fills_up_while_one_talks(installed: Installed) -> None:
    machine = installed(display=False)
    full = HOME / "full"
    machine.run("mkdir", full)
    machine.run("mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "full", full, root=True)
    machine.run(PROGRAM, "memory", "remember", FACT, "--home", full)
    machine.run("sh", "-c", f"cat /dev/zero > {full}/more || true")
    said = machine.run(
        PROGRAM, "chat", "--home", full, "--say", "My sister Ada lives in Turin.", check=False
    )
    assert said.returncode == 1
    assert "disk" in said.stderr  # SQLite can't always tell why it could not write
    machine.run("rm", full / "more")
    assert FACT in machine.run(PROGRAM, "memory", "list", "--home", full).stdout
    found = machine.run(PROGRAM, "doctor", "--home", full, check=False)
    assert (found.returncode, found.stderr) == (0, ""), found.stdout


def test_a_profile_of_a_newer_version(installed: Installed) -> None:
    machine = installed()
    machine.run(PROGRAM, "memory", "remember", FACT)
    profile = Profile(machine)
    database = sqlite3.connect(profile.home / "memory.db")
    database.execute("PRAGMA user_version = 9")
    database.close()
    before = {name: (profile.home / name).read_bytes() for name in ("memory.db", "index.hnsw")}
    assert "was written by a newer version" in refusal(machine, "memory", "list")
    machine.start(PROGRAM)
    open_window(machine)
    machine.display.picture("newer-profile")
    quit_window(machine)
    assert {name: (profile.home / name).read_bytes() for name in before} == before
    assert not (profile.home / "memory.db-wal").exists()


# --- it breaks ---------------------------------------------------------------------------------


def test_a_core_that_crashes_is_told_of_and_written_down(installed: Installed) -> None:
    machine = installed()
    machine.start(PROGRAM)
    open_window(machine)
    profile = Profile(machine)
    say(machine, profile, FACT)
    (core,) = machine.processes(core=True)
    core.send_signal(signal.SIGSEGV)
    machine.display.window("Something went wrong")
    machine.display.picture("core-crashed")
    machine.display.keys("Escape")
    log = (profile.home / "core.log").read_text("utf-8")
    assert "the core ended: SIGSEGV" in log
    assert "Fatal Python error: Segmentation fault" in log
    assert "Pickwick" not in log
    assert say(machine, profile, "What does my cat need to eat?").answer.strip()
    quit_window(machine)


def test_a_window_that_crashed_is_told_of_at_the_next_start(installed: Installed) -> None:
    machine = installed()
    machine.start(PROGRAM)
    open_window(machine)
    profile = ready(machine)
    until("it has its marks", (profile.home / "window.crash").exists)
    (window,) = machine.processes()
    window.send_signal(signal.SIGSEGV)
    until("it has ended", lambda: not machine.processes() and not machine.processes(core=True))
    machine.start(PROGRAM)
    machine.display.window("Something went wrong")
    machine.display.picture("window-crashed")
    machine.display.keys("Escape")
    quit_window(machine)
    assert "Fatal Python error: Segmentation fault" in (profile.home / "window.log").read_text()
    assert not (profile.home / "window.running").exists()


# --- it is started with a file, or twice -------------------------------------------------------


def test_a_model_is_opened_by_name_and_by_address(installed: Installed) -> None:
    machine = installed()
    for name in ("one.gguf", "ä two.gguf"):
        shutil.copyfile(machine.path(STARTER), machine.home / name)
        (machine.home / name).chmod(0o644)
    machine.start(PROGRAM, HOME / "one.gguf")
    profile = ready(machine)
    settings = profile.home / "settings.json"

    def chosen(name: str) -> bool:
        return settings.exists() and f"{name}.gguf" in settings.read_text("utf-8")

    until("the first was loaded", lambda: chosen("one"))
    machine.run(PROGRAM, f"file://{HOME}/%C3%A4%20two.gguf")
    until("the second was loaded in the same window", lambda: chosen("two"))
    assert len(machine.processes()) == 1
    quit_window(machine)


def test_two_starts_at_the_same_moment_make_one_window(installed: Installed) -> None:
    machine = installed()
    for _ in range(2):
        machine.start(PROGRAM)
    ready(machine)
    until("one of them has gone", lambda: len(machine.processes()) == 1)
    until("its core too", lambda: len(machine.processes(core=True)) == 1)
    quit_window(machine)
