"""``python -m nowprint.bench.fitting.fit_centre``: the mean of the encoder's vectors (embedding/encoded.py).

As many facts of each language of ``resources/corpus/relevance-*.jsonl`` count, so that the mean is no
language's own.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from nowprint.bench.fitting.corpus import json_lines
from nowprint.memory.embedding.embedder import Embedder
from nowprint.settings import bundled_encoder, resources

FACTS = 100
"""Of each language; one with fewer is left out."""


def main() -> None:
    facts: dict[str, set[str]] = {}
    for file in sorted((resources() / "corpus").glob("relevance-*.jsonl")):
        for one in json_lines(file):
            facts.setdefault(one["language"], set()).add(one["fact"])
    chosen = {name: sorted(those)[:FACTS] for name, those in facts.items() if len(those) >= FACTS}
    encoder = Embedder(bundled_encoder())
    mean = encoder.embed([text for those in chosen.values() for text in those]).mean(axis=0)
    stored = {"model": encoder.name, "centre": mean.astype(float).round(5).tolist()}
    path = resources() / "centre.json"
    path.write_text(json.dumps(stored) + "\n", encoding="ascii")
    sys.stdout.write(f"{path}: {', '.join(sorted(chosen))}; length {np.linalg.norm(mean):.3f}\n")


if __name__ == "__main__":
    main()
