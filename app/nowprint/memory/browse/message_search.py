"""Finds messages and answers by their words, in all conversations of a store or in one.

The full-text index gives the newest matches first, without sorting, so that a common word takes no longer
than a rare one; from each conversation the newest few are enough to see that it is the one. All
branches of a conversation are searched; what was forgotten is not found.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from nowprint.inspection import FoundPlace, MessageHit
from nowprint.language.finding import WordSearch, excerpt, literal_places
from nowprint.memory.storage.conversations import ConversationStore, clean

MOST_FROM_ONE = 3
"""The most hits from one conversation."""
MOST_LOOKED_AT = 4000
"""The most matches, the newest first, that are looked at for such of other conversations."""

_MATCHING = """SELECT m.id, m.conversation_id, m.role, m.created, m.model, m.text
    FROM message_search s CROSS JOIN message m ON m.id = s.rowid
    CROSS JOIN conversation c ON c.id = m.conversation_id
    WHERE message_search MATCH ?1 AND m.forgetting IS NULL AND c.forgetting IS NULL
    AND (?2 IS NULL OR m.created >= ?2) AND (?3 IS NULL OR m.created < ?3)
    AND (?4 IS NULL OR c.project IS nullif(?4, 0)) AND (?5 = '' OR m.model = ?5)
    ORDER BY s.rowid DESC LIMIT ?6"""


class MessageSearch:
    def __init__(self, store: ConversationStore) -> None:
        self._store = store

    def find(
        self,
        text: str,
        since: float | None = None,
        until: float | None = None,
        project: int | None = None,
        model: str = "",
        limit: int = 20,
    ) -> tuple[MessageHit, ...]:
        """The newest messages that hold every word of ``text``, the last one as a prefix, among those that
        the filter lets through. ``project`` 0: in no project. ``model``: answers of that model."""
        wanted = WordSearch(clean(text))
        if not wanted.query:
            return ()
        found: list[MessageHit] = []
        taken: dict[int, int] = {}
        with self._store.database.reading() as connection:
            for row in connection.execute(
                _MATCHING, [wanted.query, since, until, project, clean(model), MOST_LOOKED_AT]
            ):
                there = taken.get(row["conversation_id"], 0)
                if there == MOST_FROM_ONE:
                    continue
                taken[row["conversation_id"]] = there + 1
                found.append(_hit(row, wanted))
                if len(found) == limit:
                    break
        return tuple(found)

    def find_in(self, conversation_id: int, text: str) -> tuple[FoundPlace, ...]:
        """Every place in a conversation where ``text`` stands as it was typed, from the first message on."""
        return tuple(self._places(conversation_id, clean(text)))

    def _places(self, conversation_id: int, text: str) -> Iterator[FoundPlace]:
        for message in self._store.messages(conversation_id):
            for start, end in literal_places(text, message.text):
                yield FoundPlace(message.id, start, end)

    def answering(self) -> tuple[str, ...]:
        """The names of the models that wrote answers, in order."""
        with self._store.database.reading() as connection:
            rows = connection.execute(
                """WITH RECURSIVE name (model) AS (
                SELECT min(model) FROM message WHERE role = 'assistant'
                UNION ALL SELECT (SELECT min(model) FROM message
                    WHERE role = 'assistant' AND model > name.model)
                FROM name WHERE name.model IS NOT NULL)
                SELECT model FROM name WHERE model != ''"""
            )
            return tuple(row[0] for row in rows)


def _hit(row: sqlite3.Row, wanted: WordSearch) -> MessageHit:
    places = wanted.places(row["text"])
    line, marks = excerpt(row["text"], places)
    start, end = places[0] if places else (0, 0)
    return MessageHit(
        message_id=row["id"],
        conversation_id=row["conversation_id"],
        role=row["role"],
        created=row["created"],
        model=row["model"],
        start=start,
        end=end,
        excerpt=line,
        marks=marks,
    )
