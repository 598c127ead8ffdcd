"""Removes what was forgotten from a copy of the profile's database: of a backup, or one to be restored.

What was forgotten is known by its marks alone (storage/forgotten_marks.py).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from nowprint import __version__
from nowprint.memory.backups import container
from nowprint.memory.backups.folder import Folder
from nowprint.memory.backups.making import described
from nowprint.memory.backups.manifest import DATABASE
from nowprint.memory.erasure.due_rows import DueRows
from nowprint.memory.erasure.selection import Selection, Selector
from nowprint.memory.erasure.tombstones import Tombstones
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.memory.storage.forgotten_marks import ForgottenMarks

_NONE: frozenset[int] = frozenset()
_IMPORTS = f"""DELETE FROM import WHERE id {THESE}
    AND NOT EXISTS (SELECT 1 FROM episode e WHERE e.origin = import.id)
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.import = import.id)"""


@dataclass(frozen=True, slots=True)
class Known:
    """What the profile knows of what was forgotten: its marks, and the texts of memories that are there."""

    database: Database
    marks: ForgottenMarks
    hashes: frozenset[bytes]
    identity: str
    told: frozenset[bytes]


def known(database: Database, *, hidden: bool = False) -> Known:
    """``hidden``: what is hidden and not purged yet counts as forgotten, too."""
    marks, identity = ForgottenMarks(database), str(database.meta("identity"))
    hashes = set(marks.all())
    with database.reading() as connection:
        for table in ("episode", "message", "conversation") if hidden else ():
            rows = connection.execute(f"SELECT id FROM {table} WHERE forgetting IS NOT NULL")
            hashes |= {marks.of_row(identity, table, row[0]) for row in rows}
        texts = connection.execute("SELECT text FROM live") if hashes else ()
        told = frozenset(marks.of_episode(row[0]) for row in texts)
    return Known(database, marks, frozenset(hashes), identity, told)


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of a copy that were forgotten in the profile."""

    episodes: frozenset[int] = _NONE
    messages: frozenset[int] = _NONE
    conversations: frozenset[int] = _NONE
    personas: frozenset[int] = _NONE
    projects: frozenset[int] = _NONE
    imports: frozenset[int] = _NONE

    def __bool__(self) -> bool:
        return self != Gone()


def forgotten_in(copy: Database, known: Known) -> Gone:
    """The rows of a copy that were forgotten; in one of another profile, those that say the same."""
    if not known.hashes:
        return Gone()
    identity, marks = str(copy.meta("identity")), known.marks

    def rows(table: str) -> frozenset[int]:
        with copy.reading() as connection:
            ids = [row[0] for row in connection.execute(f"SELECT id FROM {table}")]
        return frozenset(id for id in ids if marks.of_row(identity, table, id) in known.hashes)

    tables = ("episode", "message", "conversation", "persona", "project", "import")
    found = Gone(*map(rows, tables))
    if identity == known.identity:
        return found
    with copy.reading() as connection:
        episodes = {
            id
            for id, text in connection.execute("SELECT id, text FROM episode")
            if (mark := marks.of_episode(text)) in known.hashes and mark not in known.told
        }
        messages = {
            id
            for id, text in connection.execute("SELECT id, text FROM message")
            if marks.of_message(text) in known.hashes
        }
    return replace(found, episodes=found.episodes | episodes, messages=found.messages | messages)


def bring_back_undone(copy: Database, known: Known) -> None:
    """Show what a copy hides, because it was made within the minute for undo, and what the profile shows."""
    if str(copy.meta("identity")) != known.identity:
        return
    with copy.writing() as connection, known.database.reading() as today:
        for table in ("episode", "message", "conversation"):
            hidden = connection.execute(
                f"SELECT forgetting, id FROM {table} WHERE forgetting IS NOT NULL"
            ).fetchall()
            shown = {
                row[0]
                for row in today.execute(
                    f"SELECT id FROM {table} WHERE forgetting IS NULL AND id {THESE}",
                    [id_array(row[1] for row in hidden)],
                )
            }
            for batch in {row[0] for row in hidden if row[1] in shown}:
                Tombstones(copy).show(batch)


def forget(copy: Database, gone: Gone) -> None:
    """Delete these rows, and whatever a copy still hides, to the last byte."""
    episodes = Episodes(copy)
    tombstones, selector = Tombstones(copy), Selector(copy, episodes)
    now = time.time()
    with copy.writing() as connection:
        chosen = Selection(
            gone.episodes, _NONE, gone.messages, _NONE, gone.conversations, gone.messages,
            selector.quoted(gone.episodes),
        )  # fmt: skip
        batch = tombstones.begin(now)
        tombstones.episodes(batch, gone.episodes, now)
        tombstones.messages(batch, gone.messages)
        tombstones.conversations(batch, gone.conversations, emptied=False)
        if chosen.quoted is not None:
            tombstones.take(batch, chosen, chosen.quoted, messages=True)
        connection.execute(
            f"UPDATE persona SET deleted = ? WHERE id {THESE}", [now, id_array(gone.personas)]
        )
        connection.execute(f"DELETE FROM project WHERE id {THESE}", [id_array(gone.projects)])
        rows = DueRows(copy, episodes)
        rows.delete(rows.find(None, None))
        connection.execute(_IMPORTS, [id_array(gone.imports)])
        connection.execute("DELETE FROM forgetting WHERE receipt = ''")
        episodes.drop_old_words()
        copy.want_wipe()
        copy.bump_generation()
    copy.wipe()


def rewrite(folder: Folder, path: Path, known: Known) -> bool:
    """Write a backup anew without what was forgotten. Returns whether it held any of it. UserError if that
    isn't possible."""
    with container.reading(path) as reader, folder.scratch() as work:
        manifest = reader.manifest
        reader.unpack(work)
        copy = Database(work / DATABASE, folder.cipher)
        try:
            gone = forgotten_in(copy, known)
            if not gone:
                return False
            bring_back_undone(copy, known)
            forget(copy, gone)
        finally:
            copy.close()
        now = described(work / DATABASE, manifest.kind, manifest.made, folder.cipher)
        parts = {part.name: work / part.name for part in manifest.files}
        container.write(path, replace(now, program=__version__), parts)
    return True
