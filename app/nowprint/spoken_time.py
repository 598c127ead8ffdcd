"""A time that an episode speaks of, as the inspector shows it beside the episode's own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SpokenTime:
    """``words`` as they stand in the text ("tomorrow"), the ``days`` that they mean, seen from when it was
    told ("15 March 2025"), and whether these are ``over``."""

    words: str
    days: str
    over: bool
