"""``python -m nowprint.bench.fitting.fit_head``: fits the head's starting weights to the corpus.

The corpus is ``resources/corpus/messages-*.jsonl`` and ``own-words.jsonl``, read with the starter model as
``bench capture`` reads them. The head is fitted to the fifth that the feature *meaning* has not seen
(fit_meaning.py), or it would trust that too much. Another fifth is held out: it is measured, never fitted.
Of a message with several spans the one counts that scores highest, since that is what keeps it; where the
corpus names the facts in a message, only spans that hold one of them.

The corpus is balanced for length, so that the head can't take length for worth. How much there is to
a span still matters: of two facts, the longer and more surprising one will be asked for more often.
So the weights of ``SUBSTANCE`` are given, and the others fitted around them. So is the one of a reply to
a question of the assistant, of which the corpus has no example.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import numpy as np

from nowprint.bench.cache import Cache
from nowprint.bench.capture import figures
from nowprint.bench.fitting.fit_meaning import corpus_messages, holds_one
from nowprint.bench.logistic import fit_logistic
from nowprint.bench.messages import HELD_OUT, HeardMessage, Labelled, hear
from nowprint.bench.readings import Readings
from nowprint.bench.samples import even
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.memory.embedding.embedder import Embedder
from nowprint.salience.baseline import Baseline
from nowprint.salience.features import FAMILIES, FEATURES
from nowprint.salience.head import Head
from nowprint.salience.sensitivity import WORTH
from nowprint.settings import bundled_encoder, find_profile, resources, starter_model

SUBSTANCE = {"summed surprisal": 1.5, "surprising tokens": 1.5, "length": 0.75}
GIVEN = {**SUBSTANCE, "answers a question": 1.5}
PENALTY = 0.5
ROUNDS = 6
"""How often the head is fitted, each time to the spans that the head before chose; three or four suffice."""
CONTEXT = 2048
FITTED = 1
"""The fold that the head is fitted to."""
MEASURED = 150
"""How many messages of ``own-words.jsonl`` are measured: to read them takes longest."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m nowprint.bench.fitting.fit_head", description=__doc__
    )
    parser.add_argument("--model", type=Path, default=starter_model())
    parser.add_argument("--cache", type=Path, default=find_profile().bench / "cache.db")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="put them into head.json")
    options = parser.parse_args()
    read = read_corpus(options.model, options.cache, options.threads)
    fitted = [h for h in read if h.label.fold == FITTED]
    held_out = [h for h in read if h.label.fold == HELD_OUT]
    head = fit_head(fitted)
    tell("fitted on", fitted, head)
    tell("held out", held_out, head)
    parts: dict[str, Callable[[Labelled], str]] = {
        "topic": lambda label: label.topic,
        "language": lambda label: label.language,
    }
    left_out = {name: leave_one_out(read, of) for name, of in parts.items()}
    for name, found in left_out.items():
        sys.stdout.write(f"leaving one {name} out: {found}\n")
    if options.write:
        write(head, read, fitted, held_out, left_out)


def read_corpus(model: Path, cache: Path, threads: int) -> list[HeardMessage]:
    """The messages of the corpus that are fitted or measured, read as in ``bench capture``."""
    rows = [row for row in corpus_messages() if row.fold in (FITTED, HELD_OUT)]
    long = [row for row in rows if not row.topic]
    parts = (
        [row for row in rows if row.topic],
        [row for row in long if row.fold == FITTED],
        even([row for row in long if row.fold == HELD_OUT], MEASURED),
    )
    engine = Engine(model, context=CONTEXT, threads=threads)
    try:
        with Cache(cache) as stored:
            builder = PromptBuilder(engine, answer_tokens=CONTEXT // 4)
            usual = Baseline.warm("user")
            readings = Readings(engine, stored, encoder=Embedder(bundled_encoder()))
            return [
                heard for some in parts for heard in hear(some, readings, builder, usual, _progress)
            ]
    finally:
        engine.close()


def fit_head(
    heard: Sequence[HeardMessage],
    names: Collection[str] = FEATURES,
    given: Mapping[str, float] | None = None,
) -> Head:
    """Fit a head that has weights for the features ``names`` only. The weights in ``given`` (None: GIVEN) are
    taken as they are; only the others are fitted."""
    given = GIVEN if given is None else given
    given = {name: weight for name, weight in given.items() if name in names}
    free = [name for name in FEATURES if name in names and name not in given]
    read = [h for h in heard if h.spans and not h.asked]
    y = np.array([float(h.label.worth) for h in read])
    counting = [_counting(h) for h in read]
    chosen = [max(spans, key=lambda values: values.get("length", 0.0)) for spans in counting]
    head = Head(0.0, {})
    for _ in range(ROUNDS):
        x = np.array([[values.get(name, 0.0) for name in free] for values in chosen])
        offset = np.array([_sum(values, given) for values in chosen])
        weights, bias = fit_logistic(x, y, penalty=PENALTY, offset=offset)
        fitted = dict(zip(free, (float(w) for w in weights), strict=True))
        head = Head(bias, {name: (given | fitted).get(name, 0.0) for name in FEATURES})
        chosen = [max(spans, key=lambda values: _sum(values, head.weights)) for spans in counting]
    return head


def _counting(heard: HeardMessage) -> Sequence[Mapping[str, float]]:
    """The spans of a message of which the best counts."""
    facts = heard.label.facts
    holding = [
        values
        for draft, values in zip(heard.drafts, heard.spans, strict=True)
        if holds_one(facts, draft.text)
    ]
    return holding or heard.spans


def _sum(values: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in values.items())


def ablated(heard: Sequence[HeardMessage]) -> dict[str, Head]:
    """Heads with each family of features alone, with each one left out, and with length alone."""
    heads = {}
    for family, names in FAMILIES.items():
        heads[f"{family} alone"] = fit_head(heard, names, {})
    for family, names in FAMILIES.items():
        heads[f"without {family}"] = fit_head(heard, [n for n in FEATURES if n not in names])
    heads["length alone"] = fit_head(heard, ["length"], {})
    return heads


def leave_one_out(heard: Sequence[HeardMessage], of: Callable[[Labelled], str]) -> dict[str, float]:
    """The figures when every message is judged by a head that was fitted without the messages of its part
    (topic or language), which ``of`` gives."""
    saliences: dict[int, float] = {}
    for part in sorted({of(h.label) for h in heard}):
        head = fit_head([h for h in heard if of(h.label) != part])
        saliences |= {i: h.salience(head) for i, h in enumerate(heard) if of(h.label) == part}
    ordered = [saliences[i] for i in range(len(heard))]
    return figures(heard, [salience >= WORTH for salience in ordered], ordered)


def tell(name: str, heard: Sequence[HeardMessage], head: Head) -> None:
    sys.stdout.write(f"{name} {len(heard)}: {measured(heard, head)}\n")


def measured(heard: Sequence[HeardMessage], head: Head) -> dict[str, float]:
    saliences = [h.salience(head) for h in heard]
    return figures(heard, [salience >= WORTH for salience in saliences], saliences)


def write(
    head: Head,
    heard: Sequence[HeardMessage],
    fitted: Sequence[HeardMessage],
    held_out: Sequence[HeardMessage],
    left_out: Mapping[str, Mapping[str, float]],
) -> None:
    """Write ``resources/head.json``, with a note on how it was fitted, figures, and the ablated heads."""
    stored = {
        "fitted": (
            f"By `python -m nowprint.bench.fitting.fit_head --write` on {len(fitted)} of the "
            f"{len(heard)} messages of resources/corpus (messages-*, own-words) with {starter_model().stem}; "
            f"logistic regression, penalty {PENALTY}; the weights of {', '.join(GIVEN)} were given. "
            f"Held out: {len(held_out)} messages."
        ),
        "figures": {
            "fitted": measured(fitted, head),
            "held out": measured(held_out, head),
            **{f"one {name} left out": dict(found) for name, found in left_out.items()},
        },
        **_plain(head),
        "ablated": {name: _plain(one) for name, one in ablated(fitted).items()},
    }
    text = json.dumps(stored, indent=1, ensure_ascii=False) + "\n"
    (resources() / "head.json").write_text(text, encoding="utf-8")


def _plain(head: Head) -> dict[str, object]:
    weights = {name: round(weight, 3) for name, weight in head.weights.items()}
    return {"bias": round(head.bias, 3), "weights": weights}


def _progress(done: float) -> None:
    sys.stderr.write(f"\rreading the corpus: {done:.0%}")


if __name__ == "__main__":
    main()
