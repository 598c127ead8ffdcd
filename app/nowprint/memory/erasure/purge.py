"""Purges the bytes of what was forgotten: rows, words, vectors, links, traces and the write-ahead log.

A purge runs when the minute for undo is over, at closing and at the next opening. It deletes the rows in one
transaction, saves the index without them (index.py) and writes the database anew (database.py). Then it
searches the raw bytes of the profile for residue (residue.py, raw_bytes.py). A damaged database that was set
aside can't be written anew: if it holds residue, it is deleted. After a kill at any moment the ``wipe`` flag
is still set if bytes may be left, and the next opening goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nowprint.errors import ProfileError
from nowprint.events import Notice, Progress
from nowprint.inspection import Check, Receipt
from nowprint.language.words import COMMON
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.erasure.forgetting import MANY
from nowprint.memory.erasure.quoting import spoken
from nowprint.memory.erasure.raw_bytes import Found, search
from nowprint.memory.erasure.receipts import Receipts
from nowprint.memory.erasure.residue import WORDS, ResiduePieces, ResidueSampler
from nowprint.memory.erasure.selection import Selector
from nowprint.memory.erasure.tombstones import NAMES, Tombstones
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.memory.storage.forgotten_marks import ForgottenMarks
from nowprint.memory.storage.set_aside import copy_of, delete_copy
from nowprint.memory.storage.traces import shortened, without
from nowprint.records import UNDO_SECONDS

TASK = "Forgetting for good"
_EMPTY_PROJECTS = """DELETE FROM project
    WHERE NOT EXISTS (SELECT 1 FROM episode e WHERE e.project = project.id)
    AND NOT EXISTS (SELECT 1 FROM conversation c WHERE c.project = project.id)"""
_PROJECTS_TAKEN_BACK = f"""{_EMPTY_PROJECTS} AND EXISTS (SELECT 1 FROM import i JOIN audit a
    ON a.episode_id IS NULL AND a.detail = 'import ' || i.id || ', project ' || project.id
    WHERE i.undone)"""
"""SQL: deletes the projects made by an import that the user took back, unless something belongs to them."""
_NAMES = (
    _EMPTY_PROJECTS,
    """DELETE FROM reading
    WHERE NOT EXISTS (SELECT 1 FROM reading_message m WHERE m.reading = reading.id)""",
    """DELETE FROM import WHERE NOT EXISTS (SELECT 1 FROM episode e WHERE e.origin = import.id)
    AND NOT EXISTS (SELECT 1 FROM message m WHERE m.import = import.id)
    AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.import = import.id)""",
)
_LEAST_EXPECTED = 3
"""The characters that a token needs, at least, to give away a word."""


@dataclass(frozen=True, slots=True)
class _Due:
    """What a purge has to remove. ``batches`` maps batches to the time the user asked for them; ``episodes``,
    ``messages`` and ``personas`` are ids. ``names``: delete the projects and imports that nothing belongs
    to, too."""

    batches: Mapping[int, float]
    names: bool
    episodes: Sequence[int]
    messages: Sequence[int]
    personas: Sequence[int]


class Purge:
    """Purges one profile. Thread-safe; takes locks in the order that ``IndexSync`` states."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        vectors: Vectors,
        index_sync: IndexSync,
        index_path: Path | None,
        on_event: Callable[[Progress | Notice], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._index_sync = index_sync
        self._index_path = index_path
        self._tombstones = Tombstones(database)
        self._sampler = ResidueSampler(database)
        self._selector = Selector(database, episodes)
        self._marks = ForgottenMarks(database)
        self._on_event = on_event
        self._clock = clock
        self.receipts = Receipts(database)

    def purge(self, *, all: bool = False, batch: int | None = None) -> int:
        """Remove what was forgotten more than a minute ago, to the last byte; ``all``: whatever was
        forgotten; ``batch``: this batch as well, even within its minute. Returns how many episodes went.

        Bytes that no undo brings back (of a deleted saved filter, of an edited text) go with any purge, even
        while something else still waits for its undo. ProfileError if the purge fails: the next one, at the
        latest that of the next opening, tries again.
        """
        with self._index_sync.preparing, self._database.lock:
            now = self._clock()
            due = self._due(None if all else now - UNDO_SECONDS, batch)
            gone = due.batches or due.episodes or due.personas
            if not gone and not self._database.meta("wipe"):
                return 0
            try:
                self._tell(due, 0.0)
                residue = self._sampler.of(due.episodes, due.messages) if due.batches else None
                self._remove(due, now)
            except (ProfileError, MemoryError) as fault:
                self._tell(due, 1.0)
                reason = str(fault).rstrip(".") or "out of memory"
                raise ProfileError(
                    "What was forgotten is hidden, but not all removed from the disk yet "
                    f"({reason}): it is tried again when Nowprint starts."
                ) from fault
        if residue is not None:
            self._check(due, residue)
        self._tell(due, 1.0)
        return len(due.episodes)

    def _due(self, until: float | None, batch: int | None) -> _Due:
        """What was forgotten until the time ``until`` (None: all), and ``batch``."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id, at, undo FROM forgetting WHERE receipt = ''
                AND (?1 IS NULL OR at <= ?1 OR id = ?2)""",
                [until, batch],
            ).fetchall()
            batches = {row[0]: row[1] for row in rows}
            names = any(json.loads(row[2] or "{}").get(NAMES) for row in rows)
            these = id_array(batches)
            episodes = connection.execute(
                f"""SELECT id FROM episode WHERE forgotten IS NOT NULL AND (forgetting {THESE}
                OR forgetting IS NULL AND (? IS NULL OR forgotten <= ?))""",
                [these, until, until],
            ).fetchall()
            messages = connection.execute(
                f"SELECT id FROM message WHERE forgetting {THESE}", [these]
            ).fetchall()
            personas = connection.execute(
                "SELECT id FROM persona WHERE deleted IS NOT NULL AND (?1 IS NULL OR deleted <= ?1)",
                [until],
            ).fetchall()
        gone = ([row[0] for row in rows] for rows in (episodes, messages, personas))
        return _Due(batches, names, *gone)

    def _remove(self, due: _Due, now: float) -> None:
        index = self._index_sync.opened()
        with self._database.writing():
            self._write_receipts(due, now)
            freed = self._delete(due)
            self._episodes.drop_old_words()
            self._episodes.note(now, "purged", due.episodes)
            self._database.want_wipe()
            self._database.bump_generation()
        self._tell(due, 0.3)
        if 3 * len(due.episodes) > len(index):  # quicker than emptying so many places
            index.rebuild(*self._embeddings.vectors())
        else:
            index.remove(due.episodes)
            index.add(*self._embeddings.vectors(freed))
        self._index_sync.save()
        self._tell(due, 0.6)
        self._database.wipe()
        self._tell(due, 0.8)

    def _delete(self, due: _Due) -> list[int]:
        """Delete the rows. Episodes behind a merged or split one that goes, and that stay themselves, are
        listed again: returns their ids."""
        these = id_array(due.batches)
        self._shorten_answers(due)
        self._forget_expectations(due)
        with self._database.writing() as connection:
            self._marks.add(connection, due.episodes)
            self._episodes.delete(due.episodes)
            for table in ("message", "conversation"):
                connection.execute(f"DELETE FROM {table} WHERE forgetting {THESE}", [these])
            connection.execute(f"DELETE FROM persona WHERE id {THESE}", [id_array(due.personas)])
            connection.execute(_PROJECTS_TAKEN_BACK)
            for statement in _NAMES if due.names else ():
                connection.execute(statement)
            rows = connection.execute(
                """UPDATE episode SET merged = 0 WHERE merged AND forgotten IS NULL
                AND NOT EXISTS (SELECT 1 FROM made_from WHERE parent = episode.id) RETURNING id"""
            )
            return [row[0] for row in rows]

    def _shorten_answers(self, due: _Due) -> None:
        """Drop the alternatives from the traces of answers whose prompt held one of the episodes: they may
        repeat its words."""
        with self._database.writing() as connection:
            rows = connection.execute(
                f"""SELECT DISTINCT t.message_id, t.data, m.text FROM provenance p
                JOIN trace t ON t.message_id = p.answer_id JOIN message m ON m.id = p.answer_id
                WHERE p.episode_id {THESE} AND m.forgetting IS NULL""",
                [id_array(due.episodes)],
            ).fetchall()
            connection.executemany(
                "UPDATE trace SET data = ? WHERE message_id = ?",
                [(shortened(data, text), id) for id, data, text in rows],
            )

    def _forget_expectations(self, due: _Due) -> None:
        """Drop alternatives from later traces of a conversation whose messages go, where they repeat words of
        these messages."""
        these = id_array(due.batches)
        with self._database.writing() as connection:
            gone = connection.execute(f"SELECT text FROM message WHERE forgetting {THESE}", [these])
            words = "\n".join({word for row in gone for word in spoken(row[0])} - COMMON)
            rows = connection.execute(
                f"""SELECT t.message_id, t.data, m.text FROM
                (SELECT conversation_id, min(id) AS id FROM message WHERE forgetting {THESE}
                GROUP BY conversation_id) g
                JOIN message m ON m.conversation_id = g.conversation_id AND m.id > g.id
                JOIN trace t ON t.message_id = m.id WHERE m.forgetting IS NULL""",
                [these],
            ).fetchall()

            @cache  # tokens are few, and the words may be many
            def told(text: str) -> bool:
                part = text.strip().casefold()
                return len(part) >= _LEAST_EXPECTED and part not in COMMON and part in words

            shorter = ((without(data, text, told), id, data) for id, data, text in rows)
            connection.executemany(
                "UPDATE trace SET data = ? WHERE message_id = ?",
                [(new, id) for new, id, data in shorter if new is not data],
            )

    def _write_receipts(self, due: _Due, now: float) -> None:
        for batch, asked in due.batches.items():
            episodes, messages, answers = self._tombstones.counts(batch)
            if not (episodes or messages or answers):
                self.receipts.drop(
                    batch
                )  # it took a project's name: there is nothing to account for
                continue
            self.receipts.write(
                Receipt(
                    batch=batch,
                    asked=asked,
                    removed=now,
                    episodes=episodes,
                    messages=messages,
                    answers=answers,
                    files=tuple(path.name for path in self._written() if path is not None),
                    checks=(),
                    kept_in=self._kept_in(batch),
                    rule=self._tombstones.rule(batch),
                )
            )

    def _kept_in(self, batch: int) -> tuple[int, ...]:
        """The messages and answers that stay, and repeat an episode of the batch."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM episode WHERE forgetting = ?", [batch])
            ids = [row[0] for row in rows]
        return tuple(sorted(self._selector.repeating(ids)))

    def _check(self, due: _Due, residue: ResiduePieces) -> None:
        """Search the profile's files for residue, and complete the receipts. The database isn't locked during
        the search, which changes nothing."""
        if self._database.path is None:
            return
        with self._database.lock:
            handles = self._database.handles()
            self._sampler.settle(residue)
        found = search(self._database.path.parent, residue.all, handles, self._database.cipher)
        with self._database.lock:
            held = self._sampler.held(found.hits)
            found, deleted = self._without_copies(found, found.hits.keys() - held)
            hits = {piece: count for piece, count in found.hits.items() if piece not in held}
            self.receipts.complete(
                due.batches,
                {
                    "checks": tuple(
                        Check(
                            form,
                            sum(hits.get(piece, 0) for piece in pieces),
                            len(pieces),
                            len(held & pieces) + (residue.kept_words if form == WORDS else 0),
                        )
                        for form, pieces in residue.forms.items()
                    ),
                    "searched": found.files,
                    "sampled": residue.sampled,
                    "left_out": len(held),
                    "found_in": tuple(sorted(found.names_of(hits))),
                    "deleted": deleted,
                },
            )

    def _without_copies(
        self, found: Found, pieces: Collection[bytes]
    ) -> tuple[Found, tuple[str, ...]]:
        """Delete the damaged databases set aside, and the drafts, that hold any of ``pieces``. Returns what
        was found in the other files, and the names of the deleted ones."""
        path = self._database.path
        assert path is not None
        holding = {copy_of(name) for name in found.names_of(pieces)}
        deleted = tuple(sorted(name for name in holding if delete_copy(path, name)))
        by_file = {
            name: hits for name, hits in found.by_file.items() if copy_of(name) not in deleted
        }
        return Found(by_file, found.files), deleted

    def _written(self) -> tuple[Path | None, ...]:
        return self._database.path, self._index_path

    def _tell(self, due: _Due, fraction: float) -> None:
        if len(due.episodes) >= MANY:
            self._on_event(Progress(TASK, fraction))
