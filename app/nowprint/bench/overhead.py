"""What reading distributions costs: the speed of Nowprint's engine against a bare llama.cpp loop.

Both use the same model, context, prompt and sampler chain, alternate in one run, and read the prompt
with an empty cache. The bare loop asks for the logits of the last token only, as a chat application
without memory would, and computes with a fixed number of threads, one per core. Beside busy programs it
is measured with several numbers of threads, because Nowprint adapts its own. Only the engine is
measured: storing the growing answer twice a second and the pipe to the window aren't included, since any
chat application has something like them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from threading import Event
from typing import Any, TypeAlias

from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage
from nowprint.engine.threads import candidates, usable_threads

BLOCK = 32
"""Tokens decoded at a time. That takes a third of a second, so that other load on the machine slows both
alike."""
BLOCKS = 6
"""Blocks that each of the two decodes per round."""
BUSY_BLOCKS = 3
"""The same beside busy programs, where a block takes longer."""
_GREEDY = Sampling(temperature=0)
_ASKED = (
    "What should I think of when I take the train from Lisbon to Porto with two small children?"
)
_ANSWERED = (
    "Take the direct train, which needs about three hours, and book seats with a table. Bring water, "
    "something to eat and a few small toys, because the bar is often closed. Porto's station lies "
    "outside the centre; a metro goes from there every ten minutes. "
)
_RECALLED = (
    "Remember:\n- My daughter Mia is four and gets sick on buses.\n"
    "- We are going to stay with Ana in Porto until the ninth of May.\n\n"
)
_MESSAGE = (
    "Mia has started to eat no meat, so we need a place near the station with something for her."
)

Measure: TypeAlias = Callable[[], float]


class Speeds:
    """Measurements of the engine and the bare loop; each call measures again, in tokens per second."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.prompt = engine.build(_conversation())
        self._stop = Event()

    def prefill(self) -> float:
        self._engine.context.clear()
        began = time.perf_counter()
        self._engine.prefill(self.prompt, self._stop, score=True)
        return len(self.prompt.tokens) / (time.perf_counter() - began)

    def bare_prefill(self, threads: int) -> float:
        context = self._engine.context
        context.clear()
        with context.computing_with(threads):
            began = time.perf_counter()
            context.bare_prefill(self.prompt.tokens)
            return len(self.prompt.tokens) / (time.perf_counter() - began)

    def decode(self) -> float:
        self._engine.prefill(self.prompt, self._stop, score=False)
        began = time.perf_counter()
        generation = self._engine.generate(self.prompt, _GREEDY, BLOCK, self._stop)
        for _ in generation:
            pass
        return len(generation.scores) / (time.perf_counter() - began)

    def bare_decode(self, threads: int) -> float:
        context = self._engine.context
        with context.computing_with(threads):
            context.bare_prefill(self.prompt.tokens)
            began = time.perf_counter()
            return context.bare_decode(_GREEDY, BLOCK) / (time.perf_counter() - began)


def overhead(engine: Engine, rounds: int) -> dict[str, Any]:
    """Median ratios of successive measurements, Nowprint's speed divided by the bare loop's, and the median
    speeds in tokens per second."""
    speeds = Speeds(engine)
    threads = usable_threads(engine.threads)
    prefill = (speeds.prefill, partial(speeds.bare_prefill, threads))
    decode = (speeds.decode, partial(speeds.bare_decode, threads))
    for warm in (*prefill, *decode):
        warm()
    prefills, bare_prefills = _in_turns(prefill, rounds)
    decodes, bare_decodes = _in_turns(decode, rounds * BLOCKS)
    return {
        "prefill_ratio": _ratio(prefills, bare_prefills),
        "decode_ratio": _ratio(decodes, bare_decodes),
        "prefill_tokens_per_second": median(prefills),
        "bare_prefill_tokens_per_second": median(bare_prefills),
        "decode_tokens_per_second": median(decodes),
        "bare_decode_tokens_per_second": median(bare_decodes),
        "prompt_tokens": float(len(speeds.prompt.tokens)),
        "message_tokens": float(speeds.prompt.last - speeds.prompt.first),
        "rounds": float(rounds),
    }


def overhead_beside(engine: Engine, rounds: int, busy: int) -> dict[str, Any]:
    """Like ``overhead``, but against the bare loop with the fixed number of threads that turns out fastest
    beside the ``busy`` busy programs, which the caller has started."""
    speeds = Speeds(engine)
    numbers = candidates(usable_threads(0))
    prefill: list[Measure] = [speeds.prefill, *(partial(speeds.bare_prefill, n) for n in numbers)]
    decode: list[Measure] = [speeds.decode, *(partial(speeds.bare_decode, n) for n in numbers)]
    for settle in (*prefill, *decode, speeds.decode):
        settle()
    prefills, *bare_prefills = _in_turns(prefill, rounds)
    decodes, *bare_decodes = _in_turns(decode, rounds * BUSY_BLOCKS)
    best_prefill = max(range(len(numbers)), key=lambda i: median(bare_prefills[i]))
    best_decode = max(range(len(numbers)), key=lambda i: median(bare_decodes[i]))
    return {
        "beside": busy,
        "prefill_ratio": _ratio(prefills, bare_prefills[best_prefill]),
        "decode_ratio": _ratio(decodes, bare_decodes[best_decode]),
        "best_threads": {"prefill": numbers[best_prefill], "decode": numbers[best_decode]},
        "tokens_per_second": {
            "Nowprint": {"prefill": median(prefills), "decode": median(decodes)},
            **{
                f"bare, {n} threads": {"prefill": median(p), "decode": median(d)}
                for n, p, d in zip(numbers, bare_prefills, bare_decodes, strict=True)
            },
        },
        "rounds": float(rounds),
    }


def _conversation() -> list[PromptMessage]:
    """An everyday turn: some history, two recollections, a new message of one sentence."""
    messages = [PromptMessage("system", (Part("You are a friendly assistant.", "system"),))]
    for _ in range(4):
        messages.append(PromptMessage("user", (Part(_ASKED, "history"),)))
        messages.append(PromptMessage("assistant", (Part(_ANSWERED, "history"),)))
    last = (Part(_RECALLED, "recalled"), Part(_MESSAGE, "message"))
    return [*messages, PromptMessage("user", last)]


def _in_turns(measures: Sequence[Measure], times: int) -> list[list[float]]:
    """Run all ``measures`` ``times`` times, and return the results of each. Each in turn goes first, so that
    other load on the machine affects all alike."""
    found: list[list[float]] = [[] for _ in measures]
    for first in range(times):
        for n in range(len(measures)):
            i = (first + n) % len(measures)
            found[i].append(measures[i]())
    return found


def _ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    return median(one / other for one, other in zip(ours, bare, strict=True))
