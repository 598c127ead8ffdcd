"""Forgetting for good, in three steps: plan, hide a batch, purge its bytes.

``plan`` shows what would go. ``forget`` hides it in one transaction from every list, from recall and from
prompts; for a minute ``undo`` brings the batch back. Then ``Purge`` removes the bytes (purge.py).

What the running core holds in memory (the model's KV states, vectors to be written) is never on disk and is
gone when the core ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from nowprint.errors import UserError
from nowprint.events import Notice, Progress
from nowprint.forgetting_plan import EmptiedChat, ForgettingPlan, PlannedMessage
from nowprint.inspection import Forgetting, Forgotten
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.erasure.copies import Copies
from nowprint.memory.erasure.quoting import Quoted
from nowprint.memory.erasure.selection import Selection, Selector
from nowprint.memory.erasure.tombstones import Tombstones
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.memory.storage.set_aside import copies
from nowprint.records import UNDO_SECONDS, Episode, Recollection

SAMPLES = 100
"""How many of a plan's episodes, messages and answers are shown."""
BEGINNING = 600
"""How many characters of a message are shown."""
MANY = 200
"""From this many episodes on, ``Progress`` events tell the user that it takes a while."""


class Forgetter:
    """Plans, hides and undoes. Thread-safe; takes locks in the order that ``IndexSync`` states."""

    def __init__(
        self,
        store: ConversationStore,
        episodes: Episodes,
        index_sync: IndexSync,
        query: EpisodeQuery,
        on_event: Callable[[Progress | Notice], None],
        clock: Callable[[], float],
        backups: Copies,
    ) -> None:
        self._store = store
        self._database = store.database
        self._episodes = episodes
        self._index_sync = index_sync
        self._query = query
        self._selector = Selector(store.database, episodes)
        self._tombstones = Tombstones(store.database)
        self._on_event = on_event
        self._clock = clock
        self._backups = backups
        self._last: tuple[object, Selection] | None = None
        """The last selection with its key, since a user mostly looks at a plan and then forgets the same."""

    # --- plan ------------------------------------------------------------------------------

    def plan(self, what: Forgetting) -> ForgettingPlan:
        """What forgetting would remove; changes nothing. For thousands of episodes it takes some seconds, but
        doesn't hold the database's lock meanwhile."""
        chosen = self._chosen(what, self._matching(what))
        samples = self._episodes.many(sorted(chosen.episodes, reverse=True)[:SAMPLES])
        listed = chosen.own if what.conversation is not None else frozenset[int]()
        return ForgettingPlan(
            ids=tuple(sorted(chosen.episodes)),
            made=len(chosen.made),
            messages=tuple(sorted(chosen.messages)),
            answers=tuple(sorted(chosen.answers)),
            samples=tuple(sorted(samples.values(), key=lambda one: -one.id)),
            own=tuple(sorted(chosen.own)),
            emptied=self._emptied(chosen),
            said=(
                *self._said(chosen.messages - listed, answers=False),
                *self._said(chosen.answers - listed, answers=True),
            ),
            sourceless=self._sourceless(chosen),
            copies=copies(self._database.path),
            backups=self._backups.count(),
            elsewhere=self._backups.elsewhere(
                {
                    "episode": tuple(chosen.all),
                    "message": tuple(chosen.messages | chosen.answers | chosen.own),
                }
            ),
        )

    def _emptied(self, chosen: Selection) -> tuple[EmptiedChat, ...]:
        """The conversations that would be left without a message if the user chooses all that they can."""
        whole = self._left_empty(chosen.leaving(messages=True, answers=True))
        messages, answers = chosen.messages - chosen.own, chosen.answers - chosen.own
        found: dict[int, EmptiedChat] = {}
        with self._database.reading() as connection:
            for id, title, message in connection.execute(
                f"""SELECT c.id, c.title, m.id FROM conversation c
                JOIN message m ON m.conversation_id = c.id AND m.forgetting IS NULL
                WHERE c.id {THESE} ORDER BY c.id""",
                [id_array(whole - chosen.conversations)],
            ):
                before = found.get(id) or EmptiedChat(id, title, False, False)
                found[id] = replace(
                    before,
                    messages=before.messages or message in messages,
                    answers=before.answers or message in answers,
                )
        return tuple(found.values())

    def _said(self, ids: Iterable[int], *, answers: bool) -> Iterator[PlannedMessage]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT m.id, m.conversation_id, c.title, substr(m.text, 1, {BEGINNING}), m.created
                FROM message m JOIN conversation c ON c.id = m.conversation_id
                WHERE m.id {THESE} ORDER BY m.id LIMIT {SAMPLES}""",
                [id_array(ids)],
            ).fetchall()
        for id, conversation, title, text, created in rows:
            yield PlannedMessage(id, conversation, title, text, created, answers)

    def _sourceless(self, chosen: Selection) -> tuple[Episode, ...]:
        """The episodes that stay, and lose a message that they were made from."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT DISTINCT s.episode_id FROM episode_source s
                JOIN live e ON e.id = s.episode_id WHERE s.message_id {THESE}
                AND s.episode_id NOT {THESE} ORDER BY s.episode_id DESC LIMIT {SAMPLES}""",
                [id_array(chosen.leaving(messages=True, answers=True)), id_array(chosen.all)],
            )
            return tuple(self._episodes.many([row[0] for row in rows]).values())

    def named(self, what: Forgetting) -> tuple[int, ...]:
        """The ids of the episodes that ``what`` names by their ids or by a filter, the newest first."""
        ids = {*what.ids, *self._matching(what)}
        return tuple(sorted(ids, reverse=True))

    @staticmethod
    def nothing() -> UserError:
        """The error for a ``Forgetting`` that matches nothing."""
        return UserError("Nothing matches: there is nothing to forget.")

    def _matching(self, what: Forgetting) -> Sequence[int]:
        """The ids that the filter lets through. Call it before taking a lock: a meaning may need the
        embedder. NotFound if the conversation doesn't exist."""
        if what.conversation is not None:
            self._store.conversation(what.conversation)
        return () if what.filter is None else self._query.ids(what.filter)

    def _chosen(
        self, what: Forgetting, matching: Iterable[int], *, quotes: bool = True
    ) -> Selection:
        """What ``what`` selects; the last selection if it was for the same, and nothing has changed since."""
        named = frozenset((*what.ids, *matching))
        whole = what.conversation, what.span, what.everything, what.messages
        key = named, whole, quotes, self._database.changes()
        last = self._last
        if last is not None and last[0] == key:
            return last[1]
        many = quotes and len(named) >= MANY
        self._tell(many, None)
        try:
            chosen = self._selector.chosen(what, named, quotes=quotes)
        finally:
            self._tell(many, 1.0)
        self._last = key, chosen
        return chosen

    def _tell(self, many: bool, fraction: float | None) -> None:
        if many:
            self._on_event(Progress("Looking for what repeats it", fraction))

    def _left_empty(self, messages: Iterable[int]) -> frozenset[int]:
        """The conversations that would have no message left without these messages."""
        gone = id_array(messages)
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT DISTINCT conversation_id FROM message WHERE id {THESE}
                AND conversation_id NOT IN (SELECT conversation_id FROM message
                    WHERE forgetting IS NULL AND id NOT {THESE})""",
                [gone, gone],
            )
            return frozenset(row[0] for row in rows)

    def of_messages(self, ids: Iterable[int]) -> tuple[Recollection, ...]:
        """The episodes kept from these messages, and those recalled for these answers, pinned ones left out;
        the newest first."""
        these = id_array(ids)
        with self._database.reading() as connection:
            scores = dict(
                connection.execute(
                    f"""SELECT s.episode_id, 1.0 FROM episode_source s
                    JOIN live e ON e.id = s.episode_id WHERE s.message_id {THESE}
                    UNION SELECT p.episode_id, p.score FROM provenance p
                    JOIN live e ON e.id = p.episode_id
                    WHERE p.answer_id {THESE} AND p.reason = 'recalled'""",
                    [these, these],
                ).fetchall()
            )
            there = self._episodes.many(scores)
        return tuple(Recollection(there[id], scores[id], ()) for id in sorted(there, reverse=True))

    # --- hiding ----------------------------------------------------------------------------

    def forget(
        self,
        what: Forgetting,
        *,
        messages: bool = False,
        answers: bool = False,
        chats: bool = False,
        rule: str = "",
    ) -> Forgotten:
        """Hide what ``what`` selects from everything, in one batch. ``messages`` and ``answers``: hide those
        that the plan lists, too; ``chats``: and conversations that then have no message left, as with
        everything they do anyway. ``rule``: the user's rule by which it goes, for the receipt. NotFound for
        an id that doesn't exist."""
        matching = self._matching(what)
        self._chosen(what, matching, quotes=messages or answers)  # so that the lock is held briefly
        with self._database.lock:
            chosen = self._chosen(what, matching, quotes=messages or answers)
            leaving = chosen.leaving(messages=messages, answers=answers)
            emptied = chats or what.everything
            return self._hide(chosen, leaving, messages=messages, emptied=emptied, rule=rule)

    def take_along(self, batch: int, messages: Sequence[int]) -> None:
        """Hide messages with an existing batch (0: a new one), and conversations that then have none."""
        if not messages:
            return
        with self._database.writing():
            batch = batch or self._tombstones.begin(self._clock())
            self._tombstones.messages(batch, messages)
            self._tombstones.conversations(batch, (), emptied=True)

    def delete_conversations(self, ids: Sequence[int]) -> Forgotten:
        """Hide conversations with their messages, in one batch; the episodes kept from them stay."""
        with self._database.lock:
            for id in ids:
                self._store.conversation(id)
            chosen = self._selector.conversations(ids)
            return self._hide(chosen, chosen.own)

    def delete_project(self, id: int) -> Forgotten:
        """Take a project away. Its conversations and episodes belong to no project then."""
        with self._database.writing():
            batch = self._tombstones.begin(self._clock())
            self._tombstones.take_project(batch, id)
            self._database.bump_generation()
            return self._forgotten(batch)

    def _forgotten(self, batch: int) -> Forgotten:
        counts, projects = self._tombstones.counts(batch), self._tombstones.projects(batch)
        return Forgotten(batch, *counts, projects)

    def delete_branch(self, message_id: int) -> Forgotten:
        """Hide a message with all that follows it; the episodes kept from them stay. Another branch from the
        same place is shown, if there is one."""
        with self._database.writing():
            message = self._store.message(message_id)
            beside = [id for id in message.siblings if id != message_id]
            own = frozenset(self._store.branch_below(message_id))
            chosen = self._selector.messages(own, self._left_empty(own))
            hidden = self._hide(chosen, chosen.own)
            if beside:
                self._store.show_branch(beside[-1])
            return hidden

    def _hide(
        self,
        chosen: Selection,
        leaving: Iterable[int],
        *,
        messages: bool = False,
        emptied: bool = False,
        rule: str = "",
    ) -> Forgotten:
        leaving = frozenset(leaving)
        self._last = None  # it holds words of the forgotten texts
        if not (chosen.all or leaving):
            for empty in chosen.conversations:
                self._store.delete_conversation(empty)
            return Forgotten(0, 0, 0, 0)
        now = self._clock()
        with self._database.writing():
            batch = self._tombstones.begin(now)
            hidden = self._tombstones.episodes(batch, chosen.all, now)
            self._tombstones.messages(batch, leaving)
            self._tombstones.conversations(batch, chosen.conversations, emptied=emptied)
            self._tombstones.take(batch, chosen, self._words(chosen), messages=messages, rule=rule)
            self._episodes.note(now, "forgotten", hidden)
            self._database.bump_generation()
            counts = self._tombstones.counts(batch)
        if self._index_sync.index is not None:
            self._index_sync.index.hide(hidden)
        return Forgotten(batch, *counts)

    def undo(self, batch: int) -> Forgotten:
        """Bring all of a batch back. UserError if its minute is over."""
        now = self._clock()
        with self._database.lock:
            at = self._database.value(
                "SELECT at FROM forgetting WHERE id = ? AND receipt = ''", [batch]
            )
            if at is None or at <= now - UNDO_SECONDS:
                raise UserError("The minute is over: what was forgotten is gone for good.")
            with self._database.writing():
                back = self._forgotten(batch)
                shown = self._tombstones.show(batch)
                self._came_back(shown, now)
            self._index_sync.bring_in(shown)
        return back

    def undo_episodes(self, ids: Iterable[int]) -> int:
        """Bring back those of the episodes whose minute isn't over. Returns how many came back."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                shown = self._tombstones.show_episodes(ids, now - UNDO_SECONDS)
                self._came_back(shown, now)
            self._index_sync.bring_in(shown)
        return len(shown)

    def _came_back(self, ids: tuple[int, ...], now: float) -> None:
        self._episodes.note(now, "forgetting undone", ids)
        self._database.bump_generation()

    def _words(self, chosen: Selection) -> Quoted:
        """The texts to be forgotten, for removing their words from titles and saved filters."""
        if chosen.quoted is not None:
            return chosen.quoted
        filters = self._database.value("SELECT 1 FROM saved_filter")
        return self._selector.quoted(chosen.all if filters else ())
