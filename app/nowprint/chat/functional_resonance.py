"""Functional resonance: an episode resonates with a message that makes its text less surprising.

For each token of each of the best candidates of recall, the gain is ln p(token | message) − ln p(token),
both given the episode's tokens before it. An episode's resonance is the sum of its positive gains, in
nats: it counts the words that the message made expected. (The sum of all gains finds less, because what
a message takes away from the other words is noise. So does the mean, because each expected word counts.)
The message is read once, followed by a line end; the first ``MOST_TOKENS`` tokens of the candidates are
read after it side by side (engine/likelihood.py). For the second term they are read after a line end
alone; that is done when no request waits, and stored with the episode. memory/retrieval/ranking.py
decides what these nats mean for the order of the candidates.

All this happens before the answer, so the time is limited: as many candidates are measured as the time
allows, best first, and none if the best one is far ahead of the others (``is_sure``). If the chat's
model is too slow for ``WORTHWHILE`` candidates, the bundled starter model measures them; it is loaded
in addition when no request waits.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from threading import Event

import numpy as np

from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.likelihood import Nats as Gains
from nowprint.engine.model import Model
from nowprint.engine.threads import Threads
from nowprint.errors import ModelFileError
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import Scored
from nowprint.memory.retrieval.reordering import RESONATING
from nowprint.memory.storage.measurements import Surprisals
from nowprint.settings import starter_model

MOST_TOKENS = 48
"""How many of an episode's first tokens are measured."""
MESSAGE_TOKENS = 96
"""How many of the message's last tokens are read; the question is mostly there."""
WORTHWHILE = 5
"""The least number of candidates that is worth measuring; fewer change little."""
USUAL_TOKENS = 24
"""The usual length of an episode in tokens, to estimate how many fit into the time."""
SURE = 2.0
"""If the best score is this far ahead of the next, nothing is measured."""
NEWEST = 500
"""How many of the newest episodes ``prepare`` measures in advance; others when they are candidates."""

_BETWEEN = "\n"
_FORM = "after a line end, 48 tokens"
"""How the stored surprisals were measured; part of the name that they are stored under, so that a change
makes the old ones unused."""
_SMALL = 0.3e9
"""For a model with at most this many parameters the starter model would be no faster."""
_AT_ONCE = 8


def is_sure(ranked: Sequence[Scored]) -> bool:
    """Whether the order needs no measuring: there is at most one candidate, or the best is far ahead."""
    return len(ranked) < 2 or ranked[0].score - ranked[1].score >= SURE


def expected(gains: Gains) -> float:
    """The sum of the positive gains, in nats; ``gains`` has shape (tokens,)."""
    return float(gains[gains > 0].sum())


class FunctionalResonance:
    """Measures functional resonance. Used on the generating thread."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._beside: tuple[Model, Likelihood] | None = None
        """The starter model, once it is loaded beside the chat's model."""
        self._room_beside = True

    def nats(
        self,
        engine: Engine,
        message: str,
        ranked: Sequence[Scored],
        *,
        seconds: float | None,
        stop: Event | None = None,
    ) -> dict[int, float]:
        """Episode id -> resonance in nats, for as many of ``ranked`` (best first) as fit into ``seconds``.

        At most the best ``RESONATING`` are measured. With ``seconds`` None all of these are, even if the
        best is far ahead. RuntimeError if llama.cpp fails.
        """
        gains = self.gains(engine, message, ranked, seconds=seconds, stop=stop)
        return {id: expected(one) for id, one in gains.items()}

    def gains(
        self,
        engine: Engine,
        message: str,
        ranked: Sequence[Scored],
        *,
        seconds: float | None,
        stop: Event | None = None,
    ) -> dict[int, Gains]:
        """As ``nats``, but the gain of each token, in nats: shape (tokens,)."""
        if seconds is not None and (seconds <= 0 or is_sure(ranked)):
            return {}
        likelihood = self._fast_enough(engine, seconds)
        if likelihood is None:
            return {}
        until = None if seconds is None else time.monotonic() + seconds
        best = [one.id for one in ranked[:RESONATING]]
        texts = {e.id: e.text for e in self._memory.episodes(best)}
        tokens = {id: likelihood.tokens(texts[id])[:MOST_TOKENS] for id in best if id in texts}
        # reading a text alone takes as long as reading it after the message: so half of the time each
        half = None if seconds is None else time.monotonic() + seconds / 2
        alone = self._alone(likelihood, texts, tokens, half, stop)
        measured = [id for id in tokens if id in alone]
        prefix = _prefix(likelihood, message)
        given = likelihood.nats(prefix, [tokens[id] for id in measured], until=until, stop=stop)
        return {id: nats + alone[id] for id, nats in zip(measured, given, strict=False)}

    def prepare(self, engine: Engine, seconds: float, wanted: Event) -> None:
        """Measure the surprisals of the newest episodes by themselves, until all are done or ``wanted`` is
        set.

        ``seconds`` is the time that ``nats`` will have; it decides which model measures.
        """
        if seconds <= 0:
            return
        likelihood = self._fast_enough(engine, seconds, load=True)
        if likelihood is None:
            return
        missing = self._memory.measurements.without_likelihood(_name(likelihood), NEWEST)
        for at in range(0, len(missing), _AT_ONCE):
            episodes = self._memory.episodes(missing[at : at + _AT_ONCE])
            texts = {e.id: e.text for e in episodes}
            tokens = {id: likelihood.tokens(text)[:MOST_TOKENS] for id, text in texts.items()}
            self._alone(likelihood, texts, tokens, None, wanted)
            if wanted.is_set():
                return

    def _alone(
        self,
        likelihood: Likelihood,
        texts: Mapping[int, str],
        tokens: Mapping[int, Sequence[int]],
        until: float | None,
        stop: Event | None,
    ) -> dict[int, Surprisals]:
        """Each text's surprisals with nothing before it, shape (tokens,): stored ones, or measured now and
        then stored. Texts that could not be measured in time are missing."""
        name = _name(likelihood)
        stored = self._memory.measurements.likelihoods(name, tokens)
        known = {id: nats for id, nats in stored.items() if len(nats) == len(tokens[id])}
        missing = [id for id in tokens if id not in known]
        measured = likelihood.nats(
            _prefix(likelihood, ""), [tokens[id] for id in missing], until=until, stop=stop
        )
        found = {id: -nats.astype(np.float32) for id, nats in zip(missing, measured, strict=False)}
        if found:
            self._memory.measurements.put_likelihoods(name, found, texts)
        return known | found

    # --- which model ---------------------------------------------------------------------------

    def _fast_enough(
        self, engine: Engine, seconds: float | None, *, load: bool = False
    ) -> Likelihood | None:
        """The chat's model if it is fast enough for ``seconds``, else the starter model, which is loaded now
        if ``load`` is True. None if there is not enough memory, or the starter model isn't loaded."""
        try:
            own = engine.likelihood
        except ModelFileError:  # no memory for it, and so none for another model
            return None
        worthwhile = WORTHWHILE * USUAL_TOKENS
        slow = (
            seconds is not None
            and 0 < own.tokens_per_second * seconds < worthwhile
            and engine.info.parameters > _SMALL
        )
        if not slow:
            return own
        if self._beside is None and load and self._room_beside and starter_model().is_file():
            try:
                self._beside = _beside(engine.threads)
            except ModelFileError:  # go on without resonance
                self._room_beside = False
        return self._beside[1] if self._beside else None

    def close(self) -> None:
        if self._beside:
            model, likelihood = self._beside
            likelihood.close()
            model.close()
            self._beside = None


def _beside(threads: int) -> tuple[Model, Likelihood]:
    model = Model(starter_model())
    try:
        return model, Likelihood(model, threads=Threads(threads), cells=1024)
    except BaseException:
        model.close()
        raise


def _prefix(likelihood: Likelihood, message: str) -> list[int]:
    tokens = likelihood.tokens(message)[-MESSAGE_TOKENS:] + likelihood.tokens(_BETWEEN)
    return [*likelihood.beginning, *tokens]


def _name(likelihood: Likelihood) -> str:
    return f"{likelihood.model_id} {_FORM}"
