"""Turns texts into unit vectors with a sentence-transformers model from a local folder.

onnxruntime runs a folder that holds ``model.onnx``, as the bundled one does (onnx_runtime.py);
sentence-transformers runs any other (torch_runtime.py). Both give the same vectors to 1e-4, so vectors are
stored under the folder's name, whichever runtime made them.

``name`` and ``dimension`` come from the folder's name and a small configuration file, so that stored
vectors and the index can be checked before the model is loaded. ``load`` takes up to seconds and holds
the interpreter's lock, so it is called in the core, never in the window. It also reports a missing or
damaged folder: without an embedder a profile can still be used.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from nowprint.errors import UserError
from nowprint.memory.embedding.onnx_runtime import FILE, OnnxRuntime, by_length
from nowprint.memory.embedding.reranker import (
    Adapters,
    FloatArray,
    Judgement,
    PairReader,
    logits,
    read_adapters,
)
from nowprint.memory.embedding.torch_runtime import TorchRuntime
from nowprint.settings import resources

_HEAD = 700
_TAIL = 300
_TOGETHER = 16
"""How many pairs are judged at a time. In a list they have many lengths."""


class Embedder:
    """One embedding model. Thread-safe; the first use loads the model."""

    _adapters: Adapters | None = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._runtime: OnnxRuntime | TorchRuntime | None = None
        self._pairs: PairReader | None = None
        self.name = folder.name
        self.dimension = _dimension(folder)
        """The number of components; 0 if the configuration can't be read: then ``load`` fails."""
        self._adapters = read_adapters(resources() / "relevance.npz", self.name)

    @property
    def fit(self) -> str:
        """Tells the adapters from those of another fit; empty without any."""
        heads = self._adapters.of.values() if self._adapters else ()
        return f"{zlib.crc32(b''.join(one.head.tobytes() for one in heads)):08x}" if heads else ""

    def load(self) -> None:
        """Load the model unless it is loaded. UserError if the folder is missing or damaged."""
        with self._lock:
            if self._runtime is None:
                if not self.dimension:
                    raise _broken(self._folder)
                self._runtime = self._read()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """A unit vector per text, shape (texts, dimension), float32. Of a text longer than 1,000 characters
        only the first 700 and the last 300 are read. UserError as for ``load``."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        self.load()
        with self._lock:
            assert self._runtime is not None
            return self._runtime.encode([_clip(text) for text in texts])

    def judge(self, judgement: Judgement, pairs: Sequence[tuple[str, str]]) -> FloatArray | None:
        """Read the two texts of each pair together, and judge: the log-odds, in nats, that the second helps
        with the first, that the first changes the second, or that the first tells something where it stands
        in the second (reranker.py), shape (pairs,). None without pairs, or without adapters for this model.
        UserError as for ``load``."""
        if self._adapters is None or judgement not in self._adapters.of or not pairs:
            return None
        self.load()
        with self._lock:
            assert isinstance(self._runtime, OnnxRuntime)
            assert self._pairs is not None
            on = self._adapters.on(judgement)
            found = np.empty(len(pairs), np.float32)
            for some in by_length([sum(map(len, pair)) for pair in pairs], _TOGETHER):
                read = [(_clip(pairs[n][0]), pairs[n][1]) for n in some]
                tokens, mask = self._pairs.read(read)
                states = self._runtime.judging(tokens, mask, on)
                if states is None:
                    return None
                found[some] = logits(self._adapters, judgement, states, mask)
        return found

    def _read(self) -> OnnxRuntime | TorchRuntime:
        try:
            if not (self._folder / FILE).exists():
                return TorchRuntime(self._folder)
            runtime = OnnxRuntime(self._folder)
            if self._adapters:
                self._pairs = PairReader(runtime.tokenizer)
            return runtime
        except (ImportError, OSError, ValueError, KeyError, RuntimeError) as fault:
            raise _broken(self._folder) from fault


def _dimension(folder: Path) -> int:
    try:
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_text(encoding="utf-8"))
        return int(pooling["word_embedding_dimension"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _broken(folder: Path) -> UserError:
    return UserError(
        f"The embedder in {folder} is missing or damaged, so memories are recalled by their words "
        "alone: reinstall Nowprint, or put the folder of a sentence-transformers model there."
    )


def _clip(text: str) -> str:
    """The head and the tail of a long text. Models of this kind read about a thousand characters, and a
    question may stand at either end."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"
