"""A file that is read through something else: what is at a place is worked out, and nothing is written."""

from __future__ import annotations

import io
from abc import abstractmethod


class Placed(io.RawIOBase):
    """``size`` bytes that can be read from any place. Who derives from it says what ``part`` stands there."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._at = 0

    @abstractmethod
    def part(self, at: int) -> bytes:
        """Bytes from the place ``at`` on, at least one unless that is the end."""

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        part = self.part(self._at)[: len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = max(0, offset + (0, self._at, self._size)[whence])
        return self._at

    def tell(self) -> int:
        return self._at

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
