"""Edits episodes for the user: gives one another text, pins, merges, splits or confirms them.

An episode that was merged or split (a parent) stays in the database behind those it was made into (its
children, table ``made_from``). It is neither listed nor recalled, and is forgotten together with them. The
children inherit project, origin and pin, and are held back if a parent is. Texts are embedded before the
database is locked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from nowprint.errors import UserError
from nowprint.language.sentences import first_sentence
from nowprint.memory.browse.details import Details
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.storage.conversations import ConversationStore, clean
from nowprint.memory.storage.episodes import Episodes, id_array
from nowprint.memory.storage.reading import TextReader
from nowprint.records import Episode, EpisodeDraft, Source, Why


class Editing:
    """The user's changes of episodes. Thread-safe."""

    def __init__(
        self,
        store: ConversationStore,
        episodes: Episodes,
        vectors: Vectors,
        details: Details,
        index_sync: IndexSync,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._database = store.database
        self._episodes = episodes
        self._embeddings = vectors
        self._details = details
        self._index_sync = index_sync
        self._clock = clock
        self._reader = TextReader(store.database)

    def edit(self, id: int, text: str) -> Episode:
        """Replace an episode's text by the user's; the old text stays in ``old_text`` until the episode is
        forgotten. An archived episode comes back. UserError if ``text`` is blank, or the episode was merged
        or split."""
        text = clean(text).strip()
        if not text:
            raise UserError("An episode needs a text: write one, or forget the episode.")
        if self._whole([id])[0].text == text:
            return self._episodes.get(id)
        index = self._index_sync.opened()
        vectors = self._index_sync.embed([text])
        now = self._clock()
        with self._database.lock:
            (old,) = self._whole([id])
            with self._database.writing() as connection:
                connection.execute(
                    "INSERT OR REPLACE INTO old_text VALUES (?, ?, ?)", [id, now, old.text]
                )
                self._episodes.edit(id, text, first_sentence(text), now)
                self._reader.read([id])
                self._embeddings.remove(id)  # else it would stay where there is no embedder
                if vectors is not None:
                    self._embeddings.put(id, vectors[0])
                self._episodes.note(now, "edited", [id])
                self._episodes.bring_back([id], now)
                self._database.bump_generation()
            if vectors is None:
                index.remove([id])
            index.add(*self._embeddings.vectors([id]))
            return self._episodes.get(id)

    def pin(self, ids: Sequence[int], pinned: bool) -> tuple[Episode, ...]:
        """Pin or unpin episodes; an archived one that is pinned comes back. NotFound if one doesn't exist."""
        now = self._clock()
        with self._database.lock:
            with self._database.writing():
                for id in ids:
                    self._episodes.get(id)
                changed = self._episodes.pin(ids, now if pinned else None)
                self._episodes.note(now, "pinned" if pinned else "unpinned", changed)
                back = self._episodes.bring_back(ids, now) if pinned else ()
            self._index_sync.bring_in(back)
            return tuple(self._episodes.get(id) for id in ids)

    def merge(self, ids: Sequence[int], text: str) -> Episode:
        """Replace episodes by a single one with the given text, or with their texts line by line if that is
        blank. UserError for fewer than two, or for ones of different projects."""
        ids = tuple(dict.fromkeys(ids))
        if len(ids) < 2:
            raise UserError("Choose at least two episodes to merge.")
        text = clean(text).strip()
        parents = self._whole(ids)
        if not text:
            text = "\n".join(parent.text for parent in parents)
        vectors = self._index_sync.embed([text])
        with self._database.lock:
            parents = self._whole(ids)
            if len({parent.project for parent in parents}) > 1:
                raise UserError("They belong to different projects: move them to one, then merge.")
            salience = max(parent.salience for parent in parents)
            draft = EpisodeDraft(
                text=text,
                gist=first_sentence(text),
                kind="remembered",
                salience=salience,
                why=Why(salience, 0.0, 0.0, (), ()),
                sources=_united(parents),
            )
            changed = [p.replaces for p in parents if p.replaces and p.replaces not in ids]
            return self._replace("merged", parents, [draft], vectors, max(changed, default=None))[0]

    def split(self, id: int, at: Sequence[int]) -> tuple[Episode, ...]:
        """Replace an episode by several: one for each piece of its text between the places ``at``, in code
        points. UserError for a place outside the text, or an empty piece."""
        (parent,) = self._whole([id])
        pieces = _pieces(parent.text, at)
        vectors = self._index_sync.embed([parent.text[start:end] for start, end in pieces])
        with self._database.lock:
            (now,) = self._whole([id])
            if now.text != parent.text:
                raise UserError(
                    "The episode was edited meanwhile: look at it again, then split it."
                )
            why = replace(self._details.why(id), moments=())
            drafts = []
            for start, end in pieces:
                text = now.text[start:end]
                sources = self._places(now, start, end)
                gist = first_sentence(text)
                drafts.append(EpisodeDraft(text, gist, now.kind, now.salience, why, sources))
            return self._replace("split", [now], drafts, vectors, now.replaces)

    def confirm(self, ids: Sequence[int]) -> int:
        """Let imported episodes count like the user's own, and hold none back. Returns how many changed."""
        with self._database.lock:
            with self._database.writing() as connection:
                rows = connection.execute(
                    """UPDATE episode SET confirmed = 1, held_back = '' WHERE forgotten IS NULL
                    AND (NOT confirmed OR held_back != '')
                    AND id IN (SELECT value FROM json_each(?)) RETURNING id""",
                    [id_array(ids)],
                )
                confirmed = [row[0] for row in rows]
                self._episodes.note(self._clock(), "confirmed", confirmed)
                self._database.bump_generation()
            self._index_sync.bring_in(confirmed)
        return len(confirmed)

    def _whole(self, ids: Iterable[int]) -> list[Episode]:
        """The episodes with these ids, the oldest first. NotFound if one doesn't exist, UserError if one was
        merged or split already."""
        episodes = [self._episodes.get(id) for id in ids]
        with self._database.reading() as connection:
            merged = connection.execute(
                "SELECT id FROM episode WHERE merged AND id IN (SELECT value FROM json_each(?))",
                [id_array(episode.id for episode in episodes)],
            ).fetchone()
        if merged:
            raise UserError(
                f"Episode {merged[0]} is behind another one already: change that one instead."
            )
        return sorted(episodes, key=lambda episode: (episode.created, episode.id))

    def _replace(
        self,
        action: str,
        parents: Sequence[Episode],
        drafts: Sequence[EpisodeDraft],
        vectors: FloatArray | None,
        replaces: int | None,
    ) -> tuple[Episode, ...]:
        """Store the drafts as children of ``parents``, and put these behind them. ``vectors`` has a row for
        each draft."""
        now = self._clock()
        behind = [parent.id for parent in parents]
        index = self._index_sync.opened()
        with self._database.writing() as connection:
            ids = []
            for row, draft in enumerate(drafts):
                id = self._episodes.add(draft, now, replaces)
                connection.execute(_INHERIT, {"child": id, "parents": id_array(behind)})
                connection.executemany(
                    "INSERT INTO made_from VALUES (?, ?)", [(id, parent) for parent in behind]
                )
                if vectors is not None:
                    self._embeddings.put(id, vectors[row])
                ids.append(id)
            connection.execute(
                "UPDATE episode SET merged = 1 WHERE id IN (SELECT value FROM json_each(?))",
                [id_array(behind)],
            )
            self._reader.read(ids)
            self._episodes.note(now, action, behind, f"into {_names(ids)}")
            self._episodes.note(now, action, ids, f"from {_names(behind)}")
            self._database.bump_generation()
        index.remove(behind)
        index.add(*self._embeddings.vectors(ids))
        return tuple(self._episodes.get(id) for id in ids)

    def _places(self, episode: Episode, start: int, end: int) -> tuple[Source, ...]:
        """The places in the episode's sources that hold this piece of its text verbatim."""
        piece = episode.text[start:end]
        places = []
        for source in episode.sources:
            told = self._store.message(source.message_id).text[source.start : source.end]
            at = start if told == episode.text else told.find(piece)
            if at >= 0:
                begin = source.start + at
                places.append(replace(source, start=begin, end=begin + len(piece)))
        return tuple(places)


_INHERIT = """UPDATE episode
    SET (created, project, origin, confirmed, held_back, pinned, conversation) = (
        SELECT max(created), max(project), max(origin), min(confirmed), max(held_back), min(pinned),
            (SELECT conversation FROM episode WHERE id IN (SELECT value FROM json_each(:parents))
            ORDER BY created DESC, id DESC LIMIT 1)
        FROM episode WHERE id IN (SELECT value FROM json_each(:parents)))
    WHERE id = :child"""


def _united(episodes: Iterable[Episode]) -> tuple[Source, ...]:
    """The sources of all these episodes, each once, in the order of the messages."""
    places = {source for episode in episodes for source in episode.sources}
    return tuple(sorted(places, key=lambda source: (source.message_id, source.start, source.end)))


def _pieces(text: str, at: Iterable[int]) -> list[tuple[int, int]]:
    """Start and end of each piece, without the white space around it. UserError if a piece is empty, or a
    place isn't within the text."""
    cuts = sorted({0, len(text), *at})
    if cuts[0] < 0 or cuts[-1] > len(text) or len(cuts) < 3:
        raise UserError("Choose places within the text to split it at.")
    pieces = []
    for start, end in pairwise(cuts):
        piece = text[start:end]
        left = len(piece) - len(piece.lstrip())
        if left == len(piece):
            raise UserError("A piece would be empty: choose another place to split at.")
        pieces.append((start + left, start + len(piece.rstrip())))
    return pieces


def _names(ids: Sequence[int]) -> str:
    return f"episode{'s' if len(ids) > 1 else ''} {', '.join(map(str, ids))}"
