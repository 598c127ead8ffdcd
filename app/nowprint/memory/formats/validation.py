"""Parses JSON from untrusted files, and checks every value before it is used.

A fault is one sentence that names the place. Text is not interpreted: lone surrogates become the
replacement character, everything else stays as it is written.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import numpy as np

from nowprint.errors import MemoryFileError
from nowprint.memory.storage.conversations import clean

LARGEST = 2**53
"""The largest whole number; JSON readers don't agree on larger ones."""
MOST_TEXT_BYTES = 24 * 2**20
"""The most bytes of one JSON text: an array's element, a line or a file. (Its objects take more.)"""
MOST_VALUES = 2_000_000
"""The most values of one JSON text: as objects they take some hundred bytes each."""
MOST_TEXT = 200_000
"""The most code points of an episode; a message may have ten times as many."""
MOST_MESSAGE = 10 * MOST_TEXT
MOST_NAME = 500
MOST_TIME = 32_503_680_000.0
"""The latest time: the year 3000, in seconds since the epoch."""
_MILLISECONDS = 1e11
"""From here on a time is taken for one in milliseconds: as seconds it would be in the year 5138."""
_DIGITS = re.compile(r"\d{9,13}(?:\.\d*)?")
_WEIGHTS = ((b",", 1), (b"[", 1), (b":", 1), (b"{", 2))
_WEIGHT = np.zeros(256, np.uint8)
for _sign, _weight in _WEIGHTS:
    _WEIGHT[_sign[0]] = _weight
_WINDOW = 2**20


def fault(problem: str) -> MemoryFileError:
    """The error for a file; ``problem`` follows on "The file can't be used: "."""
    return MemoryFileError(
        f"The file can't be used: {problem}. Nothing was changed; get another copy of it."
    )


def loads(data: bytes | str, where: str) -> Any:
    """Parse JSON by the standard (RFC 8259): UTF-8, no NaN or infinity. MemoryFileError for anything else,
    for too deep nesting and for more than ``MOST_VALUES`` values."""
    if isinstance(data, bytes) and len(data) > MOST_VALUES and _values(data) > MOST_VALUES:
        raise fault(f"{where} has far too many values")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        return json.loads(text, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise fault(f"{where} is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise fault(f"{where} is not valid JSON") from None


def _values(data: bytes) -> int:
    """About how many values the JSON has. Signs in strings are counted, too, unless that would exceed the
    limit: leaving them out takes longer."""
    count = sum(data.count(sign) * weight for sign, weight in _WEIGHTS)
    if count <= MOST_VALUES:
        return count
    plain = data.replace(rb"\\", b"__").replace(rb"\"", b"__")  # now each quote begins or ends one
    count, inside = 0, 0
    for at in range(0, len(plain), _WINDOW):
        signs = np.frombuffer(plain, np.uint8, count=min(_WINDOW, len(plain) - at), offset=at)
        strings = (np.cumsum(signs == ord('"'), dtype=np.uint8) + inside) % 2
        count += int(_WEIGHT[signs[strings == 0]].sum(dtype=np.int64))
        inside = int(strings[-1])
    return count


def _refuse(_: str) -> None:
    raise ValueError("NaN and infinity are no JSON")


class Fields:
    """One JSON object, and its place in the file ("line 3 of episodes.jsonl"). The methods return a field's
    checked value, or raise MemoryFileError."""

    __slots__ = ("_fields", "where")

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise fault(f"{where} is no object")
        self._fields: dict[str, Any] = value
        self.where = where

    def wrong(self, name: str) -> MemoryFileError:
        return fault(f"{self.where} has no usable {json.dumps(name)}")

    def get(self, name: str) -> Any:
        """A field's value, unchecked; None if there is none."""
        return self._fields.get(name)

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def text(self, name: str, most: int) -> str:
        """A text of at most ``most`` code points."""
        value = self._fields.get(name)
        if not isinstance(value, str) or len(value) > most:
            raise self.wrong(name)
        return clean(value)

    def one_of(self, name: str, values: tuple[str, ...]) -> Any:
        value = self._fields.get(name)
        if value not in values or not isinstance(value, str):
            raise self.wrong(name)
        return value

    def number(self, name: str, least: float, most: float) -> float:
        value: Any = self._fields.get(name)
        if not is_number(value, least, most):
            raise self.wrong(name)
        return float(value)

    def whole(self, name: str, least: int = 0, most: int = LARGEST) -> int:
        value: Any = self._fields.get(name)
        if not is_whole(value, least, most):
            raise self.wrong(name)
        return int(value)

    def flag(self, name: str) -> bool:
        value = self._fields.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name)
        return value

    def array(self, name: str, most: int) -> list[Any]:
        value = self._fields.get(name)
        if not isinstance(value, list) or len(value) > most:
            raise self.wrong(name)
        return value

    def numbers(self, name: str, count: int, least: float, most: float) -> list[float]:
        """An array of exactly ``count`` numbers."""
        values = self._alike(name, count, {int, float})
        if values and not (min(values) >= least and max(values) <= most):
            raise self.wrong(name)
        return [float(value) for value in values]

    def wholes(self, name: str, count: int, least: int, most: int) -> list[int]:
        values = self._alike(name, count, {int})
        if values and not (min(values) >= least and max(values) <= most):
            raise self.wrong(name)
        return values

    def _alike(self, name: str, count: int, types: set[type]) -> list[Any]:
        """An array of ``count`` values of these types, checked as a whole, since it may be long."""
        values = self.array(name, count)
        if len(values) != count or not types.issuperset(map(type, values)):
            raise self.wrong(name)
        return values

    def object(self, name: str) -> Fields:
        return Fields(self._fields.get(name), f"{self.where}, {json.dumps(name)},")

    def objects(self, name: str, most: int) -> list[Fields]:
        where = f"{self.where}, {json.dumps(name)},"
        return [Fields(value, where) for value in self.array(name, most)]


def is_number(value: Any, least: float, most: float) -> bool:
    """Whether the value is a number from ``least`` to ``most``. The comparison also refuses NaN, and copes
    with whole numbers that no float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return least <= value <= most


def is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def time_of(value: Any, *, or_ms: bool = False) -> float:
    """A time, given in seconds (also as text) or as a date in ISO 8601, in seconds since the epoch; 0 for
    anything else. ``or_ms``: a very large number counts milliseconds."""
    if or_ms and is_number(value, _MILLISECONDS, 1000 * MOST_TIME):
        value = value / 1000
    if is_number(value, 0, MOST_TIME):
        return float(value)
    if not isinstance(value, str) or len(value) > 40:
        return 0.0
    if _DIGITS.fullmatch(value):
        return time_of(float(value), or_ms=or_ms)
    try:
        at = datetime.fromisoformat(value)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if is_number(seconds, 0, MOST_TIME) else 0.0
