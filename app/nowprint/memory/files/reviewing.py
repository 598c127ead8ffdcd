"""Compares what an import would bring with the memory: new, duplicate, conflicting, forgotten
before or suspicious.

Duplicates and conflicts are found in the same way as for a chat's drafts (capture/writing.py). The file's
vectors are used if this embedder made them. To prove that, some texts are embedded again; if one vector
differs, or the file names another embedder, all texts are embedded anew.
"""

from __future__ import annotations

import random
from collections.abc import Container
from dataclasses import dataclass, field

import numpy as np

from nowprint.inspection import (
    CONTRADICTS,
    ImportChoice,
    ImportGroup,
    ImportGroupName,
    ImportItem,
    ImportReview,
)
from nowprint.language.prompt_injection import ORDERS, visible
from nowprint.memory.capture.writing import CaptureWriter
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.reranker import FloatArray
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.files.orders import give_orders
from nowprint.memory.files.staging import Bytes, Contents, Staged
from nowprint.memory.formats.task import Work
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_vectors, encode_vector
from nowprint.memory.storage.forgotten_marks import ForgottenMarks

GROUPS: dict[ImportGroupName, ImportChoice] = {
    "new": "import",
    "duplicate": "skip",
    "conflicting": "hold back",
    "forgotten": "skip",
    "suspicious": "hold back",
}
"""The choice suggested for each group."""
SAMPLES = 5
PROBES = 16
"""How many of a file's vectors are checked by embedding their texts again."""
SAME_COSINE = 0.98
"""A checked vector needs this cosine at least; encoding alone changes a cosine by .002 at most."""
_BATCH = 64


@dataclass(frozen=True, slots=True)
class Placed:
    """A staged episode, why it is in its group, and in ``with_id`` the profile's episode that it repeats or
    contradicts."""

    staged: Staged
    reason: str = ""
    with_id: int | None = None

    @property
    def item(self) -> ImportItem:
        return ImportItem(visible(self.staged.text), self.staged.created, self.reason, self.with_id)


@dataclass(slots=True)
class Review:
    """A file's contents, with its episodes in groups. ``codes``, shape (episodes, dimension), int8, are their
    vectors as the database stores them, in the order of ``contents.episodes``; None without an embedder."""

    id: int
    path: str
    contents: Contents
    codes: Bytes | None = None
    groups: dict[ImportGroupName, list[Placed]] = field(default_factory=dict)
    behind: list[Staged] = field(default_factory=list)
    """Episodes that were merged or split: they are imported with those that they were made into."""

    @property
    def told(self) -> ImportReview:
        """The review as the window shows it."""
        contents = self.contents
        return ImportReview(
            id=self.id,
            path=self.path,
            source=contents.source,
            groups=tuple(
                ImportGroup(name, len(placed), choice, tuple(p.item for p in placed[:SAMPLES]))
                for name, choice in GROUPS.items()
                if (placed := self.groups.get(name))
            ),
            conversations=len(contents.chats) if contents.chats else 0,
            messages=contents.chats.messages if contents.chats else 0,
            notes=tuple(contents.notes),
            character=contents.character,
        )


class Reviewer:
    """Fills in reviews. It reads the database and writes nothing."""

    def __init__(
        self,
        database: Database,
        writer: CaptureWriter,
        vectors: Vectors,
        index_sync: IndexSync,
        name: str,
        encoder: Encoder,
    ) -> None:
        """``name`` is the embedder's name."""
        self._database = database
        self._writer = writer
        self._embeddings = vectors
        self._index_sync = index_sync
        self._name = name
        self._encoder = encoder
        self._marks = ForgottenMarks(database)

    def review(self, review: Review, work: Work) -> None:
        """Fill in the review's vectors and groups."""
        contents = review.contents
        review.codes = self._codes(contents, work)
        texts = self._texts()
        forgotten = self._marks.among(one.text for one in contents.episodes)
        orders = self._orders(contents, texts, work)
        index = self._index_sync.opened()
        held: dict[str, int] = {}
        for name in GROUPS:
            review.groups[name] = []
        for row, staged in enumerate(
            work.over(contents.episodes, len(contents.episodes), every=20)
        ):
            if staged.merged:
                review.behind.append(staged)
                continue
            text = staged.text
            there = texts.get(text)
            if there is not None:
                placed = Placed(staged, "it is there already", there)
                review.groups["duplicate"].append(placed)
                continue
            same, changed = None, None
            if texts:
                vector = None if review.codes is None else decoded(review.codes[row : row + 1])
                if vector is None:
                    same = self._writer.same_words(text, None)
                else:
                    words = self._writer.rare_words(text, held)
                    near = self._writer.near(text, vector[0], index, words)
                    compared = self._writer.told_before(text, near, None, {})
                    same, changed = compared.same, compared.changed
            if text in forgotten:
                review.groups["forgotten"].append(Placed(staged, "you had it forgotten", changed))
            elif staged.held_back or row in orders:
                placed = Placed(staged, staged.held_back or ORDERS, same or changed)
                review.groups["suspicious"].append(placed)
            elif same is not None:
                review.groups["duplicate"].append(Placed(staged, f"#{same} says it already", same))
            elif changed is not None:
                placed = Placed(staged, f"{CONTRADICTS}{changed}", changed)
                review.groups["conflicting"].append(placed)
            else:
                review.groups["new"].append(Placed(staged))

    def _texts(self) -> dict[str, int]:
        """The ids of the profile's episodes by their texts, held back ones included."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT text, id FROM episode WHERE forgotten IS NULL AND NOT merged"
            )
            return {row[0]: row[1] for row in rows}

    def _orders(self, contents: Contents, known: Container[str], work: Work) -> set[int]:
        """The rows of the staged episodes that give orders, but for those ``known`` or held back already."""
        rows = [
            row
            for row, one in enumerate(contents.episodes)
            if not (one.held_back or one.merged or one.text in known)
        ]
        found: set[int] = set()
        for first in range(0, len(rows), _BATCH):
            work.tick(first / len(rows))
            some = rows[first : first + _BATCH]
            judged = give_orders([contents.episodes[row].text for row in some], self._encoder)
            found.update(row for row, is_order in zip(some, judged, strict=True) if is_order)
        return found

    # --- vectors ---------------------------------------------------------------------------

    def _codes(self, contents: Contents, work: Work) -> Bytes | None:
        """The encoded vectors of all staged episodes, shape (episodes, dimension), int8: the file's where
        usable, otherwise new ones. None without episodes or embedder."""
        staged = contents.episodes
        if not staged:
            return None
        stored = self._usable(contents)
        missing = [row for row, one in enumerate(staged) if stored is None or one.vector is None]
        if stored is not None and not missing:
            return stored  # its rows are in the order of the episodes
        codes = np.zeros((len(staged), self._embeddings.dimension), np.int8)
        if stored is not None:
            for row, one in enumerate(staged):
                if one.vector is not None:
                    codes[row] = stored[one.vector]
        for first in range(0, len(missing), _BATCH):
            work.tick(first / len(staged))
            rows = missing[first : first + _BATCH]
            vectors = self._index_sync.embed([staged[row].text for row in rows])
            if vectors is None:
                return None
            for row, vector in zip(rows, vectors, strict=True):
                codes[row] = np.frombuffer(encode_vector(vector), np.int8)
        return codes

    def _usable(self, contents: Contents) -> Bytes | None:
        """The file's vectors, shape (vectors, dimension), int8, if this embedder made them; otherwise None,
        with a note for the user."""
        stored = contents.vectors
        if stored is None:
            return None
        if contents.embedder != self._name or stored.shape[1] != self._embeddings.dimension:
            contents.notes.append(
                f"Its vectors are of another embedder ({visible(contents.embedder)}): the memories "
                "are read anew by this one."
            )
            return None
        with_vectors = [one for one in contents.episodes if one.vector is not None]
        probes = random.sample(with_vectors, min(PROBES, len(with_vectors)))
        fresh = self._index_sync.embed([one.text for one in probes])
        if fresh is None:
            return None
        there = decoded(stored[[one.vector for one in probes if one.vector is not None]])
        if (np.einsum("ij,ij->i", fresh, there) < SAME_COSINE).any():
            contents.notes.append(
                "Its vectors don't fit its texts: the memories are read anew by the embedder."
            )
            return None
        return stored


def decoded(codes: Bytes) -> FloatArray:
    """Encoded vectors, shape (n, dimension), int8, as unit vectors of the same shape, float32."""
    return decode_vectors([row.tobytes() for row in codes], codes.shape[1])
