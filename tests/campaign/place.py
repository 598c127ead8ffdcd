"""A profile that a process of the campaign has open, and all that can be seen in it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nowprint.encryption import key_file, unlocking
from nowprint.encryption.key_file import KeyFile
from nowprint.errors import ProfileLocked
from nowprint.events import Notice
from nowprint.memory.backups import container
from nowprint.memory.backups.restoring import at_opening
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import Profile, load_settings

from ..memory.marked import WordEmbedder

BASE = 1_700_000_000.0
PASSPHRASES = ("seven small herons", "eight large herons")
STEP = 1000.0
"""Seconds between two calls, longer than what is forgotten can be brought back."""


class Ticks:
    """A clock that shows the same times however often a process was killed before a call."""

    def __init__(self) -> None:
        self.now = BASE

    def __call__(self) -> float:
        self.now += 1
        return self.now

    def at(self, call: int) -> None:
        self.now = BASE + STEP * (call + 1)


@cache
def lock() -> tuple[bytes, KeyFile]:
    """The key of all encrypted profiles of the campaign. A passphrase is tried quickly here."""
    key_file.COST = 2**14
    key, file, _ = key_file.new_key(PASSPHRASES[0])
    return key, file


def unlocked(folder: Path) -> Profile:
    """The profile as the next start opens it: what encrypts or decrypts it was finished or taken back."""
    profile = Profile(folder)
    return unlocking.with_key(profile, lock()[0]) if unlocking.settle(profile) else profile


class Place:
    """``ids`` are what calls before have made, by names that the calls gave them."""

    def __init__(self, folder: Path, ids: dict[str, Any]) -> None:
        self.folder, self.ids = folder, ids
        self.clock = Ticks()
        self.notices: list[str] = []
        self.open()

    def open(self) -> None:
        self.profile = unlocked(self.folder)
        restored = at_opening(self.folder, self.clock, self.profile.cipher)
        self.not_restored = restored.fault if restored else ""
        self.store = ConversationStore(self.profile.database, self.profile.cipher)
        self.memory = Memory(
            self.store, WordEmbedder(), self.profile.index, self._note, clock=self.clock
        )

    def reopen(self) -> None:
        memory, self.memory = self.memory, None  # type: ignore[assignment] - opening may fail
        memory.close()
        self.open()

    def _note(self, event: object) -> None:
        if isinstance(event, Notice):
            self.notices.append(event.text)


Do = Callable[[Place], object]


@dataclass(frozen=True)
class Call:
    """One call of the memory, after which a child acknowledges."""

    name: str
    do: Do


@dataclass(frozen=True)
class Sequence:
    """Calls one after the other, over a copy of the profile ``base``. ``loose``: some of them forget, whose
    purge may come at the call or at the next opening, so that only what is visible is compared."""

    kind: str
    base: Path
    calls: tuple[Call, ...]
    loose: bool = False


State = Mapping[str, str]
"""A hash of each table's rows and of the settings, and the passphrase that opens the profile."""
TEXT = (b"behind the door", b"in the attic")
"""What is said in every profile of the campaign."""

_VISIBLE_MESSAGE = "(SELECT id FROM message WHERE forgetting IS NULL)"
_VISIBLE_EPISODE = "(SELECT id FROM episode WHERE forgotten IS NULL)"
_BY_MESSAGE = ("trace", "judged")
_BY_EPISODE = ("embedding", "vector", "likelihood", "moment", "old_text")
_NEVER = {"generation", "wipe", "retention_looked"}
_PURGED = {
    "forgetting",
    "forgotten",
    "merged",
    "titled_from",
    "parent",
    "leaf",
    "replaces",
    "origin",
}
"""Columns that a purge changes in rows that stay."""


def state(place: Place, *, loose: bool) -> State:
    """All that can be seen. An answer that is being written counts as broken: that is what the next opening
    makes of it."""
    with place.store.database.reading() as connection:
        found = {table: _hash(rows) for table, rows in _tables(connection, loose=loose)}
    found["settings"] = _hash([repr(load_settings(place.profile))])
    found["backups"] = _hash(_backups(place))
    found["opened by"] = "nothing"
    if place.profile.cipher:
        file = key_file.read(place.profile.key_file)
        found["opened by"] = ", ".join(one for one in PASSPHRASES if _opens(file, one))
    return found


def _backups(place: Place) -> list[str]:
    """Those that the user made, each read to its end. (Before restoring, one is made unasked.) One that could
    not be rewritten without what was forgotten is deleted, and a receipt names it: it counts, too."""
    assert place.memory.backups is not None
    listed = place.memory.backups.list()
    for one in listed.backups:
        with container.reading(Path(one.path)) as reader:
            reader.verify()
    made = {Path(one.path).name for one in listed.backups if one.kind == "by hand"}
    told = {
        Path(name).name
        for receipt in place.memory.purging.receipts.all()
        for name in receipt.deleted
        if name.endswith(".zip")
    }
    return sorted(made | told | set(listed.damaged))


def _opens(file: KeyFile, passphrase: str) -> bool:
    try:
        return file.unlock(passphrase) == lock()[0]
    except ProfileLocked:
        return False


def plain_text(place: Place) -> list[str]:
    """The files of an encrypted profile that hold text of it."""
    if not place.profile.cipher:
        return []
    files = [path for path in place.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(text in path.read_bytes() for text in TEXT)]


def _tables(connection: sqlite3.Connection, *, loose: bool) -> Any:
    names = {
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    }
    shown = {
        "conversation": "forgetting IS NULL",
        "message": "forgetting IS NULL",
        "episode": "forgotten IS NULL",
        "persona": "deleted IS NULL",
        "project": "TRUE",
        "saved_filter": "TRUE",
        "baseline": "TRUE",
        "doubt": f"newer IN {_VISIBLE_EPISODE} AND older IN {_VISIBLE_EPISODE}",
        "episode_source": f"episode_id IN {_VISIBLE_EPISODE} AND message_id IN {_VISIBLE_MESSAGE}",
        "provenance": f"episode_id IN {_VISIBLE_EPISODE} AND answer_id IN {_VISIBLE_MESSAGE}",
        **dict.fromkeys(_BY_MESSAGE, f"message_id IN {_VISIBLE_MESSAGE}"),
        **dict.fromkeys(_BY_EPISODE, f"episode_id IN {_VISIBLE_EPISODE}"),
        "import": "TRUE",
        "reading": "TRUE",
        "reading_message": "TRUE",
    }
    if not loose:
        shown |= {"audit": "TRUE", "made_from": "TRUE", "meta": "TRUE"}
    for table, condition in shown.items():
        if table not in names:
            continue
        rows = connection.execute(f"SELECT * FROM {table} WHERE {condition}").fetchall()
        yield table, sorted(_row(table, row, loose=loose) for row in rows)


def _row(table: str, row: sqlite3.Row, *, loose: bool) -> str:
    values = dict(row)
    if table == "meta" and values["key"] in _NEVER:
        return ""
    if values.get("state") == "writing":
        values["state"] = "broken"
    if loose:
        values = {key: value for key, value in values.items() if key not in _PURGED}
        if table == "trace":
            values["data"] = ""  # the purge takes what repeats forgotten words out of traces
    return repr(sorted(values.items()))


def _hash(rows: Any) -> str:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row if isinstance(row, bytes) else row.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]


def differing(one: State, other: State) -> list[str]:
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
