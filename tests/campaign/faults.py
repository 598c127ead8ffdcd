"""Lets reads, writes and syncs of a profile's files fail beneath SQLite, and looks at what is left.

A small library (faults.c) stands in front of the C library's calls. It is compiled when the campaign begins
and loaded with LD_PRELOAD, so it needs Linux and a C compiler. A child arms it for one call of the disk,
chosen at random among all those that its twin made; then it makes its calls up to the first error.
"""

from __future__ import annotations

import ctypes
import errno
import os
import random
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nowprint.errors import UserError

from .kills import CLOSED, Lines, Tally, Twin, fork, look, opened, twin
from .place import Sequence, differing

SOURCE = Path(__file__).with_name("faults.c")
READS, WRITES, SYNCS, NAMES = range(4)


@dataclass(frozen=True)
class Fault:
    """``code`` 0: less is read or written than was asked for. ``stays``: from then on every time."""

    name: str
    calls: int
    code: int
    stays: bool = False


FAULTS = (
    Fault("read error", READS, errno.EIO),
    Fault("short read", READS, 0),
    Fault("disk that can't be read any more", READS, errno.EIO, stays=True),
    Fault("write error", WRITES, errno.EIO),
    Fault("short write", WRITES, 0),
    Fault("full disk", WRITES, errno.ENOSPC, stays=True),
    Fault("failing sync", SYNCS, errno.EIO),
    Fault("failing rename, cut or delete", NAMES, errno.EIO),
)


def compiled(folder: Path) -> Path | None:
    """The library; None where it can't be made."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not sys.platform.startswith("linux") or compiler is None:
        return None
    made = folder / "faults.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(made), str(SOURCE), "-ldl"]
    return made if subprocess.run(command, capture_output=True).returncode == 0 else None


def loaded() -> ctypes.CDLL | None:
    """The library, if it stands in front of this process's calls."""
    here = ctypes.CDLL(None)
    return here if hasattr(here, "fault_arm") else None


class Failing:
    """Faults over one sequence."""

    def __init__(self, library: ctypes.CDLL, sequence: Sequence, folder: Path, seed: int) -> None:
        self._library = library
        self._sequence = sequence
        self._folder = folder
        self._chance = random.Random(seed)
        folder.mkdir(parents=True)
        counted = folder / "twin"
        library.fault_watch(os.fsencode(counted))
        self._twin: Twin = twin(
            sequence, counted, lambda: [library.fault_count(calls) for calls in range(4)]
        )
        library.fault_watch(b"")

    def strike(self, fault: Fault, tally: Tally) -> None:
        profile = self._folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        shutil.copytree(self._sequence.base, profile)
        nth = self._chance.randint(1, max(1, self._twin.extra[fault.calls]))
        pid, reading = fork(lambda fd: self._run(profile, fault, nth, fd))
        lines = Lines(reading)
        try:
            told = lines.rest()
        finally:
            os.waitpid(pid, 0)
        struck = any(line.startswith("struck") and line != "struck 0" for line in told)
        tally.injected += struck
        tally.told.update(line.removeprefix("told ") for line in told if line.startswith("told "))
        where = f"{self._sequence.kind}, {fault.name} {nth}"
        tally.faults += [f"{where}: {line}" for line in told if line.startswith("bug ")]
        self._judge(profile, told, where, tally)

    def _judge(self, profile: Path, told: list[str], where: str, tally: Tally) -> None:
        acknowledged = sum(line.isdigit() for line in told)
        tally.acknowledged += acknowledged
        try:
            seen = look(profile, loose=self._sequence.loose)
        except RuntimeError as problem:
            self._keep(profile, f"{where}: it can't be opened: {problem}", tally)
            return
        tally.doctor.update(seen.findings)
        known = self._twin.states
        if CLOSED in told and acknowledged < len(known) - 1 and not _told(told):
            tally.faults.append(f"{where}: a call was left out without a word")
        if seen.findings:
            self._keep(profile, f"{where}: doctor: {seen.findings}", tally)
        possible = known[acknowledged : acknowledged + 2]
        lost_backup = any(differing(seen.state, one) == ["backups"] for one in possible)
        if lost_backup and _told(told):
            # Forgetting comes first: a backup that can't be rewritten is deleted. A receipt says so, unless
            # the disk takes no receipt either; then the user is told that the disk fails.
            tally.told["(and a backup that couldn't be rewritten was deleted)"] += 1
        elif seen.state not in possible:
            tables = ", ".join(differing(seen.state, known[acknowledged]))
            lost = "lost" if seen.state in known else "half there"
            self._keep(profile, f"{where}: {lost} after call {acknowledged}: {tables}", tally)
        elif seen.state != known[acknowledged]:
            tally.kept += 1

    def _keep(self, profile: Path, what: str, tally: Tally) -> None:
        kept = self._folder / f"fault-{len(tally.faults)}"
        shutil.copytree(profile, kept, dirs_exist_ok=True)
        tally.faults.append(f"{what} ({kept})")

    def _run(self, profile: Path, fault: Fault, nth: int, fd: int) -> None:
        def say(line: str) -> None:
            os.write(fd, line.replace("\n", " / ").encode() + b"\n")

        self._library.fault_watch(os.fsencode(profile))
        self._library.fault_arm(fault.calls, nth, fault.code, int(fault.stays))
        place = None
        try:
            place = opened(profile, self._twin.ids[0])
            for number, call in enumerate(self._sequence.calls):
                place.clock.at(number)
                call.do(place)
                say(str(number))
        except UserError as problem:
            say(f"told {_without_paths(str(problem), profile)}")
        except Exception as bug:  # noqa: BLE001 - what the campaign is there to find
            say(f"bug {_where(bug)}")
        for notice in place.notices if place else ():
            say(f"told {_without_paths(notice, profile)}")
        try:
            if place and place.memory:
                place.memory.close()
            say(CLOSED)
        except UserError as problem:
            say(f"told {_without_paths(str(problem), profile)}")
        except Exception as bug:  # noqa: BLE001
            say(f"bug at closing {_where(bug)}")
        say(f"struck {self._library.fault_injected()}")


def _told(lines: list[str]) -> bool:
    return any(line.startswith(("told ", "bug ")) for line in lines)


def _without_paths(text: str, profile: Path) -> str:
    return text.replace(str(profile), "PROFILE")


def _where(bug: BaseException) -> str:
    trace = bug.__traceback__
    places = []
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(bug).__name__}: {bug} at {' '.join(places[-5:])}"
