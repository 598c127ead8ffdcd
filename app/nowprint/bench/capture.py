"""``bench capture``: how well the app keeps what is worth keeping and drops the rest, on labelled messages.

Of Nowprint's own corpus (recognised by its kinds and topics) only one fifth is measured: the one that was
held out when the starting weights were fitted. A message counts as kept if any of its spans is kept; if the
file names the facts in its messages, the share of them that stand in an episode is told, too. Where a small
model judges for a large one, a row tells what the large one would keep by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nowprint.bench.cache import Cache
from nowprint.bench.context import BenchContext
from nowprint.bench.logistic import auc
from nowprint.bench.messages import HELD_OUT, SEED, HeardMessage, Labelled, hear, read_labelled
from nowprint.bench.readings import Readings
from nowprint.chat.judge import HISTORY
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.salience.baseline import Baseline
from nowprint.salience.head import Head, ablated_heads, starting_head
from nowprint.salience.sensitivity import threshold

Figures = dict[str, float]


def capture(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data has another form."""
    rows = read_labelled(data)
    ours = all(row.kind and row.topic for row in rows)
    if ours:
        rows = tuple(row for row in rows if row.fold == HELD_OUT)
    if context.limit:
        rows = _sample(rows, context.limit)
    keep = context.settings.keep if context.keep is None else context.keep
    builder = PromptBuilder(context.engine, answer_tokens=context.settings.answer_tokens)
    engine = context.engine
    judges = [engine.judging]
    if engine.likelihood is not engine.judging:
        judges.append(engine.likelihood)
    with Cache(context.cache) as cache:
        heard, *by_itself = (
            hear(
                rows,
                Readings(engine, cache, judging, context.encoder),
                builder,
                Baseline.warm("user"),
                lambda done: context.report("Reading the messages", done),
            )
            for judging in judges
        )
    kept = keeps(heard, starting_head(), keep)
    report: dict[str, Any] = {
        "n": len(heard),
        "worth": sum(h.label.worth for h in heard),
        "junk": sum(not h.label.worth for h in heard),
        "held out": ours,
        "keep": keep,
        **_figures(heard, keep),
        "ablations": ablations(heard, keep, kept),
    }
    if (facts := facts_kept(heard, starting_head(), keep)) is not None:
        report["facts kept"] = facts
    if by_itself:
        report["ablations"]["judged by this model"] = _figures(by_itself[0], keep)
    parts: dict[str, Callable[[Labelled], str]] = {
        "by kind": lambda label: label.kind,
        "by topic": lambda label: label.topic,
        "by language": lambda label: label.language,
    }
    for name, of in parts.items():
        table = by_part(heard, kept, of)
        if len(table) > 1:
            report[name] = table
    return report


def keeps(heard: Sequence[HeardMessage], head: Head, keep: float) -> list[bool]:
    """Which of the messages, in their order, a head keeps with the sensitivity ``keep``."""
    return [kept for kept, _ in _thresholds(heard, head, keep)]


def facts_kept(heard: Sequence[HeardMessage], head: Head, keep: float) -> float | None:
    """The share of the labels' facts that stand in an episode; None if no label has any."""
    facts = sum(len(message.label.facts) for message in heard)
    found = sum(
        message.facts_kept(head, least)
        for message, (_, least) in zip(heard, _thresholds(heard, head, keep), strict=True)
    )
    return round(found / facts, 3) if facts else None


def _thresholds(
    heard: Sequence[HeardMessage], head: Head, keep: float
) -> Iterator[tuple[bool, float]]:
    """For each message whether it is kept, and the threshold when it is judged."""
    recent: list[float] = []
    for message in heard:
        saliences = [head.score(values)[0] for values in message.spans]
        least = threshold(keep, recent)
        yield message.asked or any(salience >= least for salience in saliences), least
        recent = (recent + saliences)[-HISTORY:]


def figures(
    heard: Sequence[HeardMessage], kept: Sequence[bool], saliences: Sequence[float]
) -> Figures:
    """Precision, recall and F1 of ``kept``, the AUC of the saliences, and the share that was kept; 0..1
    each."""
    right = sum(h.label.worth and k for h, k in zip(heard, kept, strict=True))
    worth = sum(h.label.worth for h in heard)
    precision, recall = right / max(1, sum(kept)), right / max(1, worth)
    return {
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
        "auc": round(auc(np.array(saliences), np.array([float(h.label.worth) for h in heard])), 3),
        "kept": round(sum(kept) / max(1, len(heard)), 3),
    }


def ablations(
    heard: Sequence[HeardMessage], keep: float, kept: Sequence[bool]
) -> dict[str, Figures]:
    """``figures`` for heads that were fitted without some of the features, and for a random choice of about
    as many messages."""
    table = {"everything": _figures(heard, keep)}
    for name, head in ablated_heads().items():
        saliences = [h.salience(head) for h in heard]
        table[name] = figures(heard, keeps(heard, head, keep), saliences)
    draw = random.Random(SEED)
    chance = [draw.random() for _ in heard]
    share = sum(kept) / max(1, len(heard))
    table["random"] = figures(heard, [c < share for c in chance], [-c for c in chance])
    return table


def _figures(heard: Sequence[HeardMessage], keep: float) -> Figures:
    head = starting_head()
    return figures(heard, keeps(heard, head, keep), [h.salience(head) for h in heard])


def by_part(
    heard: Sequence[HeardMessage], kept: Sequence[bool], of: Callable[[Labelled], str]
) -> dict[str, Mapping[str, float]]:
    """For each part that ``of`` gives: how many messages it has, and the shares that were kept and that were
    judged rightly."""
    parts: dict[str, list[tuple[bool, bool]]] = {}
    for message, was_kept in zip(heard, kept, strict=True):
        parts.setdefault(of(message.label), []).append((message.label.worth, was_kept))
    return {
        part: {
            "n": len(rows),
            "kept": round(sum(k for _, k in rows) / len(rows), 3),
            "right": round(sum(w == k for w, k in rows) / len(rows), 3),
        }
        for part, rows in sorted(parts.items())
    }


def _sample(rows: Sequence[Labelled], limit: int) -> tuple[Labelled, ...]:
    return tuple(random.Random(SEED).sample(list(rows), min(limit, len(rows))))
