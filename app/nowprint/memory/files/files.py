"""Exports and imports of one profile: writes memory files, reviews files, imports them and undoes imports."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

from nowprint.errors import NotFound, UserError
from nowprint.events import Notice, Progress
from nowprint.inspection import (
    EpisodeFilter,
    Exported,
    ExportOptions,
    Forgetting,
    Forgotten,
    Import,
    ImportChoice,
    ImportGroupName,
    ImportItem,
    ImportReview,
)
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.capture.writing import CaptureWriter
from nowprint.memory.chat_files.stored import StoredChats
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.erasure.forgetting import Forgetter
from nowprint.memory.files import exporting, opening
from nowprint.memory.files.applying import Applier, chosen
from nowprint.memory.files.replays import Replays
from nowprint.memory.files.reviewing import Review, Reviewer
from nowprint.memory.files.snapshot import Choice, Snapshot
from nowprint.memory.files.staging import Contents
from nowprint.memory.formats.task import Tasks
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.saving import replacing

MOST_REVIEWS = 4
"""The most reviews held at once; a new one displaces the oldest."""
_IMPORT = """SELECT i.id, i.at, i.name, i.source, (SELECT count(*) FROM episode e
    WHERE e.origin = i.id AND e.forgotten IS NULL AND NOT e.merged), i.undone,
    (SELECT count(DISTINCT m.conversation_id) FROM message m
    WHERE m.import = i.id AND m.forgetting IS NULL),
    (SELECT count(*) FROM episode e WHERE e.origin = i.id AND e.forgotten IS NULL AND NOT e.merged
    AND e.held_back != '') FROM import i"""


class MemoryFiles:
    """Thread-safe. Call the methods that take long on a thread of their own; ``stop`` ends them."""

    def __init__(
        self,
        store: ConversationStore,
        writer: CaptureWriter,
        vectors: Vectors,
        embedder: Embedder,
        encoder: Encoder,
        index_sync: IndexSync,
        query: EpisodeQuery,
        forgetting: Forgetter,
        on_event: Callable[[Progress | Notice], None],
        clock: Callable[[], float],
    ) -> None:
        self._database = store.database
        self._embeddings = vectors
        self._embedder = embedder
        self._index_sync = index_sync
        self._query = query
        self._forgetting = forgetting
        self.tasks = Tasks(on_event)
        self._clock = clock
        self.replays = Replays(store, writer)
        self._reviewer = Reviewer(
            store.database, writer, vectors, index_sync, embedder.name, encoder
        )
        self._applier = Applier(
            store.database, vectors, index_sync, self.replays, StoredChats(store.database),
            self.tasks.ending, clock,
        )  # fmt: skip
        self._lock = threading.Lock()  # guards _reviews and _ids
        self._reviews: dict[int, Review] = {}
        self._ids = itertools.count(1)

    # --- exporting -------------------------------------------------------------------------

    def export(self, path: str, filter: EpisodeFilter, options: ExportOptions) -> Exported:
        """Write episodes to a file. The default ``filter`` means everything, held back episodes included.
        If anything fails, an old file of the same name stays. UserError if the file can't be written."""
        target = Path(path).expanduser().absolute()
        if target.is_dir():
            raise UserError(f"{target} is a folder: name a file in it.")
        if options.passphrase and options.format != "nowprint":
            raise UserError("Only a memory file can be locked: leave the passphrase empty.")
        everything = filter == EpisodeFilter()
        with self.tasks.work("Writing the memory file") as work:
            ids = None if everything else tuple(self._query.ids(filter))
            choice = Choice(ids, options.messages, options.audit, options.vectors)
            snapshot = Snapshot(
                self._database, self._embedder.name, self._embeddings.dimension, choice
            )
            with replacing(target) as file:
                exporting.write(snapshot, options, file, work)
                size = file.seek(0, 2)
        return Exported(str(target), snapshot.episodes_count, size)

    # --- reviewing -------------------------------------------------------------------------

    def review(self, path: str, passphrase: str) -> ImportReview:
        """Read a file and compare it with the memory. Nothing changes, and nothing is written to disk."""
        target = Path(path).expanduser().absolute()
        stop = self.tasks.begin()
        with self.tasks.work("Reading the file", stop) as work:
            contents = opening.open_file(target, passphrase, work)
        return self._reviewed(str(target), contents, stop)

    def review_text(self, text: str) -> ImportReview:
        """As ``review``, for pasted text."""
        return self._reviewed("", opening.open_text(text), self.tasks.begin())

    def _reviewed(self, path: str, contents: Contents, stop: Event) -> ImportReview:
        with self._lock:
            review = Review(next(self._ids), path, contents)
        with self.tasks.work("Comparing with the memory", stop) as work:
            self._reviewer.review(review, work)
        with self._lock:
            while len(self._reviews) >= MOST_REVIEWS:
                del self._reviews[min(self._reviews)]
            self._reviews[review.id] = review
        return review.told

    def items(
        self, id: int, group: ImportGroupName, offset: int, limit: int
    ) -> tuple[ImportItem, ...]:
        placed = self._review(id).groups.get(group, [])
        return tuple(one.item for one in placed[offset : offset + limit])

    def drop(self, id: int) -> None:
        """Drop a review. The id 0 stands for the file being read: that task ends."""
        if id == 0:
            self.tasks.stop()
        with self._lock:
            self._reviews.pop(id, None)

    def _review(self, id: int) -> Review:
        with self._lock:
            review = self._reviews.get(id)
        if review is None:
            raise NotFound("This file is no longer looked at: open it again.")
        return review

    # --- importing, undoing ----------------------------------------------------------------

    def apply(
        self,
        id: int,
        choices: Sequence[tuple[ImportGroupName, ImportChoice]],
        *,
        read: bool,
        chats: bool = False,
    ) -> Import:
        review = self._review(id)
        taken = chosen(review, choices)
        if not taken and not ((read or chats) and review.contents.chats):
            raise UserError("Nothing is left to import: choose at least one group.")
        with self.tasks.work("Importing") as work:
            made = self._applier.apply(review, taken, read=read, chats=chats, work=work)
        self.drop(id)
        return self._import(made)

    def imports(self) -> tuple[Import, ...]:
        """All imports, the newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(f"{_IMPORT} ORDER BY i.id DESC").fetchall()
        return tuple(_imported(row) for row in rows)

    def _import(self, id: int) -> Import:
        with self._database.reading() as connection:
            row = connection.execute(f"{_IMPORT} WHERE i.id = ?", [id]).fetchone()
        if row is None:
            raise NotFound(f"There is no import {id}.")
        return _imported(row)

    def undo(self, id: int) -> Forgotten:
        """Undo an import: hide its episodes and messages at once, to be purged after a minute as when the
        user forgets them, and end its replay. UserError if it was undone before."""
        with self._database.lock:
            if self._import(id).undone:
                raise UserError(f"The import {id} was already undone.")
            with self._database.writing() as connection:
                rows = connection.execute(
                    "SELECT id FROM episode WHERE origin = ? AND forgotten IS NULL", [id]
                )
                gone = self._forgetting.forget(Forgetting(ids=tuple(row[0] for row in rows)))
                connection.execute("UPDATE import SET undone = 1 WHERE id = ?", [id])
                connection.execute("DELETE FROM reading WHERE import = ?", [id])
                rows = connection.execute(
                    "SELECT id FROM message WHERE import = ? AND forgetting IS NULL", [id]
                )
                self._forgetting.take_along(gone.batch, [row[0] for row in rows])
                self._database.want_wipe()
        return gone


def _imported(row: sqlite3.Row) -> Import:
    id, at, name, source, episodes, undone, chats, held_back = row
    return Import(id, at, name, source, episodes, bool(undone), chats, held_back)
