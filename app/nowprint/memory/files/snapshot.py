"""Reads chosen episodes with all that belongs to them, as they were at one moment, for an export.

A second connection reads all rows at once (100,000 episodes with their vectors in four seconds). After that
the export needs the database no more, so that a long export blocks no other thread.

Episodes are numbered from 1 in the order of their creation, messages and conversations likewise. An import
keeps these orders, so a file that is imported into an empty profile and exported again has the same numbers.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nowprint.memory.files.file_format import (
    FileAudit,
    FileConversation,
    FileEpisode,
    FileLink,
    FileMessage,
    Origin,
    Place,
)
from nowprint.memory.storage import traces
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_moments, decode_reasons
from nowprint.memory.storage.episodes import THESE
from nowprint.records import Moment, Why

Rows = list[sqlite3.Row]


@dataclass(frozen=True, slots=True)
class Choice:
    """What to export. ``ids`` None: all episodes, including those held back, merged or split."""

    ids: tuple[int, ...] | None
    messages: bool
    audit: bool
    vectors: bool


class Snapshot:
    """The chosen rows with their numbers in the file; the methods yield records in the order of a file."""

    def __init__(self, database: Database, embedder: str, dimension: int, choice: Choice) -> None:
        self.embedder = embedder
        self.dimension = dimension
        self._choice = choice
        with database.as_it_stands() as connection:
            self._read(connection)
        self.model = str(self._model[0][0]) if self._model else ""

    def _read(self, connection: sqlite3.Connection) -> None:
        choice = self._choice

        def rows(sql: str, *parameters: Any) -> Rows:
            return connection.execute(sql, parameters).fetchall()

        where = "forgotten IS NULL"
        chosen = () if choice.ids is None else (json.dumps(choice.ids),)
        if choice.ids is not None:
            where += f" AND id {THESE}"
        self._episodes = rows(f"SELECT * FROM episode WHERE {where} ORDER BY created, id", *chosen)
        ids = json.dumps([row["id"] for row in self._episodes])
        self._moments = _pairs(rows(f"SELECT * FROM moment WHERE episode_id {THESE}", ids))
        self._old_texts = _grouped(
            rows(f"SELECT * FROM old_text WHERE episode_id {THESE} ORDER BY 1, 2", ids)
        )
        self._projects = _pairs(rows("SELECT id, name FROM project"))
        self._origins = {
            row["id"]: Origin(row["at"], row["name"], row["source"])
            for row in rows("SELECT * FROM import")
        }
        self._names = _pairs(rows("SELECT id, text FROM name"))
        self._links = rows(
            f"""SELECT 'made_from', child, parent FROM made_from
            WHERE child {THESE} AND parent {THESE}
            UNION ALL SELECT 'replaces', id, replaces FROM episode
            WHERE id {THESE} AND replaces {THESE} ORDER BY 2, 1, 3""",
            *[ids] * 4,
        )
        self._vectors: dict[int, bytes] = {}
        if choice.vectors:
            self._vectors = _pairs(
                rows(
                    f"""SELECT v.episode_id, v.data FROM embedding v JOIN name n ON n.id = v.embedder
                    WHERE n.text = ? AND length(v.data) = ? AND v.episode_id {THESE}""",
                    self.embedder,
                    self.dimension,
                    ids,
                )
            )
        self._sources: dict[int, Rows] = {}
        self._messages: Rows = []
        self._parents: dict[int, int] = {}
        self._conversations: dict[int, sqlite3.Row] = {}
        if choice.messages:
            self._read_messages(rows, ids)
        self._audit: Rows = []
        if choice.audit:
            self._audit = rows(f"SELECT * FROM audit WHERE episode_id {THESE} ORDER BY id", ids)
        self._model = rows("SELECT model FROM message WHERE model != '' ORDER BY id DESC LIMIT 1")
        self._number()

    def _read_messages(self, rows: Any, ids: str) -> None:
        told = f"""SELECT DISTINCT s.message_id FROM episode_source s
            JOIN message m ON m.id = s.message_id
            JOIN conversation c ON c.id = m.conversation_id
            WHERE s.episode_id {THESE} AND m.forgetting IS NULL AND c.forgetting IS NULL"""
        self._messages = rows(
            f"""SELECT m.*, t.data AS trace FROM message m LEFT JOIN trace t ON t.message_id = m.id
            WHERE m.id IN ({told}) ORDER BY m.id""",
            ids,
        )
        messages = json.dumps([row["id"] for row in self._messages])
        self._sources = _grouped(
            rows(
                f"""SELECT episode_id, message_id, start, "end" FROM episode_source
                WHERE episode_id {THESE} AND message_id {THESE} ORDER BY episode_id, position""",
                ids,
                messages,
            )
        )
        talks = json.dumps(sorted({row["conversation_id"] for row in self._messages}))
        self._conversations = {
            row["id"]: row for row in rows(f"SELECT * FROM conversation WHERE id {THESE}", talks)
        }
        self._parents = _pairs(
            rows(f"SELECT id, parent FROM message WHERE conversation_id {THESE}", talks)
        )

    def _number(self) -> None:
        self.episode_number = _numbered(row["id"] for row in self._episodes)
        self.message_number = _numbered(row["id"] for row in self._messages)
        told_in = [row["conversation_id"] for row in self._messages]
        told_in += [row["conversation"] for row in self._episodes if row["conversation"]]
        self.conversation_number = _numbered(told_in)
        with_vectors = (row["id"] for row in self._episodes if row["id"] in self._vectors)
        self._vector_row = {id: row for row, id in enumerate(with_vectors)}

    # --- counts ----------------------------------------------------------------------------

    @property
    def episodes_count(self) -> int:
        return len(self._episodes)

    @property
    def messages_count(self) -> int:
        return len(self._messages)

    @property
    def vectors_count(self) -> int:
        return len(self._vector_row)

    # --- pieces ----------------------------------------------------------------------------

    def episodes(self) -> Iterator[FileEpisode]:
        for row in self._episodes:
            yield self._episode(row)

    def _episode(self, row: sqlite3.Row) -> FileEpisode:
        id = row["id"]
        start, end = row["gist_start"], row["gist_end"]
        data = self._moments.get(id)
        return FileEpisode(
            id=self.episode_number[id],
            text=row["text"],
            gist=row["gist"] if end is None else row["text"][start:end],
            kind=row["kind"],
            salience=row["salience"],
            created=row["created"],
            updated=row["updated"],
            pinned=row["pinned"],
            edited=bool(row["edited"]),
            recalled=row["recalled"],
            last_recalled=row["last_recalled"],
            reinforced=row["reinforced"],
            measured=row["measured"],
            influential=row["influential"],
            influence=row["influence"],
            conversation=self.conversation_number.get(row["conversation"]),
            project=self._projects.get(row["project"]),
            origin=self._origins.get(row["origin"]),
            confirmed=bool(row["confirmed"]),
            held_back=row["held_back"],
            merged=bool(row["merged"]),
            archived=row["archived"],
            why=Why(
                salience=row["why_salience"],
                threshold=row["threshold"],
                bias=row["bias"],
                contributions=decode_reasons(row["reasons"], self._names.__getitem__),
                moments=self._told(decode_moments(data)) if data else (),
            ),
            old_texts=tuple((old["at"], old["text"]) for old in self._old_texts.get(id, ())),
            sources=tuple(
                Place(self.message_number[s["message_id"]], s["start"], s["end"])
                for s in self._sources.get(id, ())
            ),
            vector=self._vector_row.get(id),
        )

    def _told(self, moments: Sequence[Moment]) -> tuple[Moment, ...]:
        """The moments, with the messages' numbers in the file instead of their ids."""
        return tuple(
            Moment(
                self.message_number.get(m.message_id, 0), m.index, m.text, m.triggers, m.signature
            )
            for m in moments
        )

    def vectors(self) -> Iterator[bytes]:
        """The encoded vectors, one signed byte per component, in the order of the episodes."""
        for id in self._vector_row:
            yield self._vectors[id]

    def links(self) -> Iterator[FileLink]:
        number = self.episode_number
        for type, newer, older in self._links:
            yield FileLink(type, number[newer], number[older])

    def told(self) -> Iterator[FileConversation | FileMessage]:
        """Messages and conversations; each conversation comes before the first of its messages."""
        before: dict[int, int] = {}
        """Of each conversation, the number of its last message so far."""
        for row in self._messages:
            talk = row["conversation_id"]
            if talk not in before:
                before[talk] = 0
                yield self._conversation(self._conversations[talk])
            trace = row["trace"]
            parent = self._nearest(row["parent"])
            yield FileMessage(
                id=self.message_number[row["id"]],
                conversation=self.conversation_number[talk],
                role=row["role"],
                text=row["text"],
                created=row["created"],
                state="broken" if row["state"] == "writing" else row["state"],
                model=row["model"],
                trace=None if trace is None else traces.decode(trace, row["text"]),
                parent=None if parent == before[talk] else parent,
            )
            before[talk] = self.message_number[row["id"]]

    def _nearest(self, id: int) -> int:
        """The number of the nearest message of the file on the way back from this one; 0 if there is none."""
        while id and id not in self.message_number:
            id = self._parents.get(id, 0)
        return self.message_number[id] if id else 0

    def _conversation(self, row: sqlite3.Row) -> FileConversation:
        return FileConversation(
            id=self.conversation_number[row["id"]],
            title=row["title"],
            created=row["created"],
            updated=row["updated"],
            project=self._projects.get(row["project"]),
            recalls=bool(row["recalls"]),
            captures=bool(row["captures"]),
        )

    def audit(self) -> Iterator[FileAudit]:
        for row in self._audit:
            number = self.episode_number[row["episode_id"]]
            yield FileAudit(row["at"], row["action"], number, row["detail"])


def _numbered(ids: Iterable[int]) -> dict[int, int]:
    """Numbers for the ids, from 1, in the order in which they first occur."""
    return {id: number for number, id in enumerate(dict.fromkeys(ids), 1)}


def _pairs(rows: Rows) -> dict[int, Any]:
    return {row[0]: row[1] for row in rows}


def _grouped(rows: Rows) -> dict[int, Rows]:
    """The rows grouped by their first column."""
    groups: dict[int, Rows] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    return groups
