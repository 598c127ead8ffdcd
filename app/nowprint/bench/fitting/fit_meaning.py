"""The part of ``fit_head`` that fits the feature *meaning* (salience/meaning.py): a logistic model over the
encoder's vector of each span says whether it tells one of the message's facts, and one over that of the
message whether it is worth keeping. Both are linear, and are stored as one model over both vectors.

The head must not see a span's meaning as a model judged it that was fitted to that span, or it would trust it
too much. So each fold's spans are judged by a model of the other folds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.logistic import auc, fit_scaled
from nowprint.bench.messages import FOLDS, HELD_OUT, HeardMessage
from nowprint.language.meanings import bounded, write
from nowprint.memory.embedding.embedder import Embedder
from nowprint.salience.features import MEANING
from nowprint.salience.meaning import within
from nowprint.settings import resources

PENALTY = 10.0
"""The AUC by folds, of the span alone, is .877 with 1, .889 with 3, .897 with 10, .898 with 20, .893 with
80."""
WHOLE = 0.5
"""How much the message counts beside the span. The head's AUC is .927, .929, .929, .927 by folds and .941,
.944, .946, .947 on a list by another writer with 0, .25, .5 and 1."""
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
    spans = encoder.embed([draft.text for _, draft in drafts]).astype(np.float64)
    messages = encoder.embed([message.label.text for message in heard]).astype(np.float64)
    of = np.array([n for n, message in enumerate(heard) for _ in message.drafts])
    tell = np.array([float(tells(message, draft.text)) for message, draft in drafts])
    worth = np.array([float(message.label.worth) for message in heard])
    folds = np.array([message.label.fold for message in heard])
    plain = encoder.embed(records()).astype(np.float64)
    x, fold = within(spans, messages[of]), folds[of]

    def fitted(left_out: Sequence[int]) -> tuple[Floats, float]:
        mine, ours = ~np.isin(fold, left_out), ~np.isin(folds, left_out)
        weights, bias = _fitted(spans[mine], tell[mine], plain)
        around, constant = _fitted(messages[ours], worth[ours], plain[:0])
        return np.concatenate([weights, WHOLE * around]), bias + WHOLE * constant

    weights, bias = fitted([HELD_OUT])
    found = x @ weights + bias
    for one in range(FOLDS):
        if one != HELD_OUT and (fold == one).any():
            others, constant = fitted([HELD_OUT, one])
            found[fold == one] = x[fold == one] @ others + constant
    meant = iter(found.tolist())
    read = [
        replace(h, spans=tuple({**one, MEANING: bounded(next(meant))} for one in h.spans))
        for h in heard
    ]
    free = fold != HELD_OUT
    return FittedMeaning(weights, bias, auc(found[free], tell[free]), read)


def tells(message: HeardMessage, text: str) -> bool:
    """Whether a span's text tells a fact of the message; of any, where the label names none."""
    facts = message.label.facts
    return message.label.worth and (not facts or holds_one(facts, text))


def holds_one(facts: Sequence[str], text: str) -> bool:
    """Whether a span's text holds one of the facts, or a part of it."""
    return any(fact in text or text in fact for fact in facts)


def records() -> list[str]:
    """Plain records that were told: numbers, names, prices, of which the messages have too few."""
    rows = json_lines(resources() / "corpus" / "changes.jsonl")
    return [row["old"] for row in rows if row["kind"].split("/")[0] in RECORDS]


def _fitted(x: Floats, y: Floats, plain: Floats) -> tuple[Floats, float]:
    """``plain`` are the vectors of further told facts, shape (facts, dimension)."""
    x = np.concatenate([x, plain])
    y = np.concatenate([y, np.ones(len(plain))])
    return fit_scaled(x, y, penalty=PENALTY, mean=x.mean(axis=0), factor=SCALE)
