"""``bench resonance``: what signature resonance gains, and what it costs.

With long conversations (LoCoMo's form) it measures what resonance finds (resonance_recall.py), with
pairs what it does to answers (resonance_answers.py). Both end by comparing the time of a look-up with
the time of a decode step in the same run.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

from nowprint.bench.cache import Cache
from nowprint.bench.context import BenchContext
from nowprint.bench.locomo import read_conversations
from nowprint.bench.resonance_answers import draw_answers
from nowprint.bench.resonance_recall import find, indexed
from nowprint.bench.tops import Tops
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.engine.distribution import Distribution, FloatArray
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import PromptMessage
from nowprint.records import TokenScore
from nowprint.salience.signatures import Match

SIZES = (1_000, 10_000, 100_000)
"""Numbers of signatures in the index for which look-ups are timed."""
SEED = 7
STEPS = 200
"""How many decode steps the timing takes."""
ASKED = "Tell me a long story about two friends who travel to Lisbon in the summer of 1998."
SAMPLING = Sampling(temperature=0.8, seed=SEED)


def resonance(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data has neither form."""
    began = time.monotonic()
    report: dict[str, Any]
    if isinstance(data, dict) and "pairs" in data:
        report = {"n": len(data["pairs"]), "ablations": draw_answers(context, data)}
        texts = [str(pair["fact"]) for pair in data["pairs"]]
    else:
        conversations = read_conversations(data)
        found = find(context, conversations)
        chances = found.chances
        report = {
            "n": found.questions,
            "missed": len(chances),
            "chance": sum(chances) / len(chances) if chances else None,
            "ablations": {name: tally.row() for name, tally in found.tallies.items()},
        }
        texts = [t.message for s in conversations[0].sessions for t in s.turns][: STEPS // 2]
    context.report("Timing look-ups", None)
    report["lookup"] = look_ups(context, texts)
    return report | {"seconds": time.monotonic() - began}


def look_ups(context: BenchContext, texts: Sequence[str]) -> dict[str, dict[str, float]]:
    """For each number of signatures: the share of an answer's tokens for which a look-up found a match, the
    median microseconds of such a look-up, the mean microseconds per token, and the latter as a share of a
    decode step.

    The signatures are drawn at random from those of all tokens of the texts, with one token replaced in
    each. The look-ups are timed between decode steps, when the processor's caches are full of weights.
    """
    builder = PromptBuilder(context.engine, answer_tokens=STEPS)

    def prompt(text: str) -> tuple[PromptMessage, ...]:
        return builder.with_recollections(builder.base((), (), text), ())[0]

    with Cache(context.cache) as cache:
        tops = Tops(context.engine, cache)
        read = [score for text in texts for score in tops.read(prompt(text)) if score.top]
    table = {}
    for size in SIZES:
        index = indexed([(row // 4, score) for row, score in enumerate(_many(read, size))])
        times: list[float] = []
        looked: list[float] = []

        def listen(
            logits: FloatArray,
            distribution: Distribution,
            nearest: Callable[..., Match | None] = index.nearest,
            times: list[float] = times,
            looked: list[float] = looked,
        ) -> None:
            began = time.perf_counter()
            match = nearest(distribution.ids, distribution.p)
            times.append(time.perf_counter() - began)
            if match:
                looked.append(times[-1])

        built = context.engine.build(prompt(ASKED))
        context.engine.prefill(built, Event(), score=False)
        began = time.perf_counter()
        steps = sum(
            1 for _ in context.engine.generate(built, SAMPLING, STEPS, Event(), adjust=listen)
        )
        step = (time.perf_counter() - began - sum(times)) / max(1, steps)
        mean = statistics.fmean(times)
        table[f"{size:,} signatures"] = {
            "looked up": len(looked) / len(times),
            "microseconds": statistics.median(looked or [0.0]) * 1e6,
            "microseconds a token": mean * 1e6,
            "of a decode step": mean / step,
        }
    return table


def _many(read: Sequence[TokenScore], size: int) -> list[TokenScore]:
    """``size`` distributions, drawn at random from ``read``, each with one of its tokens replaced."""
    chance = random.Random(SEED)
    vocabulary = sorted({a.token for score in read for a in score.top})
    many = []
    for score in chance.choices(read, k=size):
        top = list(score.top)
        at = chance.randrange(len(top))
        top[at] = replace(top[at], token=chance.choice(vocabulary))
        many.append(replace(score, top=tuple(top)))
    return many
