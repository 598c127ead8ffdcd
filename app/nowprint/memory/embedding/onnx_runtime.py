"""Runs a sentence-transformers folder that holds ``model.onnx`` with onnxruntime: no torch is needed.

It loads with a fifteenth of torch's work, in half the memory. It does what sentence-transformers does around
the model: it cuts each text to the folder's ``max_seq_length`` tokens, batches texts of similar length,
averages the vectors of the tokens and scales the mean to length 1. The vectors equal torch's to 1e-4
(tests/memory/embedding/test_onnx.py), so either runtime can use the vectors that the other stored.
``packaging/export_embedder.py`` makes the file. The encoder's (``export_multilingual.py``) contains the
reranker's adapters (reranker.py), of which its input ``judging`` switches each on (1) or off (0).

onnxruntime stays at 1.28: later builds send telemetry to their maker unless told not to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.memory.embedding.reranker import (
    FloatArray,
    IntArray,
    means,
    padded,
    read_tokenizer,
)

FILE = "model.onnx"

_BATCH = 32
_QUIET = 4  # log fatal faults only: others are raised, and a missing GPU is not worth a line


class OnnxRuntime:
    """An embedder on onnxruntime, for one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """OSError, ValueError, KeyError if ``folder`` is missing or damaged."""
        self._most = int(_read(folder / "sentence_bert_config.json")["max_seq_length"])
        if not _read(folder / "1_Pooling" / "config.json")["pooling_mode_mean_tokens"]:
            raise ValueError("only the mean of all tokens is known here")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime

        onnxruntime.set_default_logger_severity(_QUIET)
        onnxruntime.disable_telemetry_events()  # builds for Windows record events
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = _threads()
        options.inter_op_num_threads = 1
        # threads that spin while they wait would take the processor from llama.cpp
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False  # free the memory after a long list
        options.enable_mem_pattern = False  # it would keep a plan for every shape it has seen
        try:
            self.tokenizer = read_tokenizer(folder)
            self._session = onnxruntime.InferenceSession(
                str(folder / FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as fault:  # both libraries raise types that derive straight from Exception
            raise ValueError(str(fault)) from fault
        self._inputs = {given.name: given.shape for given in self._session.get_inputs()}
        self._rank = int(self._inputs.get("judging", [0])[0])

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """A unit vector per text, shape (texts, width), float32. There must be at least one text."""
        self.tokenizer.enable_truncation(self._most)
        read = [np.array(one.ids, np.int64) for one in self.tokenizer.encode_batch(list(texts))]
        rows = by_length([len(one) for one in read], _BATCH)
        parts = [self._batch([read[row] for row in some]) for some in rows]
        vectors = np.empty((len(read), parts[0].shape[1]), np.float32)
        for some, part in zip(rows, parts, strict=True):
            vectors[some] = part
        return vectors

    def judging(self, tokens: IntArray, mask: IntArray, on: FloatArray) -> FloatArray | None:
        """The last hidden states with some adapters switched on, shape (texts, tokens, width), for token ids
        and mask of shape (texts, tokens); ``on`` is 1 for each of those, shape (rank,). None if the model has
        no adapters."""
        return self._states(tokens, mask, on) if self._rank else None

    def _batch(self, read: Sequence[IntArray]) -> FloatArray:
        tokens, mask = padded(read)
        off = np.zeros(self._rank, np.float32)
        mean = means(self._states(tokens, mask, off), mask)
        unit: FloatArray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _states(self, tokens: IntArray, mask: IntArray, judging: FloatArray) -> FloatArray:
        offered: dict[str, npt.NDArray[Any]] = {
            "input_ids": tokens,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
            "judging": judging,
        }
        states: FloatArray
        (states,) = self._session.run(None, {name: offered[name] for name in self._inputs})
        return states


def by_length(lengths: Sequence[int], most: int) -> list[list[int]]:
    """The numbers of texts in batches of at most ``most`` of similar length: a batch takes as long as if all
    its texts had the length of the longest."""
    order = sorted(range(len(lengths)), key=lambda row: lengths[row])
    return [order[first : first + most] for first in range(0, len(order), most)]


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _threads() -> int:
    """All cores, at most four: what is read before an answer is waited for, and llama.cpp rests then."""
    return max(1, min(4, os.cpu_count() or 1))
