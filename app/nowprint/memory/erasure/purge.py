"""Purges the bytes of what was forgotten: rows, words, vectors, links, traces and the write-ahead log.

A purge runs when the minute for undo is over, at closing and at the next opening. It deletes the rows in one
transaction, saves the index without them (index.py) and writes the database anew (database.py). Then it
searches the raw bytes of the profile for residue (residue.py, raw_bytes.py), also within the backups, from
which the same rows were removed meanwhile (backups/following.py). A damaged database that was set aside can't
be written anew: if it, or a backup, holds residue, it is deleted. After a kill at any moment the ``wipe``
flag is still set if bytes may be left, and the next opening goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from nowprint.errors import ProfileError
from nowprint.events import Notice, Progress
from nowprint.inspection import Check, Receipt
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.erasure.copies import Copies, Followed
from nowprint.memory.erasure.due_rows import Due, DueRows
from nowprint.memory.erasure.forgetting import MANY
from nowprint.memory.erasure.raw_bytes import Found, search
from nowprint.memory.erasure.receipts import Receipts
from nowprint.memory.erasure.residue import WORDS, ResiduePieces, ResidueSampler
from nowprint.memory.erasure.selection import Selector
from nowprint.memory.erasure.tombstones import Tombstones
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes
from nowprint.memory.storage.forgotten_marks import ForgottenMarks
from nowprint.memory.storage.set_aside import copy_of, delete_copy
from nowprint.records import UNDO_SECONDS

TASK = "Forgetting for good"


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
        backups: Copies,
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._index_sync = index_sync
        self._index_path = index_path
        self._tombstones = Tombstones(database)
        self._sampler = ResidueSampler(database)
        self._selector = Selector(database, episodes)
        self._rows = DueRows(database, episodes, ForgottenMarks(database))
        self._backups = backups
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
        with self._backups.held():
            return self._purge(all=all, batch=batch)

    def _purge(self, *, all: bool, batch: int | None) -> int:
        with self._index_sync.preparing, self._database.lock:
            now = self._clock()
            due = self._rows.find(None if all else now - UNDO_SECONDS, batch)
            gone = due.batches or due.episodes or due.personas
            if not gone and not self._database.meta("wipe"):
                return 0
            before = self._backups.up_to_date()
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
        followed = self._backups.follow(due.by_table, before) if gone else Followed()
        if residue is not None:
            self._check(due, residue, followed)
        self._tell(due, 1.0)
        return len(due.episodes)

    def _remove(self, due: Due, now: float) -> None:
        index = self._index_sync.opened()
        with self._database.writing():
            self._write_receipts(due, now)
            freed = self._rows.delete(due)
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

    def _write_receipts(self, due: Due, now: float) -> None:
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
                    elsewhere=self._backups.elsewhere(due.by_table),
                )
            )

    def _kept_in(self, batch: int) -> tuple[int, ...]:
        """The messages and answers that stay, and repeat an episode of the batch."""
        with self._database.reading() as connection:
            rows = connection.execute("SELECT id FROM episode WHERE forgetting = ?", [batch])
            ids = [row[0] for row in rows]
        return tuple(sorted(self._selector.repeating(ids)))

    def _check(self, due: Due, residue: ResiduePieces, followed: Followed) -> None:
        """Search the profile's files for residue, and complete the receipts. The database isn't locked during
        the search, which changes nothing."""
        if self._database.path is None:
            return
        with self._database.lock:
            handles = self._database.handles()
            self._sampler.settle(residue)
        home = self._database.path.parent
        found = search(home, residue.all, handles, self._backups.parts, self._database.cipher)
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
                    "deleted": (*followed.dropped, *deleted),
                    "rewritten": tuple(n for n in followed.rewritten if n not in deleted),
                },
            )

    def _without_copies(
        self, found: Found, pieces: Collection[bytes]
    ) -> tuple[Found, tuple[str, ...]]:
        """Delete the damaged databases set aside, the drafts and the backups that hold any of ``pieces``.
        Returns what was found in the other files, and the names of the deleted ones."""
        path = self._database.path
        assert path is not None
        holding = {copy_of(name) for name in found.names_of(pieces)}
        deleted = tuple(
            sorted(one for one in holding if self._backups.drop(one) or delete_copy(path, one))
        )
        by_file = {
            name: hits for name, hits in found.by_file.items() if copy_of(name) not in deleted
        }
        return Found(by_file, found.files), deleted

    def _written(self) -> tuple[Path | None, ...]:
        return self._database.path, self._index_path

    def _tell(self, due: Due, fraction: float) -> None:
        if len(due.episodes) >= MANY:
            self._on_event(Progress(TASK, fraction))
