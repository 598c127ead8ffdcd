"""The memory of a profile: keeps what a turn leaves behind, recalls it, and does with it what the user asks.

``prepare`` or the first call that needs it loads the embedder (index_sync.py); listing, pinning and
forgetting never wait for it.

Forgetting hides at once (forgetting.py); the bytes go a minute later, at closing or at the next opening
(purge.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nowprint.errors import ProfileError
from nowprint.events import Notice, Progress
from nowprint.inspection import EpisodeFilter, Forgetting, Forgotten, MapLaidOut
from nowprint.language.words import content_words
from nowprint.memory import doctor
from nowprint.memory.backups.backups import Backups
from nowprint.memory.browse.chains import Chains
from nowprint.memory.browse.dashboard import DashboardFigures
from nowprint.memory.browse.details import Details
from nowprint.memory.browse.editing import Editing
from nowprint.memory.browse.map_layout import MapLayout
from nowprint.memory.browse.message_search import MessageSearch
from nowprint.memory.browse.past import PastSearch
from nowprint.memory.browse.people import People
from nowprint.memory.browse.plots import Plots
from nowprint.memory.browse.query import EpisodeQuery
from nowprint.memory.browse.saved_filters import SavedFilters
from nowprint.memory.browse.settling import Settling
from nowprint.memory.browse.sizes import figures
from nowprint.memory.capture.changes import stated, tells_of_change
from nowprint.memory.capture.verdicts import Verdicts
from nowprint.memory.capture.writing import CaptureWriter, Read
from nowprint.memory.chat_files.chat_files import ChatFiles
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index import file_bytes
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.erasure.copies import NoCopies
from nowprint.memory.erasure.forgetting import Forgetter
from nowprint.memory.erasure.purge import Purge
from nowprint.memory.erasure.retention import Retention
from nowprint.memory.files.files import MemoryFiles
from nowprint.memory.retrieval.candidates import Candidates
from nowprint.memory.retrieval.ranking import floor
from nowprint.memory.retrieval.retrieval import Retrieval
from nowprint.memory.sleep.archive import Archive
from nowprint.memory.sleep.sleeper import Sleeper
from nowprint.memory.storage.arrangement import Arrangement
from nowprint.memory.storage.conversations import ConversationStore, clean
from nowprint.memory.storage.episodes import Episodes, scope_of
from nowprint.memory.storage.measurements import Measurements
from nowprint.memory.storage.needs import Needs
from nowprint.memory.storage.personas import Personas
from nowprint.memory.storage.projects import Projects
from nowprint.memory.storage.reading import TextReader
from nowprint.records import (
    DoctorFinding,
    Episode,
    EpisodeDetail,
    EpisodeDraft,
    Judged,
    Kept,
    MemoryStats,
    MessageState,
    Recollection,
    Role,
    TokenScore,
    Why,
)

MOST_COMPARED = 40
"""The most spans of a message, the first ones, that are kept if they change something that was kept."""


class Memory:
    """One profile's memory. Thread-safe."""

    def __init__(
        self,
        store: ConversationStore,
        embedder: Embedder,
        index_path: Path | None,
        on_event: Callable[[Progress | Notice | MapLaidOut], None],
        *,
        encoder: Embedder | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Without an ``encoder`` recall has no reranker, and imported texts and changes are judged by their
        words alone."""
        self._store = store
        self._database = store.database
        self._episodes = Episodes(store.database)
        self._details = Details(store, self._episodes, clock)
        self._reader = TextReader(store.database)
        self._vectors = Vectors(store.database, embedder)
        self.encoder = Encoder(encoder)
        self._writer = CaptureWriter(store.database, self._episodes, self._vectors, self.encoder)
        self._index_sync = IndexSync(
            store.database, self._episodes, self._vectors, embedder, index_path, on_event
        )
        self.needs = Needs(store.database)
        candidates = Candidates(store.database, self._episodes, self._vectors, self.encoder)
        self.stated = candidates.stated
        self.retrieval = Retrieval(
            self._episodes, candidates, self._index_sync, self.encoder, self.needs, clock
        )
        self.query = EpisodeQuery(store.database, self._episodes, self._vectors, self._index_sync)
        self.past = PastSearch(store.database, self._episodes, self.retrieval.recall)
        self.messages = MessageSearch(store)
        self.people = People(store.database, self._episodes)
        self._map_layout = MapLayout(self._vectors, on_event)
        self.plots = Plots(store.database, self.query, self._map_layout)
        self.chains = Chains(store.database, self._episodes)
        self.archive = Archive(store.database, self._episodes, self._index_sync, clock)
        rows = store.database, self._episodes, self._vectors, self._index_sync
        self.sleep = Sleeper(*rows, self._writer, self.encoder, self.retrieval, self.archive, clock)
        self.settling = Settling(store.database, self._episodes, clock)
        self.dashboard = DashboardFigures(store.database, index_path, clock)
        self.saved_filters = SavedFilters(store.database)
        self.projects = Projects(store, self._episodes, clock)
        self.personas = Personas(store.database, clock)
        self.arrangement = Arrangement(store)
        self.editing = Editing(
            store, self._episodes, self._vectors, self._details, self._index_sync, clock
        )
        self.verdicts = Verdicts(store)
        """Unjudged messages, saliences, frames, and what the episodic head has learned."""
        self.measurements = Measurements(store.database)
        """Influence, likelihoods, signatures."""
        path = store.database.path
        self.backups = Backups(path.parent, store.database, on_event, clock) if path else None
        """None for a memory without a folder."""
        copies = self.backups or NoCopies()
        self.forgetting = Forgetter(
            store, self._episodes, self._index_sync, self.query, on_event, clock, copies
        )
        self.retention = Retention(store.database, self.forgetting, clock)
        self.purging = Purge(*rows, index_path, on_event, clock, copies)
        self.files = MemoryFiles(
            store,
            self._writer,
            self._vectors,
            embedder,
            self.encoder,
            self._index_sync,
            self.query,
            self.forgetting,
            on_event,
            clock,
        )
        self.chat_files = ChatFiles(store.database, self.files.tasks, clock)
        self._index_path = index_path
        self._on_event = on_event
        self._clock = clock
        self._try_purge()  # what is left after a kill within an undo minute or a purge

    def prepare(self) -> None:
        """Load embedder, encoder and index; embed the episodes without a vector of this embedder, and read
        the days that new texts speak of."""
        self._index_sync.prepare()
        self.encoder.prepare()
        self._reader.read_all(self.files.tasks.ending)

    # --- recall ----------------------------------------------------------------------------

    def about(self, text: str, limit: int) -> tuple[Recollection, ...]:
        """The at most ``limit`` episodes about a text, for the user to choose from: those that recall would
        let through, replaced and archived ones included, then those that hold all of its words (with
        score 0)."""
        passed = floor(self.retrieval.gather(text, archived=True).ranked())[:limit]
        words = " ".join(content_words(text))
        holding = self.query.ids(EpisodeFilter(words))[:limit] if words else ()
        found = self.retrieval.recollections(passed)
        there = {one.episode.id for one in found}
        others = self.episodes(id for id in holding if id not in there)
        return (*found, *(Recollection(one, 0.0, ()) for one in others))[:limit]

    def pinned(self, project: int | None = None, *, alone: bool = False) -> tuple[Episode, ...]:
        """The pinned episodes for a conversation of ``project``, or of none; the oldest pin first.
        ``alone``: only those of the project itself."""
        return self._episodes.pinned(scope_of(project, alone=alone))

    # --- keeping ---------------------------------------------------------------------------

    def begin_answer(
        self,
        answer_id: int,
        recollections: Sequence[Recollection],
        pinned: Sequence[Episode],
        *,
        captures: bool = True,
    ) -> None:
        """Record the episodes in the answer's prompt, so that even an answer that breaks off names them.
        ``captures``: the user's message is to be judged from now on.

        ``finish_turn`` gets the same episodes and counts them; for an answer that broke off nothing counts.
        """
        with self._database.writing():
            self._store.message(answer_id)
            self._writer.provenance(answer_id, recollections, pinned)
            if captures:
                self.verdicts.awaited(answer_id)

    def hear(
        self,
        message_id: int,
        trace: Sequence[TokenScore],
        baselines: Mapping[tuple[str, Role], bytes],
    ) -> None:
        """Store the trace of the user's message as soon as the model has read it; ``judge`` comes later."""
        with self._database.writing():
            if self.verdicts.captures(message_id):
                self._writer.statistics({message_id: trace}, baselines)
                self.verdicts.heard(message_id)

    def judge(
        self,
        message_id: int,
        frames: bytes | None,
        spans: Sequence[Judged],
        drafts: Sequence[EpisodeDraft],
    ) -> tuple[Kept, ...]:
        """Store the detector's verdict on every span of a message, and keep the drafts of those worth
        keeping. Stores and returns nothing if capture is switched off by now."""

        def write() -> bool:
            if not self.verdicts.captures(message_id):
                return False
            self.verdicts.judged(message_id, frames, spans)
            if not drafts:
                self.verdicts.shorten(message_id)
            self.verdicts.drop_answers(
                message_id, (source.message_id for draft in drafts for source in draft.sources)
            )
            return True

        return self._leave(drafts, write)

    def changing(self, drafts: Sequence[EpisodeDraft]) -> tuple[EpisodeDraft, ...]:
        """Those of the drafts that say that something kept has changed."""
        drafts = drafts[:MOST_COMPARED]
        vectors = self._index_sync.embed([clean(draft.text) for draft in drafts])
        if vectors is None:
            return ()
        index = self._index_sync.opened()
        found = []
        for draft, vector in zip(drafts, vectors, strict=True):
            said = tells_of_change(stated(draft.text))
            read = self._writer.reading(draft, vector, index) if said else {}
            with self._database.lock:
                if self._writer.changed_by(draft, vector, index, read) is not None:
                    found.append(draft)
        return tuple(found)

    def keep_asked(self, message_id: int, drafts: Sequence[EpisodeDraft]) -> tuple[Kept, ...]:
        """Keep what a message asks to have remembered; nothing if capture is switched off by now."""
        return self._leave(drafts, lambda: self.verdicts.captures(message_id))

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
        """Store all that a finished answer leaves behind, in one transaction."""
        with self._database.writing():
            self._store.update_message(answer_id, answer_text, state)
            self._writer.statistics(traces, baselines)
            self._writer.provenance(answer_id, recollections, pinned)
            self._writer.recalled(answer_id, recollections, self._clock())

    def keep(self, draft: EpisodeDraft) -> Kept:
        """Keep one draft because the user asked for it."""
        return self._leave([draft], lambda: True)[0]

    def _leave(self, drafts: Sequence[EpisodeDraft], write: Callable[[], bool]) -> tuple[Kept, ...]:
        """In one transaction call ``write`` and, if it returns True, keep the drafts; then index them."""
        drafts = [_cleaned(draft) for draft in drafts]
        vectors = self._index_sync.embed([draft.text for draft in drafts])
        read: list[Read] = []
        if vectors is not None and drafts:
            index = self._index_sync.opened()
            rows = zip(drafts, vectors, strict=True)
            read = [self._writer.reading(draft, vector, index) for draft, vector in rows]
        with self._database.lock:
            with self._database.writing():
                if not write():
                    return ()
                now = self._clock()
                kept, fresh = self._writer.drafts(
                    drafts, vectors, self._index_sync.index, now, read
                )
                self._reader.read(one.episode.id for one in kept)
            if vectors is not None:
                self._index_sync.add(fresh, vectors)
            self._index_sync.bring_in(one.episode.id for one in kept if one.reinforced)
        self.retrieval.encoded.read_some(len(kept))  # by now the encoder has mostly seen them
        return kept

    # --- the inspector ---------------------------------------------------------------------

    def episodes(self, ids: Iterable[int]) -> tuple[Episode, ...]:
        """The episodes with these ids that exist."""
        return tuple(self._episodes.many(ids).values())

    def why(self, id: int) -> Why:
        return self._details.why(id)

    def detail(self, id: int) -> EpisodeDetail:
        return self._details.detail(id)

    def edit(self, id: int, text: str) -> Episode:
        return self.editing.edit(id, text)

    def pin(self, ids: Sequence[int], pinned: bool) -> tuple[Episode, ...]:
        return self.editing.pin(ids, pinned)

    # --- forgetting ------------------------------------------------------------------------

    def forget(self, ids: Sequence[int]) -> int:
        """Hide episodes; for a minute ``undo_forget`` brings them back, then ``purge`` removes them. Returns
        how many were hidden."""
        return self.forgetting.forget(Forgetting(tuple(ids))).episodes

    def undo_forget(self, ids: Sequence[int]) -> int:
        """Bring back the episodes whose minute isn't over. Returns how many came back."""
        return self.forgetting.undo_episodes(ids)

    def purge(self, *, all: bool = False) -> int:
        """Remove forgotten episodes for good (purge.py). Returns how many."""
        return self.purging.purge(all=all)

    def delete_conversation(self, id: int, forget: bool) -> Forgotten:
        """Hide a conversation, to be purged in a minute; ``forget``: with all episodes kept from it."""
        if forget:
            return self.forgetting.forget(Forgetting(conversation=id))
        return self.forgetting.delete_conversations((id,))

    # --- the whole -------------------------------------------------------------------------

    def stats(self) -> MemoryStats:
        return figures(self._database, file_bytes(self._index_path))

    def findings(self, repair: bool) -> tuple[DoctorFinding, ...]:
        """The findings of ``nowprint doctor`` about the profile."""
        with self._index_sync.preparing:  # no other thread may open the index meanwhile
            database = doctor.whole(self._database, repair)
        if not database.ok:
            return (database,)
        self._index_sync.load()
        if repair:
            doctor.repair(self._database)
            self.prepare()
            self._index_sync.rebuild()
        with self._database.lock:
            index = self._index_sync.opened()
            return (database, *doctor.examine(self._database, self._vectors, index))

    def close(self) -> None:
        """Purge, save the index and close the database."""
        self._map_layout.close()
        with self._index_sync.preparing, self._database.lock:
            if self._database.gone is None:
                self._try_purge()
                if self._index_sync.index is not None and self._index_sync.index.changes:
                    self._index_sync.try_save()
            self._store.close()

    def _try_purge(self) -> None:
        """Purge all that is forgotten. A failure only makes a notice, so that such a profile can still be
        opened, repaired and closed."""
        try:
            self.purge(all=True)
        except ProfileError as fault:
            self._on_event(Notice(str(fault)))


def _cleaned(draft: EpisodeDraft) -> EpisodeDraft:
    return replace(draft, text=clean(draft.text), gist=clean(draft.gist))
