"""Token scores with their whole top-k, kept on disk per model and prompt.

``bench resonance`` asks what the signatures of every token would find, not of moments alone; the
traces that the app stores hold five alternatives, a signature sixteen.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import Any

from nowprint.engine.engine import Engine
from nowprint.engine.template import PromptMessage
from nowprint.records import Alternative, TokenScore


class Tops:
    """Reads with the engine what the cache doesn't hold yet. Use as a context manager."""

    def __init__(self, engine: Engine, cache: Path) -> None:
        self._engine = engine
        cache.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(cache, isolation_level=None)
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS top (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID"
        )

    def read(self, prompt: Sequence[PromptMessage]) -> tuple[TokenScore, ...]:
        """The tokens of the prompt's part of origin "message"; alternatives have no text."""
        built = self._engine.build(prompt)
        named = json.dumps([self._engine.info.id, built.tokens, built.first])
        key = hashlib.blake2b(named.encode(), digest_size=16).digest()
        row = self._database.execute("SELECT value FROM top WHERE key = ?", (key,)).fetchone()
        if row:
            return tuple(_score(one) for one in json.loads(zlib.decompress(row[0])))
        scores = self._engine.prefill(built, Event(), score=True).scores
        value = zlib.compress(json.dumps([_plain(score) for score in scores]).encode())
        self._database.execute("INSERT OR REPLACE INTO top VALUES (?, ?)", (key, value))
        return scores

    def __enter__(self) -> Tops:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()


def _plain(score: TokenScore) -> list[Any]:
    figures = (score.surprisal, score.entropy, score.kl, score.shift)
    return [
        score.token,
        score.text,
        score.start,
        score.end,
        *(round(figure, 3) for figure in figures),
        [a.token for a in score.top],
        [round(a.p, 4) for a in score.top],
    ]


def _score(plain: list[Any]) -> TokenScore:
    token, text, start, end, surprisal, entropy, kl, shift, ids, p = plain
    top = tuple(Alternative(id, "", one) for id, one in zip(ids, p, strict=True))
    return TokenScore(token, text, start, end, surprisal, entropy, kl, shift, top)
