"""Selects exactly what goes when something is to be forgotten: episodes, messages, answers, conversations.

**Episodes.** With the selected episodes go those made from them by merging or splitting, since these hold
the same text. With episodes that the user named by id or filter also go those that they were made from and
that stand behind them. If a merged episode goes, but one that it was made from was not selected, the latter
is listed again after the purge.

**Messages** go whole or stay whole: a message with a hole in it would read as if the user had said that.
With the source messages of the episodes go the user's messages that repeat their text (quoting.py), those
that ask about it (unless they are a source of an episode that stays), and those that asked to forget it,
with the app's own reply to each.

**Answers** go if they repeat the text, the app's own lists among them, each with the earlier answers that it
replaced. (An answer that is a source of an episode goes with the source messages.) An answer that is still
being written goes if the text stood before it in the prompt or conversation: what it will say is not known
yet.

A conversation to be forgotten takes all its messages along, a span of time the messages of that time,
everything all messages. A conversation that has no message left goes as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from nowprint.errors import NotFound
from nowprint.inspection import Forgetting
from nowprint.memory.erasure.quoting import Quoted, Rarity
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.records import APP

ANSWERS = """(role = 'assistant' AND (model != ? OR EXISTS
    (SELECT 1 FROM provenance p WHERE p.answer_id = message.id)))"""
"""SQL, with ``APP`` as its parameter: an answer that the model wrote, or a list of episodes by the app."""
_COMPARED = 20_000
"""How many of the newest episodes are counted to find out which words are rare."""
MOST_SAMPLED = 500
"""The most episodes, or messages, of very many that are searched for after they went."""
_DOWN = "JOIN made_from ON parent = of.id"
_UP = "JOIN made_from ON child = of.id"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a ``Forgetting`` selects, as ids. ``episodes`` are those asked for, ``made`` those that go with
    them. ``messages`` and ``answers`` go if the user chooses that, those of ``conversations`` in any case.
    ``quoted`` finds the texts elsewhere; None if the caller didn't ask for it."""

    episodes: frozenset[int]
    made: frozenset[int]
    messages: frozenset[int]
    answers: frozenset[int]
    conversations: frozenset[int]
    own: frozenset[int]
    """The messages and answers of ``conversations``, and those that the user named."""
    quoted: Quoted | None

    @property
    def all(self) -> frozenset[int]:
        return self.episodes | self.made

    def leaving(self, *, messages: bool, answers: bool) -> frozenset[int]:
        """The ids of the messages, answers included, that go if the user chooses so."""
        none: frozenset[int] = frozenset()
        return (
            self.own | (self.messages if messages else none) | (self.answers if answers else none)
        )


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    conversation: int
    role: str
    text: str
    model: str
    replaces: int | None
    state: str


def evenly(ids: Sequence[int]) -> list[int]:
    """At most ``MOST_SAMPLED`` of the ids, evenly chosen."""
    if len(ids) <= MOST_SAMPLED:
        return list(ids)
    return [ids[len(ids) * place // MOST_SAMPLED] for place in range(MOST_SAMPLED)]


class Selector:
    """Finds what a ``Forgetting`` selects. The result is exact only if nothing changes meanwhile: a caller
    that acts on it holds the database's lock, or checks for changes itself."""

    def __init__(self, database: Database, episodes: Episodes) -> None:
        self._database = database
        self._episodes = episodes

    def chosen(
        self, what: Forgetting, matching: Iterable[int], *, quotes: bool = True
    ) -> Selection:
        """What ``what`` selects; ``matching`` are the ids that its filter lets through.

        Without ``quotes``, the search for messages and answers that repeat the texts is left out. NotFound
        for an id that doesn't exist.
        """
        there = self._episodes.many(what.ids)
        for id in what.ids:
            if id not in there:
                raise self._episodes.missing(id)
        named = {*what.ids, *matching}
        asked = named | self._meant(what)
        made = self._related(asked, named) - asked
        own: frozenset[int] = frozenset()
        if what.conversation is not None:
            own = self._messages_where("conversation_id = ?", what.conversation)
        if what.messages:
            own |= self._there(what.messages)
        quoted = None
        messages: set[int] = set(own)
        answers: set[int] = set()
        if quotes:
            quoted = self.quoted(asked | made, everything=what.everything)
            messages |= self._sources(asked | made)
            if what.everything:
                messages |= self._messages_where("TRUE")
            elif what.span is not None:
                messages |= self._messages_where("created >= ? AND created < ?", *what.span)
            if asked and not what.everything:
                told, repeated = self._repeating(quoted, asked | made)
                messages |= told
                answers |= repeated
            answers |= self._answers(messages)
            answers -= self._sources(asked | made)
            messages -= answers
        return Selection(
            episodes=frozenset(asked),
            made=frozenset(made),
            messages=frozenset(messages),
            answers=frozenset(answers),
            conversations=frozenset(() if what.conversation is None else (what.conversation,)),
            own=own,
            quoted=quoted,
        )

    def repeating(self, ids: Collection[int]) -> frozenset[int]:
        """The messages and answers that aren't hidden, and that these episodes came from or that repeat them.
        Of very many episodes only a sample is compared."""
        some = evenly(sorted(ids))
        told, repeated = self._repeating(self.quoted(some), some) if some else ((), ())
        return frozenset(self._sources(ids).union(told, repeated))

    def conversations(self, ids: Iterable[int]) -> Selection:
        """Conversations with their messages; the episodes kept from them stay."""
        ids = frozenset(ids)
        return self.messages(self._messages_where(f"conversation_id {THESE}", id_array(ids)), ids)

    def messages(self, own: frozenset[int], conversations: frozenset[int]) -> Selection:
        """These messages, with conversations that go with them; the episodes kept from them stay."""
        none: frozenset[int] = frozenset()
        answers = self._answers(own)
        return Selection(none, none, own - answers, answers, conversations, own, None)

    def _meant(self, what: Forgetting) -> set[int]:
        """The episodes of the conversation or time span, or all, that ``what`` asks for."""
        found: set[int] = set()
        if what.conversation is not None:
            found |= self._ids(
                """SELECT id FROM episode WHERE forgotten IS NULL AND conversation = ?
                UNION SELECT s.episode_id FROM episode_source s
                JOIN message m ON m.id = s.message_id AND m.conversation_id = ?
                JOIN episode e ON e.id = s.episode_id AND e.forgotten IS NULL""",
                what.conversation,
                what.conversation,
            )
        if what.span is not None:
            found |= self._ids(
                "SELECT id FROM episode WHERE forgotten IS NULL AND created >= ? AND created < ?",
                *what.span,
            )
        if what.everything:
            found |= self._ids("SELECT id FROM episode WHERE forgotten IS NULL")
        return found

    def _related(self, asked: Iterable[int], named: Iterable[int]) -> set[int]:
        """The episodes made from those in ``asked``, and those that the ones in ``named`` were made from."""
        return self._ids(
            " UNION ".join(
                f"""SELECT id FROM episode WHERE forgotten IS NULL AND id IN (
                WITH RECURSIVE of (id) AS (SELECT value FROM json_each(?)
                    UNION SELECT {end} FROM of {way}) SELECT id FROM of)"""
                for way, end in ((_DOWN, "child"), (_UP, "parent"))
            ),
            id_array(asked),
            id_array(named),
        )

    # --- messages --------------------------------------------------------------------------

    def quoted(self, ids: Iterable[int], *, everything: bool = False) -> Quoted:
        """The texts of these episodes, with their gists and their texts before edits, to search for."""
        if everything:
            return Quoted({}, Rarity(), everything=True)
        gone = id_array(ids)
        texts: dict[int, list[str]] = {}
        with self._database.reading() as connection:
            for id, text in connection.execute(
                f"""SELECT id, text FROM episode WHERE id {THESE}
                UNION ALL SELECT id, gist FROM episode WHERE id {THESE} AND gist != ''
                UNION ALL SELECT episode_id, text FROM old_text WHERE episode_id {THESE}""",
                [gone] * 3,
            ):
                texts.setdefault(id, []).append(text)
            known = connection.execute(
                "SELECT text, id, forgotten IS NULL FROM episode ORDER BY id DESC LIMIT ?",
                [_COMPARED if texts else 0],
            ).fetchall()
        return Quoted(
            texts, Rarity((text, bool(there) and id not in texts) for text, id, there in known)
        )

    def _sources(self, ids: Iterable[int]) -> set[int]:
        return self._ids(
            f"""SELECT m.id FROM episode_source s JOIN message m ON m.id = s.message_id
            WHERE s.episode_id {THESE} AND m.forgetting IS NULL""",
            id_array(ids),
        )

    def _repeating(self, quoted: Quoted, going: Collection[int]) -> tuple[set[int], set[int]]:
        """The user's messages that repeat the texts of the episodes ``going`` or ask about them, and the
        answers that repeat them, with the earlier answers that those replaced."""
        told: set[int] = set()
        repeated: set[int] = set()
        tries: dict[int, int] = {}
        before: _Row | None = None
        first, others = self._first_told(), self._other_sources(going)
        for row in self._rows():

            def known(episode: int, row: _Row = row) -> bool:
                return first.get((episode, row.conversation), row.id + 1) <= row.id

            if row.role == "user":
                asks = row.id not in others and quoted.repeated(row.text, known)
                if asks or quoted.repeated(row.text):
                    told.add(row.id)
            elif row.model == APP:
                asked = before is not None and before.conversation == row.conversation
                if before is not None and asked and quoted.touched(before.text):
                    told |= {before.id, row.id}
                elif quoted.repeated(row.text, known):
                    repeated.add(row.id)
            elif row.state == "writing":
                if any(known(episode) for episode in going):
                    repeated.add(row.id)
            elif quoted.repeated(row.text, known):
                repeated.add(row.id)
            if row.replaces is not None:
                tries[row.id] = row.replaces
            before = row
        for id in sorted(repeated, reverse=True):
            older = tries.get(id)
            while older is not None:
                repeated.add(older)
                older = tries.get(older)
        return told, repeated

    def _rows(self) -> Sequence[_Row]:
        """All messages that aren't hidden, one conversation after the other."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT id, conversation_id, role, text || ' ' || thought, model, replaces, state
                FROM message WHERE forgetting IS NULL ORDER BY conversation_id, id"""
            )
            return [_Row(*row) for row in rows]

    def _first_told(self) -> dict[tuple[int, int], int]:
        """For (episode, conversation) the id of the message from which on the conversation has the episode's
        text: the user said it there, or the prompt of the answer to that message held it. It is 0 if the
        episode's source messages are deleted, since then any message of its conversation may have it."""
        with self._database.reading() as connection:
            rows = connection.execute(
                """SELECT episode, conversation, min(message) FROM (
                    SELECT s.episode_id AS episode, m.conversation_id AS conversation,
                        m.id AS message
                    FROM episode_source s JOIN message m ON m.id = s.message_id
                    UNION ALL SELECT p.episode_id, a.conversation_id,
                        (SELECT max(u.id) FROM message u WHERE u.conversation_id = a.conversation_id
                        AND u.role = 'user' AND u.id < a.id)
                    FROM provenance p JOIN message a ON a.id = p.answer_id
                    UNION ALL SELECT e.id, e.conversation, 0 FROM episode e
                    WHERE e.conversation IS NOT NULL AND NOT EXISTS
                        (SELECT 1 FROM episode_source s WHERE s.episode_id = e.id))
                WHERE message IS NOT NULL GROUP BY episode, conversation"""
            )
            return {(row[0], row[1]): row[2] for row in rows}

    def _other_sources(self, going: Iterable[int]) -> set[int]:
        """The source messages of the episodes that stay."""
        return self._ids(
            f"""SELECT s.message_id FROM episode_source s JOIN episode e ON e.id = s.episode_id
            WHERE e.forgotten IS NULL AND e.id NOT {THESE}""",
            id_array(going),
        )

    def _answers(self, ids: Iterable[int]) -> frozenset[int]:
        """The ids among ``ids`` of answers (``ANSWERS``)."""
        sql = f"SELECT id FROM message WHERE id {THESE} AND {ANSWERS}"
        return frozenset(self._ids(sql, id_array(ids), APP))

    def _messages_where(self, condition: str, *parameters: object) -> frozenset[int]:
        sql = f"SELECT id FROM message WHERE forgetting IS NULL AND {condition}"
        return frozenset(self._ids(sql, *parameters))

    def _there(self, named: Collection[int]) -> frozenset[int]:
        found = self._messages_where(f"id {THESE}", id_array(named))
        for id in named:
            if id not in found:
                raise NotFound(f"There is no message {id}: it may have been forgotten.")
        return found

    def _ids(self, sql: str, *parameters: object) -> set[int]:
        with self._database.reading() as connection:
            return {row[0] for row in connection.execute(sql, parameters)}
