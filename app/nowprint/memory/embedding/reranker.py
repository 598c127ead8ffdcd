"""Does this episode help with this message? A reranker that reads both together.

A cosine compares two texts that the embedder read apart: "What is Marta's husband called?" is as near to
"My sister Marta is a paramedic" as "What does Marta do for a living?" is. The reranker is the same
embedder with low-rank adapters beside its dense layers (LoRA, arXiv:2106.09685). It reads message and
episode as one text, as a cross-encoder does. A linear head over the first token's vector and the mean of
all tokens returns how much the episode helps, in nats (log-odds).

The adapters and the head are ``resources/relevance.npz``, fitted by ``bench/fitting/fit_reranker.py`` to the
questions of ``resources/corpus/relevance-*.jsonl``. They belong to one embedder; with another one the
cosine alone decides.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

TOKENS = 128
"""The most tokens of message and episode together; the longer of the two is cut."""


class Adapters(NamedTuple):
    """``dense`` maps the name of a dense layer to (down, up) of shapes (rank, in) and (out, rank); with
    them the layer with weights W computes ``x W + x downᵀ upᵀ``. ``head``, shape (2 · width,), and
    ``bias`` make the logit. ``embedder`` is the name of the embedder that they were fitted to."""

    embedder: str
    dense: Mapping[str, tuple[FloatArray, FloatArray]]
    head: FloatArray
    bias: float


def read_adapters(file: Path, embedder: str) -> Adapters | None:
    """The adapters in ``file``; None if it is missing, damaged, or for another embedder."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            if str(stored["embedder"]) != embedder:
                return None
            arrays = {name: stored[name].astype(np.float32) for name in stored.files[1:]}
        dense = {
            name.removesuffix(".down"): (down, arrays[name.removesuffix("down") + "up"])
            for name, down in arrays.items()
            if name.endswith(".down")
        }
        return Adapters(embedder, dense, arrays["head"], float(arrays["bias"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_adapters(file: Path, adapters: Adapters) -> None:
    """Write them as float16 in NumPy's .npz format; the same adapters always give the same bytes."""
    arrays = {"head": adapters.head, "bias": np.array(adapters.bias)}
    for name, (down, up) in sorted(adapters.dense.items()):
        arrays |= {f"{name}.down": down, f"{name}.up": up}
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {"embedder": np.array(adapters.embedder), **halves}.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


class PairReader:
    """Tokenises message and episode together, as one text."""

    def __init__(self, folder: Path, tokens: int = TOKENS) -> None:
        """Raises whatever the tokenizers library raises if the embedder's folder is damaged."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens, strategy="longest_first")

    def read(self, pairs: Sequence[tuple[str, str]]) -> tuple[IntArray, IntArray]:
        """The token ids of each (message, episode) pair, shape (pairs, tokens), int64, and their mask: 1 for
        a token, 0 for padding."""
        read = self._tokenizer.encode_batch(list(pairs))
        return padded([np.array(one.ids, np.int64) for one in read])


def padded(read: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """The rows padded with 0 to the longest, and the mask: 1 for a token, 0 for padding. Both have the shape
    (rows, tokens), int64."""
    lengths = np.array([len(ids) for ids in read])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    tokens = np.zeros_like(mask)
    for row, ids in enumerate(read):
        tokens[row, : len(ids)] = ids
    return tokens, mask


def means(states: FloatArray, mask: IntArray) -> FloatArray:
    """The mean vector of each text's unmasked tokens: (texts, tokens, width) to (texts, width)."""
    weights = mask.astype(np.float32)
    mean: FloatArray = np.einsum("tnw,tn->tw", states, weights) / weights.sum(1)[:, None]
    return mean


def logits(adapters: Adapters, states: FloatArray, mask: IntArray) -> FloatArray:
    """How much each text helps, in nats, shape (texts,), from the last hidden states of the model with its
    adapters on, shape (texts, tokens, width), and the mask, shape (texts, tokens)."""
    seen = np.concatenate([states[:, 0], means(states, mask)], axis=1)
    helps: FloatArray = seen @ adapters.head + np.float32(adapters.bias)
    return helps
