"""What reading distributions costs: Nowprint's engine against a bare llama.cpp loop.

Both use the same model, context, prompt, sampler chain and threads, alternate in one run, and read
the prompt from an empty cache. The bare loop asks for the logits of the last token alone, as a chat
application without memory would.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from threading import Event

from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.engine.template import Part, PromptMessage

ANSWER = 128
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
    """Medians of the ratios of neighbouring rounds, and the speeds in tokens per second."""
    messages = _conversation()
    prompt = engine.build(messages)
    stop = Event()

    def ours() -> tuple[float, float]:
        engine.context.clear()
        began = time.perf_counter()
        engine.prefill(prompt, stop, score=True)
        read = time.perf_counter()
        generation = engine.generate(prompt, _GREEDY, ANSWER, stop)
        for _ in generation:
            pass
        tokens = len(generation.scores)
        return len(prompt.tokens) / (read - began), tokens / (time.perf_counter() - read)

    def bare() -> tuple[float, float]:
        return engine.context.bare(prompt.tokens, _GREEDY, ANSWER)

    for warm in (ours, bare):
        warm()
    mine, theirs = _alternate(ours, bare, rounds)
    our_prefill, our_decode = zip(*mine, strict=True)
    bare_prefill, bare_decode = zip(*theirs, strict=True)
    return {
        "prefill_ratio": _ratio(our_prefill, bare_prefill),
        "decode_ratio": _ratio(our_decode, bare_decode),
        "prefill_tokens_per_second": statistics.median(our_prefill),
        "bare_prefill_tokens_per_second": statistics.median(bare_prefill),
        "decode_tokens_per_second": statistics.median(our_decode),
        "bare_decode_tokens_per_second": statistics.median(bare_decode),
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
    ours: Callable[[], tuple[float, float]], bare: Callable[[], tuple[float, float]], rounds: int
) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """In turns, and each first in every other round: what the machine does beside hits both."""
    mine, theirs = [], []
    for n in range(rounds):
        if n % 2:
            mine.append(ours())
            theirs.append(bare())
        else:
            theirs.append(bare())
            mine.append(ours())
    return mine, theirs


def _ratio(ours: Sequence[float], bare: Sequence[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, bare, strict=True))
