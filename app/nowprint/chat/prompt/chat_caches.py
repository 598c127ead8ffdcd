"""The caches of chats that the user has left for another, so that coming back costs no second reading.

They are copies of what llama.cpp has computed of a prompt, and so hold what was said. They are in the
process's memory alone and never written to disk; the oldest go when there are too many, and all go when
the user forgets anything or switches memory off.
"""

from __future__ import annotations

from nowprint.engine.cache.kv_cache import SavedCache
from nowprint.engine.context import Context

MOST = 512 << 20
"""Bytes that all of them may take together."""
READING = 0
"""Stands for the imports that are read when nothing waits, in the place of a conversation."""
LEAST = 256
"""The fewest tokens that are worth a copy."""


class ChatCaches:
    """The caches of one engine's context. For one thread."""

    def __init__(self) -> None:
        self._saved: dict[int, SavedCache] = {}
        self._current: int | None = None
        """The chat whose prompt the context holds."""

    def turn_to(self, context: Context, conversation: int) -> None:
        """Have the context hold what it held when this conversation was left."""
        before, self._current = self._current, conversation
        if before == conversation:
            return
        saved = self._saved.pop(conversation, None)
        if before is not None and context.resumes and context.used >= LEAST:
            needed = context.saved_bytes
            while self._saved and self.bytes + needed > MOST:
                del self._saved[next(iter(self._saved))]
            if needed <= MOST:
                self._saved[before] = context.save()
        if saved:
            context.restore(saved)

    def empty(self, context: Context | None) -> None:
        """Drop all, with what the context itself holds."""
        self._saved.clear()
        self._current = None
        if context:
            context.clear()

    @property
    def bytes(self) -> int:
        return sum(one.cells.nbytes for one in self._saved.values())

    def __len__(self) -> int:
        return len(self._saved)
