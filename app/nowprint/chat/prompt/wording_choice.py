"""Which wording of recollections suits the loaded model: measured once for each model, when nothing waits.

A few pairs of a fact and a question (``resources/prompt-pairs.toml``) are put to the model in each wording.
A wording's score is the mean log of the share that right answers, said to the user, have among these and
what small models say instead: the facts in the user's own words, another fact, "I don't know". Nothing is
generated, and the conversation's cache isn't touched.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from threading import Event

import numpy as np

from nowprint.chat.faults import log
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.prompt.wording import Recalled, wording
from nowprint.engine.engine import Engine
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.settings import resources, starter_model

LEAST_GAIN = 0.5
"""By how many nats another wording must be better than the first to take its place."""
LEAST_SHARE = -5.0
"""ln of the least share: what is out of the question counts no more for being farther out."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A ``fact`` with another ``beside`` it, a ``question``, and what may be answered."""

    fact: str
    beside: str
    question: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


@cache
def pairs() -> tuple[Pair, ...]:
    with open(resources() / "prompt-pairs.toml", "rb") as file:
        told = tomllib.load(file)["pair"]
    return tuple(
        Pair(
            fact=one["fact"],
            beside=one["beside"],
            question=one["question"],
            right=tuple(one["right"]),
            wrong=(one["fact"], one["beside"], *one["wrong"]),
        )
        for one in told
    )


class WordingChoice:
    """The wordings of one profile's models, kept in its database."""

    def __init__(self, store: ConversationStore) -> None:
        self._store = store
        self._shares: dict[tuple[str, str, Pair], float] = {}
        """(model id, name of a wording, pair) -> ln of the right answers' share, as far as it is measured."""
        self._given_up: set[str] = set()
        """Ids of the models whose measuring failed; they are tried again after the next start."""

    def of(self, engine: Engine) -> Recalled:
        """What was chosen for this model; until then the first wording."""
        chosen = self._store.wording(engine.model.id)
        known = wording().recalled
        return next((one for one in known if one.name == chosen), known[0])

    def measure(self, engine: Engine, builder: PromptBuilder, wanted: Event) -> None:
        """Choose the wording for this model, unless that was done; later calls go on where ``wanted`` was
        set. ModelFileError when there is not enough memory for the context that measures."""
        model = engine.model.id
        is_starter = engine.model.path.resolve() == starter_model().resolve()
        if is_starter or model in self._given_up or self._store.wording(model):
            return
        try:
            scores = self._scores(engine, builder, wanted)
        except RuntimeError as fault:  # llama.cpp failed
            self._given_up.add(model)
            log(fault)
            return
        if scores:
            first, best = next(iter(scores)), max(scores, key=scores.__getitem__)
            clearly = scores[best] >= scores[first] + LEAST_GAIN
            self._store.put_wording(model, best if clearly else first)
            builder.recalled = self.of(engine)

    def _scores(
        self, engine: Engine, builder: PromptBuilder, wanted: Event
    ) -> dict[str, float] | None:
        """The score of each wording by its name, the first one first; None if ``wanted`` was set before all
        were known."""
        model, known = engine.model.id, wording().recalled
        for pair in pairs():
            for one in known:
                if (model, one.name, pair) not in self._shares:
                    share = _share(engine, builder, one, pair, wanted)
                    if share is None:
                        return None
                    self._shares[model, one.name, pair] = share
        return {
            one.name: float(np.mean([self._shares[model, one.name, pair] for pair in pairs()]))
            for one in known
        }


def _share(
    engine: Engine, builder: PromptBuilder, recalled: Recalled, pair: Pair, wanted: Event
) -> float | None:
    """ln of the share of the right answers; None if ``wanted`` was set before it was known."""
    before, builder.recalled = builder.recalled, recalled
    try:
        prompt = engine.build(builder.alone((pair.beside, pair.fact), pair.question))
    finally:
        builder.recalled = before
    likelihood = engine.likelihood
    answers = [likelihood.tokens(text) for text in (*pair.right, *pair.wrong)]
    nats = likelihood.sums(prompt.tokens, answers, stop=wanted)
    if len(nats) < len(answers):
        return None
    right, all_ = np.logaddexp.reduce(nats[: len(pair.right)]), np.logaddexp.reduce(nats)
    return max(LEAST_SHARE, float(right - all_))
