"""What was read of a file, before anybody decided about it. It is in memory alone.

A staged episode keeps its own line of JSON, which has been checked, and nothing that stands in it; its
text, and all that is taken over, is read from there once more. So a file takes about its own size
while it is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nowprint.memory.files.checks import Fields, loads
from nowprint.memory.files.form import (
    MOST_TEXT,
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
    no more than its text, that is in ``fact``. ``id`` is its number in the file, ``messages`` are the
    numbers of those that it was read from, ``held_back`` says why it is to be held back, if it is."""

    id: int
    created: float
    fact: str = ""
    line: bytes = b""
    held_back: str = ""
    vector: int | None = None
    merged: bool = False
    conversation: int | None = None
    messages: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        return self._fields().text("text", MOST_TEXT) if self.line else self.fact

    def _fields(self) -> Fields:
        return Fields(loads(self.line, "an episode"), "an episode")

    def episode(self) -> FileEpisode:
        if self.line:
            return read_episode(self._fields())
        return FileEpisode(
            id=self.id, text=self.fact, gist="", kind="remembered", salience=1.0,
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
    """A whole file. ``sources`` and ``audit`` are checked lines of JSON, one after the other."""

    source: str
    name: str
    episodes: list[Staged] = field(default_factory=list)
    links: list[FileLink] = field(default_factory=list)
    sources: bytearray = field(default_factory=bytearray)
    audit: bytearray = field(default_factory=bytearray)
    embedder: str = ""
    vectors: Bytes | None = None
    """One row a vector, in the bytes of the store (compact.py)."""
    conversations: list[ToldConversation] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        return sum(len(one.messages) for one in self.conversations)

    def told(self) -> Iterator[FileConversation | FileMessage]:
        for line in _lines(self.sources):
            yield read_source(Fields(loads(line, "a message"), "a message"))

    def history(self) -> Iterator[FileAudit]:
        for line in _lines(self.audit):
            yield read_audit(Fields(loads(line, "a line of the history"), "a line of the history"))


def _lines(data: bytearray) -> Iterator[bytes]:
    """One after the other, without a copy of all of them."""
    at = 0
    while at < len(data):
        end = data.index(b"\n", at) + 1
        yield bytes(data[at:end])
        at = end
