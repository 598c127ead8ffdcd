"""Influence: how much less likely an answer would have been without each of its recollections.

A recollection may be recalled and enter the prompt without changing the answer. So its influence is
measured, and the model isn't asked: ln p(answer | prompt) − ln p(answer | prompt without the
recollection), in nats, over the answer's tokens. The first term is known from decoding; the second
takes one reading of the prompt per recollection. The last few answers are measured when no request
waits. When one comes, measuring ends within a batch, and goes on later with the recollections that are
left. An answer isn't measured if it doesn't fit together with its prompt into the context that judges
texts (2048 tokens): a prompt that was cut would be a different prompt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from nowprint.chat.faults import log
from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError
from nowprint.events import InfluenceMeasured
from nowprint.memory.memory import Memory
from nowprint.records import Influence, Recollection, TokenScore

MOST_WAITING = 8
"""The most answers that wait to be measured; older ones are dropped unmeasured."""
MOST_TOKENS = 256
"""How many of an answer's first tokens are measured."""


@dataclass(slots=True)
class _Answered:
    answer_id: int
    base: Base
    recollections: tuple[Recollection, ...]
    tokens: tuple[int, ...]
    nats: float
    """Σ ln p of the tokens, given the whole prompt."""
    measured: dict[int, float] = field(default_factory=dict)
    """Episode id -> influence in nats, as far as it is measured."""


class InfluenceMeter:
    """Measures the influence in the latest answers. Used on the generating thread."""

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
        """Note that an answer was written with these recollections in its prompt, to be measured later.
        ``said`` is the answer's trace."""
        said = said[:MOST_TOKENS]
        if recollections and said:
            tokens = tuple(score.token for score in said)
            nats = -sum(score.surprisal for score in said)
            self._waiting.append(_Answered(answer_id, base, recollections, tokens, nats))

    def clear(self) -> None:
        """Drop the answers that wait: another model was loaded, or the user switched memory off."""
        self._waiting.clear()

    def measure(self, engine: Engine, builder: PromptBuilder, wanted: Event) -> None:
        """Measure the answers that wait, newest first, until all are done or ``wanted`` is set.

        An answer whose measuring fails is dropped. ModelFileError when there is not enough memory for
        the context that measures.
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
        """Measure one answer; True if it is measured or can't be, False if ``wanted`` was set before the
        end."""
        likelihood = engine.likelihood
        for one in answered.recollections:
            if one.episode.id in answered.measured:
                continue
            others = tuple(r for r in answered.recollections if r is not one)
            messages, _ = builder.with_recollections(answered.base, others)
            prompt = engine.build(messages)
            if len(prompt.tokens) + len(answered.tokens) > likelihood.size:
                continue
            without = likelihood.sums(prompt.tokens, [answered.tokens], stop=wanted)
            if not without:
                return not wanted.is_set()
            answered.measured[one.episode.id] = answered.nats - without[0]
        measured = answered.measured
        if not measured:
            return True
        self._memory.measurements.set_influence(answered.answer_id, measured)
        influences = tuple(Influence(id, nats) for id, nats in measured.items())
        self._announce(InfluenceMeasured(answered.answer_id, influences))
        return True
