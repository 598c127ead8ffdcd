"""Encodes columns of numbers as bytes that deflate well, and decodes them again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]

_LARGEST = float(np.finfo(np.float16).max)


def planes(values: Iterable[int]) -> bytes:
    """uint32 values as four byte planes, the lowest bytes first: deflate shrinks the upper planes, which are
    nearly all zero, to almost nothing."""
    column = np.fromiter(values, dtype="<u4")
    return column.view(np.uint8).reshape(-1, 4).T.tobytes()


def root(values: Sequence[float], top: float) -> bytes:
    """One byte per value on a square-root scale from 0 to ``top``, whose steps are finest where values are
    small. Values outside are clipped."""
    scaled: Floats = np.sqrt(np.clip(np.asarray(values, dtype=np.float64), 0.0, top) / top)
    return np.rint(scaled * 255).astype(np.uint8).tobytes()


def halves(values: Iterable[float]) -> bytes:
    """Two bytes per value, as float16. NaN becomes 0; what exceeds float16's range becomes its limit."""
    column = np.fromiter(values, dtype=np.float64)
    return np.clip(np.nan_to_num(column), -_LARGEST, _LARGEST).astype("<f2").tobytes()


class Reader:
    """Reads one column after the other from the data; each method undoes the function of its name."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes(self, count: int) -> npt.NDArray[np.uint8]:
        taken = np.frombuffer(self._data, dtype=np.uint8, count=count, offset=self._at)
        self._at += count
        return taken

    def planes(self, count: int) -> Column:
        column = self.bytes(4 * count).reshape(4, count).T
        return np.ascontiguousarray(column).view("<u4").reshape(count).astype(np.uint32)

    def root(self, count: int, top: float) -> Floats:
        return (self.bytes(count).astype(np.float64) / 255) ** 2 * top

    def halves(self, count: int) -> Floats:
        return self.bytes(2 * count).view("<f2").astype(np.float64)

    def texts(self, count: int) -> list[str]:
        """The rest of the data: a column of ``count`` lengths in code points, then the texts in UTF-8."""
        ends = np.cumsum(lengths := self.planes(count), dtype=np.int64).tolist()
        rest = self._data[self._at :].decode("utf-8")
        return [rest[end - int(length) : end] for end, length in zip(ends, lengths, strict=True)]
