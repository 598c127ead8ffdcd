"""``python -m nowprint.bench.fitting.fit_orders [--write]``: the weights of memory/files/orders.py.

Fitted on ``resources/corpus/orders.jsonl``, lists of orders and of harmless lines by four writers, and on
every other fact of the corpus, none of which is an order. First each list is judged by weights that were
fitted without it, and the other half of the facts with it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines
from nowprint.bench.logistic import auc, fit_logistic
from nowprint.language.meanings import write
from nowprint.language.prompt_injection import suspicion
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.files.orders import LIKELY
from nowprint.settings import bundled_encoder, resources

Floats = npt.NDArray[np.float64]
PENALTY = 0.06
"""Vectors are unit vectors whose differences are small, so the weights are large."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_orders")
    parser.add_argument("--write", action="store_true", help="put the weights into orders.json")
    options = parser.parse_args()
    corpus = resources() / "corpus"
    lines = json_lines(corpus / "orders.jsonl")
    encoder = Embedder(bundled_encoder())
    x = encoder.embed([one["text"] for one in lines]).astype(np.float64)
    y = np.array([float(one["order"]) for one in lines])
    told = facts(corpus)
    apart, others = (encoder.embed(told[n::2]).astype(np.float64) for n in range(2))
    of = np.array([one["list"] for one in lines])
    ruled = np.array([bool(suspicion(one["text"])) for one in lines])
    for name in sorted(set(of.tolist())):
        mine = of == name
        weights, bias = fitted(x[~mine], y[~mine], apart)
        p = 1 / (1 + np.exp(-(x[mine] @ weights + bias)))
        held = ruled[mine] | (p >= LIKELY)
        facts_held = np.mean(1 / (1 + np.exp(-(others @ weights + bias))) >= LIKELY)
        sys.stdout.write(
            f"list {name}: AUC {auc(p, y[mine]):.3f}, precision {y[mine][held].mean():.3f}, "
            f"recall {held[y[mine] > 0].mean():.3f}; facts held back {facts_held:.3f}\n"
        )
    if options.write:
        weights, bias = fitted(x, y, apart)
        write("orders", weights, bias)


def fitted(x: Floats, y: Floats, apart: Floats) -> tuple[Floats, float]:
    """Weights and bias, fitted to lines, which are orders or not, and to facts, which aren't."""
    return fit_logistic(np.vstack([x, apart]), np.append(y, np.zeros(len(apart))), penalty=PENALTY)


def facts(corpus: Path) -> list[str]:
    told = [
        one["fact"] for file in sorted(corpus.glob("relevance-*.jsonl")) for one in json_lines(file)
    ]
    said = [one for file in sorted(corpus.glob("messages-*.jsonl")) for one in json_lines(file)]
    return told + [one["text"] for one in said if one["worth"]]


if __name__ == "__main__":
    main()
