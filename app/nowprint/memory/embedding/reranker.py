"""Does this memory help with this message? A reranker that reads both together.

A cosine compares two texts that were read apart: "What is Marta's husband called?" is as near to "My
sister Marta is a paramedic" as "What does Marta do for a living?" is. The reranker is the embedder once
more, with low-rank adapters beside its dense layers (LoRA, arXiv:2106.09685): it reads message and
memory as one text, as a cross-encoder does, and a linear head over the first token's vector and the mean
tells how much the memory helps, in nats (the log of the odds).

The adapters and the head are ``resources/relevance.npz``, fitted by ``bench/fitting/fit_reranker.py`` to the
questions of ``resources/corpus/relevance-*.jsonl``. They belong to one embedder; with another one the
cosine decides alone.
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
"""Of message and memory together; the longer of the two is cut."""


class Adapters(NamedTuple):
    """``dense``: by the name of each dense layer down, shape (rank, in), and up, shape (out, rank), so
    that it gives ``x W + x downᵀ upᵀ``. ``head``, shape (2 width,), and ``bias`` make the logit."""

    embedder: str
    dense: Mapping[str, tuple[FloatArray, FloatArray]]
    head: FloatArray
    bias: float


def read_adapters(file: Path, embedder: str) -> Adapters | None:
    """None if ``file`` is missing, damaged, or of another embedder."""
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
    """In 16 bits: the same adapters always give the same bytes."""
    arrays = {"head": adapters.head, "bias": np.array(adapters.bias)}
    for name, (down, up) in sorted(adapters.dense.items()):
        arrays |= {f"{name}.down": down, f"{name}.up": up}
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {"embedder": np.array(adapters.embedder), **halves}.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


class PairReader:
    """Message and memory as the token numbers of one text."""

    def __init__(self, folder: Path, tokens: int = TOKENS) -> None:
        """Whatever tokenizers raises if the embedder's folder is damaged."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(tokens, strategy="longest_first")

    def read(self, pairs: Sequence[tuple[str, str]]) -> tuple[IntArray, IntArray]:
        """The token numbers, a row each, shape (pairs, tokens), and which of them count."""
        read = self._tokenizer.encode_batch(list(pairs))
        return padded([np.array(one.ids, np.int64) for one in read])


def padded(read: Sequence[IntArray]) -> tuple[IntArray, IntArray]:
    """Rows of one length, 0 behind the shorter ones, and the mask of what counts."""
    lengths = np.array([len(ids) for ids in read])
    mask = (np.arange(lengths.max()) < lengths[:, None]).astype(np.int64)
    tokens = np.zeros_like(mask)
    for row, ids in enumerate(read):
        tokens[row, : len(ids)] = ids
    return tokens, mask


def means(states: FloatArray, mask: IntArray) -> FloatArray:
    """The mean vector of the tokens that count: (texts, tokens, width) to (texts, width)."""
    weights = mask.astype(np.float32)
    mean: FloatArray = np.einsum("tnw,tn->tw", states, weights) / weights.sum(1)[:, None]
    return mean


def logits(adapters: Adapters, states: FloatArray, mask: IntArray) -> FloatArray:
    """From the adapted layers' last states, shape (texts, tokens, width), to a number a text."""
    seen = np.concatenate([states[:, 0], means(states, mask)], axis=1)
    helps: FloatArray = seen @ adapters.head + np.float32(adapters.bias)
    return helps
