"""The features of a span: what the episodic head weighs, each bounded, so that none outweighs all others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nowprint.records import Moment, TokenScore
from nowprint.salience import cues
from nowprint.salience.baseline import Baseline
from nowprint.salience.frames import Framed

FEATURES = (
    "surprising tokens",
    "summed surprisal",
    "framed surprise",
    "about you",
    "names",
    "numbers and dates",
    "answers a question",
    "question",
    "request",
    "small talk",
)


def features(
    text: str,
    tokens: Sequence[TokenScore],
    moments: Sequence[Moment],
    kind: cues.Sentence,
    usual: Baseline,
    framed: Framed | None,
    *,
    answers: bool,
) -> dict[str, float]:
    """The features of a span, each in -1..1. ``tokens`` and ``moments`` are the span's fresh ones."""
    surprising = sum(any(t.statistic == "surprisal" for t in m.triggers) for m in moments)
    contrast = framed.sums[0] - sum(framed.sums[1:]) / len(framed.sums[1:]) if framed else 0.0
    return {
        "surprising tokens": 1 - math.exp(-surprising / 2),
        "summed surprisal": 1 - math.exp(-sum(t.surprisal for t in tokens) / 40),
        "framed surprise": math.tanh(contrast / 10),
        "about you": float(cues.about_speaker(text)),
        "names": 1 - math.exp(-cues.names(text)),
        "numbers and dates": float(cues.numbers(text)),
        "answers a question": float(answers),
        "question": float(kind.question),
        "request": float(kind.request),
        "small talk": min(1.0, 2 * cues.small_talk(text)),
    }
