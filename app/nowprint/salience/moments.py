"""Moments: token boundaries whose statistics stand out from the baseline.

In EM-LLM (Fountas et al., ICLR 2025, arXiv:2407.09450) an event boundary is where surprisal > mean +
γ·deviation over a moving window; here γ = 1. The same form is applied to entropy (in both directions),
KL and the top-k shift. These stand out often in plain text, so that without surprisal it takes
three of them at the same token to make a moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from nowprint.records import Moment, Signature, Statistic, TokenScore, Trigger
from nowprint.salience.baseline import Baseline, Measure

GAMMA = 1.0
GAMMA_OTHERS = 1.5
GAMMA_SHIFT = 0.7
"""Smaller than the others, because the shift can't exceed 1, which is less than one deviation above its
usual mean."""
ALONE = 3
"""How many statistics other than surprisal make a moment."""
CONTEXT_CHARACTERS = 64
"""How many characters before a moment its context hash covers."""

_RULES: tuple[tuple[Statistic, Measure, float], ...] = (
    ("surprisal", "surprisal", GAMMA),
    ("entropy spike", "entropy", GAMMA_OTHERS),
    ("entropy dip", "entropy", -GAMMA_OTHERS),
    ("kl", "kl", GAMMA_OTHERS),
    ("top-k shift", "shift", GAMMA_SHIFT),
)


def find_moments(
    message_id: int, text: str, tokens: Sequence[TokenScore], fresh: Sequence[bool], usual: Baseline
) -> tuple[Moment, ...]:
    """The moments among a message's tokens; ``fresh`` says which are new information of this turn."""
    moments = []
    for index, (token, new) in enumerate(zip(tokens, fresh, strict=True)):
        # white space says nothing new, however surprising it is
        if not new or not text[token.start : token.end].strip():
            continue
        triggers = triggers_of(token, usual)
        if len(triggers) >= ALONE or any(t.statistic == "surprisal" for t in triggers):
            moments.append(
                Moment(message_id, index, token.text, triggers, signature_of(text, token))
            )
    return tuple(moments)


def triggers_of(token: TokenScore, usual: Baseline) -> tuple[Trigger, ...]:
    """The statistics that stand out at this token, each with the threshold that it passed."""
    found = []
    for statistic, measure, gamma in _RULES:
        value = getattr(token, measure)
        threshold = threshold_of(usual, measure, gamma)
        if value > threshold if gamma > 0 else value < threshold:
            found.append(Trigger(statistic, value, threshold))
    return tuple(found)


def threshold_of(usual: Baseline, measure: Measure, gamma: float) -> float:
    return usual.usual[measure].mean + gamma * usual.usual[measure].deviation


def signature_of(text: str, token: TokenScore) -> Signature:
    before = text[max(0, token.start - CONTEXT_CHARACTERS) : token.start]
    return Signature(
        tokens=tuple(a.token for a in token.top),
        probabilities=tuple(a.p for a in token.top),
        entropy=token.entropy,
        kl=token.kl,
        context_hash=hashlib.blake2b(before.encode("utf-8", "replace"), digest_size=4).hexdigest(),
    )
