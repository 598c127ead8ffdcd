"""The frozen program on a processor without AVX, emulated by qemu-user, and the clone's build there.

The processor is the oldest kind that NumPy runs on (x86-64-v2). qemu-user emulates one process and not
what that starts, so the window and the core are each started under it by themselves, in the way in
which the frozen program starts itself again: its bootloader would otherwise replace the process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nowprint.events import Answer
from nowprint.records import Conversation, DoctorFinding, Kept
from nowprint.service import client as client_module
from nowprint.service.client import Client
from nowprint.service.protocol import (
    CreateConversation,
    Doctor,
    LoadModel,
    Prepare,
    Remember,
    Request,
    Send,
)
from nowprint.service.requests.memory import UseMemory
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import ROOT
from .display import Display

FROZEN = ROOT / "build" / "package" / "onedir" / "nowprint" / "nowprint"
OLD = "Nehalem"  # of 2008: SSE 4.2 and POPCNT, no AVX
NEW = "Haswell"  # of 2013: AVX2
PATIENCE = 1200.0
"""Seconds; an emulated processor is some twenty times slower, and the machine may be busy."""
CAT = "My cat is called Pickwick."
LOADED = """
from pathlib import Path
from nowprint.engine.backends import load
from nowprint.engine.engine import Engine
from nowprint.settings import starter_model
engine = Engine(starter_model(), context=256, threads=1)
engine.context.bare_prefill(range(8))
print(load())
"""


def emulated(processor: str, *command: str | Path) -> list[str]:
    qemu = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if qemu is None:
        pytest.fail("qemu-x86_64 is not there: install Debian's package qemu-user")
    return [qemu, "-cpu", processor, *map(str, command)]


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The frozen program, in an environment as it makes for what it starts of itself."""
    if not FROZEN.exists():
        pytest.fail(f"no {FROZEN}: `python3 packaging/dev.py package` makes it")
    inside = FROZEN.parent / "_internal"
    monkeypatch.setenv("_PYI_ARCHIVE_FILE", str(FROZEN))
    monkeypatch.setenv("_PYI_APPLICATION_HOME_DIR", str(inside))
    monkeypatch.setenv("_PYI_PARENT_PROCESS_LEVEL", "1")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(inside))
    monkeypatch.delenv("PYTHONPATH")
    return FROZEN


class Front:
    """A client whose core runs on an emulated processor."""

    def __init__(self, profile: Profile) -> None:
        prepare_profile(profile)
        settings = Settings(temperature=0.0, answer_tokens=8, contrast=0.0, resonance_ms=0)
        save_settings(profile, settings)
        self.client = Client(profile, on_event=lambda _event: None, on_death=lambda _died: None)
        self.client.start()

    def ask(self, request: Request) -> Any:
        return self.client.call(request).result(PATIENCE)

    def say(self, text: str) -> Answer:
        """In a new chat from which nothing is kept: judging would read a thousand tokens more."""
        conversation: Conversation = self.ask(CreateConversation())
        self.ask(UseMemory(conversation.id, recalls=True, captures=False))
        turn = self.client.turn(Send(conversation.id, text), lambda _event: None)
        return turn.result(PATIENCE)


@pytest.fixture
def start(
    frozen: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Front]]:
    with contextlib.ExitStack() as stack:

        def start(processor: str) -> Front:
            command = emulated(processor, frozen, "core", profile.home)
            monkeypatch.setattr(client_module, "core_command", lambda _profile: command)
            front = Front(profile)
            stack.callback(front.client.close, PATIENCE)
            return front

        yield start


@pytest.mark.timeout(4 * PATIENCE)
def test_the_core_remembers_and_answers_without_avx(start) -> None:
    front = start(OLD)
    front.ask(LoadModel())
    front.ask(Prepare())
    findings: tuple[DoctorFinding, ...] = front.ask(Doctor())
    found = {finding.check: finding for finding in findings}
    kind, _, features = found["llama.cpp"].detail.partition("; ")
    print(f"\n{OLD}: {found['llama.cpp'].detail}")
    assert kind == "sse42"
    assert "AVX" not in features
    assert all(finding.ok for finding in findings), findings
    kept: Kept = front.ask(Remember(CAT))
    answer = front.say("What is my cat called?")
    print(f"{answer.tokens_per_second:.1f} tokens/s: {answer.message.text}")
    assert answer.tokens > 0
    assert answer.sources == (kept.episode.id,)


@pytest.mark.timeout(PATIENCE)
def test_a_newer_one_gets_its_own_variant(start) -> None:
    front = start(NEW)
    front.ask(LoadModel())
    findings: tuple[DoctorFinding, ...] = front.ask(Doctor())
    detail = next(finding.detail for finding in findings if finding.check == "llama.cpp")
    print(f"\n{NEW}: {detail}")
    assert detail.startswith("haswell; ")


@pytest.mark.timeout(PATIENCE)
def test_the_window_opens_without_avx(
    frozen: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(Display()) as display:
        monkeypatch.setenv("DISPLAY", f":{display.number}")
        monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
        window = subprocess.Popen(emulated(OLD, frozen, "--home", profile.home))
        try:
            display.window(seconds=PATIENCE / 2)
            until_painted(display)
            display.keys("ctrl+q")
            assert window.wait(PATIENCE / 2) == 0
        finally:
            window.kill()
            window.wait()


def until_painted(display: Display) -> None:
    """A picture of the window, as soon as there is something in it."""
    deadline = time.monotonic() + PATIENCE / 2
    while True:
        try:
            display.picture("old-cpu")
        except AssertionError:  # blank
            assert time.monotonic() < deadline, "nothing was painted"
            time.sleep(1)
        else:
            return


@pytest.mark.timeout(PATIENCE)
def test_the_clone_s_build_runs_there_too(profile: Profile) -> None:
    """It is the same; hnswlib's as well."""
    python = [sys.executable, "-P", "-c"]
    for code, told in ((LOADED, "sse42"), ("import hnswlib\nprint('is there')", "is there")):
        command = emulated(OLD, *python, code)
        alive = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        assert (alive.returncode, alive.stdout.strip()) == (0, told), alive
