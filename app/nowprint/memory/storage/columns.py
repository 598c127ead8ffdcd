"""Columns of numbers as bytes that deflate well, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.uint32]
Floats = npt.NDArray[np.float64]

_LARGEST = float(np.finfo(np.float16).max)


def planes(values: Iterable[int]) -> bytes:
    """Four byte planes: the upper ones are nearly all zero and cost next to nothing."""
    column = np.fromiter(values, dtype="<u4")
    return column.view(np.uint8).reshape(-1, 4).T.tobytes()


def root(values: Sequence[float], top: float) -> bytes:
    """One byte each on a square-root scale up to ``top``: finest where values are small."""
    scaled: Floats = np.sqrt(np.clip(np.asarray(values, dtype=np.float64), 0.0, top) / top)
    return np.rint(scaled * 255).astype(np.uint8).tobytes()


def halves(values: Iterable[float]) -> bytes:
    """float16, two bytes each; what it can't hold becomes its largest."""
    column = np.fromiter(values, dtype=np.float64)
    return np.clip(np.nan_to_num(column), -_LARGEST, _LARGEST).astype("<f2").tobytes()


class Reader:
    """Takes one column after the other from the start of the data."""

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
        """The rest of the data: the lengths in code points, then the texts."""
        ends = np.cumsum(lengths := self.planes(count), dtype=np.int64).tolist()
        rest = self._data[self._at :].decode("utf-8")
        return [rest[end - int(length) : end] for end, length in zip(ends, lengths, strict=True)]
