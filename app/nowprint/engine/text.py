"""From the bytes of tokens to text: what has no whole character yet is held back."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from nowprint.engine.alphabet import SPACE

_SPACE = SPACE.encode()


class TextStream:
    """Bytes in, valid UTF-8 text out; also holds back what may become the stop text."""

    def __init__(self, stop: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = stop
        self._held = ""
        self.stopped = False

    def feed(self, piece: bytes) -> str:
        """The text that became certain with these bytes."""
        return self._release(self._decoder.decode(piece))

    def finish(self) -> str:
        """What was held back; a character that never became whole ends as U+FFFD."""
        rest = self._release(self._decoder.decode(b"", final=True)) + self._held
        self._held = ""
        return "" if self.stopped else rest

    def _release(self, text: str) -> str:
        if not self._stop or self.stopped:
            return "" if self.stopped else text
        text = self._held + text
        before, found, _ = text.partition(self._stop)
        if found:
            self.stopped, self._held = True, ""
            return before
        keep = next(n for n in range(len(self._stop) - 1, -1, -1) if text.endswith(self._stop[:n]))
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]


def place_pieces(text: str, pieces: Sequence[bytes]) -> list[tuple[int, int]]:
    """Where each token's bytes stand in ``text``, in code points; a character cut between tokens
    belongs to the token that completes it.

    Some vocabularies put a space before the text, and some cut the mark that stands for a space into
    its bytes; such a mark is one code point, as a space is. Others normalise the text: then each piece
    is looked for from where the last one ended, and one that isn't found there covers nothing.
    """
    joined = b"".join(pieces).replace(_SPACE, b" ")
    raw = text.encode("utf-8", "replace").replace(_SPACE, b" ")
    spans: list[tuple[int, int]] = []
    stream = TextStream()
    lead = 1 if joined != raw and joined == b" " + raw else 0
    if joined[lead:] == raw:
        at = -lead
        for piece in pieces:
            end = at + len(stream.feed(piece))
            spans.append((max(0, at), max(0, end)))
            at = end
        return spans
    at = 0
    for piece in pieces:
        whole = stream.feed(piece).replace("\ufffd", "")  # of a character that lost a byte
        part = whole.replace(SPACE, " ").strip()
        found = text.find(part, at) if part else -1
        if found < 0 or found > at + 8:  # normalised away: don't jump to a later twin
            spans.append((at, at))
        else:
            spans.append((found, found + len(part)))
            at = found + len(part)
    return spans
