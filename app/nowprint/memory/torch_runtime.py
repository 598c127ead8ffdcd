"""A sentence-transformers folder run by sentence-transformers itself, on torch.

Importing it takes seconds and holds the interpreter. Nothing is fetched: the hub is switched off before
the import.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchRuntime:
    def __init__(self, folder: Path) -> None:
        """OSError, ValueError, KeyError, RuntimeError if ``folder`` is missing or damaged."""
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
            self._model: SentenceTransformer = SentenceTransformer(
                str(folder), device="cpu", local_files_only=True, backend="torch"
            )
        except SafetensorError as fault:
            raise ValueError(str(fault)) from fault

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """One unit vector a row."""
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
