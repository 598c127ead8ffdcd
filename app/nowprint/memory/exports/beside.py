"""What stands beside a part: other parts of the same export that tell more of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from nowprint.memory.exports.elements import whole
from nowprint.memory.exports.parts import Part
from nowprint.memory.formats.validation import MOST_NAME, fault

MOST_IDS = 1_000_000


class Beside:
    """The other parts of an export, seen from one of them. What was looked up in ``used`` counts as read."""

    def __init__(
        self, part: Part, parts: Sequence[Part], used: set[str], ids: dict[str, str]
    ) -> None:
        self.part = part
        self._parts = parts
        self._used = used
        self._ids = ids

    def json(self, name: str) -> Any:
        """The JSON of the file of this name in the same folder; None if there is none, or it is damaged."""
        path = f"{self.part.folder}/{name}".lstrip("/")
        return next((value for _, value in self._found(re.compile(re.escape(path)))), None)

    def named(self, pattern: re.Pattern[str]) -> Iterator[Any]:
        """The JSON of every file whose path matches."""
        return (value for _, value in self._found(pattern))

    def again(self, id: Any) -> bool:
        """Whether another part had the record with this id; from now on this part has it."""
        if not isinstance(id, str) or len(id) > MOST_NAME:
            return False
        if len(self._ids) >= MOST_IDS:
            raise fault(f"it has more than {MOST_IDS:,} records")
        return self._ids.setdefault(id, self.part.path) != self.part.path

    def has_zip(self, name: str) -> bool:
        """Whether the zip of this name stands in the same folder."""
        within = f"{self.part.folder}/{name}/".lstrip("/")
        return any(part.path.startswith(within) for part in self._parts)

    def _found(self, pattern: re.Pattern[str]) -> Iterator[tuple[Part, Any]]:
        for part in self._parts:
            if pattern.fullmatch(part.path):
                self._used.add(part.path)
                value = whole(part)
                if value is not None:
                    yield part, value
