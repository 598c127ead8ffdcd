"""What a model file's header says of its KV cache."""

from __future__ import annotations

from collections import Counter

from nowprint.engine.gguf.header import Header
from nowprint.models.catalogue import Layers


def layers_of(header: Header) -> tuple[Layers, ...]:
    """Its attention layers by kind; none if the header doesn't tell. Layers without keys of their own
    (recurrent ones) have no heads in the header, and are left out.

    All layers are taken for as wide as the widest: what a few architectures share between layers or
    compress (Gemma's last layers, DeepSeek's latents) makes the true cache smaller.
    """
    blocks = header.block_count or 0
    heads = _each(header.head_count, blocks)
    kv_heads = _each(header.head_count_kv, blocks) or heads
    most_heads = max(heads, default=0)
    width = (header.embedding_length or 0) // most_heads if most_heads else 0
    key, value = header.key_length or width, header.value_length or width
    if not (blocks > 0 and kv_heads and key and value):
        return ()
    kinds = Counter(number for number in kv_heads if number > 0)
    return tuple(Layers(count, number, key, value) for number, count in kinds.items())


def _each(told: int | tuple[int, ...] | None, blocks: int) -> tuple[int, ...]:
    """One number for each layer; none if the header doesn't tell."""
    if isinstance(told, int):
        return (told,) * blocks
    return told or ()
