"""The form of a memory file: the names of its parts, its limits, and the records it holds.

``resources/memory-file.md`` describes the format for other programs. Ids in a file count from 1 in the
order of the file; they aren't ids of any profile.
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

MOST_REASON = 300
MOST_MOMENTS = 20_000
MOST_LIST = 100_000
MOST_TOKEN = 2**32 - 1
MOST_FEATURES = 1_000
MOST_FIGURE = 65_504.0
"""The largest figure: float16's limit."""

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
KINDS: tuple[EpisodeKind, ...] = get_args(EpisodeKind)


@dataclass(frozen=True, slots=True)
class Place:
    """A source of an episode: ``start`` to ``end``, in code points, of a message of the file."""

    message: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Origin:
    """An earlier import that brought an episode into the profile that wrote the file."""

    at: float
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class FileEpisode:
    """An episode in a file. A moment's ``message_id`` is an id in the file, 0 for a message that it lacks."""

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
    archived: float | None = None
    why: Why = field(default_factory=lambda: Why(1.0, 0.0, 0.0, (), ()))
    old_texts: tuple[tuple[float, str], ...] = ()
    sources: tuple[Place, ...] = ()
    vector: int | None = None
    """The row of its vector in ``EMBEDDINGS``; None if it has none."""


@dataclass(frozen=True, slots=True)
class FileConversation:
    """A conversation in a file."""

    id: int
    title: str
    created: float
    updated: float
    project: str | None
    recalls: bool
    captures: bool


@dataclass(frozen=True, slots=True)
class FileMessage:
    """A message in a file; ``trace`` is None if there is none. ``parent`` is the message of the file that it
    follows on its branch, 0 if none of them comes before it; None: the one before it in its conversation."""

    id: int
    conversation: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str
    trace: tuple[TokenScore, ...] | None
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class FileLink:
    """A link of the given ``type``, "replaces" or "made_from", between two episodes of the file."""

    type: str
    newer: int
    older: int


@dataclass(frozen=True, slots=True)
class FileAudit:
    """A line of an episode's history in a file."""

    at: float
    action: str
    episode: int
    detail: str
