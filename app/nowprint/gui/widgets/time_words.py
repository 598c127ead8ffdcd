"""Times, counts and beginnings of texts in the words of the window."""

from __future__ import annotations

import time
from collections.abc import Sequence


def ago(at: float, now: float | None = None) -> str:
    """``just now``, ``12 min ago``, ``3 h ago``, ``yesterday``, ``5 days ago``, ``12 Mar 2026``."""
    passed = max(0.0, (time.time() if now is None else now) - at)
    if passed < 60:
        return "just now"
    if passed < 3600:
        return f"{int(passed / 60)} min ago"
    if passed < 86400:
        return f"{int(passed / 3600)} h ago"
    days = int(passed / 86400)
    if days < 30:
        return "yesterday" if days == 1 else f"{days} days ago"
    return day(at)


def day(at: float) -> str:
    local = time.localtime(at)
    return f"{local.tm_mday} {time.strftime('%b %Y', local)}"


def moment(at: float) -> str:
    """With the time of day, to the minute."""
    return f"{day(at)}, {time.strftime('%H:%M', time.localtime(at))}"


def since_days(days: int) -> float:
    """The beginning of the day so many days ago in local time, in seconds since the epoch."""
    local = time.localtime(time.time() - days * 86400)
    return time.mktime((local.tm_year, local.tm_mon, local.tm_mday, 0, 0, 0, 0, 0, -1))


def count(number: int, one: str, many: str = "") -> str:
    """``1 memory``, ``1,204 memories``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listing(parts: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else "".join(parts)


def shortened(text: str, most: int = 300) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: 2 * most].split())
    return line if len(line) <= most and len(text) <= 2 * most else f"{line[:most].rstrip()}…"


def file_size(number: int) -> str:
    """``640 kB``, ``3.1 MB``, ``120 MB``."""
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= size:
            value = number / size
            return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
    return f"{number} bytes"
