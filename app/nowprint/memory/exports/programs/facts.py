"""Facts as objects of JSON: of mem0, OpenMemory, and any list of texts or of objects with a text.

What is deleted, archived, paused, expired or switched off there isn't remembered any more: it is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.formats.validation import time_of

TEXT_KEYS = ("memory", "text", "fact", "content", "data", "value")
TIME_KEYS = ("created_at", "createdAt", "created", "timestamp", "date", "updated_at")
_LISTS = ("results", "memories", "facts", "items", "data", "entries")
_GONE = ("deleted", "archived", "paused", "expired", "inactive", "disabled")
_DAY = 24 * 3600


def is_mem0(element: Any) -> bool:
    """Whether it is a memory of mem0, or what stands around a list of them."""
    if not isinstance(element, dict):
        return False
    within = element.get("results")
    if isinstance(within, list):
        return any(isinstance(one, dict) and "memory" in one for one in within)
    return isinstance(element.get("memory"), str)


def is_openmemory(element: Any) -> bool:
    if not isinstance(element, dict):
        return False
    within = element.get("memories")
    if isinstance(within, list):
        return "apps" in element or any(is_openmemory(one) for one in within)
    return isinstance(element.get("content"), str) and isinstance(element.get("state"), str)


def is_fact(element: Any) -> bool:
    """Whether it is a text, an object with a text, or what stands around a list of those."""
    if isinstance(element, dict):
        return _text(element) is not None or _within(element) is not None
    return isinstance(element, str)


def records(elements: Iterable[Any], beside: Beside, told: LeftOut) -> Iterator[Fact]:
    now = time.time()
    for element in elements:
        within = _within(element)
        if within is None:
            yield from _facts([element], beside, now, told)
            continue
        yield from _facts(within, beside, now, told)
        relations = element.get("relations")
        told.add(
            "relation of mem0's graph",
            "relations of mem0's graph",
            len(relations) if isinstance(relations, list) else 0,
        )


def _within(element: Any) -> list[Any] | None:
    if not isinstance(element, dict) or _text(element) is not None:
        return None
    return next((element[key] for key in _LISTS if isinstance(element.get(key), list)), None)


def _facts(within: list[Any], beside: Beside, now: float, told: LeftOut) -> Iterator[Fact]:
    for one in within:
        if isinstance(one, str):
            yield Fact(one)
            continue
        if one is None:
            told.add("line that is damaged", "lines that are damaged")
            continue
        text = _text(one)
        if text is None:
            told.add("record without a text", "records without a text")
            continue
        if beside.again(one.get("id")):
            continue  # OpenMemory's backup has each memory in two parts
        if state := _state(one, now):
            told.add(f"memory that is {state}", f"memories that are {state}")
            continue
        yield Fact(
            text, next((time_of(one[key], or_ms=True) for key in TIME_KEYS if key in one), 0.0)
        )


def _text(one: Any) -> str | None:
    if not isinstance(one, dict):
        return None
    return next((one[key] for key in TEXT_KEYS if isinstance(one.get(key), str)), None)


def _state(one: dict[str, Any], now: float) -> str:
    """Why the other program doesn't use a memory any more; empty if it does."""
    state = str(one.get("state") or one.get("status") or "").lower()
    if state in _GONE:
        return state
    if one.get("event") == "DELETE" or one.get("is_deleted") is True:
        return "deleted"
    if state != "active":
        for key in ("deleted_at", "archived_at"):
            if one.get(key):
                return key.removesuffix("_at")
    if one.get("archived") is True:
        return "archived"
    if one.get("enabled") is False:
        return "disabled"
    ends = one.get("expiration_date") or one.get("expires_at")
    until = time_of(ends, or_ms=True)
    whole_day = isinstance(ends, str) and len(ends) == len("2025-06-30")
    return "expired" if until and until + _DAY * whole_day < now else ""
