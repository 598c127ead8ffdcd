"""How the words of an answer are chosen: the sampler's values, and the contrast with an answer without
recollections."""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.engine.engine import Engine
from nowprint.engine.generation import Contrast
from nowprint.engine.sampler import Sampling
from nowprint.model_settings import ModelSettings
from nowprint.records import Recollection
from nowprint.settings import Settings


def sampling_of(settings: ModelSettings) -> Sampling:
    return Sampling(
        temperature=settings.temperature,
        top_k=settings.top_k,
        top_p=settings.top_p,
        min_p=settings.min_p,
        repeat_penalty=settings.repeat_penalty,
        seed=settings.seed,
    )


def contrast_of(
    engine: Engine,
    builder: PromptBuilder,
    settings: Settings,
    base: Base,
    recollections: Sequence[Recollection],
    begun: str = "",
) -> Contrast | None:
    """The contrast for an answer that has ``begun`` with a text; None without recollections, or if the
    settings switch it off."""
    if not recollections or not settings.contrast:
        return None
    without = engine.build(builder.with_nothing(base, recollections))
    if begun:
        return Contrast(engine.begun(without, begun), settings.contrast)
    return Contrast(without, settings.contrast, builder.openers(recollections, base.text))
