"""The memory: what a turn leaves behind, what comes back, and what the user does with it.

The rows and the index that mirrors them change under one hold of the database's lock, so that a
saved index always belongs to one generation of the store. Embedding is slow and happens before that
hold. The embedder is loaded by ``prepare`` or by the first call that needs it; listing, pinning and
forgetting never wait for it.

Forgetting has two steps. ``forget`` hides at once (and the hiding is on disk); ``purge``, a minute
later, at closing or at the next opening, removes the rows and then every byte: see database.py and
index.py. The file of the index is saved without the vector before the ``wipe`` flag is cleared.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nowprint.errors import ProfileError, UserError
from nowprint.memory import doctor
from nowprint.memory.candidates import Candidates
from nowprint.memory.embedder import Embedder, FloatArray
from nowprint.memory.embeddings import Embeddings
from nowprint.memory.episodes import Episodes, prefix_query
from nowprint.memory.index import Index, Stamp, file_bytes
from nowprint.memory.keeping import Keeping
from nowprint.memory.recall import Scored, floor
from nowprint.memory.store import Store, clean
from nowprint.memory.words import all_words, gist_of
from nowprint.records import (
    Episode,
    EpisodeDetail,
    EpisodeDraft,
    EpisodePage,
    EpisodeSort,
    Finding,
    Kept,
    MemoryStats,
    MessageState,
    Notice,
    Progress,
    Recollection,
    Role,
    SourceTrace,
    TokenScore,
)

UNDO_SECONDS = 60
SAVE_EVERY = 200

_BATCH = 64


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
        self._embeddings = Embeddings(store.database, embedder)
        self._keeping = Keeping(store.database, self._episodes, self._embeddings)
        self._candidates = Candidates(store.database, self._episodes, self._embeddings)
        self._embedder = embedder
        self._index_path = index_path
        self._on_event = on_event
        self._clock = clock
        self._index: Index | None = None
        self._preparing = threading.RLock()
        self._embedding = threading.Lock()
        self._loaded = False
        self.purge(all=True)  # what a kill in the minute, or within a purge, left to do

    # --- preparing -------------------------------------------------------------------------

    def prepare(self) -> None:
        """Load the embedder and the index, and embed what another embedder had embedded."""
        self._load()
        with self._embedding:
            self._embed_missing()

    def _load(self) -> None:
        """What recall needs; it works on the embeddings that there are."""
        with self._preparing:
            if self._loaded:
                return
            self._on_event(Progress("Loading the memory", None))
            try:
                self._embedder.load()
                self._opened()
            finally:
                self._on_event(Progress("Loading the memory", 1.0))
            self._loaded = True

    def _opened(self) -> Index:
        """The index, opened by the first who needs it; needs no loaded embedder.

        Locks are taken in the order preparing, database; so this must not be the first opening
        when the database's lock is held already.
        """
        if self._index is not None:
            return self._index
        with self._preparing:
            if self._index is not None:
                return self._index
            index = Index(self._index_path, self._stamp())
            while True:
                with self._database.lock:
                    generation = self._generation()
                    ids, vectors = self._embeddings.vectors()
                index.open(ids, vectors, generation)
                with self._database.lock:
                    if generation == self._generation():  # else something was forgotten meanwhile
                        self._index = index
                        break
            if index.fault:
                self._on_event(Notice(f"The search index {index.fault} and was built anew."))
            if index.changes or not file_bytes(self._index_path):
                self._try_save()  # from now on a kill leaves an older index, never none
            return index

    def _embed_missing(self) -> None:
        missing = self._embeddings.missing()
        for first in range(0, len(missing), _BATCH):
            batch = missing[first : first + _BATCH]
            if len(missing) > _BATCH:
                self._on_event(Progress("Reading the memory anew", first / len(missing)))
            vectors = self._embedder.embed([text for _, text in batch])
            with self._database.lock:
                there = self._episodes.many(id for id, _ in batch)
                # forgotten or edited meanwhile: then this is no vector of it any more
                fresh = {
                    id: row
                    for row, (id, text) in enumerate(batch)
                    if id in there and there[id].text == text
                }
                with self._database.writing():
                    for id, row in fresh.items():
                        self._embeddings.put(id, vectors[row])
                    self._database.bump_generation()
                self._opened().add(fresh, vectors[list(fresh.values())])
        if len(missing) > _BATCH:
            self._on_event(Progress("Reading the memory anew", 1.0))

    # --- recall ----------------------------------------------------------------------------

    def recall(
        self, text: str, *, limit: int, in_prompt: Callable[[Episode], bool] | None = None
    ) -> tuple[Recollection, ...]:
        """What helps with this message, best first; often nothing. See recall.py."""
        found = self._recollections(floor(self._ranked(text)))
        if in_prompt is not None:
            found = [one for one in found if not in_prompt(one.episode)]
        return tuple(found[:limit])

    def search(self, text: str, limit: int) -> tuple[Recollection, ...]:
        """The same ranking without the floor: somebody asked."""
        return tuple(self._recollections(self._ranked(text)[:limit]))

    def _ranked(self, text: str) -> list[Scored]:
        text = clean(text)
        self._load()
        vector = self._embedder.embed([text])[0]
        return self._candidates.ranked(text, vector, self._opened())

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
        """What entered the answer's prompt, so that even an answer that breaks off names it.

        ``finish_turn`` gets the same and counts it; an answer that broke off counts for nothing.
        """
        with self._database.writing():
            self._store.message(answer_id)
            self._keeping.provenance(answer_id, recollections, pinned)

    def keep_heard(
        self,
        *,
        message_id: int,
        trace: Sequence[TokenScore],
        baselines: Mapping[tuple[str, Role], bytes],
        drafts: Sequence[EpisodeDraft],
    ) -> tuple[Kept, ...]:
        """What the user's own message leaves behind, as soon as the model has read it.

        After that, a kill in the middle of the answer costs the answer alone.
        """

        def write(now: float) -> None:
            self._store.message(message_id)
            self._keeping.statistics({message_id: trace} if trace else {}, baselines)

        return self._leave(drafts, write)

    def finish_turn(
        self,
        *,
        answer_id: int,
        answer_text: str,
        state: MessageState,
        traces: Mapping[int, Sequence[TokenScore]],
        baselines: Mapping[tuple[str, Role], bytes],
        drafts: Sequence[EpisodeDraft],
        recollections: Sequence[Recollection],
        pinned: Sequence[Episode],
    ) -> tuple[Kept, ...]:
        """All that the answer leaves behind, in one transaction; then the index."""

        def write(now: float) -> None:
            self._store.update_message(answer_id, answer_text, state)
            self._keeping.statistics(traces, baselines)
            self._keeping.provenance(answer_id, recollections, pinned)
            self._keeping.recalled(answer_id, recollections, now)

        return self._leave(drafts, write)

    def keep(self, draft: EpisodeDraft) -> Kept:
        """Keep one draft that the user asked for."""
        return self._leave([draft], lambda now: None)[0]

    def _leave(
        self, drafts: Sequence[EpisodeDraft], write: Callable[[float], None]
    ) -> tuple[Kept, ...]:
        """``write`` and the drafts, in one transaction; then the index."""
        drafts = [_cleaned(draft) for draft in drafts]
        vectors = self._embedded(drafts)
        with self._database.lock:
            with self._database.writing():
                now = self._clock()
                write(now)
                kept, fresh = self._keeping.drafts(drafts, vectors, self._index, now)
            self._index_fresh(fresh, vectors)
        return kept

    def _embedded(self, drafts: Sequence[EpisodeDraft]) -> FloatArray:
        if drafts:
            self._load()
        return self._embedder.embed([draft.text for draft in drafts])

    def _index_fresh(self, fresh: Mapping[int, int], vectors: FloatArray) -> None:
        if fresh:
            index = self._opened()
            index.add(fresh, vectors[list(fresh.values())])
            if index.changes >= max(SAVE_EVERY, len(index) // 20):
                self._try_save()

    # --- the inspector ---------------------------------------------------------------------

    def list_episodes(
        self, text: str, sort: EpisodeSort, pinned_only: bool, offset: int, limit: int
    ) -> EpisodePage:
        """Those that hold every word of ``text``, or a word that begins with it."""
        query = prefix_query(all_words(clean(text)))
        if text.strip() and not query:
            return EpisodePage((), 0)
        return self._episodes.page(query, sort, pinned_only, offset, limit)

    def detail(self, id: int) -> EpisodeDetail:
        with self._database.lock:
            episode = self._episodes.get(id)
            previous, following = self._episodes.neighbours([id])[id]
            return EpisodeDetail(
                episode=episode,
                why=self._episodes.why(id),
                sources=tuple(
                    SourceTrace(
                        self._store.message(source.message_id),
                        source.start,
                        source.end,
                        self._store.trace(source.message_id),
                    )
                    for source in episode.sources
                ),
                previous_id=previous,
                next_id=following,
                answers=tuple(self._store.message(a) for a in self._episodes.answers(id)),
                history=self._episodes.history(id),
            )

    def edit(self, id: int, text: str) -> Episode:
        """The user's own words from now on; the old ones go as forgotten text goes."""
        text = clean(text).strip()
        if not text:
            raise UserError("An episode needs a text: write one, or forget the episode.")
        self._episodes.get(id)
        self._load()
        vector = self._embedder.embed([text])[0]
        now = self._clock()
        with self._database.lock:
            self._episodes.get(id)
            with self._database.writing():
                self._episodes.edit(id, text, gist_of(text), now)
                self._embeddings.put(id, vector)
                self._episodes.note(now, "edited", [id])
                self._database.want_wipe()
                self._database.bump_generation()
            self._opened().add([id], vector.reshape(1, -1))
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
            if self._index is not None:
                self._index.hide(hidden)
        return len(hidden)

    def undo_forget(self, ids: Sequence[int]) -> int:
        """How many came back."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                shown = self._episodes.show(ids, now - UNDO_SECONDS)
                self._episodes.note(now, "forgetting undone", shown)
                self._database.bump_generation()
            if self._index is not None:
                self._index.show(shown)
                # The index may have been opened while they were hidden: then it never had them.
                back = set(shown) - self._index.ids()
                self._index.add(*self._embeddings.vectors(back))
        return len(shown)

    def purge(self, *, all: bool = False) -> int:
        """Remove what was forgotten more than a minute ago (or all of it), to the last byte."""
        now = self._clock()
        with self._preparing, self._database.lock:
            due = self._episodes.due(None if all else now - UNDO_SECONDS)
            if not due and not self._database.meta("wipe"):
                return 0
            index = self._opened()
            with self._database.writing():
                self._episodes.delete(due)
                self._episodes.note(now, "purged", due)
                self._database.want_wipe()
                self._database.bump_generation()
            index.remove(due)
            self._save_index()
            self._database.wipe()
        return len(due)

    def delete_conversation(self, id: int, forget: bool) -> int:
        """``forget``: every episode that has a source in it is forgotten with it."""
        with self._database.lock:
            ids = self._episodes.told_in(id) if forget else ()
            forgotten = self.forget(ids) if ids else 0
            self._store.delete_conversation(id)
        return forgotten

    # --- the whole -------------------------------------------------------------------------

    def stats(self) -> MemoryStats:
        return doctor.figures(self._database, file_bytes(self._index_path))

    def findings(self, repair: bool) -> tuple[Finding, ...]:
        """The profile's part of ``nowprint doctor``."""
        self._load()
        if repair:
            doctor.repair(self._database)
            self.prepare()
            with self._database.lock:
                self._opened().rebuild(*self._embeddings.vectors())
                self._save_index()
        with self._database.lock:
            return doctor.examine(self._database, self._embeddings, self._opened())

    def close(self) -> None:
        """Purge, save the index, close the store."""
        with self._preparing, self._database.lock:
            try:
                self.purge(all=True)
                if self._index is not None and self._index.changes:
                    self._try_save()
            finally:
                self._store.close()

    def _generation(self) -> int:
        return int(self._database.meta("generation"))

    def _stamp(self) -> Stamp:
        identity = str(self._database.meta("identity"))
        return Stamp(identity, self._embedder.name, self._embedder.dimension)

    def _try_save(self) -> None:
        """The index is only a cache: not being able to save it is worth a notice."""
        try:
            self._save_index()
        except ProfileError as fault:
            self._on_event(Notice(str(fault)))

    def _save_index(self) -> None:
        with self._database.lock:
            index = self._opened()
            if index.worn():
                index.rebuild(*self._embeddings.vectors())
            index.save(self._generation())


def _cleaned(draft: EpisodeDraft) -> EpisodeDraft:
    return replace(draft, text=clean(draft.text), gist=clean(draft.gist))
