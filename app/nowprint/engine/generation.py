"""What the context is given to read, and what comes of it: prompt, steps, and the answer as an iterator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Literal, Protocol, TypeAlias

from nowprint.engine.distribution import TokenReading
from nowprint.engine.logit_adjustment import Adjust
from nowprint.engine.sampler import Sampling
from nowprint.engine.thinking import Form
from nowprint.records import TokenScore

Finish: TypeAlias = Literal["end", "length", "stopped"]


@dataclass(frozen=True, slots=True)
class Prompt:
    """Token ids; those from ``first`` up to, but not including, ``last`` are the new message's.

    ``places`` are the (start, end) of each of these in the message, in code points. ``stop`` is a
    text that ends the answer, "" for none.
    """

    tokens: tuple[int, ...]
    first: int
    last: int
    places: tuple[tuple[int, int], ...]
    stop: str
    opened: Form | None = None
    """The form of the thought that the template has opened."""
    settled: int = 0
    """How many tokens come before the new message and its recollections."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """The scores of the message's tokens, and how many tokens of the prompt were cached already."""

    scores: tuple[TokenScore, ...]
    reused: int


@dataclass(frozen=True, slots=True)
class Step:
    """One decoded token: the text of the answer that it completed, its reading, and the text of the thought
    that it completed."""

    text: str
    reading: TokenReading
    thought: str = ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """The prompt without recollections, and the strength of the contrast with it (adjust.py). The answer
    never begins with a token of ``never_first``."""

    without: Prompt
    strength: float
    never_first: tuple[int, ...] = ()


class Stopped(Exception):
    """The stop event was set before the prompt was read to its end."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """How long a model may think before it answers: ``budget`` tokens, or until ``enough`` is set. Then its
    thought is closed, and it answers. ``opened`` is the prompt's."""

    opened: Form | None = None
    budget: int = 2048
    enough: Event = field(default_factory=Event)


class TokenSource(Protocol):
    """What ``context.Context`` does for a generation."""

    def steps(self, generation: Generation) -> Iterator[Step]: ...
    def scores_of(self, readings: Sequence[TokenReading]) -> tuple[TokenScore, ...]: ...


class Generation:
    """An answer: iterate once for its steps. Then ``rest`` is the text still held back (and
    ``rest_of_thought`` that of a thought), and ``finish`` says why the answer ended. ``limit`` is in tokens,
    without those of thoughts; ``readings`` are the answer's alone."""

    def __init__(
        self,
        source: TokenSource,
        sampling: Sampling,
        limit: int,
        stop: Event,
        stop_text: str,
        contrast: Contrast | None,
        adjust: Adjust | None,
        thinking: Thinking,
    ) -> None:
        self.sampling = sampling
        self.limit = limit
        self.stop = stop
        self.stop_text = stop_text
        self.contrast = contrast
        self.adjust = adjust
        self.finish: Finish = "length"
        self.rest = ""
        self.readings: list[TokenReading] = []
        self.thinking = thinking
        self.rest_of_thought = ""
        self._source = source

    def __iter__(self) -> Iterator[Step]:
        return self._source.steps(self)

    @property
    def scores(self) -> tuple[TokenScore, ...]:
        """The scores of the tokens decoded so far."""
        return self._source.scores_of(self.readings)
