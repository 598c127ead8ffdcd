"""From the bytes of tokens to text; bytes that don't form a whole character yet are held back."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from nowprint.engine.vocabulary_coverage import SPACE

_SPACE = SPACE.encode()


class TextStream:
    """Takes bytes and gives back valid text. It also holds back text that may be the beginning of the stop
    text; when the whole stop text has come, ``stopped`` is True and no more text follows."""

    def __init__(self, stop: str = "") -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop = stop
        self._held = ""
        self.stopped = False

    def feed(self, piece: bytes) -> str:
        """The text that became certain with these bytes."""
        return self._release(self._decoder.decode(piece))

    def finish(self) -> str:
        """The text still held back; a character that never became whole is U+FFFD."""
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
    """The (start, end) of each token in ``text``, in code points. A character whose bytes are spread over
    several tokens belongs to the token that completes it.

    Some vocabularies put a space before the text, and some split the mark that stands for a space into
    its bytes; that mark is one code point, as a space is. Others normalise the text: then each piece is
    looked for from the end of the last one, and a piece that isn't found nearby covers nothing.
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
        whole = stream.feed(piece).replace("\ufffd", "")  # stands for a character that lost a byte
        part = whole.replace(SPACE, " ").strip()
        found = text.find(part, at) if part else -1
        if found < 0 or found > at + 8:  # normalised away: don't jump to the same text further on
            spans.append((at, at))
        else:
            spans.append((found, found + len(part)))
            at = found + len(part)
    return spans
