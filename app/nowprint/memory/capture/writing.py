"""Writes the rows that a turn leaves behind; the caller (memory.py) holds a transaction around all of them.

A draft that says nothing new reinforces the episode that said it before. For that the vectors must be close
*and* every word of weight must stand in the old text, since "on Tuesday" and "on Thursday" are close
too. A draft that says that something has changed (changes.py) becomes an episode that replaces the newest
one on the matter; where that is unclear, the pair is noted (doubts.py). Episodes of other projects are
neither reinforced nor replaced. Provenance records which episodes entered the prompt, not what the model
claims to have used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nowprint.language.words import content_words, query_words, says_nothing_new
from nowprint.memory.capture import imported
from nowprint.memory.capture.changes import (
    MOST_UNCLEAR,
    SURE,
    SURE_READ,
    UNCLEAR,
    Reading,
    probability,
    stated,
)
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index import Index
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import Episodes, Scope, scope_of
from nowprint.memory.storage.newest import newest_of
from nowprint.memory.storage.traces import encode
from nowprint.records import Episode, EpisodeDraft, Kept, Recollection, Role, TokenScore

DUPLICATE_COSINE = 0.9
ALIKE = 0.5
"""The least cosine of a text and the episode that it changes for keeping it for that alone. Small talk
("here we are again") now and then seems to change one of many episodes that it has nothing to do with."""
_MOST_HOLDING = 1000
"""The most episodes that the rare words of one text may hold together, so that comparing thousands of texts
stays fast."""
_MOST_WORDS = 50_000
"""The most words that ``rare_words`` remembers counts for."""
_READ = 8
"""Of how many older episodes the reranker says whether a text changes them: half of them those that words
make the likeliest, the others the nearest to the encoder."""
_NEAREST = 20
"""How many episodes each search finds. The one that a short text changes is not the nearest if the text names
another place."""

Read = Mapping[int, Reading]
"""What the encoder says of a text and older episodes, by their ids; empty without it."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What older episodes are to a text: ``same`` said it before, ``changed`` is the newest one that it
    changes, and ``unclear`` maps those that it may change to the probability of that."""

    same: int | None = None
    changed: int | None = None
    unclear: Mapping[int, float] = field(default_factory=dict)


class CaptureWriter:
    """Writes episodes, provenance, traces and baselines."""

    def __init__(
        self, database: Database, episodes: Episodes, vectors: Vectors, encoder: Encoder
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._encoder = encoder
        self._doubts = Doubts(database)

    def statistics(
        self,
        traces: Mapping[int, Sequence[TokenScore]],
        baselines: Mapping[tuple[str, Role], bytes],
    ) -> None:
        """Store traces by message id, and baselines by model id and role."""
        with self._database.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO trace VALUES (?, ?, ?)",
                [(id, len(tokens), encode(tokens)) for id, tokens in traces.items()],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO baseline VALUES (?, ?, ?)",
                [(model, speaker, data) for (model, speaker), data in baselines.items()],
            )

    def provenance(
        self, answer_id: int, recollections: Sequence[Recollection], pinned: Sequence[Episode]
    ) -> None:
        """Record which episodes entered an answer's prompt: the best recollection first, then pinned ones.
        Recording the same again, before influence is measured, changes nothing."""
        entered = {one.episode.id: ("recalled", one.score, one.parts) for one in recollections}
        for episode in pinned:
            entered.setdefault(episode.id, ("pinned", 0.0, ()))
        there = self._episodes.many(entered)  # one may have been forgotten while the model wrote
        with self._database.writing() as connection:
            connection.executemany(
                """INSERT OR REPLACE INTO provenance
                (answer_id, rank, episode_id, reason, score, parts) VALUES (?, ?, ?, ?, ?, ?)""",
                [
                    (answer_id, rank, id, reason, score, _parts(parts))
                    for rank, (id, (reason, score, parts)) in enumerate(entered.items())
                    if id in there
                ],
            )

    def recalled(self, answer_id: int, recollections: Sequence[Recollection], now: float) -> None:
        """Add a finished answer to the counts and the history of the episodes recalled for it."""
        there = self._episodes.many(one.episode.id for one in recollections)
        for rank, one in enumerate(recollections):
            if one.episode.id in there:
                self._episodes.recall(one.episode.id, now)
                detail = f"for answer {answer_id}, rank {rank + 1}, score {one.score:.2f}"
                self._episodes.note(now, "recalled", [one.episode.id], detail)

    def drafts(
        self,
        drafts: Sequence[EpisodeDraft],
        vectors: FloatArray | None,
        index: Index | None,
        now: float,
        read: Sequence[Read] = (),
    ) -> tuple[tuple[Kept, ...], dict[int, int]]:
        """Write drafts as new episodes, or reinforce the episodes that say the same.

        ``vectors``, shape (drafts, dimension), is None without an embedder. ``read`` has for each draft what
        ``reading`` returned, if anything. Returns what became of each
        draft, and for each new episode's id its row in ``vectors``.
        """
        kept: list[Kept] = []
        fresh: dict[int, int] = {}
        for row, draft in enumerate(drafts):
            scope = scope_of(self._episodes.project_of(draft))
            if vectors is None:
                compared = Compared(self.same_words(draft.text, scope))
            else:
                near = self.near(draft.text, vectors[row], index)
                for id, other in fresh.items():
                    near[id] = float(vectors[other] @ vectors[row])
                compared = self.told_before(draft.text, near, scope, read[row] if read else {})
            old, replaces = compared.same, compared.changed
            if old is None:
                told = imported.of(self._database, draft)
                if told is not None and replaces is not None:
                    replaces = imported.older(self._database, told, replaces)
                id = self._episodes.add(draft, now, replaces)
                if told is not None:
                    imported.mark(self._database, id, told)
                imported.hold_back(self._database, id, draft.text)
                if vectors is not None:
                    self._embeddings.put(id, vectors[row])
                self._episodes.note(now, "kept", [id], f"{draft.kind}, {draft.salience:.2f}")
                if replaces is not None:
                    self._episodes.note(now, "changed", [replaces], f"by episode {id}")
                if told is None:
                    self._doubts.add(id, compared.unclear)
                fresh[id] = row
            else:
                id = old
                self._episodes.reinforce(id, draft, now)
                self._episodes.note(now, "reinforced", [id], draft.kind)
                self._episodes.bring_back([id], now)
            kept.append(Kept(self._episodes.get(id), draft.why, reinforced=old is not None))
        if fresh:
            self._database.bump_generation()
        return tuple(kept), fresh

    def reading(self, draft: EpisodeDraft, vector: FloatArray, index: Index | None) -> Read:
        """What the encoder says of the episodes that a draft is likeliest to change. It takes some 0.1 s, so
        the caller must not hold the database's lock."""
        if not self._encoder.there or not stated(draft.text):
            return {}
        scope = scope_of(self._episodes.project_of(draft))
        near = self.near(draft.text, vector, index)
        there = self._episodes.many(self._episodes.live(near, scope))
        compared = self._encoder.compare(draft.text, [one.text for one in there.values()])
        if compared is None:
            return {}
        cosines = dict(zip(there, compared.tolist(), strict=True))
        chances = {id: probability(draft.text, one.text, near[id]) for id, one in there.items()}
        likely = to_read(chances, cosines)
        nats = self._encoder.changes(draft.text, [there[id].text for id in likely])
        if nats is None:
            return {}
        found = zip(likely, nats.tolist(), strict=True)
        return {id: Reading(changes, cosines[id]) for id, changes in found}

    def changed_by(
        self, draft: EpisodeDraft, vector: FloatArray, index: Index | None, read: Read
    ) -> int | None:
        """The episode that a draft changes and is close to in meaning, None if there is none. ``vector`` is
        the draft's, ``read`` what ``reading`` returned."""
        scope = scope_of(self._episodes.project_of(draft))
        near = self.near(draft.text, vector, index)
        changed = self.told_before(draft.text, near, scope, read).changed
        if changed is None or near.get(changed, 0.0) < ALIKE:
            return None
        told = imported.of(self._database, draft)
        return changed if told is None else imported.older(self._database, told, changed)

    def rare_words(self, text: str, held: dict[str, int]) -> list[str]:
        """The rarest words of a text, by which an episode that says the same is found quickly: as many as
        ``_MOST_HOLDING`` episodes hold together. ``held`` is the caller's cache, from one text to the next,
        of how many episodes hold a word."""
        if len(held) > _MOST_WORDS:
            held.clear()
        words = query_words(text)
        for word in words:
            if word not in held:
                held[word] = len(self._episodes.holding(word))
        rare: list[str] = []
        room = _MOST_HOLDING
        for word in sorted((word for word in words if held[word]), key=held.__getitem__):
            room -= held[word]
            if rare and room < 0:
                break
            rare.append(word)
        return rare

    def near(
        self,
        text: str,
        vector: FloatArray,
        index: Index | None,
        words: Sequence[str] | None = None,
    ) -> dict[int, float]:
        """The cosines, by id, of the episodes nearest in meaning, of those that share the rarest words, and
        of archived ones that hold all words of weight.

        ``vector``, shape (dimension,), is the text's; ``words`` limits the words that are searched for.
        """
        near = {} if index is None else dict(index.search(vector, _NEAREST))
        best = self._episodes.bm25(query_words(text) if words is None else words, _NEAREST)
        archived = self._episodes.holding(*content_words(text), archived=True)[-_NEAREST:].tolist()
        there = self._episodes.live({*best, *archived} - near.keys())
        ids, vectors = self._embeddings.of(there)
        near.update(zip(ids, (vectors @ vector).tolist(), strict=True))
        return near

    def told_before(
        self, text: str, near: Mapping[int, float], scope: Scope, read: Read
    ) -> Compared:
        """Compare a text with the episodes ``near`` it (cosines by id). Mostly nothing is the same, changed
        or unclear. ``read``: what ``reading`` returned, or empty.

        If the user says again what was true once and has changed since, that counts as a change, too.
        """
        there = self._episodes.many(self._episodes.live(near, scope))
        best = sorted(there.values(), key=lambda episode: near[episode.id], reverse=True)
        close = (episode for episode in best if near[episode.id] >= DUPLICATE_COSINE)
        same = [episode for episode in close if says_nothing_new(text, episode.text)]
        for episode in same:
            if self._newest(episode, scope) == episode.id:
                return Compared(same=episode.id)
        if same:
            return Compared(changed=self._newest(same[0], scope))
        chances: dict[int, float] = {}
        for episode in best:
            if read and episode.id not in read:
                continue  # words make it less likely than those that were read
            chance = probability(text, episode.text, near[episode.id], read.get(episode.id))
            if chance >= UNCLEAR:
                newest = self._newest(episode, scope)
                chances[newest] = max(chance, chances.get(newest, 0.0))
        likely = sorted(chances, key=chances.__getitem__, reverse=True)
        sure = SURE_READ if read else SURE
        changed = likely.pop(0) if likely and chances[likely[0]] >= sure else None
        return Compared(None, changed, {id: chances[id] for id in likely[:MOST_UNCLEAR]})

    def _newest(self, episode: Episode, scope: Scope) -> int:
        """The id of the newest episode in the chain of those that replaced this one."""
        if episode.replaced_by is None:
            return episode.id
        return newest_of(self._database, [episode.id], scope).get(episode.id, episode.id)

    def same_words(self, text: str, scope: Scope) -> int | None:
        """The episode that says the same as ``text``, found by words alone: neither may say anything that the
        other lacks. None if there is none."""
        best = [*self._episodes.bm25(content_words(text), _NEAREST)]
        best += self._episodes.holding(*content_words(text), archived=True)[-_NEAREST:].tolist()
        there = self._episodes.many(self._episodes.live(best, scope))
        for id in best:
            old = there[id].text if id in there else None
            if old and says_nothing_new(text, old) and says_nothing_new(old, text):
                return id
        return None


def to_read(chances: Mapping[int, float], cosines: Mapping[int, float]) -> list[int]:
    """Which older episodes the reranker reads with a text: ``chances`` are what words say of whether the text
    changes them, ``cosines`` the encoder's, both of the same ids."""
    likely = sorted(chances, key=lambda id: (chances[id], cosines[id]), reverse=True)[: _READ // 2]
    nearest = sorted(chances.keys() - likely, key=cosines.__getitem__, reverse=True)
    return likely + nearest[: _READ - len(likely)]


def _parts(parts: Sequence[tuple[str, float]]) -> str:
    return json.dumps([(name, round(value, 4)) for name, value in parts], separators=(",", ":"))
