"""Links changes among episodes that were never compared: imports, and what was told without an encoder.

The change model (capture/changes.py) reads an episode with those that were told before it, as capture does
with what comes from a chat: if it is sure, the episode replaces the older one; where that is unclear, the
pair is noted as a doubt. An import may also have brought what newer episodes have changed since, so it is
read with a few of these, too. What an import says never takes the place of what the user's own chats say.

The encoder takes some 15 ms for a text and 30 ms for a pair, so it reads a few texts at a time, and each pair
by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from nowprint.memory.capture.changes import (
    SURE,
    SURE_READ,
    UNCLEAR,
    Reading,
    probability,
    stated,
)
from nowprint.memory.capture.writing import ALIKE, CaptureWriter, to_read
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.sleep.nights import Change, Nights
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.doubts import Doubts
from nowprint.memory.storage.episodes import Episodes, scope_of
from nowprint.memory.storage.newest import newest_of
from nowprint.records import Episode

NEWER = 3
"""With how many newer ones an imported episode is read."""
_TEXTS = 4
"""How many texts the encoder reads in one piece."""

Pieces = Generator[None, None, None]


class Linking:
    """Thread-safe. ``link`` works in pieces, between which its caller may leave it."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        vectors: Vectors,
        index_sync: IndexSync,
        writer: CaptureWriter,
        encoder: Encoder,
        nights: Nights,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._episodes = episodes
        self._embeddings = vectors
        self._index_sync = index_sync
        self._encoder = encoder
        self._writer = writer
        self._nights = nights
        self._doubts = Doubts(database)
        self._clock = clock
        self._held: dict[str, int] = {}

    def ready(self) -> bool:
        """Whether the encoder can be used; loads it."""
        self._encoder.prepare()
        return self._encoder.there

    def link(self, id: int, *, again: bool = False) -> Generator[None, None, bool]:
        """Link an episode with the one that it changes, and an imported one with the one that changed it.
        False if the encoder is missing: then words alone were compared. One that replaces another, or has
        doubts, was compared when it came, or before if it is linked ``again``."""
        one = self._episodes.many([id]).get(id)
        if one is None or not stated(one.text) or one.replaces:
            return True
        if not again and self._compared(id):
            return True
        near = self._near(one)
        yield
        there = self._episodes.many(self._episodes.active(near, scope_of(one.project)))
        before = {other.id: other for other in there.values() if _told(other) < _told(one)}
        read = yield from self._read(one, before, near)
        self._link_older(one, before, near, read)
        yield
        if one.origin is not None:
            after = [other for other in there.values() if _told(other) > _told(one)]
            yield from self._link_newer(one, after, near)
        return self._encoder.there

    def _compared(self, id: int) -> bool:
        found = "SELECT 1 FROM doubt WHERE newer = ? LIMIT 1"
        return self._database.value(found, [id]) is not None

    def _near(self, one: Episode) -> Mapping[int, float]:
        """The cosines of the episodes near in meaning and in words, by id."""
        ids, vectors = self._embeddings.vectors([one.id])
        if not ids:
            return {}
        words = self._writer.rare_words(one.text, self._held)
        return self._writer.near(one.text, vectors[0], self._index_sync.opened(), words)

    def _read(
        self, one: Episode, before: Mapping[int, Episode], near: Mapping[int, float]
    ) -> Generator[None, None, dict[int, Reading]]:
        """What the encoder says of the older episodes that this one is likeliest to change, by their ids;
        empty without it."""
        cosines = yield from self._cosines(one.text, list(before.values()))
        if not cosines:
            return {}
        chances = {id: probability(one.text, old.text, near[id]) for id, old in before.items()}
        likely = to_read(chances, cosines)
        read: dict[int, Reading] = {}
        for id in likely:
            nats = self._encoder.changes(one.text, [before[id].text])
            if nats is None:
                return {}
            read[id] = Reading(float(nats[0]), cosines[id])
            yield
        return read

    def _cosines(
        self, text: str, others: Sequence[Episode]
    ) -> Generator[None, None, dict[int, float]]:
        """The encoder's cosines of a text and the others, by id; empty without it."""
        texts = [text, *(other.text for other in others)]
        for first in range(0, len(texts), _TEXTS):  # so that ``compare`` has read them all
            if self._encoder.known(texts[first : first + _TEXTS]) is None:
                return {}
            yield
        found = self._encoder.compare(text, texts[1:])
        ids = (other.id for other in others)
        return {} if found is None else dict(zip(ids, found.tolist(), strict=True))

    def _link_older(
        self,
        one: Episode,
        before: Mapping[int, Episode],
        near: Mapping[int, float],
        read: Mapping[int, Reading],
    ) -> None:
        if not before:
            return
        with self._database.lock:
            cosines = {id: near[id] for id in before}
            found = self._writer.told_before(one.text, cosines, scope_of(one.project), read)
            older = self._episodes.many([found.changed] if found.changed else [])
            for other in older.values():
                if _may_replace(one, other):
                    self._put_above(one, other)
            if one.origin is None:
                there = self._episodes.many(found.unclear).values()
                unclear = [other.id for other in there if _told(other) < _told(one)]
                self._doubts.add(one.id, {id: found.unclear[id] for id in unclear})

    def _link_newer(
        self, one: Episode, after: Sequence[Episode], near: Mapping[int, float]
    ) -> Pieces:
        """Read the nearest newer episodes with this one, which was imported after they were kept."""
        likely = [n for n in after if near[n.id] >= ALIKE and _may_replace(n, one)]
        likely = sorted(likely, key=lambda newer: -near[newer.id])[:NEWER]
        for newer in likely:
            cosines = yield from self._cosines(newer.text, [one])
            nats = self._encoder.changes(newer.text, [one.text]) if cosines else None
            read = None if nats is None else Reading(float(nats[0]), cosines[one.id])
            chance = probability(newer.text, one.text, near[newer.id], read)
            if chance >= (SURE if read is None else SURE_READ):
                self._put_above(newer, one)
                return
            if chance >= UNCLEAR and newer.origin is None:
                self._doubts.add(newer.id, {one.id: chance})
            yield

    def _put_above(self, newer: Episode, older: Episode) -> None:
        """``newer`` replaces ``older``, unless one of them has gone or changed meanwhile."""
        with self._database.lock:
            there = self._episodes.many(self._episodes.active([newer.id, older.id]))
            one, other = there.get(newer.id), there.get(older.id)
            if one is None or other is None or one.text != newer.text or other.text != older.text:
                return
            if one.replaces or other.replaced_by or self._doubts.settled(one.id, other.id):
                return
            if newest_of(self._database, [one.id], None).get(one.id) == other.id:
                return  # the older took the newer's place, as the user or a file said
            with self._database.writing():
                self._episodes.replace(one.id, other.id)
                self._episodes.note(self._clock(), "changed", [other.id], f"by episode {one.id}")
                self._nights.note("changed", one.id, other.id)

    def undo(self, change: Change) -> bool:
        """Take a link back, in the caller's transaction; the two won't be linked again. False if one of them
        was changed since."""
        newer, older, at = change.episode, change.other, change.detail["at"]
        if older is None or any(self._nights.changed_since(id, at) for id in (newer, older)):
            return False
        with self._database.writing() as connection:
            made = connection.execute(
                "UPDATE episode SET replaces = NULL WHERE id = ? AND replaces = ?", [newer, older]
            )
            if made.rowcount:
                self._doubts.settle(newer, older)
                self._episodes.note(self._clock(), "not changed", [older], f"by episode {newer}")
        return bool(made.rowcount)


def _told(episode: Episode) -> tuple[float, int]:
    return episode.created, episode.id


def _may_replace(newer: Episode, older: Episode) -> bool:
    """Whether the newer one may take the older one's place: an imported one only if both are of the same
    import."""
    return (
        _told(older) < _told(newer)
        and not newer.replaces
        and not older.replaced_by
        and newer.origin in (None, older.origin)
    )
