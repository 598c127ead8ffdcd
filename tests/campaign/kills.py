"""Kills a process at a random moment of its writes, and looks at what is left.

A child opens the profile and makes one call after the other; after each it writes a line to a pipe. A twin
that nobody kills has made the same calls before, with the state of the profile noted after each: so it is
known what has to be there. After a kill the profile has to be as it was after the last call that was
acknowledged, or after the one that was cut off; anything else is lost or half there. Then the next child
goes on, in the same profile, until all calls are made.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import select
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from nowprint.memory.files import opening
from nowprint.memory.storage import conversations

from .place import Place, Sequence, State, differing, plain_text, state

SECONDS = 120.0
"""How long a child may take for one call, on a slow machine."""
AHEAD = 4
"""The most calls that a child makes between its start and the one in which it is killed."""
IN_THE_OPENING = 0.2
"""How often the opening after a kill is killed, too."""
OPENED, CLOSED = "opened", "closed"


@dataclass
class Tally:
    """What was done to one kind of write, and what came of it."""

    injected: int = 0
    acknowledged: int = 0
    """Calls that had returned before the kills or faults."""
    kept: int = 0
    """Calls that were not acknowledged, and are there."""
    told: Counter[str] = field(default_factory=Counter)
    """What the user is told: errors of the app, by their first words."""
    doctor: Counter[str] = field(default_factory=Counter)
    """What doctor found."""
    faults: list[str] = field(default_factory=list)
    """What was lost, half there, or a bug."""


@dataclass(frozen=True)
class Twin:
    """What the calls do when nobody interrupts: the state after the opening and after each call, how long
    each took, and what had been named then."""

    states: tuple[State, ...]
    seconds: tuple[float, ...]
    ids: tuple[Mapping[str, Any], ...]
    extra: Any = None


@dataclass(frozen=True)
class Seen:
    state: State
    findings: tuple[str, ...]
    notices: tuple[str, ...]


def fork(work: Callable[[int], object]) -> tuple[int, int]:
    """Run ``work`` in a forked child, which gets the writing end of a pipe and then ends at once. Returns
    its process id and the reading end."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return pid, reading
    try:
        os.close(reading)
        work(writing)
    except BaseException:  # noqa: BLE001 - the end of the process; the parent is told
        os.write(writing, b"!" + traceback.format_exc().encode())
    finally:
        leave()


def leave() -> NoReturn:
    sys.stdout.flush()
    os._exit(0)


def answer(work: Callable[[], Any]) -> Any:
    """What ``work`` returns in a forked child. RuntimeError if it raises."""
    pid, reading = fork(lambda fd: _write(fd, pickle.dumps(work())))
    data = read_all(reading)
    os.waitpid(pid, 0)
    if data.startswith(b"!") or not data:
        raise RuntimeError(data[1:].decode() or "the process died")
    return pickle.loads(data)  # noqa: S301 - of our own child


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def read_all(reading: int) -> bytes:
    with os.fdopen(reading, "rb") as pipe:
        return pipe.read()


class Lines:
    """Reads a child's lines as they come."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._rest = b""
        self.lines: list[str] = []
        self.ended = False

    def until(self, wanted: str) -> bool:
        """Wait for a line. Returns False if the child ends before."""
        deadline = time.monotonic() + SECONDS
        while wanted not in self.lines and not self.ended:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(
                    f"a child didn't come to {wanted!r}; it came to {self.lines[-1:]}"
                )
            if select.select([self._reading], [], [], left)[0]:
                self._take()
        return wanted in self.lines

    def some(self) -> None:
        """Wait for any line."""
        while not self.lines and not self.ended:
            self._take()

    def rest(self) -> list[str]:
        while not self.ended:
            self._take()
        return self.lines

    def _take(self) -> None:
        data = os.read(self._reading, 1 << 16)
        if not data:
            self.ended = True
            os.close(self._reading)
            if self._rest.startswith(b"!"):
                raise RuntimeError(self._rest[1:].decode())
            return
        *whole, self._rest = (self._rest + data).split(b"\n")
        if any(line.startswith(b"!") for line in whole):
            self._rest = b"\n".join([*whole, self._rest])
            return
        self.lines += [line.decode() for line in whole]


def keep_time(place_clock: Callable[[], float]) -> None:
    """Let the two modules that ask the system for the time have the calls' own."""
    for module in (conversations, opening):
        module.time = SimpleNamespace(time=place_clock)  # type: ignore[attr-defined]


class _Time:
    """The clock of the place that is open, and of the one that is being opened."""

    def __init__(self) -> None:
        self.place: Place | None = None

    def __call__(self) -> float:
        return self.place.clock() if self.place else 0.0


def opened(folder: Path, ids: Mapping[str, Any]) -> Place:
    clock = _Time()
    keep_time(clock)
    place = clock.place = Place(folder, dict(ids))
    return place


def twin(sequence: Sequence, folder: Path, extra: Callable[[], Any] = lambda: None) -> Twin:
    """Make the calls once without interruption. ``extra`` is called at the end, in the child."""
    shutil.copytree(sequence.base, folder)

    def work() -> Twin:
        began = time.monotonic()
        place = opened(folder, {})
        seconds = [time.monotonic() - began]
        states, ids = [state(place, loose=sequence.loose)], [dict(place.ids)]
        for number, call in enumerate(sequence.calls):
            place.clock.at(number)
            began = time.monotonic()
            call.do(place)
            seconds.append(time.monotonic() - began)
            states.append(state(place, loose=sequence.loose))
            ids.append(dict(place.ids))
        began = time.monotonic()
        place.memory.close()
        seconds.append(time.monotonic() - began)
        return Twin(tuple(states), tuple(seconds), tuple(ids), extra())

    made: Twin = answer(work)
    shutil.rmtree(folder)
    return made


def run_calls(
    sequence: Sequence, folder: Path, ids: Mapping[str, Any], first: int, fd: int
) -> None:
    """What a child does: open, call and acknowledge from call ``first`` on, close."""
    place = opened(folder, ids)
    os.write(fd, f"{OPENED}\n".encode())
    for number in range(first, len(sequence.calls)):
        place.clock.at(number)
        sequence.calls[number].do(place)
        os.write(fd, f"{number}\n".encode())
    place.memory.close()
    os.write(fd, f"{CLOSED}\n".encode())


def look(folder: Path, *, loose: bool, close: bool = True) -> Seen:
    """Open the profile as the next start does, and look at all of it; without ``close`` it ends there, as
    another kill would."""

    def work() -> Seen:
        place = opened(folder, {})
        found = state(place, loose=loose)
        place.memory.prepare()  # as every start does: an older profile gets its embeddings
        findings = place.memory.findings(repair=False)
        wrong = [f"{one.check}: {one.detail}" for one in findings if not one.ok]
        wrong += [f"plain text in {name}" for name in plain_text(place)]
        if close:
            place.memory.close()
        return Seen(found, tuple(wrong), tuple(place.notices))

    seen: Seen = answer(work)
    return seen


class Killer:
    """Kills over one sequence."""

    def __init__(self, sequence: Sequence, folder: Path, seed: int, tally: Tally) -> None:
        self.sequence = sequence
        self._folder = folder
        self._chance = random.Random(seed)
        self.tally = tally
        folder.mkdir(parents=True)
        self.twin = twin(sequence, folder / "twin")
        self._profile = folder / "profile"
        self._begin()

    def _begin(self) -> None:
        shutil.rmtree(self._profile, ignore_errors=True)
        shutil.copytree(self.sequence.base, self._profile)
        self._done = 0

    def kill_once(self) -> None:
        """One kill, unless the child is quicker; then another child begins anew."""
        calls = len(self.sequence.calls)
        # -1: while it opens the profile; ``calls``: while it closes it
        target = self._chance.randint(self._done - 1, min(self._done + AHEAD, calls))
        at = {self._done - 1: "", self._done: OPENED}.get(target, str(target - 1))
        second = 0 if target < self._done else target + 1
        delay = self._chance.uniform(0, 1.1 * self.twin.seconds[second])
        ids = self.twin.ids[self._done]
        pid, reading = fork(lambda fd: run_calls(self.sequence, self._profile, ids, self._done, fd))
        lines = Lines(reading)
        try:
            if not at or lines.until(at):
                time.sleep(delay)
            os.kill(pid, signal.SIGKILL)
            told = lines.rest()
        finally:
            os.waitpid(pid, 0)
        if CLOSED in told:
            self._finish(told)
            return
        self.tally.injected += 1
        self._judge(told)

    def _judge(self, told: list[str]) -> None:
        acknowledged = sum(line.isdigit() for line in told)
        self.tally.acknowledged += acknowledged
        self._kill_opening()
        seen = self._see()
        if seen is None:
            return
        at = self._done + acknowledged
        known = self.twin.states
        if seen.state == known[at]:
            self._done = at
        elif at + 1 < len(known) and seen.state == known[at + 1]:
            self._done = at + 1
            self.tally.kept += 1
        else:
            name = self.sequence.calls[min(at, len(self.sequence.calls) - 1)].name
            before = seen.state in known[:at]
            tables = ", ".join(differing(seen.state, known[at]))
            self._fault(f"{'lost' if before else 'half there'} in “{name}”: {tables}")
            return
        if self._done == len(self.sequence.calls):
            self._begin()

    def _kill_opening(self) -> None:
        while self._chance.random() < IN_THE_OPENING:
            pid, reading = fork(lambda _: look(self._profile, loose=self.sequence.loose))
            time.sleep(self._chance.uniform(0, 2 * self.twin.seconds[0]))
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            read_all(reading)
            os.waitpid(pid, 0)
            self.tally.injected += 1

    def _see(self) -> Seen | None:
        try:
            close = self._chance.random() < 0.5
            seen = look(self._profile, loose=self.sequence.loose, close=close)
        except RuntimeError as fault:
            self._fault(f"it can't be opened: {fault}")
            return None
        self.tally.doctor.update(seen.findings)
        self.tally.told.update(seen.notices)
        if seen.findings:
            self.tally.faults.append(f"doctor: {seen.findings}")
        return seen

    def _finish(self, told: list[str]) -> None:
        """All calls were made, after all those kills: it is as if there had been none."""
        self.tally.acknowledged += sum(line.isdigit() for line in told)
        seen = self._see()
        if seen is not None and seen.state != self.twin.states[-1]:
            self._fault(f"at the end: {', '.join(differing(seen.state, self.twin.states[-1]))}")
        self._begin()

    def _fault(self, what: str) -> None:
        kept = self._folder / f"fault-{len(self.tally.faults)}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self._profile, kept)
        self.tally.faults.append(f"{self.sequence.kind}: {what} ({kept})")
        self._begin()
