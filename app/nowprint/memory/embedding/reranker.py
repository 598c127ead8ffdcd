"""Three judgements on two texts read together: does the one help with the other, does it change it, and does
it tell something of its user's life?

A cosine compares two texts that were read apart: "What is Marta's husband called?" is as near to
"My sister Marta is a paramedic" as "What does Marta do for a living?" is. The reranker is the encoder
(encoder.py) with low-rank adapters beside its dense layers (LoRA, arXiv:2106.09685). It reads both as one
text, as a cross-encoder does. A linear head over the first token's vector and the mean of all tokens returns
log-odds, in nats: that a message needs an episode (``HELPS``), that a newer telling changes an older one
(``CHANGES``), or that a span tells a fact in the message where it stands (``TELLS``). The adapters of
``CHANGES`` stand on top of those of ``HELPS``.

The adapters and heads are ``resources/relevance.npz``, fitted to ``resources/corpus`` by
``bench/fitting/fit_reranker.py`` and, for ``TELLS``, by ``fit_meaning.py``. They belong to one model; without
it the cosine alone decides.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
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


Judgement = Literal["helps", "changes", "tells"]
HELPS: Final = "helps"
CHANGES: Final = "changes"
TELLS: Final = "tells"
JUDGEMENTS: tuple[Judgement, ...] = (HELPS, CHANGES, TELLS)
"""In the order in which their adapters stand in the model."""
_STANDS_ON: Mapping[Judgement, Judgement] = {CHANGES: HELPS}


class Fitted(NamedTuple):
    """The adapters and the head of one judgement. ``dense`` maps the name of a dense layer to (down, up) of
    shapes (rank, in) and (out, rank), ``head`` has the shape (2 · width,)."""

    dense: Mapping[str, tuple[FloatArray, FloatArray]]
    head: FloatArray
    bias: float

    @property
    def rank(self) -> int:
        return len(next(iter(self.dense.values()))[0])


class Adapters(NamedTuple):
    """What was fitted for each judgement. ``model`` is the name of the folder of the model that it was fitted
    to."""

    model: str
    of: Mapping[Judgement, Fitted]

    def dense(self, name: str) -> tuple[FloatArray, FloatArray]:
        """All adapters (down, up) of a dense layer side by side: with them the layer with weights W computes
        ``x W + (x downᵀ · on) upᵀ``, where ``on`` is that of a judgement."""
        parts = [one.dense[name] for one in self._in_order()]
        downs, ups = zip(*parts, strict=True)
        return np.concatenate(downs), np.concatenate(ups, axis=1)

    def on(self, judgement: Judgement) -> FloatArray:
        """1 for each adapter that a judgement switches on, shape (rank,)."""
        mine = {judgement, _STANDS_ON.get(judgement)}
        lengths = [(one in mine, self.of[one].rank) for one in JUDGEMENTS if one in self.of]
        return np.concatenate([np.full(rank, on, np.float32) for on, rank in lengths])

    def _in_order(self) -> Iterator[Fitted]:
        return (self.of[one] for one in JUDGEMENTS if one in self.of)


def read_adapters(file: Path, model: str) -> Adapters | None:
    """The adapters in ``file``; None if it is missing, damaged, or for another model."""
    try:
        with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as stored:
            if str(stored["model"]) != model:
                return None
            arrays = {name: stored[name].astype(np.float32) for name in stored.files[1:]}
        return Adapters(model, {one: _fitted(arrays, f"{one}.") for one in _named(arrays)})
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _named(arrays: Mapping[str, FloatArray]) -> list[Judgement]:
    """The judgements of which something is stored. KeyError if there are none."""
    found: list[Judgement] = [one for one in JUDGEMENTS if f"{one}.head" in arrays]
    if not found:
        raise KeyError("head")
    return found


def _fitted(arrays: Mapping[str, FloatArray], prefix: str) -> Fitted:
    dense = {
        name.removeprefix(prefix).removesuffix(".down"): (down, arrays[f"{name[:-5]}.up"])
        for name, down in arrays.items()
        if name.startswith(prefix) and name.endswith(".down")
    }
    return Fitted(dense, arrays[f"{prefix}head"], float(arrays[f"{prefix}bias"]))


def write_adapters(file: Path, adapters: Adapters) -> None:
    """Write them as float16 in NumPy's .npz format; the same adapters always give the same bytes."""
    arrays: dict[str, npt.ArrayLike] = {}
    for judgement, fitted in sorted(adapters.of.items()):
        arrays |= {f"{judgement}.head": fitted.head, f"{judgement}.bias": fitted.bias}
        for name, (down, up) in sorted(fitted.dense.items()):
            arrays |= {f"{judgement}.{name}.down": down, f"{judgement}.{name}.up": up}
    halves = {name: np.asarray(array, np.float16) for name, array in arrays.items()}
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
    fitted = adapters.of[judgement]
    found: FloatArray = seen @ fitted.head + np.float32(fitted.bias)
    return found
