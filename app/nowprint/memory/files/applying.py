"""Imports what the user chose of a review: writes every row in one transaction, then the index.

The slow work (parsing the lines again, packing moments and traces) is done before the database is locked.
For that the ids of the rows are foreseen: the next ones of each table. If a chat has used some of them
meanwhile, the rows are made again; the last try makes them under the lock. An import that fails or is
stopped has changed nothing, not even a counter of ids.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event

from nowprint.errors import UserError
from nowprint.inspection import ImportChoice, ImportGroupName
from nowprint.memory.chat_files.stored import StoredChats
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.files.replays import Replays
from nowprint.memory.files.reviewing import GROUPS, Review
from nowprint.memory.files.rows import Next, Rows, made_rows
from nowprint.memory.files.staging import Staged
from nowprint.memory.formats.task import Work
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.reading import TextReader

TRIES = 3
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Taken:
    """A staged episode to import, and why it is held back (empty: it isn't)."""

    staged: Staged
    held_back: str


def chosen(
    review: Review, choices: Sequence[tuple[ImportGroupName, ImportChoice]]
) -> tuple[Taken, ...]:
    """The episodes to import, in the order of the file. For a group without a choice the review's
    suggestion counts."""
    wanted = GROUPS | dict(choices)
    taken: dict[int, Taken] = {}
    for name, placed in review.groups.items():
        for one in placed:
            if wanted[name] == "import":
                taken[one.staged.id] = Taken(one.staged, "")
            elif wanted[name] == "hold back":
                reason = one.reason or "it was chosen to be held back"
                taken[one.staged.id] = Taken(one.staged, reason)
    behind = {one.id: one for one in review.behind}
    for newer, older in _made_from(review):  # each child before those that it was made from
        if newer in taken and older in behind:
            taken[older] = Taken(behind[older], behind[older].held_back)
    return tuple(taken[id] for id in sorted(taken))


def _made_from(review: Review) -> list[tuple[int, int]]:
    """The links (child, parent), ordered so that an episode comes as a parent before it comes as a child."""
    links = [(li.newer, li.older) for li in review.contents.links if li.type == "made_from"]
    older: dict[int, list[int]] = {}
    for new, old in links:
        older.setdefault(new, []).append(old)
    behind = {one.id for one in review.behind}
    ready = [new for new in older if new not in behind]
    ordered: list[tuple[int, int]] = []
    seen: set[int] = set()
    while ready:
        new = ready.pop()
        if new not in seen:
            seen.add(new)
            ordered += [(new, old) for old in older.get(new, ())]
            ready += older.get(new, ())
    return ordered


class Applier:
    """Writes the rows of an import."""

    def __init__(
        self,
        database: Database,
        vectors: Vectors,
        index_sync: IndexSync,
        replays: Replays,
        chats: StoredChats,
        ending: Event,
        clock: Callable[[], float],
    ) -> None:
        """``ending`` is set once no task may run any more."""
        self._database = database
        self._embeddings = vectors
        self._index_sync = index_sync
        self._readings = replays
        self._chats = chats
        self._ending = ending
        self._clock = clock
        self._reader = TextReader(database)

    def apply(
        self, review: Review, taken: Sequence[Taken], *, read: bool, chats: bool, work: Work
    ) -> int:
        """Write an import and return its id. ``chats``: bring in the file's chats; ``read``: add a replay of
        them. Interrupted if ``work`` is stopped."""
        self._index_sync.opened()  # before the database's lock is held
        held = {one.staged.id: one.held_back for one in taken}
        staged = [one.staged for one in taken]
        for attempt in range(TRIES):
            foreseen = self._next()
            if attempt < TRIES - 1:
                rows = made_rows(self._database, review, staged, held, foreseen, work)
            with self._database.lock, self._database.writing() as connection:
                if self._next() != foreseen or attempt == TRIES - 1:
                    if attempt < TRIES - 1:
                        continue
                    rows = made_rows(self._database, review, staged, held, self._next(), work)
                id = self._write(connection, review, rows, work)
                if review.contents.chats and (read or chats):
                    new = self._take_chats(id, review, read=read, bring=chats, work=work)
                    if not (new or rows.episodes):
                        raise UserError(
                            "Nothing was imported: you have all of these chats already."
                        )
            break
        self._index(rows)
        self._reader.read_all(self._ending)
        return id

    def _take_chats(self, id: int, review: Review, *, read: bool, bring: bool, work: Work) -> int:
        """Read the file again, one chat after the other: it may be larger than the memory. Returns how many
        messages are new."""
        found = review.contents.chats
        assert found is not None
        order = found.order()
        reading = self._readings.begin(id, review.contents.name) if read else 0
        new = 0
        for number, chat in enumerate(found.source.chats(work)):
            brought = self._chats.bring(chat, id) if bring else None
            new += len(chat.messages if brought is None else brought.messages)
            if read and number < len(order):
                self._readings.add(reading, order[number], chat, brought)
        return new

    def _next(self) -> Next:
        """The ids that the next rows will get."""
        with self._database.reading() as connection:
            last = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
            names = dict(connection.execute("SELECT text, id FROM name").fetchall())
        return Next(
            episode=last.get("episode", 0) + 1,
            message=last.get("message", 0) + 1,
            conversation=last.get("conversation", 0) + 1,
            names=names,
        )

    def _write(self, connection: sqlite3.Connection, review: Review, rows: Rows, work: Work) -> int:
        now = self._clock()
        contents = review.contents
        made = connection.execute(
            "INSERT INTO import (at, name, source) VALUES (?, ?, ?)",
            [now, contents.name, contents.source],
        )
        id = int(made.lastrowid or 0)

        def many(sql: str, values: Sequence[Sequence[object]]) -> None:
            for first in range(0, len(values), _SLICE):
                work.tick(first / len(values))
                connection.executemany(sql, values[first : first + _SLICE])

        many("INSERT INTO name (id, text) VALUES (?, ?)", rows.names)
        there = self._database.value("SELECT max(id) FROM project") or 0
        many(
            """INSERT INTO project (name) SELECT ?1 WHERE NOT EXISTS
            (SELECT 1 FROM project WHERE lower(name) = lower(?1))""",
            rows.projects,
        )
        connection.execute(  # by these lines the purge after an undo finds its projects
            """INSERT INTO audit (at, action, detail)
            SELECT ?, 'imported', 'import ' || ? || ', project ' || id FROM project WHERE id > ?""",
            [now, id, there],
        )
        project = "(SELECT id FROM project WHERE lower(name) = lower(?))"
        many(
            f"""INSERT INTO conversation (id, title, created, updated, recalls, captures, project)
            VALUES (?, ?, ?, ?, ?, ?, {project})""",
            rows.conversations,
        )
        many(
            f"""INSERT INTO message (id, conversation_id, role, text, created, state, model, parent,
            import) VALUES (?, ?, ?, ?, ?, ?, ?, ?, {id})""",
            rows.messages,
        )
        many("INSERT INTO trace VALUES (?, ?, ?)", rows.traces)
        many(
            f"""INSERT INTO episode (id, text, gist, gist_start, gist_end, kind, salience, created,
            updated, pinned, edited, recalled, last_recalled, reinforced, measured, influential,
            influence, conversation, why_salience, threshold, bias, reasons, held_back, merged,
            archived, project, origin, confirmed)
            VALUES ({", ".join("?" * 25)}, {project}, {id}, 0)""",
            rows.episodes,
        )
        many("INSERT INTO moment VALUES (?, ?)", rows.moments)
        many("INSERT OR IGNORE INTO old_text VALUES (?, ?, ?)", rows.old_texts)
        many("INSERT INTO episode_source VALUES (?, ?, ?, ?, ?)", rows.sources)
        many("UPDATE episode SET replaces = ? WHERE id = ?", rows.replaces)
        many("INSERT INTO made_from VALUES (?, ?)", rows.made_from)
        many("INSERT INTO audit (at, action, episode_id, detail) VALUES (?, ?, ?, ?)", rows.audit)
        many(
            f"""INSERT INTO audit (at, action, episode_id, detail)
            VALUES ({now!r}, 'imported', ?, 'import {id}')""",
            [(row[0],) for row in rows.episodes],
        )
        if rows.codes is not None:
            embedder = self._database.name_id(self._embeddings.name)
            for first in range(0, len(rows.episodes), _SLICE):
                ids = [row[0] for row in rows.episodes[first : first + _SLICE]]
                part = zip(ids, rows.codes[first : first + _SLICE], strict=True)
                many(
                    "INSERT INTO embedding VALUES (?, ?, ?)",
                    [(episode, embedder, code.tobytes()) for episode, code in part],
                )
        for table, last in rows.last.items():  # a deleted conversation uses up an id
            connection.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [last, table]
            )
        self._database.bump_generation()
        return id

    def _index(self, rows: Rows) -> None:
        """Add the vectors to the index slice by slice, so that no other thread waits long for the lock. A
        kill in between is harmless: when the index is opened, it gets the vectors that it lacks."""
        if rows.codes is None:
            return
        ids = [int(row[0]) for row in rows.episodes]
        for first in range(0, len(ids), _SLICE):
            part = ids[first : first + _SLICE]
            with self._database.lock:
                there, vectors = self._embeddings.vectors(part)  # some may be forgotten by now
                self._index_sync.add({id: row for row, id in enumerate(there)}, vectors)
