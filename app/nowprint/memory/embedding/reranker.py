"""Two judgements on two texts read together: does the one help with the other, and does it change it?

A cosine compares two texts that were read apart: "What is Marta's husband called?" is as near to
"My sister Marta is a paramedic" as "What does Marta do for a living?" is. The reranker is the encoder
(encoder.py) with low-rank adapters beside its dense layers (LoRA, arXiv:2106.09685). It reads both as one
text, as a cross-encoder does. A linear head over the first token's vector and the mean of all tokens returns
log-odds, in nats: that a message needs an episode (``HELPS``), or that a newer telling changes an older one
(``CHANGES``). The adapters of the second stand on top of those of the first.

The adapters and the head are ``resources/relevance.npz``, fitted by ``bench/fitting/fit_reranker.py`` to
``resources/corpus/relevance-*.jsonl`` and ``changes.jsonl``. They belong to one model; without it
the cosine alone decides.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FloatArray = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

TOKENS = 128
"""The most tokens of both together; the longer of the two is cut."""


Judgement = Literal[0, 1]
HELPS: Final = 0
CHANGES: Final = 1


class Adapters(NamedTuple):
    """``dense`` maps the name of a dense layer to (down, up) of shapes (rank, in) and (out, rank); with
    them the layer with weights W computes ``x W + (x downᵀ · on) upᵀ``, where ``on``, shape (rank,), is 1
    for the adapters of a judgement: the first half of the rank for ``HELPS``, all for ``CHANGES``. ``head``,
    shape (2, 2 · width), and ``bias``, shape (2,), make the logit of each judgement. ``model`` is the name of
    the folder of the model that they were fitted to."""

    model: str
    dense: Mapping[str, tuple[FloatArray, FloatArray]]
    head: FloatArray
    bias: FloatArray

    def of(self, name: str, judgement: Judgement) -> tuple[FloatArray, FloatArray]:
        """The adapters (down, up) of a dense layer that belong to one judgement alone."""
        down, up = self.dense[name]
        half = len(down) // 2
        mine = slice(half * judgement, half * (judgement + 1))
        return down[mine], up[:, mine]

    def on(self, judgement: Judgement) -> FloatArray:
        """Which adapters a judgement switches on, shape (rank,)."""
        rank = len(next(iter(self.dense.values()))[0])
        switched: FloatArray = (np.arange(rank) < rank // 2 * (1 + judgement)).astype(np.float32)
        return switched


def read_adapters(file: Path, model: str) -> Adapters | None:
    """The adapters in ``file``; None if it is missing, damaged, or for another model."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            if str(stored["model"]) != model:
                return None
            arrays = {name: stored[name].astype(np.float32) for name in stored.files[1:]}
        dense = {
            name.removesuffix(".down"): (down, arrays[name.removesuffix("down") + "up"])
            for name, down in arrays.items()
            if name.endswith(".down")
        }
        return Adapters(model, dense, arrays["head"], arrays["bias"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def write_adapters(file: Path, adapters: Adapters) -> None:
    """Write them as float16 in NumPy's .npz format; the same adapters always give the same bytes."""
    arrays = {"head": adapters.head, "bias": adapters.bias}
    for name, (down, up) in sorted(adapters.dense.items()):
        arrays |= {f"{name}.down": down, f"{name}.up": up}
    halves = {name: array.astype(np.float16) for name, array in arrays.items()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {"model": np.array(adapters.model), **halves}.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of an embedder's folder. The encoder's takes a second or two, so one serves everybody.
    Raises whatever the tokenizers library raises if the folder is damaged."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    return tokenizer


class PairReader:
    """Tokenises two texts together, as one."""

    def __init__(self, tokenizer: Tokenizer, tokens: int = TOKENS) -> None:
        """``tokenizer``: ``read_tokenizer``'s, which others may use, too."""
        self._tokenizer = tokenizer
        self._most = tokens

    def read(self, pairs: Sequence[tuple[str, str]]) -> tuple[IntArray, IntArray]:
        """The token ids of each pair, shape (pairs, tokens), int64, and their mask: 1 for
        a token, 0 for padding."""
        self._tokenizer.enable_truncation(self._most, strategy="longest_first")
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


def logits(
    adapters: Adapters, judgement: Judgement, states: FloatArray, mask: IntArray
) -> FloatArray:
    """The log-odds, in nats, that the judgement on each pair is yes, shape (pairs,). ``states`` are the last
    hidden states of the model with its adapters on, shape (pairs, tokens, width), ``mask`` has the shape
    (pairs, tokens)."""
    seen = np.concatenate([states[:, 0], means(states, mask)], axis=1)
    found: FloatArray = seen @ adapters.head[judgement] + adapters.bias[judgement]
    return found
