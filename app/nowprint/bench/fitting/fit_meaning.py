"""``python -m nowprint.bench.fitting.fit_meaning [--write]``: does a span tell a fact of its user's life?

The judgement ``TELLS`` (memory/embedding/reranker.py), from which the feature *meaning* comes
(salience/meaning.py). Fitted to the sentences of the corpus's messages, each where it stands: of a message
that is worth keeping those that hold one of its facts are right, of others none. Two fifths of the
messages, told by a hash, stay out: ``fit_head`` fits the head to one of them, which must not trust a
judgement that has seen the message, and both are measured on the other. Beside them are plain tellings and
questions of the lives and of ``changes.jsonl``, of which the messages have too few. It takes ten minutes.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.fitting.reranker_corpus import Listed
from nowprint.bench.fitting.reranker_lives import corpus_lives, is_held_out
from nowprint.bench.fitting.reranker_training import SEED, Fit, say
from nowprint.bench.messages import Labelled, read_labelled
from nowprint.language.sentences import Span, sentences
from nowprint.memory.embedding.reranker import (
    TELLS,
    Adapters,
    PairReader,
    read_adapters,
    read_tokenizer,
    write_adapters,
)
from nowprint.salience.meaning import placed
from nowprint.settings import bundled_encoder, resources

EPOCHS = 3
RATE = 6e-4
"""At 1e-3 it goes wrong after fifty steps: the loss rises, and stays."""
RANK = 8
OF_LIVES = 1200
"""How many tellings of the lives are added, and as many questions."""
RECORDS = ("number", "name", "price")
"""The kinds of tellings in ``changes.jsonl`` that are added."""
FOR_THE_HEAD = (0, 1)
"""The folds that stay out."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_meaning")
    parser.add_argument("--write", action="store_true", help="put the result into relevance.npz")
    options = parser.parse_args()
    folder, file = bundled_encoder(), resources() / "relevance.npz"
    rows = corpus_messages()
    lists = [*of_messages([row for row in rows if row.fold not in FOR_THE_HEAD]), *plain()]
    measured = list(of_messages([row for row in rows if row.fold in FOR_THE_HEAD]))
    fit = Fit(folder, PairReader(read_tokenizer(folder)), rank=RANK)
    fitted, curve = fit.run(lambda _: list(lists), EPOCHS, RATE, lambda: {"": measured})
    if options.write:
        before = read_adapters(file, folder.name) or Adapters(folder.name, {})
        write_adapters(file, Adapters(folder.name, {**before.of, TELLS: fitted}))
        told = json.dumps({"seed": SEED, **curve}, indent=1) + "\n"
        kept = Path(__file__).parent / "curves" / "meaning.json"
        kept.write_text(told, encoding="ascii")
    say(f"{len(lists)} spans")


def corpus_messages() -> tuple[Labelled, ...]:
    """All messages of the corpus that are labelled as worth keeping or not."""
    corpus = resources() / "corpus"
    files = [*sorted(corpus.glob("messages-*.jsonl")), corpus / "own-words.jsonl"]
    return read_labelled([row for file in files for row in json_lines(file)])


def of_messages(rows: Sequence[Labelled]) -> Iterator[Listed]:
    for row in rows:
        for span in sentences(row.text):
            yield Listed((placed(row.text, span),), (tells(row, span.of(row.text)),))


def plain() -> Iterator[Listed]:
    corpus, chance = resources() / "corpus", random.Random(SEED)
    lives = [life for life in corpus_lives(corpus) if not is_held_out(life)]
    told = [text for life in lives for text in life.told]
    asked = [question for life in lives for question, _ in life.asks]
    asked += [question for life in lives for question in life.misses]
    records = [
        row["old"]
        for row in json_lines(corpus / "changes.jsonl")
        if row["kind"].split("/")[0] in RECORDS
    ]
    some = [*chance.sample(told, min(OF_LIVES, len(told))), *records]
    for text in some:
        yield Listed((placed(text, Span(0, len(text))),), (True,))
    for text in chance.sample(asked, min(OF_LIVES, len(asked))):
        yield Listed((placed(text, Span(0, len(text))),), (False,))


def tells(row: Labelled, text: str) -> bool:
    """Whether a span's text tells a fact of the message; of any, where the label names none."""
    return row.worth and (not row.facts or holds_one(row.facts, text))


def holds_one(facts: Sequence[str], text: str) -> bool:
    """Whether a span's text holds one of the facts, or a part of it."""
    return any(fact in text or text in fact for fact in facts)


if __name__ == "__main__":
    main()
