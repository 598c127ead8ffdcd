"""A clock that jumps, and two programs that open the same profile."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path
from threading import Event

from nowprint.errors import ProfileInUse
from nowprint.service.handlers import open_profile
from nowprint.settings import Profile

from .kills import Lines, Tally, answer, fork, look, opened
from .place import Place, Sequence

YEAR = 365.25 * 86_400
JUMPS = (-30 * YEAR, -YEAR, -3600.0, 0.0, 3600.0, YEAR, 70 * YEAR)
SECOND_PROGRAMS = 3


def texts(place: Place) -> list[str]:
    """What there is, without any times."""
    with place.store.database.reading() as connection:
        rows = [
            *connection.execute(
                "SELECT 'message', text, state FROM message WHERE forgetting IS NULL"
            ),
            *connection.execute("SELECT 'memory', text, kind FROM live"),
            *connection.execute("SELECT 'chat', title, archived FROM conversation"),
            *connection.execute("SELECT 'project', name, instructions FROM project"),
        ]
    return sorted(map(repr, map(tuple, rows)))


def jump_clock(sequence: Sequence, folder: Path, seed: int, tally: Tally) -> None:
    """Make the calls while the clock jumps before each; nothing of it may get lost."""
    told = [answer(lambda jumps=jumps: _told(sequence, folder, jumps)) for jumps in (None, seed)]
    tally.injected += len(sequence.calls)
    tally.acknowledged += len(sequence.calls)
    if told[0] != told[1]:
        tally.faults.append(f"{sequence.kind}, clock {seed}: {set(told[0]) ^ set(told[1])}")
    seen = look(folder, loose=True)
    tally.doctor.update(seen.findings)
    tally.faults += [f"{sequence.kind}, clock {seed}: doctor: {one}" for one in seen.findings]


def _told(sequence: Sequence, folder: Path, seed: int | None) -> list[str]:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sequence.base, folder)
    chance = random.Random(seed)
    place = opened(folder, {})
    for number, call in enumerate(sequence.calls):
        place.clock.at(number)
        if seed is not None:
            place.clock.now += chance.choice(JUMPS)
        call.do(place)
    told = texts(place)
    place.reopen()
    if texts(place) != told:
        raise RuntimeError("another text after opening it again")
    place.memory.close()
    return told


def open_twice(base: Path, folder: Path, others: int, tally: Tally) -> None:
    """While one program writes, others try to open the profile. They are refused; the first goes on. Then it
    is killed, and another one may."""
    shutil.copytree(base, folder)

    def first(fd: int) -> None:
        handlers = open_profile(Profile(folder), lambda _: None, Event())
        while True:
            message = handlers._store.add_message(1, "user", f"Said at {time.monotonic()}")
            os.write(fd, f"{message.id} {message.text}\n".encode())
            time.sleep(0.01)

    def other() -> str:
        try:
            handlers = open_profile(Profile(folder), lambda _: None, Event())
        except ProfileInUse as refusal:
            return str(refusal).replace(str(folder), "PROFILE")
        handlers._lock.release()
        return ""

    pid, reading = fork(first)
    os.set_blocking(reading, True)
    lines = Lines(reading)
    lines.some()
    for _ in range(others):
        refused = answer(other)
        tally.injected += 1
        if refused:
            tally.told[refused] += 1
        else:
            tally.faults.append("two programs had the same profile open")
    os.kill(pid, signal.SIGKILL)
    told = lines.rest()
    os.waitpid(pid, 0)
    if answer(other):
        tally.faults.append("the profile of a killed program can't be opened")
    tally.acknowledged += len(told)

    def there() -> list[str]:
        place = opened(folder, {})
        found = [f"{one.id} {one.text}" for one in place.store.messages(1, limit=1_000_000)]
        place.memory.close()
        return found

    if lost := set(told) - set(answer(there)):
        tally.faults.append(f"two programs: {len(lost)} messages lost")
    seen = look(folder, loose=True)
    tally.doctor.update(seen.findings)
    tally.faults += [f"two programs: doctor: {one}" for one in seen.findings]
