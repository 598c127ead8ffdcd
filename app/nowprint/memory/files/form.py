"""The values of a memory file: its names, limits and records.

``resources/memory-file.md`` describes the format for others. Numbers in a file count from 1 in the
order of the file; they are no ids of any profile.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import get_args

from nowprint.records import EpisodeKind, MessageState, Role, Statistic, TokenScore, Why

FORMAT = "nowprint"
VERSION = 1

MANIFEST = "manifest.json"
EPISODES = "episodes.jsonl"
LINKS = "links.jsonl"
SOURCES = "sources.jsonl"
AUDIT = "audit.jsonl"
EMBEDDINGS = "embeddings.i8"
LOCKED = "content.locked"

MOST_TEXT = 200_000
"""Code points of an episode; of a message ten times as many."""
MOST_MESSAGE = 10 * MOST_TEXT
MOST_NAME = 500
MOST_REASON = 300
MOST_MOMENTS = 20_000
MOST_LIST = 100_000
MOST_TOKEN = 2**32 - 1
MOST_FEATURES = 1_000
MOST_TIME = 32_503_680_000.0
"""The year 3000, in seconds."""
MOST_FIGURE = 65_504.0
"""float16's largest."""

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
KINDS: tuple[EpisodeKind, ...] = get_args(EpisodeKind)
ROLES: tuple[Role, ...] = get_args(Role)
STATES: tuple[MessageState, ...] = ("complete", "stopped", "broken")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message of the file an episode was read."""

    message: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Origin:
    at: float
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class FileEpisode:
    """A moment's ``message_id`` is the message's number in the file, 0 when it isn't in it."""

    id: int
    text: str
    gist: str
    kind: EpisodeKind
    salience: float
    created: float
    updated: float
    pinned: float | None = None
    edited: bool = False
    recalled: int = 0
    last_recalled: float | None = None
    reinforced: int = 0
    measured: int = 0
    influential: int = 0
    influence: float = 0.0
    conversation: int | None = None
    project: str | None = None
    origin: Origin | None = None
    confirmed: bool = True
    held_back: str = ""
    merged: bool = False
    why: Why = field(default_factory=lambda: Why(1.0, 0.0, 0.0, (), ()))
    old_texts: tuple[tuple[float, str], ...] = ()
    sources: tuple[Place, ...] = ()
    vector: int | None = None
    """Its row in the embeddings."""


@dataclass(frozen=True, slots=True)
class FileConversation:
    id: int
    title: str
    created: float
    updated: float
    project: str | None
    recalls: bool
    captures: bool


@dataclass(frozen=True, slots=True)
class FileMessage:
    id: int
    conversation: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str
    trace: tuple[TokenScore, ...] | None


@dataclass(frozen=True, slots=True)
class FileLink:
    """``type`` is "replaces" or "made_from"; both ends are episodes of the file."""

    type: str
    newer: int
    older: int


@dataclass(frozen=True, slots=True)
class FileAudit:
    at: float
    action: str
    episode: int
    detail: str
