"""A sentence-transformers folder that holds ``model.onnx``, run by onnxruntime: no torch is needed.

The frozen app's way: it loads with a twentieth of the work, in half the memory. It does what
sentence-transformers does around the model: cuts each text to the folder's ``max_seq_length`` tokens,
batches by length, takes the mean of the vectors of the tokens and makes it one long. The vectors are
torch's to 1e-4 (tests/memory/embedding/test_onnx.py), so a profile written by the one is read by the other.
``packaging/export_embedder.py`` makes the file; the reranker's adapters (reranker.py) are in it, and its
input ``judging`` (0 or 1) lets them in.

onnxruntime stays at 1.28: later builds hold what reports to their maker unless told not to.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.memory.embedding.reranker import FloatArray, IntArray, means, padded

FILE = "model.onnx"

_BATCH = 32
_QUIET = 4  # only what is fatal: faults are raised, and that there is no GPU is no news


class OnnxRuntime:
    def __init__(self, folder: Path) -> None:
        """OSError, ValueError, KeyError if ``folder`` is missing or damaged."""
        most = int(_read(folder / "sentence_bert_config.json")["max_seq_length"])
        if not _read(folder / "1_Pooling" / "config.json")["pooling_mode_mean_tokens"]:
            raise ValueError("only the mean of all tokens is known here")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime
        from tokenizers import Tokenizer

        onnxruntime.set_default_logger_severity(_QUIET)
        onnxruntime.disable_telemetry_events()  # Windows keeps a record of its own
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _QUIET
        options.intra_op_num_threads = _threads()
        options.inter_op_num_threads = 1
        # threads that wait by turning would take the processor from llama.cpp
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.enable_cpu_mem_arena = False  # a long list's memory is given back
        options.enable_mem_pattern = False  # would keep a plan for every shape seen
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = onnxruntime.InferenceSession(
                str(folder / FILE), options, providers=["CPUExecutionProvider"]
            )
        except Exception as fault:  # both raise their own, right below Exception
            raise ValueError(str(fault)) from fault
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(most)
        self._inputs = {given.name for given in self._session.get_inputs()}

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """One unit vector a row."""
        read = [np.array(one.ids, np.int64) for one in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(read)), key=lambda row: len(read[row]))
        rows = [order[first : first + _BATCH] for first in range(0, len(order), _BATCH)]
        parts = [self._batch([read[row] for row in some]) for some in rows]
        vectors = np.empty((len(read), parts[0].shape[1]), np.float32)
        for some, part in zip(rows, parts, strict=True):
            vectors[some] = part
        return vectors

    def judging(self, tokens: IntArray, mask: IntArray) -> FloatArray | None:
        """The last states with the adapters let in; None if the graph has none."""
        return self._states(tokens, mask, 1.0) if "judging" in self._inputs else None

    def _batch(self, read: Sequence[IntArray]) -> FloatArray:
        tokens, mask = padded(read)
        mean = means(self._states(tokens, mask, 0.0), mask)
        unit: FloatArray = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return unit

    def _states(self, tokens: IntArray, mask: IntArray, judging: float) -> FloatArray:
        offered: dict[str, npt.NDArray[Any]] = {
            "input_ids": tokens,
            "attention_mask": mask,
            "token_type_ids": np.zeros_like(mask),
            "judging": np.array([judging], np.float32),
        }
        states: FloatArray
        (states,) = self._session.run(None, {name: offered[name] for name in self._inputs})
        return states


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _threads() -> int:
    """Half the processor: the other half is the model's, which may be in the middle of an answer."""
    return max(1, min(4, (os.cpu_count() or 1) // 2))
