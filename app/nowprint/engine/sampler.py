"""llama.cpp's own sampler chain; nothing is sampled in Python."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import llama_cpp


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. A temperature of 0 is greedy; a seed of 0 is a new one."""

    temperature: float = 0.3
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    repeat_window: int = 64
    seed: int = 0


class Sampler:
    """A chain for one answer: penalties look back on this answer only."""

    def __init__(self, sampling: Sampling, vocabulary: int) -> None:
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        # top-k first: the penalties then look at few tokens instead of the whole vocabulary
        links = [
            llama_cpp.llama_sampler_init_top_k(sampling.top_k),
            llama_cpp.llama_sampler_init_penalties(
                vocabulary, sampling.repeat_window, sampling.repeat_penalty, 0.0, 0.0
            ),
        ]
        if sampling.temperature <= 0:
            links.append(llama_cpp.llama_sampler_init_greedy())
        else:
            links += [
                llama_cpp.llama_sampler_init_top_p(sampling.top_p, 1),
                llama_cpp.llama_sampler_init_min_p(sampling.min_p, 1),
                llama_cpp.llama_sampler_init_temp(sampling.temperature),
                llama_cpp.llama_sampler_init_dist(sampling.seed or secrets.randbits(32)),
            ]
        for link in links:
            llama_cpp.llama_sampler_chain_add(chain, link)
        self._chain: Any = chain

    def sample(self, context: Any, index: int = -1) -> int:
        """Draw from logits of ``context``, those of the last batch's token ``index`` (-1: the last
        that has any), and remember the token for the penalties."""
        return int(llama_cpp.llama_sampler_sample(self._chain, context, index))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        llama_cpp.llama_sampler_free(self._chain)
