"""Frozen values of the inspector: which episodes, how they look together, forgetting, memory files.

They cross rooms and the pipe as those of ``records`` do; times and places are counted as there.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Literal

from nowprint.events import CoreEvent
from nowprint.records import Episode

# --- which episodes ----------------------------------------------------------------------------

FoundSort = Literal["newest", "oldest", "salience", "recalled", "nearest"]
"""``nearest`` in meaning first; without a meaning asked for it is ``newest``."""
Recalls = Literal["any", "never", "ever"]


@dataclass(frozen=True, slots=True)
class EpisodeFilter:
    """The episodes that every part lets through. ``held_back``: what is held back, instead of the rest.

    Every word of ``text`` must match, the last one as a prefix. ``meaning`` asks for what is near in
    meaning ("things about my health"). ``conversation`` is where a source stands, ``origin`` an
    import's id (0: any import), ``project`` a project's id (0: none). ``ids`` None lets all through.
    """

    text: str = ""
    meaning: str = ""
    kept_since: float | None = None
    kept_until: float | None = None
    recalls: Recalls = "any"
    salience_from: float = 0.0
    salience_to: float = 1.0
    pinned_only: bool = False
    conversation: int | None = None
    project: int | None = None
    origin: int | None = None
    held_back: bool = False
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    name: str
    filter: EpisodeFilter
    sort: FoundSort


@dataclass(frozen=True, slots=True)
class Project:
    """A scope: what is told in its conversations comes back only there. ``episodes`` counts its own."""

    id: int
    name: str
    episodes: int
    conversations: int


# --- how they look together --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EpisodePlot:
    """One row an episode, as columns (the oldest first): ids, conversations (0: none) and recalled as
    "q"; created, salience and map positions ``x``, ``y`` (-1..1) as "d"; the rest as "b".

    ``kind`` is 0 captured, 1 remembered. Without vectors (the embedder is missing) ``x`` and ``y``
    are empty, and so they are for very many as long as no MapLaidOut was told.
    """

    ids: array[int]
    conversations: array[int]
    created: array[float]
    salience: array[float]
    recalled: array[int]
    kind: array[int]
    pinned: array[int]
    x: array[float]
    y: array[float]


@dataclass(frozen=True, slots=True)
class Chain:
    """What stands around an episode: told before and after it in its conversation (nearest first),
    what it changed and what changed it (nearest first), what it was merged or split from, and what
    was merged or split from it."""

    before: tuple[Episode, ...]
    after: tuple[Episode, ...]
    older: tuple[Episode, ...]
    newer: tuple[Episode, ...]
    made_from: tuple[Episode, ...]
    made_into: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class OldText:
    """What an episode said before an edit; it goes when the episode is forgotten."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Week:
    """``start`` is Monday, 0:00 local time."""

    start: float
    kept: int
    recalled: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """``weeks``: the last twelve, oldest first. ``answers``: finished ones; ``recalling`` had memories
    in the prompt; of the ``measured`` ones ``influenced`` leaned on one."""

    episodes: int
    bytes: int
    recalled_never: int
    held_back: int
    weeks: tuple[Week, ...]
    answers: int
    recalling: int
    measured: int
    influenced: int


# --- forgetting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What is to be forgotten: the union of its parts. ``span`` is since and until; ``conversation``
    goes with everything learned from it."""

    ids: tuple[int, ...] = ()
    filter: EpisodeFilter | None = None
    conversation: int | None = None
    span: tuple[float, float] | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class ForgettingPlan:
    """Exactly what would go: the episodes; ``made`` counts those that they were made from or that were
    made from them (merged or split: they hold the text too); ``messages`` are those that they were read
    from, and the user's other ones that repeat their text, ask about it or asked to forget it (with a
    span of time or everything: all of them); ``answers`` those that repeat it. Messages and answers go
    if that is chosen, whole ones; those of a ``Forgetting.conversation`` in any case. ``conversations``
    go whole: that one, and those left with no message by both choices. ``samples``: some of the
    episodes, to look at. ``copies``: damaged databases that were set aside; those that hold any of it
    are deleted with it."""

    ids: tuple[int, ...]
    made: int
    messages: tuple[int, ...]
    answers: tuple[int, ...]
    conversations: int
    samples: tuple[Episode, ...]
    copies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """``batch`` is what undoing and the receipt go by."""

    batch: int
    episodes: int
    messages: int
    answers: int


@dataclass(frozen=True, slots=True)
class Check:
    """One form that was searched for in the profile's raw bytes, and in how many places it was found;
    ``pieces``: how many different runs of bytes were looked for."""

    form: str
    hits: int
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was removed, when, from which files, checked how. It holds no content.

    ``files`` were written anew; of ``searched`` the raw bytes were read. Of very many episodes and
    messages only ``sampled`` were looked for; ``left_out`` pieces don't count, since something that is
    not forgotten holds them too. ``deleted`` are damaged databases that had been set aside and held
    some of it. ``found_in`` names the files of hits, mostly none. No checks: Nowprint ended meanwhile,
    and the bytes went at the next start.
    """

    batch: int
    asked: float
    removed: float
    episodes: int
    messages: int
    answers: int
    files: tuple[str, ...]
    checks: tuple[Check, ...]
    searched: int = 0
    sampled: int = 0
    left_out: int = 0
    found_in: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


# --- memory files ------------------------------------------------------------------------------

ExportFormat = Literal["nowprint", "markdown", "csv"]
ImportGroupName = Literal["new", "duplicate", "conflicting", "suspicious"]
ImportChoice = Literal["import", "skip", "hold back"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    format: ExportFormat = "nowprint"
    messages: bool = True
    audit: bool = True
    vectors: bool = True
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Exported:
    path: str
    episodes: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImportItem:
    """``reason`` says why it is in its group; ``with_id`` the own episode that it repeats or
    contradicts. In ``text`` a sign like ⟨U+202E⟩ stands for each character that doesn't show."""

    text: str
    created: float
    reason: str
    with_id: int | None


@dataclass(frozen=True, slots=True)
class ImportGroup:
    """``choice`` is what is suggested; ``samples`` are the first of ``count``."""

    name: ImportGroupName
    count: int
    choice: ImportChoice
    samples: tuple[ImportItem, ...]


@dataclass(frozen=True, slots=True)
class ImportReview:
    """A file that was read and changed nothing yet. ``messages`` are those of conversations that
    would be read through the engine; ``notes`` are sentences ("Embedded by another model: …")."""

    id: int
    path: str
    source: str
    groups: tuple[ImportGroup, ...]
    conversations: int
    messages: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """``undone`` when it was taken back."""

    id: int
    at: float
    name: str
    source: str
    episodes: int
    undone: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """Conversations from elsewhere on their way through the engine; over restarts."""

    id: int
    name: str
    done: int
    total: int
    kept: int
    paused: bool
    seconds_left: float | None


# --- events ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far it is; ``done`` is ``total`` when it ended."""

    reading: Replay


@dataclass(frozen=True, slots=True)
class MapLaidOut:
    """There is a map, or a better one: PlotEpisodes has it from now on."""


Announcement = CoreEvent | ReplayProgress | MapLaidOut
"""What the core tells without being asked."""
