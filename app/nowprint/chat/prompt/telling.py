"""How an episode is put to the model: its words with the days that they speak of, and when it was told."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.chat.prompt.wording import wording
from nowprint.language.dates import day_of
from nowprint.language.times.describing import annotated, said_day
from nowprint.language.times.resolver import times
from nowprint.records import Episode


@dataclass(frozen=True, slots=True)
class Telling:
    """What was told, with its times resolved, and a ``note``: when, and whether the time of what was planned
    is over. What was told today needs no note."""

    text: str
    note: str = ""


def telling(episode: Episode, now: float) -> Telling:
    told, today = day_of(episode.created), day_of(now)
    found = times(episode.text, told)
    ahead = [time for time in found if time.was_ahead(told)]
    over = bool(ahead) and all(time.is_over(today) for time in ahead)
    note = wording().over if over else wording().told
    text = annotated(episode.text, found)
    return Telling(text, "" if told == today else note.format(day=said_day(told)))
