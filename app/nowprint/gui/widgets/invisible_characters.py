"""Makes invisible characters visible: they can hide an instruction, or reverse the order of a text."""

from __future__ import annotations

import itertools
import unicodedata

_PLAIN = "\n\t"
_JOINER = "\u200d"
_HIDDEN = {"Cc", "Cf", "Cn", "Co", "Cs"}
"""Unicode's categories of control, format, unassigned, private-use and surrogate characters."""


def show_invisible(text: str) -> str:
    """Replace each invisible character by its name, and a run of them by its length:
    ``⟨right-to-left override⟩``, ``⟨12 invisible characters⟩``. The joiners inside emoji stay."""
    hidden = [_is_hidden(text, at) for at in range(len(text))]
    if not any(hidden):
        return text
    pieces = []
    for is_hidden, run in itertools.groupby(range(len(text)), key=hidden.__getitem__):
        places = list(run)
        piece = text[places[0] : places[-1] + 1]
        pieces.append(_named(piece) if is_hidden else piece)
    return "".join(pieces)


def tip(text: str) -> str:
    """The text for a tooltip: Qt would take text that looks like markup for markup, so it is escaped."""
    if "<" not in text:
        return text
    import html  # here: the first paint does without its table of entities

    return f"<span>{html.escape(text)}</span>"


def _is_hidden(text: str, at: int) -> bool:
    sign = text[at]
    if sign in _PLAIN or unicodedata.category(sign) not in _HIDDEN:
        return False
    if sign == _JOINER:
        return not (0 < at < len(text) - 1 and _is_picture(text[at + 1]))
    return True


def _is_picture(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sk")


def _named(piece: str) -> str:
    if len(piece) > 1:
        return f"⟨{len(piece):,} invisible characters⟩"
    return f"⟨{unicodedata.name(piece, f'U+{ord(piece):04X}').lower()}⟩"
