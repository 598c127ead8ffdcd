"""Runs a sentence-transformers folder with sentence-transformers itself, on torch.

Importing it takes seconds and holds the interpreter's lock. It never downloads anything: the model hub is
switched off before the import.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nowprint.memory.embedding.reranker import Adapters, FloatArray, IntArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class TorchRuntime:
    """An embedder on torch, with or without adapters, for one thread at a time."""

    def __init__(self, folder: Path, adapters: Adapters | None = None) -> None:
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
        self._judging = False
        self._adapted = adapters is not None and self._adapt(adapters)

    def judging(self, tokens: IntArray, mask: IntArray) -> FloatArray | None:
        """The last hidden states with the adapters switched on, shape (texts, tokens, width), for token ids
        and mask of shape (texts, tokens). None without adapters that fit the model."""
        if not self._adapted:
            return None
        import torch

        self._judging = True
        try:
            with torch.inference_mode():
                read = self._encoder(
                    input_ids=torch.from_numpy(tokens), attention_mask=torch.from_numpy(mask)
                )
        finally:
            self._judging = False
        states: FloatArray = read.last_hidden_state.numpy()
        return states

    @property
    def _encoder(self) -> Any:
        return self._model[0].auto_model

    def _adapt(self, adapters: Adapters) -> bool:
        """Attach the adapters to the dense layers. False if the model lacks one, or its shape differs."""
        import torch

        layers = dict(self._encoder.named_modules())
        for name, (down, up) in adapters.dense.items():
            weight = getattr(layers.get(name), "weight", None)
            if weight is None or tuple(weight.shape) != (up.shape[0], down.shape[1]):
                return False
        for name, parts in adapters.dense.items():
            down, up = (torch.from_numpy(part) for part in parts)
            layers[name].register_forward_hook(self._beside(down, up))
        return True

    def _beside(self, down: Any, up: Any) -> Callable[[Any, Any, Any], Any]:
        def hook(_: Any, given: Any, came: Any) -> Any:
            return came + (given[0] @ down.T) @ up.T if self._judging else None

        return hook

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """A unit vector per text, shape (texts, width), float32."""
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        )
        return np.asarray(vectors, dtype=np.float32)
