"""Forgetting for good, in three steps: a plan, a batch that is hidden, bytes that go.

``forget`` hides at once, in one transaction, from every list, from recall and from prompts. For a
minute ``undo`` brings the batch back. Then the bytes go: purging.py.

What a running process holds in memory (the model's KV states, vectors that wait) is never on disk and
ends with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from nowprint.errors import UserError
from nowprint.events import Notice, Progress
from nowprint.inspection import Forgetting, ForgettingPlan, Forgotten
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.erasure.quoting import Quoted
from nowprint.memory.erasure.selection import Selection, Selector
from nowprint.memory.erasure.tombstones import Tombstones
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.database import copies
from nowprint.memory.storage.episodes import THESE, Episodes, id_array
from nowprint.records import UNDO_SECONDS, Recollection

SAMPLES = 100
"""A plan's episodes that are shown."""
MANY = 200
"""Episodes from which on it is told that it takes a while."""


class Forgetter:
    """Thread-safe. Locks are taken in the order of mirror.py."""

    def __init__(
        self,
        store: ConversationStore,
        episodes: Episodes,
        embeddings: Vectors,
        mirror: IndexSync,
        query: EpisodeQuery,
        on_event: Callable[[Progress | Notice], None],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._database = store.database
        self._episodes = episodes
        self._embeddings = embeddings
        self._index_sync = mirror
        self._query = query
        self._selector = Selector(store.database, episodes)
        self._tombstones = Tombstones(store.database)
        self._on_event = on_event
        self._clock = clock
        self._last: tuple[object, Selection] | None = None
        """What was chosen last, for whom looks first and forgets then."""

    # --- plan ------------------------------------------------------------------------------

    def plan(self, what: Forgetting) -> ForgettingPlan:
        """Nothing changes. Thousands take some seconds, in which nobody else waits."""
        chosen = self._chosen(what, self._matching(what))
        whole = self._left_empty(chosen.leaving(messages=True, answers=True))
        samples = self._episodes.many(sorted(chosen.episodes, reverse=True)[:SAMPLES])
        return ForgettingPlan(
            ids=tuple(sorted(chosen.episodes)),
            made=len(chosen.made),
            messages=tuple(sorted(chosen.messages)),
            answers=tuple(sorted(chosen.answers)),
            conversations=len(whole | chosen.conversations),
            samples=tuple(sorted(samples.values(), key=lambda one: -one.id)),
            copies=copies(self._database.path),
        )

    def named(self, what: Forgetting) -> tuple[int, ...]:
        """The episodes that it asks for by their ids or by a filter, the newest first."""
        ids = {*what.ids, *self._matching(what)}
        return tuple(sorted(ids, reverse=True))

    @staticmethod
    def nothing() -> UserError:
        return UserError("Nothing matches: there is nothing to forget.")

    def _matching(self, what: Forgetting) -> Sequence[int]:
        """Before any lock is held: a meaning may need the embedder."""
        if what.conversation is not None:
            self._store.conversation(what.conversation)
        return () if what.filter is None else self._query.ids(what.filter)

    def _chosen(
        self, what: Forgetting, matching: Iterable[int], *, quotes: bool = True
    ) -> Selection:
        """What was chosen last, if that was asked for and nothing has changed since it was begun."""
        named = frozenset((*what.ids, *matching))
        whole = what.conversation, what.span, what.everything
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
        """The conversations that would have no message left."""
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
        """What was kept of these messages, and what was recalled for them (not what is pinned)."""
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
        self, what: Forgetting, *, messages: bool = False, answers: bool = False
    ) -> Forgotten:
        """Hidden from everything at once. NotFound for an id that isn't there."""
        matching = self._matching(what)
        self._chosen(what, matching, quotes=messages or answers)  # so that the lock is held briefly
        with self._database.lock:
            chosen = self._chosen(what, matching, quotes=messages or answers)
            leaving = chosen.leaving(messages=messages, answers=answers)
            return self._hide(chosen, leaving, messages=messages)

    def take_along(self, batch: int, messages: Sequence[int]) -> None:
        """Messages that go with a batch, for whatever reason (0: a batch of their own), and the
        conversations that have none left."""
        if not messages:
            return
        with self._database.writing():
            batch = batch or self._tombstones.begin(self._clock())
            self._tombstones.messages(batch, messages)
            self._tombstones.conversations(batch, ())

    def delete_conversation(self, id: int) -> Forgotten:
        """Its messages go, what was learned from it stays."""
        with self._database.lock:
            self._store.conversation(id)
            chosen = self._selector.conversation(id)
            return self._hide(chosen, chosen.own, messages=False)

    def _hide(self, chosen: Selection, leaving: Iterable[int], *, messages: bool) -> Forgotten:
        leaving = frozenset(leaving)
        self._last = None  # it holds the words
        if not (chosen.all or leaving):
            for empty in chosen.conversations:
                self._store.delete_conversation(empty)
            return Forgotten(0, 0, 0, 0)
        now = self._clock()
        with self._database.writing():
            batch = self._tombstones.begin(now)
            hidden = self._tombstones.episodes(batch, chosen.all, now)
            self._tombstones.messages(batch, leaving)
            self._tombstones.conversations(batch, chosen.conversations)
            self._tombstones.take(batch, chosen, self._words(chosen), messages=messages)
            self._episodes.note(now, "forgotten", hidden)
            self._database.bump_generation()
            counts = self._tombstones.counts(batch)
        if self._index_sync.index is not None:
            self._index_sync.index.hide(hidden)
        return Forgotten(batch, *counts)

    def undo(self, batch: int) -> Forgotten:
        """All of a batch comes back. UserError when the minute is over."""
        now = self._clock()
        with self._database.lock:
            at = self._database.value(
                "SELECT at FROM forgetting WHERE id = ? AND receipt = ''", [batch]
            )
            if at is None or at <= now - UNDO_SECONDS:
                raise UserError("The minute is over: what was forgotten is gone for good.")
            with self._database.writing():
                counts = self._tombstones.counts(batch)
                shown = self._tombstones.show(batch)
                self._came_back(shown, now)
            self._index_again(shown)
        return Forgotten(batch, *counts)

    def undo_episodes(self, ids: Iterable[int]) -> int:
        """How many of these came back; those of which the minute is over don't."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                shown = self._tombstones.show_episodes(ids, now - UNDO_SECONDS)
                self._came_back(shown, now)
            self._index_again(shown)
        return len(shown)

    def _came_back(self, ids: tuple[int, ...], now: float) -> None:
        self._episodes.note(now, "forgetting undone", ids)
        self._database.bump_generation()

    def _index_again(self, ids: tuple[int, ...]) -> None:
        index = self._index_sync.index
        if index is not None:
            index.show(ids)
            # The index may have been opened while they were hidden: then it never had them.
            index.add(*self._embeddings.vectors(set(ids) - index.ids()))

    def _words(self, chosen: Selection) -> Quoted:
        """Their words, for those who must not keep them."""
        if chosen.quoted is not None:
            return chosen.quoted
        filters = self._database.value("SELECT 1 FROM saved_filter")
        return self._selector.quoted(chosen.all if filters else ())
