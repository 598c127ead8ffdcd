"""What was read of a file, before anybody decided about it. It is in memory alone.

A staged episode keeps its own line of JSON, which has been checked; what is taken over is read from
there once more. So a file takes about its own size while it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nowprint.memory.files.checks import Fields, loads
from nowprint.memory.files.form import (
    FileAudit,
    FileConversation,
    FileEpisode,
    FileLink,
    FileMessage,
)
from nowprint.memory.files.parsing import read_audit, read_episode, read_source
from nowprint.records import Role

Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Staged:
    """One episode that may be taken over. ``line`` is its JSON; for a fact from elsewhere, which is
    no more than its text, it is empty. ``id`` is its number in the file, ``messages`` are the numbers
    of those that it was read from."""

    id: int
    text: str
    created: float
    line: bytes = b""
    held_back: str = ""
    vector: int | None = None
    merged: bool = False
    conversation: int | None = None
    messages: tuple[int, ...] = ()

    def episode(self) -> FileEpisode:
        if self.line:
            return read_episode(Fields(loads(self.line, "an episode"), "an episode"))
        return FileEpisode(
            id=self.id, text=self.text, gist="", kind="remembered", salience=1.0,
            created=self.created, updated=self.created,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToldMessage:
    role: Role
    text: str
    created: float


@dataclass(frozen=True, slots=True)
class ToldConversation:
    """A conversation from elsewhere, to be read through the engine."""

    title: str
    messages: tuple[ToldMessage, ...]


@dataclass(slots=True)
class Contents:
    """A whole file. ``sources`` and ``audit`` are checked lines of JSON."""

    source: str
    name: str
    episodes: list[Staged] = field(default_factory=list)
    links: list[FileLink] = field(default_factory=list)
    sources: list[bytes] = field(default_factory=list)
    audit: list[bytes] = field(default_factory=list)
    embedder: str = ""
    vectors: Bytes | None = None
    """One row a vector, in the bytes of the store (compact.py)."""
    conversations: list[ToldConversation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        return sum(len(one.messages) for one in self.conversations)

    def told(self) -> Iterator[FileConversation | FileMessage]:
        for line in self.sources:
            yield read_source(Fields(loads(line, "a message"), "a message"))

    def history(self) -> Iterator[FileAudit]:
        for line in self.audit:
            yield read_audit(Fields(loads(line, "a line of the history"), "a line of the history"))
