"""Facts as objects of JSON: of mem0, OpenMemory, and any list of texts or of objects with a text.

What is deleted, archived, paused, expired or switched off there isn't remembered any more: it is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.lists import MOST_FACTS
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.exports.shown_times import shown_time
from nowprint.memory.formats.validation import fault, time_of

TEXT_KEYS = ("memory", "text", "fact", "content", "data", "value")
TIME_KEYS = ("created_at", "createdAt", "created", "timestamp", "date", "updated_at")
_LISTS = ("results", "memories", "facts", "items", "data", "entries")
_GONE = (
    *("deleted", "archived", "paused", "expired", "inactive", "disabled", "removed", "superseded"),
    *("obsolete", "invalid"),
)
_YES, _NO = (True, 1, "true", "True", "1"), (False, 0, "false", "False", "0")
_SWITCHES = {
    "deleted": "deleted", "is_deleted": "deleted", "archived": "archived", "is_archived": "archived",
    "paused": "paused", "is_paused": "paused", "expired": "expired",
}  # fmt: skip
_ACTIVE = ("active", "is_active", "enabled")
_ENDS = ("expiration_date", "expires_at", "valid_until")
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
    now, latest = time.time(), _Latest(told)
    for element in elements:
        within = _within(element)
        for one in [element] if within is None else within:
            _take(one, beside, now, latest)
        relations = element.get("relations") if within is not None else None
        told.add(
            "relation of mem0's graph",
            "relations of mem0's graph",
            len(relations) if isinstance(relations, list) else 0,
        )
    yield from latest.facts()


class _Latest:
    """The memories of a part by their ids, each as it was last."""

    def __init__(self, told: LeftOut) -> None:
        self.told = told
        self._left: dict[Any, tuple[float, Fact | str]] = {}

    def put(self, id: Any, at: float, fact: Fact | str) -> None:
        """Keep a memory, or the reason why it is none any more, unless there is a newer version of it."""
        key = id if isinstance(id, str) else len(self._left)
        before = self._left.get(key)
        if before is not None:
            self.told.add("older version of a memory", "older versions of memories")
            if before[0] > at:
                return
        self._left[key] = at, fact
        if len(self._left) > MOST_FACTS:
            raise fault(f"it has more than {MOST_FACTS:,} facts")

    def facts(self) -> Iterator[Fact]:
        for _, fact in self._left.values():
            if isinstance(fact, Fact):
                yield fact
            else:
                self.told.add(f"memory that is {fact}", f"memories that are {fact}")


def _within(element: Any) -> list[Any] | None:
    if not isinstance(element, dict) or _text(element) is not None:
        return None
    return next((element[key] for key in _LISTS if isinstance(element.get(key), list)), None)


def _take(one: Any, beside: Beside, now: float, latest: _Latest) -> None:
    text = one if isinstance(one, str) else _text(one)
    if one is None:
        latest.told.add("line that is damaged", "lines that are damaged")
    elif text is None:
        latest.told.add("record without a text", "records without a text")
    elif isinstance(one, str):
        latest.put(None, 0.0, Fact(text))
    elif not beside.again(one.get("id")):  # OpenMemory's backup has each memory in two parts
        made = next((time_of(one[key], or_ms=True) for key in TIME_KEYS if key in one), 0.0)
        changed = time_of(one.get("updated_at"), or_ms=True) or made
        latest.put(one.get("id"), changed, _state(one, now) or Fact(text, made))


def _text(one: Any) -> str | None:
    if not isinstance(one, dict):
        return None
    return next((one[key] for key in TEXT_KEYS if isinstance(one.get(key), str)), None)


def _state(one: dict[str, Any], now: float) -> str:
    """Why the other program doesn't use a memory any more; empty if it does."""
    within = one.get("metadata")
    return _marked(one, now) or (_marked(within, now) if isinstance(within, dict) else "")


def is_any(value: Any, values: tuple[Any, ...]) -> bool:
    """Whether the value is one of these; anything may stand there."""
    return isinstance(value, bool | int | str) and value in values


def _marked(one: dict[str, Any], now: float) -> str:
    state = str(one.get("state") or one.get("status") or "").lower()
    if state in _GONE:
        return state
    if one.get("event") == "DELETE":
        return "deleted"
    if state != "active":
        for key in ("deleted_at", "archived_at", "paused_at", "expired_at", "invalid_at"):
            if one.get(key):
                return key.removesuffix("_at")
    if one.get("superseded_by") or one.get("replaced_by"):
        return "superseded"
    for key, gone in _SWITCHES.items():
        value = one.get(key)
        if is_any(value, _YES) or (isinstance(value, str) and shown_time(value)):
            return gone
    if any(is_any(one.get(key), _NO) for key in _ACTIVE):
        return "disabled"
    ends = next((one[key] for key in _ENDS if one.get(key)), None)
    until = shown_time(ends) if isinstance(ends, str) else time_of(ends, or_ms=True)
    whole_day = isinstance(ends, str) and len(ends) == len("2025-06-30")
    return "expired" if until and until + _DAY * whole_day < now else ""


# --- mem0's history ----------------------------------------------------------------------------


def is_change(element: Any) -> bool:
    """Whether it is a line of mem0's history of its memories."""
    return isinstance(element, dict) and {"memory_id", "old_memory", "new_memory"} <= element.keys()


def changed(elements: Iterable[Any], _: Beside, told: LeftOut) -> Iterator[Fact]:
    """Each memory as its last change has left it."""
    latest = _Latest(told)
    for element in elements:
        if not is_change(element) or not isinstance(element["memory_id"], str):
            told.add("record without a text", "records without a text")
            continue
        text = element["new_memory"]
        at = time_of(element.get("updated_at") or element.get("created_at"), or_ms=True)
        gone = element.get("event") == "DELETE" or is_any(element.get("is_deleted"), _YES)
        kept = isinstance(text, str) and not gone
        latest.put(element["memory_id"], at, Fact(text, at) if kept else "deleted")
    yield from latest.facts()
