"""Collects the bytes to search for after a purge, in every form that the forgotten content had.

Before the rows are deleted, this takes pieces of them into memory: of texts in UTF-8 and UTF-16, of words
as the full-text index cuts them, of vectors in each precision (the database stores 8 bits, the index works
with float32, older and smaller files held float16 and one bit), of token ids as arrays and as the byte
planes of traces.py, and of the blobs as they are stored. Of very many episodes and messages only an even
sample is searched for. Pieces that remaining rows hold as well will be found, and don't count.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from nowprint.language.finding import phrase
from nowprint.memory.erasure.quoting import spoken
from nowprint.memory.erasure.raw_bytes import LEAST, Search
from nowprint.memory.erasure.selection import evenly
from nowprint.memory.storage import traces
from nowprint.memory.storage.columns import planes
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episode_codec import decode_moments
from nowprint.memory.storage.episodes import THESE, id_array

MOST_WORDS = 1000
PIECE = 24
"""The length of a piece: code points of text, or bytes of a blob."""
IDS = 8
"""The number of consecutive token ids in a piece."""

TEXT_FORMS = {
    "text in UTF-8": "utf-8",
    "text in UTF-16, little-endian": "utf-16-le",
    "text in UTF-16, big-endian": "utf-16-be",
}
WORDS = "words as the full-text index cuts them"
VECTORS = {
    "embedding, 8 bits": "|i1",
    "embedding, float16": "<f2",
    "embedding, float32": "<f4",
}
BITS = "embedding, 1 bit"
IDS_16, IDS_32, IDS_PLANES = "token ids, 16 bits", "token ids, 32 bits", "token ids, in planes"
BLOBS = ("token traces, deflated", "signatures, deflated", "likelihoods")
FORMS = (*TEXT_FORMS, WORDS, *VECTORS, BITS, IDS_16, IDS_32, IDS_PLANES, *BLOBS)

_TEXTS = """SELECT text FROM episode UNION ALL SELECT gist FROM episode
    UNION ALL SELECT text FROM old_text UNION ALL SELECT text FROM message
    UNION ALL SELECT thought FROM message UNION ALL SELECT title FROM conversation
    UNION ALL SELECT text FROM reading_message
    UNION ALL SELECT title FROM reading_message UNION ALL SELECT name || filter FROM saved_filter
    UNION ALL SELECT name || instructions FROM project UNION ALL SELECT name || system FROM persona
    UNION ALL SELECT name FROM import
    UNION ALL SELECT undo FROM forgetting UNION ALL SELECT text FROM name"""
_DATA = """SELECT data FROM embedding UNION ALL SELECT data FROM encoding UNION ALL SELECT data FROM trace
    UNION ALL SELECT data FROM moment UNION ALL SELECT nats FROM likelihood"""
_BATCH = 4 * 2**20


@dataclass(slots=True)
class ResiduePieces:
    """The pieces to search for, by their form; ``sampled`` counts the episodes and messages they are of."""

    forms: dict[str, set[bytes]] = field(default_factory=lambda: {form: set() for form in FORMS})
    words: set[str] = field(default_factory=set)
    """Long words, from which ``ResidueSampler.settle`` makes pieces."""
    sampled: int = 0
    kept_words: int = 0
    """How many of ``words`` remaining episodes or messages hold."""

    @property
    def all(self) -> set[bytes]:
        return set().union(*self.forms.values())

    def add(self, form: str, piece: bytes) -> None:
        """Add a piece, unless it is too short, or its bytes too uniform, to prove anything."""
        if len(piece) >= LEAST and len(set(piece)) >= LEAST // 2:
            self.forms[form].add(piece)


class ResidueSampler:
    """Takes pieces of rows before they are deleted. The caller holds the database's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, episodes: Sequence[int], messages: Sequence[int]) -> ResiduePieces:
        """The pieces of these episodes and messages, of an even sample if they are many."""
        residue = ResiduePieces()
        some, told = evenly(episodes), evenly(messages)
        residue.sampled = len(some) + len(told)
        these = id_array(some)
        said = self._texts(these)
        said += self._messages(residue, told)
        for text in said:
            _take_text(residue, text)
        residue.words = {word for text in said for word in spoken(text) if len(word) > LEAST + 2}
        with self._database.reading() as connection:
            for (data,) in connection.execute(
                f"""SELECT data FROM embedding WHERE episode_id {THESE}
                UNION ALL SELECT data FROM encoding WHERE episode_id {THESE}""",
                [these] * 2,
            ):
                _take_vector(residue, data)
            for (data,) in connection.execute(
                f"SELECT data FROM moment WHERE episode_id {THESE}", [these]
            ):
                _take_blob(residue, BLOBS[1], data)
                for moment in decode_moments(data):
                    _take_ids(residue, moment.signature.tokens)
            for (nats,) in connection.execute(
                f"SELECT nats FROM likelihood WHERE episode_id {THESE}", [these]
            ):
                _take_blob(residue, BLOBS[2], nats)
        return residue

    def _texts(self, these: str) -> list[str]:
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT text FROM episode WHERE id {THESE}
                UNION ALL SELECT gist FROM episode WHERE id {THESE}
                UNION ALL SELECT text FROM old_text WHERE episode_id {THESE}""",
                [these] * 3,
            )
            return [row[0] for row in rows]

    def _messages(self, residue: ResiduePieces, ids: Sequence[int]) -> list[str]:
        """The texts of these messages; pieces of their traces are added to ``residue``."""
        with self._database.reading() as connection:
            rows = connection.execute(
                f"""SELECT m.text, t.data, m.thought FROM message m LEFT JOIN trace t ON t.message_id = m.id
                WHERE m.id {THESE}""",
                [id_array(ids)],
            ).fetchall()
        for text, data, _ in rows:
            if data is not None:
                _take_blob(residue, BLOBS[0], data)
                _take_ids(residue, [score.token for score in traces.decode(data, text)])
        return [said for row in rows for said in (row[0], row[2]) if said]

    def settle(self, residue: ResiduePieces) -> None:
        """Add pieces of the words that no episode or message holds any more; call it when the rows are
        deleted.

        Only the middle of a word is searched for: the full-text index stores neither the beginning that a
        word has in common with the one before it, nor its ending.
        """
        with self._database.reading() as connection:
            for word in sorted(residue.words)[:MOST_WORDS]:
                held = (
                    connection.execute(
                        f"SELECT 1 FROM {table} (?) LIMIT 1", [phrase(word)]
                    ).fetchone()
                    for table in ("episode_search", "archive_search", "message_search")
                )
                if any(held):
                    residue.kept_words += 1
                else:
                    residue.add(WORDS, word[1:-2].encode())

    def held(self, pieces: Iterable[bytes]) -> set[bytes]:
        """The pieces that the remaining rows of the database hold, too."""
        looking, found = Search(pieces), set[bytes]()
        if looking.longest:
            for data in _joined(self._rest()):
                found |= looking.count(data).keys()
        return found

    def _rest(self) -> Iterator[bytes]:
        with self._database.reading() as connection:
            for (text,) in connection.execute(_TEXTS):
                for said in {text, text.casefold()}:
                    yield said.encode("utf-8", "replace")
            for (data,) in connection.execute(_DATA):
                yield data
            for (data,) in connection.execute(
                "SELECT data FROM trace UNION ALL SELECT data FROM moment"
            ):
                with contextlib.suppress(zlib.error):  # old traces begin differently
                    yield zlib.decompress(data[1:], wbits=-15)


# --- pieces ------------------------------------------------------------------------------------


def _places(length: int, piece: int) -> list[int]:
    """Where to take pieces from something of this length: at its start, in its middle and at its end."""
    return sorted({0, max(0, (length - piece) // 2), max(0, length - piece)})


def _take_text(residue: ResiduePieces, text: str) -> None:
    for at in _places(len(text), PIECE):
        for form, encoding in TEXT_FORMS.items():
            residue.add(form, text[at : at + PIECE].encode(encoding, "replace"))


def _take_blob(residue: ResiduePieces, form: str, data: bytes) -> None:
    if len(data) >= PIECE // 2:
        for at in _places(len(data), PIECE):
            residue.add(form, data[at : at + PIECE])


def _take_vector(residue: ResiduePieces, data: bytes) -> None:
    """``data`` is a vector as episode_codec.py encodes it."""
    stored = np.frombuffer(data, np.int8)
    unit = stored.astype(np.float32)
    unit /= max(float(np.linalg.norm(unit)), 1e-9)
    for form, kind in VECTORS.items():
        column = stored if kind == "|i1" else unit.astype(kind)
        width = PIECE // column.itemsize
        for at in _places(len(column), width):
            residue.add(form, column[at : at + width].tobytes())
    residue.add(BITS, np.packbits(stored > 0).tobytes()[:PIECE])


def _take_ids(residue: ResiduePieces, ids: Sequence[int]) -> None:
    if len(ids) < IDS // 2:
        return
    for at in _places(len(ids), IDS):
        run = ids[at : at + IDS]
        residue.add(IDS_32, np.array(run, "<u4").tobytes())
        if max(run) < 2**16:
            residue.add(IDS_16, np.array(run, "<u2").tobytes())
    for at in _places(len(ids), 2 * IDS):
        low = planes(ids[at : at + 2 * IDS])
        residue.add(IDS_PLANES, low[: len(low) // 4])


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts, joined by line ends into fewer and larger ones."""
    held: list[bytes] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part) + 1
        if size >= _BATCH:
            yield b"\n".join(held)
            held, size = [], 0
    yield b"\n".join(held)
