"""Nowprint in a machine, as Anna uses it: started, typed into, and its profile looked at from outside."""

from __future__ import annotations

import configparser
import contextlib
import shlex
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .machine import HOME, Machine

ENTRY = "/usr/share/applications/nowprint.desktop"
PROFILE = Path(".local/share/Nowprint")
"""Where a profile belongs, in a home."""
PATIENCE = 180
"""Seconds that an answer may take: the core may still be loading, on a busy machine."""
BEAT = 0.5
LOADED = 90
"""Seconds that the core may take until it takes a message, on a busy machine."""
NOTICED = 4
"""Seconds after which a message that was sent is in the database."""


@dataclass(frozen=True)
class Said:
    """One turn as it was stored."""

    answer: str
    sources: list[str]
    """The texts of the episodes that entered the prompt."""
    kept: list[str]
    """The texts of the episodes that came of it."""


class Profile:
    """A profile of Anna's, whose database is read while the app writes it."""

    def __init__(self, machine: Machine, folder: Path = PROFILE) -> None:
        self.home = machine.home / folder
        self.inside = HOME / folder

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Nothing as long as there is no database with these tables."""
        with contextlib.suppress(sqlite3.OperationalError):
            uri = f"{(self.home / 'memory.db').as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True)) as database:
                return database.execute(sql, values).fetchall()
        return []

    def episodes(self) -> list[str]:
        return [text for (text,) in self.rows("SELECT text FROM live ORDER BY id")]

    def turn(self, text: str) -> Said | None:
        """The last turn with this message, once it is answered and judged."""
        last = "SELECT max(id) FROM message WHERE role = 'user' AND text = ? AND judged"
        answered = self.rows(
            f"SELECT id, text, ({last}) AS asked FROM message "
            "WHERE role = 'assistant' AND state = 'complete' AND id > asked ORDER BY id LIMIT 1",
            text,
        )
        if not answered:
            return None
        ((id, answer, asked),) = answered
        sources = "SELECT text FROM provenance JOIN episode ON id = episode_id WHERE answer_id = ?"
        kept = "SELECT text FROM episode_source JOIN live ON id = episode_id WHERE message_id = ?"
        return Said(answer, column(self.rows(sources, id)), column(self.rows(kept, asked)))


def column(rows: list[tuple[Any, ...]]) -> list[str]:
    return [str(row[0]) for row in rows]


def say(machine: Machine, profile: Profile, text: str) -> Said:
    """Type a message and wait for its whole turn. Until window and core are ready, Enter does nothing:
    then it is typed again, in the place of what may stand there."""
    screen = machine.display

    def send() -> bool:
        screen.keys("ctrl+l", "ctrl+a")
        screen.type(text)
        screen.keys("Return")
        time.sleep(NOTICED)
        return bool(profile.rows("SELECT 1 FROM message WHERE text = ?", text))

    until(f"{text!r} was sent", send, LOADED)
    return until(f"{text!r} was answered", lambda: profile.turn(text))


def until(what: str, look: Any, seconds: float = PATIENCE) -> Any:
    """What ``look`` sees, as soon as it is something."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(BEAT)
    return seen


def open_window(machine: Machine) -> str:
    """Wait until the window that was started is there and listens to later starts; its id."""
    window = machine.display.window()
    until("the window listens", lambda: list(machine.path("/tmp").glob("nowprint-*")))
    return window


def menu_command(machine: Machine) -> list[str]:
    """What the menu entry starts, without a file."""
    entry = configparser.RawConfigParser()
    entry.read_string(machine.path(ENTRY).read_text("utf-8"))
    words = shlex.split(entry["Desktop Entry"]["Exec"])
    return [word for word in words if not word.startswith("%")]


def quit_window(machine: Machine) -> None:
    machine.display.window()
    machine.display.keys("ctrl+q")
    until(
        "the window and its core have ended",
        lambda: not machine.processes() and not machine.processes(core=True),
    )
