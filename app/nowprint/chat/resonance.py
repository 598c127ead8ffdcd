"""Functional resonance: a memory resonates when the present makes it less surprising.

For each token of each of the best candidates of recall: ln p(token | message) − ln p(token), given the
memory's tokens before it. What resonates is the sum of what is gained: the words that the message made
expected. (The whole sum finds less: what a message takes away from the other words is noise. So does
the mean: each expected word counts.) The message is read once, with a line end after it; the
candidates' first ``MOST_TOKENS`` ride on it side by side (engine/likelihood.py). The second term is the
same after a line end alone; it is measured when nothing waits and kept with the episode. What the nats
mean for the order of the candidates is decided in memory/retrieval/ranking.py.

It happens before the answer, so it has a time to keep: as many candidates as fit, best first, and
none where the best one stands clear of the others (``is_sure``). Where the chat's model is too slow
for ``WORTHWHILE`` candidates, the bundled starter model is loaded beside it when nothing waits.
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
from nowprint.memory.retrieval.ranking import RESONATING, Scored
from nowprint.memory.storage.measurements import Surprisals
from nowprint.settings import starter_model

MOST_TOKENS = 48
"""Tokens of a memory that are looked at: its first ones."""
MESSAGE_TOKENS = 96
"""Tokens of the message that are read: its last ones, where the question mostly is."""
WORTHWHILE = 5
"""Candidates; measuring fewer changes little."""
USUAL_TOKENS = 24
"""Of a memory, to tell beforehand how many fit."""
SURE = 2.0
"""How far the best score is before the next when nothing needs to be measured."""
NEWEST = 500
"""Episodes whose own likelihood is measured beforehand; that of others when they are candidates."""

_BETWEEN = "\n"
_FORM = "after a line end, 48 tokens"
"""Under which the own surprisals are kept: another form makes them worthless."""
_SMALL = 0.3e9
"""Parameters of a model for which there is no faster one."""
_AT_ONCE = 8


def is_sure(ranked: Sequence[Scored]) -> bool:
    """Whether the order needs no measuring: there is one, or the best stands clear of the others."""
    return len(ranked) < 2 or ranked[0].score - ranked[1].score >= SURE


def expected(gains: Gains) -> float:
    """What the message made expected, in nats."""
    return float(gains[gains > 0].sum())


class FunctionalResonance:
    """Used on the generating thread."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._beside: tuple[Model, Likelihood] | None = None
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
        """Episode id -> nats for as many of ``ranked`` (the best first) as fit into the time.

        Without a limit (None) all of the best ``RESONATING`` are measured, sure or not.
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
        """As ``nats``, token by token: shape (tokens,)."""
        if seconds is not None and (seconds <= 0 or is_sure(ranked)):
            return {}
        likelihood = self._fast_enough(engine, seconds)
        if likelihood is None:
            return {}
        until = None if seconds is None else time.monotonic() + seconds
        best = [one.id for one in ranked[:RESONATING]]
        texts = {e.id: e.text for e in self._memory.episodes(best)}
        tokens = {id: likelihood.tokens(texts[id])[:MOST_TOKENS] for id in best if id in texts}
        # what isn't known beforehand takes as long as what is asked: half of the time
        half = None if seconds is None else time.monotonic() + seconds / 2
        alone = self._alone(likelihood, texts, tokens, half, stop)
        measured = [id for id in tokens if id in alone]
        prefix = _prefix(likelihood, message)
        given = likelihood.nats(prefix, [tokens[id] for id in measured], until=until, stop=stop)
        return {id: nats + alone[id] for id, nats in zip(measured, given, strict=False)}

    def prepare(self, engine: Engine, seconds: float, wanted: Event) -> None:
        """Measure the newest episodes' own likelihoods, until it is done or ``wanted`` is set.

        ``seconds`` is the time that ``nats`` will have, which decides on the model.
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
        """Each one's surprisals with nothing before it: known, or measured now and kept."""
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
        """The chat's own, or the starter model's where that one is too slow and this one is there.
        None where there is no room for it, or the starter model isn't loaded yet."""
        try:
            own = engine.likelihood
        except ModelFileError:  # no room for it, and so for none beside it
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
            except ModelFileError:  # it would only have been quicker
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
