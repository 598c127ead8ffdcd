"""The encoder on torch, from the graph that onnxruntime reads, so that adapters can be fitted to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import nn
from transformers import BertConfig, BertModel

PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "aln": "attention.output.LayerNorm",
    "oln": "output.LayerNorm",
}
"""The parts of a layer by their names in the graph (``packaging/export_multilingual.py``)."""
HEADS = 12
EPSILON = 1e-12

Floats = npt.NDArray[np.float32]


def read_encoder(folder: Path) -> nn.Module:
    """A BERT that gives what ``model.onnx`` in the folder gives with its adapters off."""
    graph = onnx.load(str(folder / "model.onnx")).graph
    stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    halves = stored["embeddings_word"]
    word = np.concatenate([halves & 15, halves >> 4], axis=-1)
    weights = {
        "embeddings.word_embeddings.weight": _scaled(word, stored["embeddings_scale"]),
        "embeddings.position_embeddings.weight": stored["embeddings_position"],
        "embeddings.LayerNorm.weight": stored["embeddings_LayerNorm_weight"],
        "embeddings.LayerNorm.bias": stored["embeddings_LayerNorm_bias"],
    }
    rows, width = weights["embeddings.word_embeddings.weight"].shape
    layers = sum(name.endswith("_q_bias") for name in stored)
    for n in range(layers):
        for short, long in PARTS.items():
            named, whole = f"l{n}_{short}", f"encoder.layer.{n}.{long}"
            weight, bias = stored[f"{named}_weight"], stored[f"{named}_bias"]
            if weight.dtype == np.uint8:
                pairs = np.stack([weight & 15, weight >> 4], axis=-1).reshape(*weight.shape[:2], -1)
                scales = stored[f"{named}_scale"].reshape(*weight.shape[:2], 1)
                weight = _scaled(pairs, scales)
            weights |= {f"{whole}.weight": weight, f"{whole}.bias": bias}
    config = BertConfig(
        vocab_size=rows,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        intermediate_size=len(stored["l0_fi_bias"]),
        max_position_embeddings=len(stored["embeddings_position"]),
        layer_norm_eps=EPSILON,
    )
    # torch's fused attention takes three times as long for the gradients on a processor
    config._attn_implementation = "eager"
    model: Any = BertModel(config, add_pooling_layer=False).eval()
    # what the graph adds to every word is in its positions already
    weights["embeddings.token_type_embeddings.weight"] = np.zeros((2, width), np.float32)
    model.load_state_dict({name: torch.from_numpy(np.array(one)) for name, one in weights.items()})
    encoder: nn.Module = model
    return encoder


def _scaled(numbers: npt.NDArray[Any], scales: npt.NDArray[Any]) -> Floats:
    """Rows of weights from blocks of numbers, shape (rows, blocks, 32), and their scales."""
    weights: Floats = (numbers.astype(np.float32) - 8) * scales.astype(np.float32)
    return weights.reshape(len(weights), -1)
