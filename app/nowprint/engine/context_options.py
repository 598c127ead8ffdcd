"""How a llama.cpp context is made: the type of its KV cache, flash attention, RoPE scaling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import llama_cpp

from nowprint.engine.model import Model
from nowprint.model_settings import CACHE_BLOCKS, CacheType, FlashAttention, RopeScaling

_CACHES = {
    "f16": llama_cpp.GGML_TYPE_F16,
    "q8_0": llama_cpp.GGML_TYPE_Q8_0,
    "q4_0": llama_cpp.GGML_TYPE_Q4_0,
}
_FLASH = {
    "automatic": llama_cpp.LLAMA_FLASH_ATTN_TYPE_AUTO,
    "on": llama_cpp.LLAMA_FLASH_ATTN_TYPE_ENABLED,
    "off": llama_cpp.LLAMA_FLASH_ATTN_TYPE_DISABLED,
}
_ROPE = {
    "linear": llama_cpp.LLAMA_ROPE_SCALING_TYPE_LINEAR,
    "yarn": llama_cpp.LLAMA_ROPE_SCALING_TYPE_YARN,
}


@dataclass(frozen=True, slots=True)
class ContextOptions:
    """The defaults are what the model's file says."""

    cache: CacheType = "f16"
    flash_attention: FlashAttention = "automatic"
    rope_scaling: RopeScaling = "none"
    rope_factor: float = 1.0

    def longest(self, model: Model) -> int:
        """Tokens that the model can read at once."""
        scaled = self.rope_factor if self.rope_scaling != "none" else 1.0
        return int(model.trained_context * scaled)

    def cells(self, context: int) -> int:
        """How many cells of type f16 take as much memory as a context of so many tokens."""
        size, values = CACHE_BLOCKS[self.cache]
        return -(-context * size // (2 * values))

    def refused(self, model: Model, tokens: int) -> str:
        """The sentence for a context that llama.cpp doesn't make."""
        if self.cache != "f16" and self.flash_attention == "off":
            return (
                f"A cache of type {self.cache} needs flash attention: switch it on in the settings "
                f"of {model.path.name}, or choose the type f16."
            )
        other = " or the cache type f16" if self.cache != "f16" else ""
        return (
            f"{model.path.name} loads, but there is not enough memory for {tokens} "
            f"tokens of context: set a smaller context{other} or choose a smaller model."
        )

    def apply(self, params: Any, model: Model, *, compress: bool) -> None:
        """Write the options into ``llama_context_params``; only with ``compress`` also the cache's type."""
        params.flash_attn_type = _FLASH[self.flash_attention]
        if compress:
            params.type_k = params.type_v = _CACHES[self.cache]
        if self.rope_scaling != "none":
            params.rope_scaling_type = _ROPE[self.rope_scaling]
            params.rope_freq_scale = 1 / self.rope_factor
            params.yarn_orig_ctx = model.trained_context
