"""Finds the times that a text speaks of, and resolves them against the day on which it was told.

The words of time of a language (``lexicon.py``) are read first ("tomorrow", "3 May", "last week"). Each is
then a single character of the text, and what stands around it can join it to others, step by step: "the end
of May", "Friday next week", "from Monday to Wednesday", "since 2020".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from nowprint.language.times.atoms import Atoms
from nowprint.language.times.joining import JOINS
from nowprint.language.times.languages import spoken
from nowprint.language.times.lexicon import (
    PLACE,
    PLACES,
    Form,
    Lexicon,
    Value,
    folded,
    lexicon,
    lowered,
)
from nowprint.language.times.readings import Reading
from nowprint.language.times.tense import looks_back

MOST = 24_000
"""How many characters of a text are read."""
_PRIVATE = dict.fromkeys(range(PLACE, PLACE + PLACES), " ")
_Make = Callable[[Form, dict[str, Value]], Reading | None]


@dataclass(frozen=True, slots=True)
class Time:
    """A time that a text speaks of: the characters from ``start`` to ``end``, the ``first`` day and the day
    ``after`` its last one; None for a side that is open. ``absolute``: it counts from no other day."""

    start: int
    end: int
    first: date | None
    after: date | None
    kind: str
    absolute: bool = False
    back: bool = False
    """Whether what is said of it was past when it was told."""

    @property
    def is_range(self) -> bool:
        if self.first is None or self.after is None:
            return True
        return (self.after - self.first).days > 1

    def lasts(self, told: date) -> bool:
        """Whether something is said to last from the day on which it was told: "until May", "this week"."""
        begun = self.first is None or self.first <= told
        return (
            self.is_range
            and begun
            and not self.back
            and self.after is not None
            and self.after > told
        )

    def was_ahead(self, told: date) -> bool:
        """Whether it wasn't over when it was told, as the time of a plan."""
        return not self.back and self.after is not None and self.after > told

    def is_over(self, today: date) -> bool:
        return self.after is not None and self.after <= today


def times(text: str, told: date, *, asks: bool = False) -> list[Time]:
    """The times in ``text``, told on that day, in the order of the text. ``asks``: it is a question, which
    looks back where its words don't say otherwise."""
    return list(_times(text[:MOST], told, asks))


@lru_cache(1024)  # it takes a millisecond or two; what is kept is read once (storage/reading.py)
def _times(text: str, told: date, asks: bool) -> tuple[Time, ...]:
    plain = folded(text.translate(_PRIVATE))
    lower = lowered(text)
    best: list[Time] = []
    for language in spoken(plain, lower):
        words = lexicon(language)
        if not words.trigger.search(plain):
            continue
        found = list(_in_language(plain, lower, words, told, asks))
        if sum(t.end - t.start for t in found) > sum(t.end - t.start for t in best):
            best = found
    return tuple(best)


def _in_language(plain: str, lower: str, words: Lexicon, told: date, asks: bool) -> Iterator[Time]:
    for start, end, reading in Readings(plain, words, told).read():
        back = reading.back
        if back is None:
            leans = asks or reading.leans_back
            back = leans if reading.by_role else looks_back(lower, start, end, words, asks=leans)
        try:
            span = reading.at(told, back)
        except (OverflowError, ValueError):
            continue  # a year that no calendar has
        if span and span != (None, None):
            yield Time(start, end, *span, reading.kind, reading.absolute, back)


class Readings:
    """A folded text in which what was read is a single character for each time."""

    def __init__(self, plain: str, words: Lexicon, told: date) -> None:
        self._text = plain
        self._words = words
        self._atoms = Atoms(told, month_first=words.month_first)
        self._read: list[Reading] = []
        self._origins = [(at, at + 1) for at in range(len(plain))]
        """For each character of ``_text`` where it stood in the text as it was given."""

    def read(self) -> list[tuple[int, int, Reading]]:
        self._step(self._words.atoms, self._atom)
        for step in self._words.joined:
            while self._read and self._step(step, self._joined):
                pass
        return [
            (*self._origins[at], reading)
            for at, character in enumerate(self._text)
            if (reading := self._at(character)) and not reading.weak
        ]

    def _at(self, character: str) -> Reading | None:
        at = ord(character) - PLACE
        return self._read[at] if 0 <= at < len(self._read) else None

    def _atom(self, form: Form, values: dict[str, Value]) -> Reading | None:
        return self._atoms.read(form.meaning, values)

    def _joined(self, form: Form, values: dict[str, Value]) -> Reading | None:
        places = [int(values[name]) for name in ("x", "x2") if name in values]
        return JOINS[form.meaning](values, [self._read[place] for place in places])

    def _step(self, forms: Sequence[Form], make: _Make) -> bool:
        """Put a character in the place of each longest match; whether there was one."""
        matches = [
            (s, e, form, values) for form in forms for s, e, values in form.matches(self._text)
        ]
        matches.sort(key=lambda match: (match[0] - match[1], match[0]))
        taken: list[tuple[int, int, Reading]] = []
        for start, end, form, values in matches:
            if any(start < e and s < end for s, e, _ in taken):
                continue
            if len(self._read) + len(taken) >= PLACES:
                break
            try:
                reading = make(form, values)
            except (OverflowError, ValueError):
                continue  # a day or year that no calendar has
            if reading is not None:
                taken.append((start, end, reading))
        for start, end, reading in sorted(taken, key=lambda one: -one[0]):
            self._read.append(reading)
            place = chr(PLACE + len(self._read) - 1)
            self._text = self._text[:start] + place + self._text[end:]
            self._origins[start:end] = [(self._origins[start][0], self._origins[end - 1][1])]
        return bool(taken)
