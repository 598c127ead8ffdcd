"""Influence: how much less likely an answer would have been without each of its recollections.

Retrieved, injected and influential are three different things. What a recollection changed is
measured, not asked of the model: ln p(answer | prompt) − ln p(answer | prompt without it), over the
tokens that were answered, one reading of the prompt for each recollection. The first term is known
from decoding. It happens when nothing else waits, for the last few answers, and ends within a batch
when somebody does; what was measured by then is kept. An answer whose prompt doesn't fit with it into
the context that judges texts (2048 tokens) isn't measured: cut, its prompt would be another one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.prompt import Base, PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError
from nowprint.events import InfluenceMeasured
from nowprint.memory.memory import Memory
from nowprint.records import Influence, Recollection, TokenScore

MOST_WAITING = 8
"""Answers that wait to be measured; the oldest go unmeasured."""
MOST_TOKENS = 256
"""Tokens of an answer that are looked at."""


@dataclass(slots=True)
class _Answered:
    answer_id: int
    base: Base
    recollections: tuple[Recollection, ...]
    tokens: tuple[int, ...]
    nats: float
    """ln p of the tokens, given the whole prompt."""
    measured: dict[int, float] = field(default_factory=dict)


class InfluenceMeter:
    """Used on the generating thread."""

    def __init__(self, memory: Memory, announce: Callable[[InfluenceMeasured], None]) -> None:
        self._memory = memory
        self._announce = announce
        self._waiting: deque[_Answered] = deque(maxlen=MOST_WAITING)

    def note(
        self,
        answer_id: int,
        base: Base,
        recollections: tuple[Recollection, ...],
        said: tuple[TokenScore, ...],
    ) -> None:
        """An answer was written with these in its prompt: measure them when there is time."""
        said = said[:MOST_TOKENS]
        if recollections and said:
            tokens = tuple(score.token for score in said)
            nats = -sum(score.surprisal for score in said)
            self._waiting.append(_Answered(answer_id, base, recollections, tokens, nats))

    def clear(self) -> None:
        """Another model is loaded: what waits can't be measured. Or the user wants no memory."""
        self._waiting.clear()

    def measure(self, engine: Engine, builder: PromptBuilder, wanted: Event) -> None:
        """Measure what waits, newest first, until it is done or ``wanted`` is set.

        What fails is measured no more. ModelFileError when there is no room for measuring at all.
        """
        while self._waiting and not wanted.is_set():
            try:
                done = self._measure(self._waiting[-1], engine, builder, wanted)
            except ModelFileError:
                raise
            except Exception as fault:  # noqa: BLE001 - one answer must not hold up the others
                log(fault)
                done = True
            if done:
                self._waiting.pop()

    def _measure(
        self, answered: _Answered, engine: Engine, builder: PromptBuilder, wanted: Event
    ) -> bool:
        """Whether it is done with: measured, or it can't be."""
        likelihood = engine.likelihood
        for one in answered.recollections:
            if one.episode.id in answered.measured:
                continue
            others = tuple(r for r in answered.recollections if r is not one)
            messages, _ = builder.with_recollections(answered.base, others)
            prompt = engine.build(messages)
            if len(prompt.tokens) + len(answered.tokens) > likelihood.size:
                return True
            without = likelihood.sums(prompt.tokens, [answered.tokens], stop=wanted)
            if not without:
                return not wanted.is_set()
            answered.measured[one.episode.id] = answered.nats - without[0]
        measured = answered.measured
        self._memory.measurements.set_influence(answered.answer_id, measured)
        influences = tuple(Influence(id, nats) for id, nats in measured.items())
        self._announce(InfluenceMeasured(answered.answer_id, influences))
        return True
