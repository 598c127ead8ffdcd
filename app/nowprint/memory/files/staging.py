"""What was read from a file for import, until the user decides about it. It is held in memory only.

A staged episode keeps its checked line of JSON instead of the values in it; its text, and all that is
imported, is parsed from that line again when needed. So a file takes about its own size in memory.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.source import Export
from nowprint.memory.files.file_format import (
    FileAudit,
    FileConversation,
    FileEpisode,
    FileLink,
    FileMessage,
)
from nowprint.memory.files.parsing import read_audit, read_episode, read_source
from nowprint.memory.formats.validation import MOST_TEXT, Fields, loads

Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Staged:
    """One episode that may be imported. ``line`` is its JSON; a fact from another program is only a text,
    in ``fact``, of a project if that is named. ``id`` is its id in the file; ``messages`` are the ids in
    the file of its source messages. ``held_back`` says why it should be held back; empty if it
    shouldn't."""

    id: int
    created: float
    fact: str = ""
    project: str | None = None
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
            created=self.created, updated=self.created, project=self.project,
        )  # fmt: skip


@dataclass(slots=True)
class FoundChats:
    """The chats of a file, which stay in it: they were counted, and are read again when they are taken over.
    ``messages`` counts those of the branches that are shown, ``begun`` has the time of each chat. A chat
    that the file has twice becomes one, with the messages of both: ``again`` counts these."""

    source: Export
    messages: int = 0
    again: int = 0
    begun: array[float] = field(default_factory=lambda: array("d"))
    _told: dict[tuple[float, int], int] = field(default_factory=dict)
    """How many messages there are of each chat, by its time and its first message."""

    def __len__(self) -> int:
        return len(self.begun) - self.again

    def add(self, chat: Chat) -> None:
        self.begun.append(chat.created)
        first = chat.messages[0] if chat.messages else None
        key = chat.created, hash((first.role, first.created, first.text) if first else None)
        before, count = self._told.get(key), len(chat.branch())
        self._told[key] = max(count, before or 0)
        self.again += before is not None
        self.messages += max(0, count - (before or 0))

    def order(self) -> list[int]:
        """For each chat its place when they are sorted by time."""
        places = [0] * len(self.begun)
        for place, chat in enumerate(sorted(range(len(self.begun)), key=self.begun.__getitem__)):
            places[chat] = place
        return places


@dataclass(slots=True)
class Contents:
    """All that was read from a file. ``sources`` and ``audit`` are checked lines of JSON, with their ends."""

    source: str
    name: str
    episodes: list[Staged] = field(default_factory=list)
    links: list[FileLink] = field(default_factory=list)
    sources: bytearray = field(default_factory=bytearray)
    audit: bytearray = field(default_factory=bytearray)
    embedder: str = ""
    vectors: Bytes | None = None
    """Vectors as the database stores them (episode_codec.py), shape (vectors, dimension), int8."""
    chats: FoundChats | None = None
    notes: list[str] = field(default_factory=list)
    character: tuple[str, str] | None = None
    """Name and description of the character that the file is about, and about nothing else."""

    def told(self) -> Iterator[FileConversation | FileMessage]:
        """The file's conversations and messages, in its order."""
        for line in _lines(self.sources):
            yield read_source(Fields(loads(line, "a message"), "a message"))

    def history(self) -> Iterator[FileAudit]:
        """The file's history lines, in its order."""
        for line in _lines(self.audit):
            yield read_audit(Fields(loads(line, "a line of the history"), "a line of the history"))


def _lines(data: bytearray) -> Iterator[bytes]:
    """The lines one after the other, without a copy of all the data."""
    at = 0
    while at < len(data):
        end = data.index(b"\n", at) + 1
        yield bytes(data[at:end])
        at = end
