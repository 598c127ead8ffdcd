"""Places in a text, as Python and as Qt count them.

Python counts code points, Qt UTF-16 units: an emoji is one here and two there. Everything outside
Qt's own texts counts code points.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable

LAST_SINGLE = "\uffff"
"""The last code point that is one UTF-16 unit."""


def utf16_offsets(text: str) -> Callable[[int], int]:
    """From places in ``text`` to the places that Qt has for them."""
    doubles = [n for n, sign in enumerate(text) if sign > LAST_SINGLE]
    return lambda at: at + bisect.bisect_left(doubles, at)


def after_utf16(text: str, units: int) -> str:
    """The rest of ``text`` from Qt's place ``units`` on."""
    return text.encode("utf-16-le", "surrogatepass")[units * 2 :].decode("utf-16-le", "replace")
