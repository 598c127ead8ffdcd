"""What the model reads in a text, computed once per model and prompt and then cached.

Two things are cached: the trace of a message after a prompt, and the sums of a span under the frames.
Both are stored in the same form as in the app.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from threading import Event

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.chat.judge import framed
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.template import PromptMessage
from nowprint.language.sentences import Span
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import TELLS
from nowprint.memory.storage import traces
from nowprint.records import TokenScore
from nowprint.salience import frames
from nowprint.salience.frames import Framed
from nowprint.salience.meaning import with_meaning


class Readings:
    """Gives traces and framed surprise from the cache, or reads them with the engine."""

    def __init__(
        self,
        engine: Engine,
        cache: Cache,
        judging: Likelihood | None = None,
        encoder: Embedder | None = None,
    ) -> None:
        """``judging`` reads the spans in the frames; without it what judges in the app. Without ``encoder``
        nothing is known of their meaning."""
        self._encoder = None if encoder is None else CachedEmbedder(encoder, cache)
        self._engine = engine
        self._judging = judging or engine.judging
        self._cache = cache
        self._model = engine.info.id

    def trace(self, prompt: Sequence[PromptMessage], text: str) -> tuple[TokenScore, ...]:
        """The trace of ``text``, which is the part of origin "message" in the prompt."""
        built = self._engine.build(prompt)
        name = (self._model, "trace", json.dumps(built.tokens))
        stored = self._cache.get(*name)
        if stored is None:
            scores = self._engine.prefill(built, Event(), score=True).scores
            stored = traces.encode(scores)
            self._cache.put(stored, *name)
        return traces.decode(stored, text)

    def framed(self, text: str, spans: Sequence[Span]) -> tuple[Framed, ...]:
        """The framed surprise of the spans of a message, and their meaning."""
        found = []
        for span in spans:
            kind = (
                self._judging.model_id,
                "framed",
                str(frames.MOST_TOKENS),
                *frames.frame_texts(),
            )
            name = (*kind, span.of(text))
            stored = self._cache.get(*name)
            if stored is None:
                said = span.of(text)
                stored = frames.dump(framed(self._judging, said, [Span(0, len(said))]))
                self._cache.put(stored, *name)
            (one,) = frames.load(stored)
            found.append(Framed(span.start, span.end, one.tokens, one.sums))
        if self._encoder is None or not found:
            return tuple(found)
        encoder = self._encoder
        return with_meaning(text, found, lambda placed: encoder.judge(TELLS, placed))
