"""Token scores with their whole top-k, computed once per model and prompt and then cached.

``bench resonance`` measures what the signatures of every token would find, not only those of moments.
The app's traces aren't enough for that: they hold two alternatives for a surprising token, and a
signature holds sixteen.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from threading import Event
from typing import Any

from nowprint.bench.cache import Cache
from nowprint.engine.engine import Engine
from nowprint.engine.template import PromptMessage
from nowprint.records import Alternative, TokenScore


class Tops:
    """Gives token scores from the cache, or reads them with the engine."""

    def __init__(self, engine: Engine, cache: Cache) -> None:
        self._engine = engine
        self._cache = cache

    def read(self, prompt: Sequence[PromptMessage]) -> tuple[TokenScore, ...]:
        """The scores of the tokens in the prompt's part of origin "message". From the cache their
        alternatives have no text."""
        built = self._engine.build(prompt)
        name = ("top", self._engine.info.id, json.dumps([built.tokens, built.first]))
        stored = self._cache.get(*name)
        if stored is not None:
            return tuple(_score(one) for one in json.loads(zlib.decompress(stored)))
        scores = self._engine.prefill(built, Event(), score=True).scores
        self._cache.put(
            zlib.compress(json.dumps([_plain(score) for score in scores]).encode()), *name
        )
        return scores


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
