"""Positions in a text, as Python and as Qt count them.

Python counts code points, Qt counts UTF-16 units: a simple emoji is one code point and two units.
Everything outside Qt's own texts counts code points.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable

LAST_SINGLE = "\uffff"
"""The last code point that is one UTF-16 unit."""


def utf16_offsets(text: str) -> Callable[[int], int]:
    """A function that maps a position in ``text`` (in code points) to Qt's position (in UTF-16 units)."""
    doubles = [n for n, sign in enumerate(text) if sign > LAST_SINGLE]
    return lambda at: at + bisect.bisect_left(doubles, at)


def after_utf16(text: str, units: int) -> str:
    """The rest of ``text`` from Qt's position ``units`` on."""
    return text.encode("utf-16-le", "surrogatepass")[units * 2 :].decode("utf-16-le", "replace")
