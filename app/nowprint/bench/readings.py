"""What the model reads in a text, kept on disk per model and prompt: a second run takes seconds.

Two things are kept: the token trace of a message behind a prompt, and the sums of a span under the
frames. Both are what the app itself stores.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from types import TracebackType

from nowprint.chat.judge import framed
from nowprint.engine.engine import Engine
from nowprint.engine.template import PromptMessage
from nowprint.memory import traces
from nowprint.records import TokenScore
from nowprint.salience import frames
from nowprint.salience.frames import Framed
from nowprint.salience.spans import Span


class Readings:
    """Reads with the engine what the cache doesn't hold yet. Use as a context manager."""

    def __init__(self, engine: Engine, cache: Path) -> None:
        self._engine = engine
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(cache, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # lost, it is read again
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS reading (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
        )

    def trace(self, prompt: Sequence[PromptMessage], text: str) -> tuple[TokenScore, ...]:
        """The tokens of ``text``, which is the part of origin "message" in the prompt."""
        built = self._engine.build(prompt)
        key = self._key("trace", json.dumps(built.tokens))
        stored = self._get(key)
        if stored is None:
            scores = self._engine.prefill(built, Event(), score=True).scores
            stored = traces.encode(scores)
            self._put(key, stored)
        return traces.decode(stored, text)

    def framed(self, text: str, spans: Sequence[Span]) -> tuple[Framed, ...]:
        """The spans of a message under the frames."""
        found = []
        for span in spans:
            key = self._key("framed", str(frames.MOST_TOKENS), *frames.frame_texts(), span.of(text))
            stored = self._get(key)
            if stored is None:
                alone = Span(0, span.end - span.start)
                stored = frames.dump(framed(self._engine, span.of(text), [alone]))
                self._put(key, stored)
            (one,) = frames.load(stored)
            found.append(Framed(span.start, span.end, one.tokens, one.sums))
        return tuple(found)

    def _key(self, *parts: str) -> bytes:
        text = "\0".join((self._engine.info.id, *parts))
        return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()

    def _get(self, key: bytes) -> bytes | None:
        row = self._database.execute("SELECT value FROM reading WHERE key = ?", (key,)).fetchone()
        return bytes(row[0]) if row else None

    def _put(self, key: bytes, value: bytes) -> None:
        self._database.execute("INSERT OR REPLACE INTO reading VALUES (?, ?)", (key, value))

    def __enter__(self) -> Readings:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()
