"""How much a text means what people tell of themselves: what the encoder judges of a span in its message.

Frames and cues look at how a span is put. The encoder (memory/embedding/encoder.py), which has read a hundred
languages, judges what it means where it stands: the same sentence may be a fact or stand in a story to be
shortened. Without the encoder's model this feature is missing, and the others decide.

The judgement is ``TELLS`` of the reranker; ``bench/fitting/fit_meaning.py`` fits it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nowprint.language.sentences import Span
from nowprint.salience.frames import Framed

Placed = tuple[str, str]
"""A span, and the message around it."""
Tells = Callable[[Sequence[Placed]], npt.NDArray[np.float32] | None]

_BEGINNING = 120
_BEFORE, _AFTER = 160, 120
"""Code points of the message that are read with a span: its beginning, where a task or a game of roles is
set, and what stands around the span."""


def with_meaning(text: str, framed: Sequence[Framed], tells: Tells) -> tuple[Framed, ...]:
    """The spans of a text with their log-odds. ``tells`` gives those of spans in their messages, shape
    (spans,), or None without the encoder."""
    judged = tells([placed(text, Span(one.start, one.end)) for one in framed])
    if judged is None:
        return tuple(framed)
    pairs = zip(framed, judged.tolist(), strict=True)
    return tuple(replace(one, meaning=value) for one, value in pairs)


def placed(text: str, span: Span) -> Placed:
    """The span, and as much of the message as is read with it."""
    start, end = max(0, span.start - _BEFORE), min(len(text), span.end + _AFTER)
    around = text[start:end]
    if start > 0:
        around = f"{text[: min(start, _BEGINNING)]} … {around}"
    return span.of(text), around
