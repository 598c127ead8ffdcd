"""Drawing the next token, with llama.cpp's own sampler chain; nothing is sampled in Python."""

from __future__ import annotations

import ctypes
import secrets
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import llama_cpp
import numpy as np

from nowprint.engine.distribution import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is drawn. Temperature 0 takes the likeliest; seed 0 stands for a random seed.
    ``repeat_window`` is in tokens."""

    temperature: float = 0.3
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.1
    repeat_window: int = 64
    seed: int = 0


class Sampler:
    """The sampler chain for one answer; the repetition penalty sees the tokens of this answer only. Use it
    in a ``with`` statement, which frees it."""

    def __init__(self, sampling: Sampling, vocabulary: int) -> None:
        chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
        # top-k first, so that the penalty goes through few tokens instead of the whole vocabulary
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
        self.least = sampling.top_k if sampling.top_k > 0 else vocabulary
        """The number of likeliest tokens that the chain draws from."""
        candidates = np.empty(vocabulary, np.dtype(llama_cpp.llama_token_data))
        self._ids, self._logits = candidates["id"], candidates["logit"]
        pointer = candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data))
        self._candidates = llama_cpp.llama_token_data_array(pointer, 0, -1, False)

    def sample(self, context: Any, index: int = -1) -> int:
        """Draw a token from the logits of the last batch's token ``index`` (-1: the last token that has
        logits), and note it for the penalty."""
        return int(llama_cpp.llama_sampler_sample(self._chain, context, index))

    def sample_among(self, ids: IntArray, logits: FloatArray) -> int:
        """Draw as ``sample`` does, but only among the tokens ``ids`` of ``logits``, shape (V,).

        ``ids``, shape (S,), must be the likeliest tokens and at least ``least``, or all that are not
        ruled out. Then the result is the same as ``sample``'s, which goes through all V tokens and takes
        three times as long.
        """
        count = len(ids)
        self._ids[:count] = ids
        self._logits[:count] = logits[ids]
        candidates = self._candidates
        candidates.size, candidates.selected, candidates.sorted = count, -1, False
        llama_cpp.llama_sampler_apply(self._chain, ctypes.byref(candidates))
        token = int(candidates.data[candidates.selected].id)
        llama_cpp.llama_sampler_accept(self._chain, token)
        return token

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        llama_cpp.llama_sampler_free(self._chain)
