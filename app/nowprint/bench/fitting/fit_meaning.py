"""The part of ``fit_head`` that fits the feature *meaning* (salience/meaning.py): a logistic model over the
encoder's vector of each span, which says whether it tells one of the message's facts.

The head must not see a span's meaning as a model judged it that was fitted to that span, or it would trust it
too much. So each fold's spans are judged by a model of the other folds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nowprint.bench.logistic import auc, fit_logistic
from nowprint.bench.messages import FOLDS, HELD_OUT, HeardMessage
from nowprint.language.meanings import bounded, write
from nowprint.memory.embedding.embedder import Embedder
from nowprint.salience.features import MEANING
from nowprint.settings import resources

PENALTY = 10.0
"""The AUC by folds is .877 with 1, .889 with 3, .897 with 10, .898 with 20, .893 with 80."""
RECORDS = ("number", "name", "price")
"""The kinds of tellings in ``changes.jsonl`` that are added to the messages' facts."""
SCALE = 10.0
"""The encoder's vectors are close together: their components are multiplied by this for the penalty."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FittedMeaning:
    """The weights and the bias, the AUC by folds, and the messages with what each span means."""

    weights: Floats
    bias: float
    auc: float
    heard: list[HeardMessage]

    def write(self) -> None:
        write("meaning", self.weights, self.bias)


def fit_meaning(heard: Sequence[HeardMessage], encoder: Embedder) -> FittedMeaning:
    """Fit it to the messages that aren't held out."""
    drafts = [(message, draft) for message in heard for draft in message.drafts]
    x = encoder.embed([draft.text for _, draft in drafts]).astype(np.float64)
    y = np.array([float(tells(message, draft.text)) for message, draft in drafts])
    fold = np.array([message.label.fold for message, _ in drafts])
    free = fold != HELD_OUT
    plain = encoder.embed(records()).astype(np.float64)
    weights, bias = _fitted(x[free], y[free], plain)
    found = x @ weights + bias
    for one in range(FOLDS):
        mine = fold == one
        if one != HELD_OUT and mine.any():
            others, constant = _fitted(x[free & ~mine], y[free & ~mine], plain)
            found[mine] = x[mine] @ others + constant
    meant = iter(found.tolist())
    told = [
        replace(h, spans=tuple({**one, MEANING: bounded(next(meant))} for one in h.spans))
        for h in heard
    ]
    return FittedMeaning(weights, bias, auc(found[free], y[free]), told)


def tells(message: HeardMessage, text: str) -> bool:
    """Whether a span's text tells a fact of the message; of any, where the label names none."""
    facts = message.label.facts
    return message.label.worth and (not facts or holds_one(facts, text))


def holds_one(facts: Sequence[str], text: str) -> bool:
    """Whether a span's text holds one of the facts, or a part of it."""
    return any(fact in text or text in fact for fact in facts)


def records() -> list[str]:
    """Plain records that were told: numbers, names, prices, of which the messages have too few."""
    file = resources() / "corpus" / "changes.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [row["old"] for row in rows if row["kind"].split("/")[0] in RECORDS]


def _fitted(x: Floats, y: Floats, plain: Floats) -> tuple[Floats, float]:
    """``plain`` are the vectors of further told facts, shape (facts, dimension)."""
    x = np.concatenate([x, plain])
    y = np.concatenate([y, np.ones(len(plain))])
    mean = x.mean(axis=0)
    weights, bias = fit_logistic((x - mean) * SCALE, y, penalty=PENALTY)
    return weights * SCALE, float(bias - mean @ weights * SCALE)
