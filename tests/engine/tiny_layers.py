"""The layers of tiny models (tiny_gguf.py) of several architectures, as llama.cpp's src/models has them.

Attention, full or sliding, keeps every token that it read; a recurrent layer keeps one state, which nothing
can be taken out of again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Shape = tuple[int, ...]
"""A tensor's, with the length of its rows first."""
Shapes = dict[str, Shape]

HEAD, INNER = 64, 32
WINDOW = 16
"""How many tokens back a sliding layer sees."""


@dataclass(frozen=True, slots=True)
class Architecture:
    metadata: Callable[[int], Mapping[str, Any]]
    """Of a model of this width; without the keys that every architecture has."""
    layers: Callable[[int], tuple[Shapes, ...]]
    noise: float = 0.05
    """The spread of noisy weights: history matters, and the answer is still the table's."""
    output_norm: str = "output_norm"


def _feed_forward(width: int) -> Shapes:
    return {
        "ffn_norm.weight": (width,),
        "ffn_gate.weight": (width, INNER),
        "ffn_up.weight": (width, INNER),
        "ffn_down.weight": (INNER, width),
    }


def _attention(width: int) -> Shapes:
    parts = ("attn_q", "attn_k", "attn_v", "attn_output")
    return {"attn_norm.weight": (width,)} | {f"{part}.weight": (width, width) for part in parts}


def _biases(width: int) -> Shapes:
    return {f"attn_{part}.bias": (width,) for part in "qkv"}


def _head_norms(_width: int) -> Shapes:
    return {"attn_q_norm.weight": (HEAD,), "attn_k_norm.weight": (HEAD,)}


def _post_norms(width: int) -> Shapes:
    return {"post_attention_norm.weight": (width,), "post_ffw_norm.weight": (width,)}


def _short_convolution(width: int) -> Shapes:
    return {
        "attn_norm.weight": (width,),
        "shortconv.conv.weight": (_KERNEL, width),
        "shortconv.in_proj.weight": (width, 3 * width),
        "shortconv.out_proj.weight": (width, width),
    }


_KERNEL, _STATE, _RANK = 3, 8, 4


def _state_space(width: int) -> Shapes:
    inner = 2 * width
    return {
        "attn_norm.weight": (width,),
        "ssm_in.weight": (width, 2 * inner),
        "ssm_conv1d.weight": (_KERNEL, inner),
        "ssm_conv1d.bias": (inner,),
        "ssm_x.weight": (inner, _RANK + 2 * _STATE),
        "ssm_dt.weight": (_RANK, inner),
        "ssm_dt.bias": (inner,),
        "ssm_a": (_STATE, inner),
        "ssm_d": (inner,),
        "ssm_out.weight": (inner, width),
    }


def _heads(width: int) -> dict[str, Any]:
    heads = width // HEAD
    return {
        "attention.head_count": heads,
        "attention.head_count_kv": heads,
        "rope.dimension_count": HEAD,
    }


ARCHITECTURES: Mapping[str, Architecture] = {
    "llama": Architecture(_heads, lambda width: (_attention(width) | _feed_forward(width),)),
    "qwen2": Architecture(
        _heads, lambda width: (_attention(width) | _biases(width) | _feed_forward(width),)
    ),
    "qwen3": Architecture(
        _heads, lambda width: (_attention(width) | _head_norms(width) | _feed_forward(width),)
    ),
    "gemma3": Architecture(
        lambda width: (
            _heads(width)
            | {
                "attention.key_length": HEAD,
                "attention.value_length": HEAD,
                "attention.sliding_window": WINDOW,
                "attention.sliding_window_pattern": 2,  # every second layer sees everything
            }
        ),
        lambda width: (
            2
            * (_attention(width) | _head_norms(width) | _post_norms(width) | _feed_forward(width),)
        ),
        noise=0.1,
    ),
    "mamba": Architecture(
        lambda width: {
            "attention.head_count": 0,
            "ssm.conv_kernel": _KERNEL,
            "ssm.inner_size": 2 * width,
            "ssm.state_size": _STATE,
            "ssm.time_step_rank": _RANK,
        },
        lambda width: 2 * (_state_space(width),),
        noise=0.1,
    ),
    "lfm2": Architecture(
        lambda width: (
            _heads(width)
            | {"attention.head_count_kv": [0, width // HEAD], "shortconv.l_cache": _KERNEL}
        ),
        lambda width: (
            _short_convolution(width) | _feed_forward(width),
            _attention(width) | _head_norms(width) | _feed_forward(width),
        ),
        output_norm="token_embd_norm",
    ),
}
"""Full attention (llama, qwen2, qwen3), sliding (gemma3), recurrent (mamba), hybrid (lfm2)."""
RECURRENT = ("mamba", "lfm2")
"""Their cache can't be cut."""
