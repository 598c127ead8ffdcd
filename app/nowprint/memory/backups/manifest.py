"""What a backup says of itself: the entry ``manifest.json`` of its zip. resources/backups.md describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import get_args

from nowprint import __version__
from nowprint.backup_records import BackupKind, Contents
from nowprint.memory.formats.validation import MOST_NAME, MOST_TIME, Fields, fault, loads
from nowprint.memory.storage.schema.migrations import known

FORMAT = "nowprint backup"
VERSION = 1
NAME = "manifest.json"
DATABASE = "memory.db"
TABLES = ("episode", "message", "conversation", "persona", "project", "import", "forgetting")
"""Their ids are never used again, also after restoring: what was forgotten is known by them."""
HIGHEST = 2**40 - 1
"""The largest id of a row in a profile; larger ones are those of temporary chats."""
_MOST_MIGRATIONS = 1000
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class PackedFile:
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """``identity`` is the database's (see migrations.py); ``highest`` the last id given in each table."""

    made: float
    kind: BackupKind
    identity: str
    highest: Mapping[str, int]
    contents: Contents
    program: str = __version__
    migrations: tuple[str, ...] = field(default_factory=lambda: tuple(sorted(known())))
    files: tuple[PackedFile, ...] = ()

    def written(self) -> bytes:
        told = {"format": FORMAT, "version": VERSION, **asdict(self)}
        return (json.dumps(told, indent=1) + "\n").encode()


def may_hold(highest: Mapping[str, int], rows: Mapping[str, Sequence[int]]) -> bool:
    """Whether a backup with these last ids may hold any of the rows, which are given by table."""
    return any(ids and min(ids) <= highest.get(table, 0) for table, ids in rows.items())


def read(data: bytes) -> Manifest:
    """MemoryFileError if this is no manifest, or that of a backup that only a newer Nowprint can restore."""
    told = Fields(loads(data, NAME), NAME)
    if told.get("format") != FORMAT:
        raise fault("it is no backup of Nowprint")
    version = told.whole("version", 1)
    migrations = told.array("migrations", _MOST_MIGRATIONS)
    program = told.text("program", MOST_NAME)
    if version > VERSION or not {str(name) for name in migrations} <= known():
        raise fault(f"it was made by a newer Nowprint ({program}), so first update this one")
    highest, contents = told.object("highest"), told.object("contents")
    return Manifest(
        made=told.number("made", 0, MOST_TIME),
        kind=told.one_of("kind", get_args(BackupKind)),
        identity=told.text("identity", MOST_NAME),
        highest={table: highest.whole(table, 0, HIGHEST) for table in TABLES},
        contents=Contents(*(contents.whole(name) for name in ("chats", "messages", "memories"))),
        program=program,
        migrations=tuple(map(str, migrations)),
        files=tuple(
            PackedFile(one.text("name", MOST_NAME), one.whole("bytes"), one.text("sha256", 64))
            for one in told.objects("files", _MOST_FILES)
        ),
    )
