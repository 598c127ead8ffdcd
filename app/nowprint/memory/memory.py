"""The memory: what a turn leaves behind, what comes back, and what the user does with it.

The embedder is loaded by ``prepare`` or by the first call that needs it (mirror.py); listing, pinning
and forgetting never wait for it.

Forgetting has two steps. ``forget`` hides at once (and the hiding is on disk); ``purge``, a minute
later, at closing or at the next opening, removes the rows and then every byte: see database.py and
index.py. The file of the index is saved without the vector before the ``wipe`` flag is cleared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nowprint.errors import ProfileError, UserError
from nowprint.memory import doctor
from nowprint.memory.candidates import Candidates, Gathered
from nowprint.memory.details import Details
from nowprint.memory.embedder import Embedder
from nowprint.memory.embeddings import Embeddings
from nowprint.memory.episodes import Episodes, prefix_query
from nowprint.memory.index import file_bytes
from nowprint.memory.judging import Judging
from nowprint.memory.keeping import Keeping
from nowprint.memory.measuring import Measuring
from nowprint.memory.mirror import Mirror
from nowprint.memory.recall import Scored, floor, with_resonance
from nowprint.memory.sizes import figures
from nowprint.memory.store import Store, clean
from nowprint.memory.words import all_words, first_sentence
from nowprint.records import (
    UNDO_SECONDS,
    Episode,
    EpisodeDetail,
    EpisodeDraft,
    EpisodePage,
    EpisodeSort,
    Finding,
    Judged,
    Kept,
    MemoryStats,
    MessageState,
    Notice,
    Progress,
    Recollection,
    Role,
    TokenScore,
    Why,
)


class Memory:
    """One profile's memory. Thread-safe."""

    def __init__(
        self,
        store: Store,
        embedder: Embedder,
        index_path: Path | None,
        on_event: Callable[[Progress | Notice], None],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._database = store.database
        self._episodes = Episodes(store.database)
        self._details = Details(store, self._episodes)
        self._embeddings = Embeddings(store.database, embedder)
        self._keeping = Keeping(store.database, self._episodes, self._embeddings)
        self._candidates = Candidates(store.database, self._episodes, self._embeddings)
        self._mirror = Mirror(
            store.database, self._episodes, self._embeddings, embedder, index_path, on_event
        )
        self.judging = Judging(store)
        """What was said and not judged yet, saliences, frames, and what the head has learned."""
        self.measuring = Measuring(store.database)
        """Influence, likelihoods, signatures."""
        self._index_path = index_path
        self._on_event = on_event
        self._clock = clock
        self._try_purge()  # what a kill in the minute, or within a purge, left to do

    def prepare(self) -> None:
        """Load the embedder and the index, and embed what has no vector of this embedder."""
        self._mirror.prepare()

    # --- recall ----------------------------------------------------------------------------

    def recall(
        self,
        text: str,
        *,
        limit: int,
        in_prompt: Callable[[Episode], bool] | None = None,
        resonate: Callable[[Sequence[Scored]], Mapping[int, float]] | None = None,
    ) -> tuple[Recollection, ...]:
        """What helps with this message, best first; often nothing. See recall.py.

        Of what has changed only the newest comes back: an older telling beside it would mislead.
        ``resonate`` measures functional resonance, in nats, for those that may come back.
        """
        passed = floor(self.gather(text).ranked())
        there = self._episodes.many(one.id for one in passed)
        usable = {
            id
            for id, episode in there.items()
            if episode.replaced_by is None and not (in_prompt and in_prompt(episode))
        }
        passed = [one for one in passed if one.id in usable]
        if resonate is not None:
            passed = with_resonance(passed, resonate(passed))
        return tuple(self._recollections(passed[:limit]))  # read again: some may be forgotten now

    def search(self, text: str, limit: int) -> tuple[Recollection, ...]:
        """The same ranking without the floor: somebody asked."""
        return tuple(self._recollections(self.gather(text).ranked()[:limit]))

    def gather(self, text: str) -> Gathered:
        """The candidates for a message with all their numbers: see candidates.py."""
        text = clean(text)
        vectors = self._mirror.embed([text])
        vector = None if vectors is None else vectors[0]
        return self._candidates.gather(text, vector, self._mirror.opened(), self._clock())

    def _recollections(self, scored: Sequence[Scored]) -> list[Recollection]:
        there = self._episodes.many(one.id for one in scored)
        return [
            Recollection(there[one.id], one.score, one.parts) for one in scored if one.id in there
        ]

    def pinned(self) -> tuple[Episode, ...]:
        """The oldest pin first."""
        return self._episodes.pinned()

    # --- keeping ---------------------------------------------------------------------------

    def begin_answer(
        self, answer_id: int, recollections: Sequence[Recollection], pinned: Sequence[Episode]
    ) -> None:
        """What entered the answer's prompt, so that even an answer that breaks off names it; and what
        was asked waits to be judged from now on.

        ``finish_turn`` gets the same and counts it; an answer that broke off counts for nothing.
        """
        with self._database.writing():
            self._store.message(answer_id)
            self._keeping.provenance(answer_id, recollections, pinned)
            self.judging.awaited(answer_id)

    def hear(
        self,
        message_id: int,
        trace: Sequence[TokenScore],
        baselines: Mapping[tuple[str, Role], bytes],
    ) -> None:
        """The trace of the user's message, as soon as it is read; ``judge`` comes later."""
        with self._database.writing():
            self._store.message(message_id)
            self._keeping.statistics({message_id: trace}, baselines)
            self.judging.heard(message_id)

    def judge(
        self,
        message_id: int,
        frames: bytes | None,
        spans: Sequence[Judged],
        drafts: Sequence[EpisodeDraft],
    ) -> tuple[Kept, ...]:
        """What was thought of every span of a message, and the drafts of those worth keeping."""

        def write(now: float) -> None:
            self._store.message(message_id)
            self.judging.judged(message_id, frames, spans)
            if not drafts:
                self.judging.shorten(message_id)
            self.judging.drop_answers(
                message_id, (source.message_id for draft in drafts for source in draft.sources)
            )

        return self._leave(drafts, write)

    def finish_turn(
        self,
        *,
        answer_id: int,
        answer_text: str,
        state: MessageState,
        traces: Mapping[int, Sequence[TokenScore]],
        baselines: Mapping[tuple[str, Role], bytes],
        recollections: Sequence[Recollection],
        pinned: Sequence[Episode],
    ) -> None:
        """All that the answer leaves behind, in one transaction."""
        with self._database.writing():
            self._store.update_message(answer_id, answer_text, state)
            self._keeping.statistics(traces, baselines)
            self._keeping.provenance(answer_id, recollections, pinned)
            self._keeping.recalled(answer_id, recollections, self._clock())

    def keep(self, draft: EpisodeDraft) -> Kept:
        """Keep one draft that the user asked for."""
        return self._leave([draft], lambda now: None)[0]

    def _leave(
        self, drafts: Sequence[EpisodeDraft], write: Callable[[float], None]
    ) -> tuple[Kept, ...]:
        """``write`` and the drafts, in one transaction; then the index."""
        drafts = [_cleaned(draft) for draft in drafts]
        vectors = self._mirror.embed([draft.text for draft in drafts])
        with self._database.lock:
            with self._database.writing():
                now = self._clock()
                write(now)
                kept, fresh = self._keeping.drafts(drafts, vectors, self._mirror.index, now)
            if vectors is not None:
                self._mirror.add(fresh, vectors)
        return kept

    # --- the inspector ---------------------------------------------------------------------

    def list_episodes(
        self, text: str, sort: EpisodeSort, pinned_only: bool, offset: int, limit: int
    ) -> EpisodePage:
        """Those that hold every word of ``text``, or a word that begins with it."""
        query = prefix_query(all_words(clean(text)))
        if text.strip() and not query:
            return EpisodePage((), 0)
        return self._episodes.page(query, sort, pinned_only, offset, limit)

    def episodes(self, ids: Iterable[int]) -> tuple[Episode, ...]:
        """Those that there are."""
        return tuple(self._episodes.many(ids).values())

    def why(self, id: int) -> Why:
        return self._details.why(id)

    def detail(self, id: int) -> EpisodeDetail:
        return self._details.detail(id)

    def edit(self, id: int, text: str) -> Episode:
        """The user's own words from now on; the old ones go as forgotten text goes."""
        text = clean(text).strip()
        if not text:
            raise UserError("An episode needs a text: write one, or forget the episode.")
        self._episodes.get(id)
        index = self._mirror.opened()
        vectors = self._mirror.embed([text])
        now = self._clock()
        with self._database.lock:
            self._episodes.get(id)
            with self._database.writing():
                self._episodes.edit(id, text, first_sentence(text), now)
                self._embeddings.remove(id)  # what is left of the old text, if the new has none yet
                if vectors is not None:
                    self._embeddings.put(id, vectors[0])
                self._episodes.note(now, "edited", [id])
                self._database.want_wipe()
                self._database.bump_generation()
            if vectors is None:
                index.remove([id])
            else:
                index.add([id], vectors)
            return self._episodes.get(id)

    def pin(self, ids: Sequence[int], pinned: bool) -> tuple[Episode, ...]:
        now = self._clock()
        with self._database.writing():
            for id in ids:
                self._episodes.get(id)
            changed = self._episodes.pin(ids, now if pinned else None)
            self._episodes.note(now, "pinned" if pinned else "unpinned", changed)
            return tuple(self._episodes.get(id) for id in ids)

    # --- forgetting ------------------------------------------------------------------------

    def forget(self, ids: Sequence[int]) -> int:
        """Hidden from everything at once; ``undo_forget`` for a minute, then ``purge``."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                for id in ids:
                    self._episodes.get(id)
                hidden = self._episodes.hide(ids, now)
                self._episodes.note(now, "forgotten", hidden)
                self._database.bump_generation()
            if self._mirror.index is not None:
                self._mirror.index.hide(hidden)
        return len(hidden)

    def undo_forget(self, ids: Sequence[int]) -> int:
        """How many came back."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                shown = self._episodes.show(ids, now - UNDO_SECONDS)
                self._episodes.note(now, "forgetting undone", shown)
                self._database.bump_generation()
            index = self._mirror.index
            if index is not None:
                index.show(shown)
                # The index may have been opened while they were hidden: then it never had them.
                index.add(*self._embeddings.vectors(set(shown) - index.ids()))
        return len(shown)

    def purge(self, *, all: bool = False) -> int:
        """Remove what was forgotten more than a minute ago (or all of it), to the last byte.

        What can't be undone (the old text of an edited episode, a deleted conversation) goes with
        any purge, however young, even while something else still waits for its undo. When it fails,
        it is owed: the next purge, at the latest that of the next opening, does it again.
        """
        now = self._clock()
        with self._mirror.preparing, self._database.lock:
            due = self._episodes.due(None if all else now - UNDO_SECONDS)
            if not due and not self._database.meta("wipe"):
                return 0
            try:
                self._remove(due, now)
            except (ProfileError, MemoryError) as fault:
                reason = str(fault).rstrip(".") or "out of memory"
                raise ProfileError(
                    "What was forgotten is hidden, but not all removed from the disk yet "
                    f"({reason}): it is tried again when Nowprint starts."
                ) from fault
        return len(due)

    def _remove(self, due: Sequence[int], now: float) -> None:
        index = self._mirror.opened()
        with self._database.writing():
            self._episodes.delete(due)
            self._episodes.drop_old_words()
            self._episodes.note(now, "purged", due)
            self._database.want_wipe()
            self._database.bump_generation()
        index.remove(due)
        self._mirror.save()
        self._database.wipe()

    def delete_conversation(self, id: int, forget: bool) -> int:
        """``forget``: every episode that has a source in it is forgotten with it."""
        with self._database.lock:
            ids = self._episodes.told_in(id) if forget else ()
            forgotten = self.forget(ids) if ids else 0
            self._store.delete_conversation(id)
        return forgotten

    # --- the whole -------------------------------------------------------------------------

    def stats(self) -> MemoryStats:
        return figures(self._database, file_bytes(self._index_path))

    def findings(self, repair: bool) -> tuple[Finding, ...]:
        """The profile's part of ``nowprint doctor``."""
        with self._mirror.preparing:  # nobody opens the index meanwhile
            database = doctor.whole(self._database, repair)
        if not database.ok:
            return (database,)
        self._mirror.load()
        if repair:
            doctor.repair(self._database)
            self.prepare()
            self._mirror.rebuild()
        with self._database.lock:
            index = self._mirror.opened()
            return (database, *doctor.examine(self._database, self._embeddings, index))

    def close(self) -> None:
        """Purge, save the index, close the store."""
        with self._mirror.preparing, self._database.lock:
            if self._database.gone is None:
                self._try_purge()
                if self._mirror.index is not None and self._mirror.index.changes:
                    self._mirror.try_save()
            self._store.close()

    def _try_purge(self) -> None:
        """A profile that can't be purged can still be opened, repaired and closed."""
        try:
            self.purge(all=True)
        except ProfileError as fault:
            self._on_event(Notice(str(fault)))


def _cleaned(draft: EpisodeDraft) -> EpisodeDraft:
    return replace(draft, text=clean(draft.text), gist=clean(draft.gist))
