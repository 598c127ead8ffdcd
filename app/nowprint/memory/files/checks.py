"""JSON from a file that nobody vouches for: every value is checked before it is used.

A fault is one sentence that names the place. Text is data: half surrogate pairs become the
replacement character, everything else stays as it is written.
"""

from __future__ import annotations

import json
import math
from typing import Any

from nowprint.errors import MemoryFileError
from nowprint.memory.store import clean

LARGEST = 2**53
"""Whole numbers beyond it are not exact in JSON."""


def fault(problem: str) -> MemoryFileError:
    """``problem`` goes on "The file can't be used: "."""
    return MemoryFileError(
        f"The file can't be used: {problem}. Nothing was changed; get another copy of it."
    )


def loads(data: bytes | str, where: str) -> Any:
    """JSON by the standard: no NaN, no infinity, UTF-8 only, no depth that breaks the reader."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        return json.loads(text, parse_constant=_refuse)
    except UnicodeDecodeError:
        raise fault(f"{where} is not UTF-8 text") from None
    except (ValueError, RecursionError):
        raise fault(f"{where} is not valid JSON") from None


def _refuse(_: str) -> None:
    raise ValueError("NaN and infinity are no JSON")


class Fields:
    """One JSON object, and where it stands ("line 3 of episodes.jsonl")."""

    __slots__ = ("_fields", "where")

    def __init__(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise fault(f"{where} is no object")
        self._fields: dict[str, Any] = value
        self.where = where

    def wrong(self, name: str) -> MemoryFileError:
        return fault(f"{self.where} has no usable {json.dumps(name)}")

    def get(self, name: str) -> Any:
        """Whatever stands there, unchecked; None for nothing."""
        return self._fields.get(name)

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None

    def text(self, name: str, most: int) -> str:
        """At most ``most`` code points."""
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
        """An array of ``count`` values of these types: long ones are looked at as a whole."""
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
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and least <= value <= most


def is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
