"""What reading distributions costs: Nowprint's engine against a bare llama.cpp loop.

Both use the same model, context, prompt, sampler chain and threads, alternate in one run, and read
the prompt from an empty cache. The bare loop asks for the logits of the last token alone, as a chat
application without memory would. It is the engine that is measured: committing the growing answer
twice a second and the pipe to the window are part of any chat application.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from threading import Event

from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

BLOCK = 32
"""Tokens decoded at a time: a third of a second, so that what else the machine does hits both."""
BLOCKS = 6
"""Pairs of such blocks in a round."""
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


def overhead(engine: Engine, rounds: int) -> dict[str, float]:
    """Medians of the ratios of neighbouring measurements, and the speeds in tokens per second."""
    prompt = engine.build(_conversation())
    context, stop = engine.context, Event()

    def prefill() -> float:
        context.clear()
        began = time.perf_counter()
        engine.prefill(prompt, stop, score=True)
        return len(prompt.tokens) / (time.perf_counter() - began)

    def bare_prefill() -> float:
        context.clear()
        began = time.perf_counter()
        context.bare_prefill(prompt.tokens)
        return len(prompt.tokens) / (time.perf_counter() - began)

    def decode() -> float:
        engine.prefill(prompt, stop, score=False)
        began = time.perf_counter()
        generation = engine.generate(prompt, _GREEDY, BLOCK, stop)
        for _ in generation:
            pass
        return len(generation.scores) / (time.perf_counter() - began)

    def bare_decode() -> float:
        context.bare_prefill(prompt.tokens)
        began = time.perf_counter()
        return context.bare_decode(_GREEDY, BLOCK) / (time.perf_counter() - began)

    for warm in (prefill, bare_prefill, decode, bare_decode):
        warm()
    prefills = _alternate(prefill, bare_prefill, rounds)
    decodes = _alternate(decode, bare_decode, rounds * BLOCKS)
    return {
        "prefill_ratio": _ratio(prefills),
        "decode_ratio": _ratio(decodes),
        "prefill_tokens_per_second": statistics.median(ours for ours, _ in prefills),
        "bare_prefill_tokens_per_second": statistics.median(bare for _, bare in prefills),
        "decode_tokens_per_second": statistics.median(ours for ours, _ in decodes),
        "bare_decode_tokens_per_second": statistics.median(bare for _, bare in decodes),
        "prompt_tokens": float(len(prompt.tokens)),
        "message_tokens": float(prompt.last - prompt.first),
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


def _alternate(
    ours: Callable[[], float], bare: Callable[[], float], times: int
) -> list[tuple[float, float]]:
    """In turns, each first in every other pair: what the machine does beside hits both."""
    pairs = []
    for n in range(times):
        if n % 2:
            mine, theirs = ours(), bare()
        else:
            theirs, mine = bare(), ours()
        pairs.append((mine, theirs))
    return pairs


def _ratio(pairs: Sequence[tuple[float, float]]) -> float:
    return statistics.median(ours / bare for ours, bare in pairs)
