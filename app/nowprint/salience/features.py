"""The features of a span, which the episodic head weighs.

There are five families: *surprise* (from the trace), *frames* (how much likelier the span is as a told
fact than as something else), *meaning* (how near the encoder places it to what people tell), *cues* (from
its words) and *substance* (how much of it there is). Every feature is bounded, so that none outweighs all
others. Surprise is measured against the baseline of this speaker under this model, so that the same weights
serve every model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nowprint.language.meanings import bounded
from nowprint.language.words import words
from nowprint.records import TokenScore
from nowprint.salience.baseline import FRAMED, Baseline, rarity
from nowprint.salience.cues import CUES, SentenceKind, plain_cues
from nowprint.salience.frames import Framed, fact_margins, frame_names
from nowprint.salience.moments import GAMMA, GAMMA_OTHERS, GAMMA_SHIFT, threshold_of

SUBSTANCE = ("summed surprisal", "surprising tokens", "length")
SURPRISE = (
    "mean surprisal",
    "surprise over entropy",
    "entropy spikes",
    "entropy dips",
    "KL jumps",
    "top-k shifts",
    "rare words",
)
FRAMES = tuple(f"a fact, not {name}" for name in frame_names()[1:])
MEANING = "a fact by its meaning"
ASKING = ("question", "request")
FAMILIES: dict[str, tuple[str, ...]] = {
    "substance": SUBSTANCE,
    "surprise": SURPRISE,
    "frames": FRAMES,
    "meaning": (MEANING,),
    "cues": (*CUES, *ASKING, "among questions", "answers a question"),
}
FEATURES = tuple(name for family in FAMILIES.values() for name in family)

_MUCH = 100.0
"""Where a substance feature reaches 1: in words, in surprising tokens, or in times the usual surprisal of
a token."""


def features(
    text: str,
    tokens: Sequence[TokenScore],
    kind: SentenceKind,
    usual: Baseline,
    framed: Framed | None,
    *,
    answers: bool,
) -> dict[str, float]:
    """The features of a span by name, each in -1..1.

    ``tokens`` are the span's tokens that are new information. ``framed`` is None if framed surprise was
    not measured; its features are 0 then. The meaning is missing where nothing read it. ``answers``: the span
    is a short reply to a question.
    """
    return (
        _substance(text, tokens, usual)
        | _surprise(tokens, usual)
        | _frames(framed)
        | _meaning(framed)
        | plain_cues("" if kind.material else text)
        | {
            "question": kind.asking if kind.question else 0.0,
            "request": kind.asking if kind.request else 0.0,
            "among questions": kind.among,
            "answers a question": float(answers),
        }
    )


def _substance(text: str, tokens: Sequence[TokenScore], usual: Baseline) -> dict[str, float]:
    surprisal = usual.usual["surprisal"]
    high = threshold_of(usual, "surprisal", GAMMA)
    total = sum(t.surprisal for t in tokens) / max(surprisal.mean, 0.1)
    return {
        "summed surprisal": _grown(total),
        "surprising tokens": _grown(sum(t.surprisal > high for t in tokens)),
        "length": _grown(len(words(text))),
    }


def _surprise(tokens: Sequence[TokenScore], usual: Baseline) -> dict[str, float]:
    if not tokens:
        return dict.fromkeys(SURPRISE, 0.0)
    count = len(tokens)
    surprisal, rare = usual.usual["surprisal"], usual.usual["rarity"]
    spike = threshold_of(usual, "entropy", GAMMA_OTHERS)
    dip = threshold_of(usual, "entropy", -GAMMA_OTHERS)
    jump = threshold_of(usual, "kl", GAMMA_OTHERS)
    shift = threshold_of(usual, "shift", GAMMA_SHIFT)
    entropy = usual.usual["entropy"]
    excess = sum(t.surprisal - t.entropy for t in tokens) / count
    return {
        "mean surprisal": math.tanh(surprisal.z(sum(t.surprisal for t in tokens) / count)),
        "surprise over entropy": math.tanh(
            (excess - surprisal.mean + entropy.mean) / max(surprisal.deviation, 0.1)
        ),
        "entropy spikes": sum(t.entropy > spike for t in tokens) / count,
        "entropy dips": sum(t.entropy < dip for t in tokens) / count,
        "KL jumps": sum(t.kl > jump for t in tokens) / count,
        "top-k shifts": sum(t.shift > shift for t in tokens) / count,
        "rare words": math.tanh(rare.z(sum(map(rarity, tokens)) / count)),
    }


def _frames(framed: Framed | None) -> dict[str, float]:
    if framed is None:
        return dict.fromkeys(FRAMES, 0.0)
    return {
        name: math.tanh(of.z(contrast) / 2)
        for name, of, contrast in zip(FRAMES, FRAMED, fact_margins(framed), strict=True)
    }


def _meaning(framed: Framed | None) -> dict[str, float]:
    """Nothing if it isn't known: then the head judges by other weights."""
    if framed is None or framed.meaning is None:
        return {}
    return {MEANING: bounded(framed.meaning)}


def _grown(amount: float) -> float:
    """0 for nothing, 1 from ``_MUCH`` on, logarithmic in between."""
    return min(1.0, math.log1p(amount) / math.log1p(_MUCH))
