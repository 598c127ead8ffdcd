"""What is said where no window can be opened: one sentence with what to do."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nowprint.gui.process import missing_libraries
from nowprint.libraries import PACKAGES

NO_PLUGINS = Path("/nowhere")
REFUSED = ["could not connect to display :99", "no Qt platform plugin could be initialized"]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No display of any kind is named."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_no_display(desk: pytest.MonkeyPatch) -> None:
    assert "no display" in missing_libraries.without_display(REFUSED, NO_PLUGINS)


def test_a_display_that_does_not_answer(desk: pytest.MonkeyPatch) -> None:
    desk.setenv("DISPLAY", ":99")
    assert "(DISPLAY=:99)" in missing_libraries.without_display(REFUSED, NO_PLUGINS)
    desk.delenv("DISPLAY")
    desk.setenv("WAYLAND_DISPLAY", "wayland-7")
    assert "(WAYLAND_DISPLAY=wayland-7)" in missing_libraries.without_display([], NO_PLUGINS)


def test_a_platform_that_is_none(desk: pytest.MonkeyPatch) -> None:
    desk.setenv("DISPLAY", ":0")
    desk.setenv("QT_QPA_PLATFORM", "cinema")
    told = missing_libraries.without_display(REFUSED, NO_PLUGINS)
    assert "“cinema”" in told
    assert "QT_QPA_PLATFORM" in told


@pytest.mark.parametrize("packaged", [False, True])
def test_libraries_that_lack_are_named_all_at_once(
    desk: pytest.MonkeyPatch, tmp_path: Path, packaged: bool
) -> None:
    desk.setenv("DISPLAY", ":0")
    here = {"libz.so.1", "libdbus-1.so.3"}
    (tmp_path / "libqxcb.so").touch()

    def load(name: str) -> None:
        if name.endswith("libqxcb.so"):
            fault = OSError("libxcb-cursor.so.0: cannot open shared object file: No such file")
            if packaged:  # PyInstaller's loader tells only of the file that it was asked for
                raise OSError(f"Failed to load dynlib/dll {name!r}") from fault
            raise fault
        if name not in here:
            raise OSError(f"{name}: cannot open shared object file")

    desk.setattr("ctypes.CDLL", load)
    desk.setattr("shutil.which", lambda _: "/usr/bin/apt-get")
    told = missing_libraries.without_display(["no platform"], tmp_path)
    assert told.startswith("The window needs libxcb-cursor.so.0, libEGL.so.1, ")
    assert "sudo apt install libegl1" in told
    assert "libxcb-cursor0" in told
    assert "zlib1g" not in told
    desk.setattr("shutil.which", lambda _: None)
    assert "Debian's names" in missing_libraries.without_qt(ImportError("libEGL.so.1: cannot open shared "
                                                              "object file: No such file"))  # fmt: skip


def test_qt_that_fails_in_another_way(desk: pytest.MonkeyPatch) -> None:
    told = missing_libraries.without_qt(ModuleNotFoundError("No module named 'PySide6'"))
    assert "Qt can't be loaded (ModuleNotFoundError" in told
    assert told.endswith(".")


def test_the_sentence_is_shown_on_the_desktop_too(desk: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    program = tmp_path / "xmessage"
    program.write_text(f'#!/bin/sh\nprintf "%s" "$2" > {shown}\n', encoding="utf-8")
    program.chmod(0o755)
    desk.setattr("shutil.which", lambda name: str(program) if name == "xmessage" else None)
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*command: object, **options: object) -> object:
        started.append(real(*command, **options))  # type: ignore[call-overload]
        return started[-1]

    desk.setattr(subprocess, "Popen", popen)
    said = io.StringIO()
    desk.setattr(sys, "stderr", said)
    missing_libraries.tell("Nothing goes without a display.")
    assert started == []
    desk.setenv("DISPLAY", ":0")
    missing_libraries.tell("It lacks something.")
    assert started[0].wait(60) == 0
    assert shown.read_text(encoding="utf-8") == "It lacks something."
    assert said.getvalue() == "Nothing goes without a display.\nIt lacks something.\n"
    desk.setattr(sys, "stderr", None)
    desk.delenv("DISPLAY")
    missing_libraries.tell("Nobody hears this, and nothing breaks.")


NEWLY = """
import sys
import tomllib
from nowprint.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:

    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, "-c", NEWLY, *arguments],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "There is no display"),
        ({"DISPLAY": ":4711"}, "The display does not answer (DISPLAY=:4711)"),
        ({"QT_QPA_PLATFORM": "wayland"}, "There is no display"),
        ({"WAYLAND_DISPLAY": "wayland-47"}, "The display does not answer (WAYLAND_DISPLAY"),
        ({"QT_QPA_PLATFORM": "cinema", "DISPLAY": ":4711"}, "QT_QPA_PLATFORM asks for"),
    ],
)
def test_a_start_without_a_display_ends_with_one_sentence(
    environment: dict[str, str], told: str, tmp_path: Path
) -> None:
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path)}  # libwayland has words of its own about that
    ended = start("--home", str(tmp_path / "home"), **runtime, **environment)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert told in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_what_the_setup_brings_is_known_to_the_window_too() -> None:
    with open(Path(__file__).parents[3] / "packaging" / "debian.toml", "rb") as file:
        brought = tomllib.load(file)["window"]
    libraries = {name: package for name, package in brought.items() if ".so" in name}
    assert libraries.items() <= PACKAGES.items()
