"""The features of a span: what the episodic head weighs.

Four families: *surprise* (what the model read in it), *frames* (how much likelier it is as a told
fact than as something else), *cues* (plain words) and *substance* (how much there is of it). Each is
bounded, so that none outweighs all others, and surprise is counted in what is usual for this speaker
under this model, so that the same weights serve every model.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from nowprint.language.words import words
from nowprint.records import TokenScore
from nowprint.salience.baseline import FRAMED, Baseline, rarity
from nowprint.salience.cues import CUES, Sentence, plain_cues
from nowprint.salience.frames import Framed, contrasts, frame_names
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
FAMILIES: dict[str, tuple[str, ...]] = {
    "substance": SUBSTANCE,
    "surprise": SURPRISE,
    "frames": FRAMES,
    "cues": (*CUES, "question", "request", "answers a question"),
}
FEATURES = tuple(name for family in FAMILIES.values() for name in family)

_MUCH = 100.0
"""So many times the usual surprisal of a token, or words, are as much as counts."""


def features(
    text: str,
    tokens: Sequence[TokenScore],
    kind: Sentence,
    usual: Baseline,
    framed: Framed | None,
    *,
    answers: bool,
) -> dict[str, float]:
    """The features of a span by name, each in -1..1. ``tokens`` are those that are new information;
    ``framed`` is None where the frames were not scored, and counts as undecided."""
    return (
        _substance(text, tokens, usual)
        | _surprise(tokens, usual)
        | _frames(framed)
        | plain_cues("" if kind.material else text)
        | {
            "question": kind.asking if kind.question else 0.0,
            "request": kind.asking if kind.request else 0.0,
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
        for name, of, contrast in zip(FRAMES, FRAMED, contrasts(framed), strict=True)
    }


def _grown(amount: float) -> float:
    """0 for nothing, 1 from ``_MUCH`` on; the first ones count most."""
    return min(1.0, math.log1p(amount) / math.log1p(_MUCH))
