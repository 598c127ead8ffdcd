"""``python -m nowprint.bench.fitting.fit_reranker``: fits the reranker to the corpus.

Every line of ``resources/corpus/relevance-*.jsonl`` is a fact with three messages that need it
(``asks``) and three that only look as if they did (``misses``). A pair of a message and a fact is right
if the message is one of the fact's asks. Three kinds of pairs are wrong: a miss with its own fact; an ask
or miss with a fact of another line that the embedder places near it (a different one each epoch); and a
message of ``messages-*.jsonl`` that isn't worth keeping with a near fact. Facts that resemble one in
``dialogue.json``, with which the reranker is measured, are left out.

The fitted parts are low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685) for all dense layers of
the embedder, and a linear head over the first token's state and the mean of all
(memory/embedding/reranker.py); the embedder's own weights don't change. Three epochs take half an hour on
two cores. This needs torch, which only a development environment has.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from nowprint.memory.embedding.reranker import Adapters, PairReader, write_adapters
from nowprint.settings import bundled_embedder, resources

RANK = 16
SCALE = 2.0
"""The factor of the adapters' product while it is fitted."""
RATE = 1e-3
WARM_UP = 50
"""Steps in which the learning rate rises; it also falls linearly over the whole run."""
BATCH = 32
EPOCHS = 3
DROPPED = 0.1
RIGHT = 1.6
"""The weight of a right pair in the loss, because there are fewer of them."""
NEAR = 8
"""A wrong fact is drawn from this many of the nearest."""
ALIKE = 0.75
"""A fact of another line with at least this cosine might answer a miss and isn't used as a wrong one."""
MEASURED = 0.7
"""A fact with a greater cosine to one that the reranker is measured with is left out."""
AFTER_MISS = 0.4
"""The share of misses that are also paired with a fact of another line."""
LENGTH = 72
"""The most tokens of a pair; few pairs are longer."""
SORTED = 1280
"""How many pairs are sorted by length at a time, so that the pairs of a batch have similar lengths."""
SEED = 1

Pair = tuple[str, str, float]


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """A message, the fact of its line (or None), whether the message needs that fact, and other facts near
    the message."""

    text: str
    fact: str | None
    right: bool
    near: tuple[str, ...]


class TrainedReranker(nn.Module):  # type: ignore[misc]
    """The embedder's encoder with adapters and a head, which are to be fitted."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder
        for parameter in encoder.parameters():
            parameter.requires_grad = False
        self.names = [
            name
            for name, layer in encoder.named_modules()
            if name.startswith("encoder.") and isinstance(layer, nn.Linear)
        ]
        self.down, self.up = nn.ParameterList(), nn.ParameterList()
        for name in self.names:
            layer: Any = encoder.get_submodule(name)
            down = torch.randn(RANK, layer.in_features) / layer.in_features**0.5
            self.down.append(nn.Parameter(down))
            self.up.append(nn.Parameter(torch.zeros(layer.out_features, RANK)))
            layer.register_forward_hook(self._beside(len(self.down) - 1))
        self.dropped = nn.Dropout(DROPPED)
        self.head = nn.Linear(2 * width, 1)

    def _beside(self, n: int) -> Any:
        def hook(_: Any, given: Any, came: Any) -> Any:
            return came + SCALE * ((given[0] @ self.down[n].T) @ self.up[n].T)

        return hook

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        states = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        counts = mask[..., None].float()
        mean = (states * counts).sum(1) / counts.sum(1)
        seen = self.dropped(torch.cat([states[:, 0], mean], dim=1))
        logits: torch.Tensor = self.head(seen)[:, 0]
        return logits

    def adapters(self, embedder: str) -> Adapters:
        parts = zip(self.names, self.down, self.up, strict=True)
        return Adapters(
            embedder,
            {n: (d.detach().numpy(), SCALE * u.detach().numpy()) for n, d, u in parts},
            self.head.weight.detach().numpy()[0],
            float(self.head.bias.detach()),
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_reranker")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--limit", type=int, default=0, help="so many lines of the corpus")
    parser.add_argument("--write", action="store_true", help="put the result into relevance.npz")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    folder = bundled_embedder()
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    asked = read_corpus(resources() / "corpus", model, options.limit)
    reranker = TrainedReranker(
        model[0].auto_model, int(model.get_sentence_embedding_dimension() or 0)
    )
    fit(reranker, PairReader(folder, LENGTH), asked, options.epochs)
    if options.write:
        write_adapters(resources() / "relevance.npz", reranker.adapters(folder.name))


def read_corpus(folder: Path, model: SentenceTransformer, limit: int = 0) -> list[TrainingPair]:
    """All messages of the corpus, each with the facts that it may be paired with. ``limit`` bounds the lines
    of facts, 0 for all."""
    lines = [one for file in sorted(folder.glob("relevance-*.jsonl")) for one in _lines(file)]
    measured = json.loads((folder / "dialogue.json").read_text(encoding="utf-8"))["pairs"]
    close = _cosines(model, [one["fact"] for one in lines], [one["fact"] for one in measured])
    lines = [one for one, row in zip(lines, close, strict=True) if row.max() <= MEASURED]
    lines = lines[:limit] if limit else lines
    facts = [one["fact"] for one in lines]
    # the facts of a group are told by one person, so that one of them may answer another one's miss
    groups = [one.get("group", -n - 1) for n, one in enumerate(lines)]
    asked = []
    for kind, right in (("asks", True), ("misses", False)):
        texts = [(n, text) for n, one in enumerate(lines) for text in one[kind]]
        rows = _cosines(model, [text for _, text in texts], facts)
        for (n, text), row in zip(texts, rows, strict=True):
            near = [
                facts[other]
                for other in np.argsort(-row, kind="stable")[: 2 * NEAR].tolist()
                if other != n and (right or (groups[other] != groups[n] and row[other] < ALIKE))
            ]
            asked.append(TrainingPair(text, facts[n], right, tuple(near[:NEAR])))
    files = sorted(folder.glob("messages-*.jsonl"))
    idle = [one["text"] for file in files for one in _lines(file) if not one["worth"]]
    for text, row in zip(idle, _cosines(model, idle, facts), strict=True):
        best = np.argsort(-row, kind="stable")[:NEAR].tolist()
        asked.append(
            TrainingPair(text, None, False, tuple(facts[n] for n in best if row[n] < ALIKE))
        )
    return asked


def pairs(asked: Sequence[TrainingPair], chance: random.Random) -> list[Pair]:
    """The pairs of one epoch: (message, fact, 1.0 if right else 0.0)."""
    made = []
    for one in asked:
        if one.fact is not None:
            made.append((one.text, one.fact, float(one.right)))
        share = AFTER_MISS if one.fact is not None and not one.right else 1.0
        if one.near and chance.random() < share:
            made.append((one.text, chance.choice(one.near), 0.0))
    return made


def fit(
    reranker: TrainedReranker, reader: PairReader, asked: Sequence[TrainingPair], epochs: int
) -> list[float]:
    """Fit ``reranker`` in place, and print its progress; return the mean loss of each epoch."""
    chance = random.Random(SEED)
    parameters = [p for p in reranker.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, RATE, weight_decay=0.01)
    steps = epochs * (len(pairs(asked, random.Random(SEED))) // BATCH + 1)
    step, means = 0, []
    reranker.train()
    for epoch in range(epochs):
        losses = []
        for batch in _batches(pairs(asked, chance), chance):
            step += 1
            left = max(0.02, 1 - step / steps)
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, step / WARM_UP) * left
            loss = _loss(reranker, reader, batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
        sys.stdout.write(f"epoch {epoch + 1} of {epochs}: loss {means[-1]:.3f}\n")
        sys.stdout.flush()
    reranker.eval()
    return means


def _loss(reranker: TrainedReranker, reader: PairReader, batch: Sequence[Pair]) -> torch.Tensor:
    tokens, mask = reader.read([(message, fact) for message, fact, _ in batch])
    right = torch.tensor([one[2] for one in batch])
    weights = torch.where(right > 0, RIGHT, 1.0)
    logits = reranker(torch.from_numpy(tokens), torch.from_numpy(mask))
    return (binary_cross_entropy_with_logits(logits, right, reduction="none") * weights).mean()


def _batches(made: list[Pair], chance: random.Random) -> Iterator[list[Pair]]:
    chance.shuffle(made)
    batches = []
    for first in range(0, len(made), SORTED):
        some = sorted(made[first : first + SORTED], key=lambda one: len(one[0]) + len(one[1]))
        batches += [some[n : n + BATCH] for n in range(0, len(some), BATCH)]
    chance.shuffle(batches)
    return iter(batches)


def _cosines(model: SentenceTransformer, texts: Sequence[str], facts: Sequence[str]) -> Any:
    rows, columns = (
        model.encode(list(some), normalize_embeddings=True, show_progress_bar=False)
        for some in (texts, facts)
    )
    return rows @ columns.T


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
