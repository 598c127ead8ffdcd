"""``python -m nowprint.bench.fitting.fit_reranker``: fits the reranker to the corpus (reranker_corpus.py,
reranker_lives.py).

The fitted parts are low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685) for all dense layers of the
encoder, and a linear head over the first token's state and the mean of all (memory/embedding/reranker.py),
for each judgement its own; the encoder's own weights don't change. Two losses are added: of each pair by
itself, for the floor, and of the right one among an ask's list, for the order (as MemReranker does,
arXiv:2605.06132). The stages follow each other: whether an episode helps, first against what is near, then
also against anything, and then also against what the same person told; at last, on top of those adapters,
whether a telling changes another. All take an hour and a half on two cores with bfloat16 units, three times
as long without. ``--from-stage`` goes on
with the adapters that were written. This needs torch, which only a development environment has.
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
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.fitting.reranker_corpus import Corpus, Listed
from nowprint.bench.fitting.reranker_lives import Lives, corpus_lives
from nowprint.bench.fitting.torch_encoder import read_encoder
from nowprint.bench.logistic import auc
from nowprint.bench.samples import mean
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import (
    CHANGES,
    HELPS,
    Adapters,
    Judgement,
    PairReader,
    read_adapters,
    read_tokenizer,
    write_adapters,
)
from nowprint.settings import bundled_embedder, bundled_encoder, find_profile, resources

RANK = 16
SCALE = 2.0
"""The factor of the adapters' product while it is fitted."""
WARM_UP = 60
"""Steps in which the learning rate rises; it also falls linearly over the whole stage."""
BATCH = 64
"""The pairs of a step; whole lists, so some more."""
DROPPED = 0.1
RIGHT = 1.6
"""The weight of a right pair in the loss of each, because there are fewer of them."""
ORDER = 0.5
"""The weight of the loss of the order."""
LENGTH = 80
"""The most tokens of a pair; few pairs are longer."""
SORTED = 1024
"""How many lists are sorted by length at a time, so that the pairs of a batch have similar lengths."""
SEED = 1

Curve = dict[str, list[float]]


@dataclass(frozen=True, slots=True)
class Stage:
    """``near`` and ``others``: how many wrong facts of each kind an ask is listed with. ``lives``: it is
    fitted to lives, too, and of other messages to no more than half as many lists."""

    judgement: Judgement
    epochs: int
    rate: float
    near: int = 0
    others: int = 0
    lives: bool = False

    def lists(self, corpus: Corpus, lives: Lives, chance: random.Random) -> list[Listed]:
        if self.judgement == CHANGES:
            return corpus.of_change(chance) + lives.of_change(chance)
        made = corpus.of_help(chance, self.near, self.others)
        if self.lives:
            lived = lives.of_help(chance, self.near, self.others)
            made = chance.sample(made, min(len(made), len(lived) // 2)) + lived
        return made

    def held_out(self, corpus: Corpus, lives: Lives) -> dict[str, list[Listed]]:
        chance = random.Random(SEED)
        if self.judgement == CHANGES:
            return {
                "": corpus.of_change(chance, held_out=True),
                "lives, ": lives.of_change(chance, held_out=True),
            }
        wrong = self.near, self.others
        return {
            "": corpus.of_help(chance, *wrong, held_out=True),
            "lives, ": lives.of_help(chance, *wrong, held_out=True),
        }


STAGES = (
    Stage(HELPS, epochs=2, rate=1e-3, near=3),
    Stage(HELPS, epochs=1, rate=5e-4, near=2, others=2),
    Stage(HELPS, epochs=1, rate=5e-4, near=2, others=1, lives=True),
    Stage(CHANGES, epochs=1, rate=6e-4, lives=True),
)


class TrainedReranker(nn.Module):  # type: ignore[misc]
    """The encoder with adapters and a head for one judgement, which are to be fitted."""

    def __init__(self, encoder: nn.Module, width: int) -> None:
        super().__init__()
        self.encoder = encoder.eval()
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
        with torch.autocast("cpu", dtype=torch.bfloat16):
            read = self.encoder(input_ids=tokens, attention_mask=mask).last_hidden_state
        states, counts = read.float(), mask[..., None].float()
        mean = (states * counts).sum(1) / counts.sum(1)
        logits: torch.Tensor = self.head(self.dropped(torch.cat([states[:, 0], mean], dim=1)))
        return logits[:, 0]

    def begin_with(self, adapters: Adapters) -> None:
        """Take over the fitted adapters and head of whether an episode helps."""
        with torch.no_grad():
            for n, name in enumerate(self.names):
                down, up = (torch.from_numpy(part) for part in adapters.of(name, HELPS))
                self.down[n].copy_(down)
                self.up[n].copy_(up / SCALE)
            self.head.weight.copy_(torch.from_numpy(adapters.head[HELPS])[None])
            self.head.bias.copy_(torch.from_numpy(adapters.bias[HELPS : HELPS + 1]))

    def put_on(self, adapters: Adapters) -> None:
        """Add the fitted adapters to the encoder's own weights, so that what is fitted stands on top."""
        with torch.no_grad():
            for name in self.names:
                down, up = (torch.from_numpy(part) for part in adapters.of(name, HELPS))
                self.encoder.get_submodule(name).weight += up @ down

    def adapters(self, model: str, below: Adapters | None = None) -> Adapters:
        """What was fitted; on top of ``below``, those of the other judgement."""
        dense = {}
        for name, down, up in zip(self.names, self.down, self.up, strict=True):
            mine = down.detach().numpy(), SCALE * up.detach().numpy()
            theirs = None if below is None else below.of(name, HELPS)
            dense[name] = joined(theirs or mine, mine if theirs else None)
        head, bias = self.head.weight.detach().numpy()[0], self.head.bias.detach().numpy()[0]
        if below is None:
            return Adapters(model, dense, np.stack([head, 0 * head]), np.array([bias, 0.0]))
        heads = np.stack([below.head[HELPS], head])
        return Adapters(model, dense, heads, np.array([below.bias[HELPS], bias]))


Part = tuple[Any, Any]


def joined(helps: Part, changes: Part | None) -> Part:
    """The adapters of both judgements as one of twice the rank; 0 for those that aren't fitted yet."""
    down, up = changes or (np.zeros_like(helps[0]), np.zeros_like(helps[1]))
    return np.concatenate([helps[0], down]), np.concatenate([helps[1], up], axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m nowprint.bench.fitting.fit_reranker")
    parser.add_argument("--limit", type=int, default=0, help="so many lines of each kind")
    parser.add_argument("--from-stage", type=int, default=1, choices=range(1, len(STAGES) + 1))
    parser.add_argument("--cache", type=Path, default=find_profile().bench / "cache.db")
    parser.add_argument("--write", action="store_true", help="put the result into relevance.npz")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    folder, file = bundled_encoder(), resources() / "relevance.npz"
    with Cache(options.cache) as cache:
        embed = CachedEmbedder(Embedder(folder), cache).embed
        alike = CachedEmbedder(Embedder(bundled_embedder()), cache).embed
        corpus = Corpus(resources() / "corpus", embed, alike, options.limit)
        lives = Lives(corpus_lives(resources() / "corpus")[: options.limit or None], embed)
    reader = PairReader(read_tokenizer(folder), LENGTH)
    fitted = read_adapters(file, folder.name) if options.from_stage > 1 else None
    for number, stage in enumerate(STAGES, 1):
        if number < options.from_stage:
            continue
        _say(f"stage {number} of {len(STAGES)}")
        fitted, curve = fit(stage, folder, reader, (corpus, lives), fitted)
        if options.write:
            write_adapters(file, fitted)
            told = json.dumps({"seed": SEED, **curve}, indent=1) + "\n"
            kept = Path(__file__).parent / "curves" / f"reranker-stage-{number}.json"
            kept.write_text(told, encoding="ascii")


def fit(
    stage: Stage,
    folder: Path,
    reader: PairReader,
    told: tuple[Corpus, Lives],
    fitted: Adapters | None,
) -> tuple[Adapters, Curve]:
    """Fit one stage, going on with what the one before it ``fitted``, and print the progress. The curve is
    the mean loss of each fifty steps, and after each epoch the figures of ``measured``."""
    torch.manual_seed(SEED)
    encoder = read_encoder(folder)
    reranker = TrainedReranker(encoder, encoder.config.hidden_size)
    below = fitted if stage.judgement == CHANGES else None
    if below is not None:
        reranker.put_on(below)
    elif fitted is not None:
        reranker.begin_with(fitted)
    chance = random.Random(SEED)
    parameters = [p for p in reranker.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, stage.rate, weight_decay=0.01)
    first = stage.lists(*told, random.Random(SEED))
    steps = stage.epochs * sum(1 for _ in _batches(first, random.Random(SEED)))
    curve: Curve = {"loss": []}
    losses: list[float] = []
    for _ in range(stage.epochs):
        reranker.dropped.train()
        for batch in _batches(stage.lists(*told, chance), chance):
            step = len(losses) + 1
            for group in optimizer.param_groups:
                rising = min(1.0, step / WARM_UP)
                group["lr"] = stage.rate * rising * max(0.02, 1 - step / steps)
            loss = _loss(batch, _judged(reranker, reader, batch))
            optimizer.zero_grad()
            loss.backward()
            norm = nn.utils.clip_grad_norm_(parameters, 1.0)
            if torch.isfinite(norm):  # with bfloat16 units one was seen that wasn't
                optimizer.step()
            losses.append(loss.item())
            if step % 50 == 0:
                curve["loss"].append(round(mean(losses[-50:]), 4))
                _say(f"step {step} of {steps}: loss {curve['loss'][-1]:.3f}")
        reranker.dropped.eval()
        for of, lists in stage.held_out(*told).items():
            for name, value in measured(lists, reranker, reader).items():
                curve.setdefault(of + name, []).append(round(value, 4))
                _say(f"held out, {of}{name}: {value:.3f}")
    return reranker.adapters(folder.name, below), curve


def measured(
    lists: list[Listed], reranker: TrainedReranker, reader: PairReader
) -> dict[str, float]:
    """The AUC of the judgement, and the share of asks whose right pair comes first of the list."""
    first: list[bool] = []
    scores: list[float] = []
    right: list[bool] = []
    with torch.inference_mode():
        for batch in _batches(lists, random.Random(SEED)):
            logits = _judged(reranker, reader, batch).tolist()
            at = len(scores)
            scores += logits
            for one in batch:
                mine = scores[at : at + len(one.pairs)]
                at += len(one.pairs)
                right += one.right
                if one.ordered:
                    first.append(mine[0] == max(mine))
    found = {"AUC": auc(np.array(scores), np.array(right, float))}
    return {**found, "first": mean(first)} if first else found


def _judged(reranker: TrainedReranker, reader: PairReader, batch: Sequence[Listed]) -> torch.Tensor:
    """The logit of each pair of the batch."""
    tokens, mask = reader.read([pair for one in batch for pair in one.pairs])
    padded = _few_shapes(tokens), _few_shapes(mask)
    padded[1][len(tokens) :, 0] = 1
    return reranker(*padded)[: len(tokens)]


def _few_shapes(rows: Any) -> torch.Tensor:
    """The rows padded with 0 to a multiple of 8 rows and of 16 tokens: torch prepares itself for each."""
    many, long = rows.shape
    padded = torch.zeros(-(-many // 8) * 8, -(-long // 16) * 16, dtype=torch.long)
    padded[:many, :long] = torch.from_numpy(rows)
    return padded


def _loss(batch: Sequence[Listed], logits: torch.Tensor) -> torch.Tensor:
    right = torch.tensor([float(one) for listed in batch for one in listed.right])
    weights = torch.where(right > 0, RIGHT, 1.0)
    each = binary_cross_entropy_with_logits(logits, right, reduction="none") * weights
    parts = logits.split([len(one.pairs) for one in batch])
    orders = [
        -torch.log_softmax(part, 0)[0]
        for one, part in zip(batch, parts, strict=True)
        if one.ordered
    ]
    order = torch.stack(orders).mean() if orders else torch.zeros(())
    return each.mean() + ORDER * order


def _batches(lists: list[Listed], chance: random.Random) -> Iterator[list[Listed]]:
    chance.shuffle(lists)
    batches: list[list[Listed]] = []
    for first in range(0, len(lists), SORTED):
        batch: list[Listed] = []
        for one in sorted(lists[first : first + SORTED], key=_length):
            batch.append(one)
            if sum(len(listed.pairs) for listed in batch) >= BATCH:
                batches.append(batch)
                batch = []
        batches += [batch] if batch else []
    chance.shuffle(batches)
    return iter(batches)


def _length(listed: Listed) -> int:
    return max(len(one) + len(other) for one, other in listed.pairs)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
