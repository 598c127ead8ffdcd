"""Runs a sentence-transformers folder with sentence-transformers itself, on torch.

Importing it takes seconds and holds the interpreter's lock. It never downloads anything: the model hub is
switched off before the import.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nowprint.memory.embedding.reranker import FloatArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchRuntime:
    """An embedder on torch, for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """OSError, ValueError, KeyError, RuntimeError if ``folder`` is missing or damaged."""
        for variable in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
            os.environ[variable] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from tqdm import tqdm  # type: ignore[import-untyped, unused-ignore]
        from transformers.utils import logging

        logging.disable_progress_bar()  # the core has no terminal that the user sees
        tqdm.monitor_interval = (
            0  # else encode() leaves a thread that watches progress bars, though none is shown
        )
        try:
            self._model: SentenceTransformer = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, backend="torch"
            )
        except SafetensorError as fault:
            raise ValueError(str(fault)) from fault

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """A unit vector per text, shape (texts, width), float32."""
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
