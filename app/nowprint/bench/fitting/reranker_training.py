"""Fits low-rank adapters (LoRA, Hu et al. 2021, arXiv:2106.09685) for all dense layers of the encoder and
a linear head over the first token's state and the mean of all (memory/embedding/reranker.py), for one
judgement; the encoder's own weights don't change.

Two losses are added: of each pair by itself, for the floor, and of the right one among an ask's list, for
the order (as MemReranker does, arXiv:2605.06132). This needs torch, which only a development environment
has.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits

from nowprint.bench.fitting.reranker_corpus import Listed
from nowprint.bench.fitting.torch_encoder import read_encoder
from nowprint.bench.logistic import auc
from nowprint.bench.samples import mean
from nowprint.memory.embedding.reranker import Fitted, PairReader

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
SORTED = 1024
"""How many lists are sorted by length at a time, so that the pairs of a batch have similar lengths."""
SEED = 1

Curve = dict[str, list[float]]
Lists = Callable[[random.Random], list[Listed]]
"""The lists of an epoch, drawn by chance."""


class TrainedReranker(nn.Module):  # type: ignore[misc]
    """The encoder with adapters and a head for one judgement, which are to be fitted."""

    def __init__(self, encoder: nn.Module, width: int, rank: int = RANK) -> None:
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
            down = torch.randn(rank, layer.in_features) / layer.in_features**0.5
            self.down.append(nn.Parameter(down))
            self.up.append(nn.Parameter(torch.zeros(layer.out_features, rank)))
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

    def begin_with(self, fitted: Fitted) -> None:
        """Go on with adapters and a head that were fitted before."""
        with torch.no_grad():
            for n, name in enumerate(self.names):
                down, up = (torch.from_numpy(part) for part in fitted.dense[name])
                self.down[n].copy_(down)
                self.up[n].copy_(up / SCALE)
            self.head.weight.copy_(torch.from_numpy(fitted.head)[None])
            self.head.bias.fill_(fitted.bias)

    def put_on(self, fitted: Fitted) -> None:
        """Add fitted adapters to the encoder's own weights, so that what is fitted now stands on top."""
        with torch.no_grad():
            for name in self.names:
                down, up = (torch.from_numpy(part) for part in fitted.dense[name])
                self.encoder.get_submodule(name).weight += up @ down

    def fitted(self) -> Fitted:
        parts = zip(self.names, self.down, self.up, strict=True)
        dense = {name: (_array(down), SCALE * _array(up)) for name, down, up in parts}
        return Fitted(dense, _array(self.head.weight)[0], self.head.bias.item())


def _array(parameter: torch.Tensor) -> Any:
    return parameter.detach().numpy().copy()


class Fit:
    """One fit: the encoder with adapters, on top of those of another judgement (``below``) if there are any,
    ``begun`` with those of a fit before."""

    def __init__(
        self,
        folder: Path,
        reader: PairReader,
        *,
        below: Fitted | None = None,
        begun: Fitted | None = None,
        rank: int = RANK,
    ) -> None:
        torch.manual_seed(SEED)
        torch.set_flush_denormal(True)
        encoder = read_encoder(folder)
        self._reranker = TrainedReranker(encoder, encoder.config.hidden_size, rank)
        self._reader = reader
        if below is not None:
            self._reranker.put_on(below)
        if begun is not None:
            self._reranker.begin_with(begun)

    def run(
        self,
        lists: Lists,
        epochs: int,
        rate: float,
        held_out: Callable[[], Mapping[str, list[Listed]]],
    ) -> tuple[Fitted, Curve]:
        """Fit, and print the progress. The curve is the mean loss of each fifty steps, and after each epoch
        the figures of ``measured``, by the names in ``held_out``."""
        chance, reranker = random.Random(SEED), self._reranker
        parameters = [p for p in reranker.parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(parameters, rate, weight_decay=0.01)
        first = lists(random.Random(SEED))
        steps = epochs * sum(1 for _ in _batches(first, random.Random(SEED)))
        curve: Curve = {"loss": []}
        losses: list[float] = []
        for _ in range(epochs):
            reranker.dropped.train()
            for batch in _batches(lists(chance), chance):
                step = len(losses) + 1
                for group in optimizer.param_groups:
                    rising = min(1.0, step / WARM_UP)
                    group["lr"] = rate * rising * max(0.02, 1 - step / steps)
                loss = _loss(batch, _judged(reranker, self._reader, batch))
                optimizer.zero_grad()
                loss.backward()
                norm = nn.utils.clip_grad_norm_(parameters, 1.0)
                if torch.isfinite(norm):  # with bfloat16 units one was seen that wasn't
                    optimizer.step()
                losses.append(loss.item())
                if step % 50 == 0:
                    curve["loss"].append(round(mean(losses[-50:]), 4))
                    say(f"step {step} of {steps}: loss {curve['loss'][-1]:.3f}")
            reranker.dropped.eval()
            for of, some in held_out().items():
                for name, value in measured(some, reranker, self._reader).items():
                    curve.setdefault(of + name, []).append(round(value, 4))
                    say(f"held out, {of}{name}: {value:.3f}")
        return reranker.fitted(), curve


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


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
