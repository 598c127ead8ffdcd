"""Texts to unit vectors, by a sentence-transformers model from a local folder.

``name`` and ``dimension`` come from the folder's small configuration files, so that the store and
the index can be judged before anything heavy is loaded. Importing sentence_transformers takes
seconds and holds the interpreter; it happens in ``load``, in the core, never in the window. A folder
that is missing or damaged is told by ``load`` too: without an embedder a profile is still of use.
Nothing is fetched: the hub is switched off before the import.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nowprint.errors import UserError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

FloatArray = npt.NDArray[np.float32]

_HEAD = 700
_TAIL = 300


class Embedder:
    """One embedding model. Thread-safe; the model is loaded by the first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._model: SentenceTransformer | None = None
        self.name = folder.name
        self.dimension = _dimension(folder)
        """0 if it can't be read: then ``load`` fails."""

    def load(self) -> None:
        with self._lock:
            if self._model is None:
                if not self.dimension:
                    raise _broken(self._folder)
                self._model = self._read()

    def embed(self, texts: Sequence[str]) -> FloatArray:
        """One unit vector a row. A text longer than the model reads gives its head and its tail."""
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        self.load()
        with self._lock:
            assert self._model is not None
            vectors = self._model.encode(
                [_clip(text) for text in texts],
                normalize_embeddings=True,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
        return np.asarray(vectors, dtype=np.float32)

    def _read(self) -> SentenceTransformer:
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
            os.environ[variable] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]
        from transformers.utils import logging

        logging.disable_progress_bar()  # nobody reads the core's terminal
        tqdm.monitor_interval = (
            0  # else encode() leaves a thread that watches bars that aren't shown
        )

        try:
            return SentenceTransformer(
                str(self._folder), device="cpu", local_files_only=True, backend="torch"
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as fault:
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
        "alone: install Nowprint again, or put the folder of a sentence-transformers model there."
    )


def _clip(text: str) -> str:
    """Models of this kind read about a thousand characters; a question may stand at either end."""
    return text if len(text) <= _HEAD + _TAIL else f"{text[:_HEAD]} {text[-_TAIL:]}"
