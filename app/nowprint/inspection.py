"""Frozen values of the inspector: filters, plots and chains, forgetting, memory files.

Like those of ``records`` they pass between packages and through the pipe, with the same units.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Literal

from nowprint.backup_records import CopyElsewhere
from nowprint.events import CoreEvent
from nowprint.model_records import DownloadChanged
from nowprint.records import Conversation, Episode, Role

# --- which episodes ----------------------------------------------------------------------------

FoundSort = Literal["newest", "oldest", "salience", "recalled", "nearest"]
"""``nearest``: nearest in meaning first, or the same as ``newest`` if the filter asks for no meaning."""
Recalls = Literal["any", "never", "ever"]


@dataclass(frozen=True, slots=True)
class EpisodeFilter:
    """A filter lets an episode through if each of its parts does. Every word of ``text`` must be in the
    episode, the last one as a prefix. ``meaning`` lets through what is near in meaning ("things about my
    health"). ``conversation`` is the id of a conversation with a source of the episode, ``origin`` an
    import's id (0: any import), ``project`` a project's id (0: no project). ``held_back``: only held back
    episodes, which are left out otherwise; ``archived``: only archived ones. ``ids`` None lets all through.
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
    archived: bool = False
    ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter and a sort order that the user saved under a name."""

    name: str
    filter: EpisodeFilter
    sort: FoundSort


@dataclass(frozen=True, slots=True)
class Project:
    """A project: episodes from its conversations are recalled only in its conversations. ``episodes`` and
    ``conversations`` count what belongs to it."""

    id: int
    name: str
    episodes: int
    conversations: int
    persona: int | None = None
    """Who answers in its conversations, unless a conversation names another."""
    instructions: str = ""
    """What the model is told in its conversations, after the system text."""


# --- which messages ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MessageHit:
    """A message or answer that holds what was searched for, first at ``start`` to ``end`` of its text.
    ``excerpt`` is a piece of the text around that, on one line, and ``marks`` are the places in it."""

    message_id: int
    conversation_id: int
    role: Role
    created: float
    model: str
    start: int
    end: int
    excerpt: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A place in a message of the conversation that was searched."""

    message_id: int
    start: int
    end: int


# --- plots, chains and figures -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EpisodePlot:
    """Episodes as columns of equal length, the oldest first. ``ids`` and ``conversations`` (0: none)
    are arrays of type "q"; ``created``, ``salience`` and the places on the map ``x`` and ``y`` (-1..1) of
    type "d"; ``kind`` (0: captured, 1: remembered) and ``archived`` of type "b".

    ``x`` and ``y`` are empty if there are no vectors (the embedder is missing), or if there are very many
    episodes and no ``MapLaidOut`` came yet.
    """

    ids: array[int]
    conversations: array[int]
    created: array[float]
    salience: array[float]
    kind: array[int]
    archived: array[int]
    x: array[float]
    y: array[float]


@dataclass(frozen=True, slots=True)
class Chain:
    """The episodes connected with an episode: those ``before`` and ``after`` it in its conversation, the
    ``older`` ones that it replaced and the ``newer`` ones that replaced it (each nearest first), those that
    it was ``made_from`` by merging or splitting, and those that it was ``made_into``."""

    before: tuple[Episode, ...]
    after: tuple[Episode, ...]
    older: tuple[Episode, ...]
    newer: tuple[Episode, ...]
    made_from: tuple[Episode, ...]
    made_into: tuple[Episode, ...]


Holds = Literal["newer", "older", "both"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two episodes of which only the user knows whether the newer changes the older."""

    newer: Episode
    older: Episode


@dataclass(frozen=True, slots=True)
class OldText:
    """An episode's text before the edit at the time ``at``; it is forgotten with the episode."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Week:
    """How many episodes were kept and recalled in a week, which starts on Monday, 0:00 local time."""

    start: float
    kept: int
    recalled: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The figures at the top of the inspector, with the last twelve ``weeks``, oldest first: finished
    ``answers``; those ``recalling`` episodes, ``measured``, and ``influenced`` by one; questions about the
    user asked ``in_vain``; memories that the user said were ``unneeded``."""

    episodes: int
    bytes: int
    recalled_never: int
    held_back: int
    weeks: tuple[Week, ...]
    answers: int
    recalling: int
    measured: int
    influenced: int
    in_vain: int
    unneeded: int


# --- forgetting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forgetting:
    """What is to be forgotten: the union of its parts. ``span`` is a time span (since, until). A
    ``conversation`` goes with all episodes kept from it; ``messages`` are ids of messages and answers."""

    ids: tuple[int, ...] = ()
    filter: EpisodeFilter | None = None
    conversation: int | None = None
    span: tuple[float, float] | None = None
    everything: bool = False
    messages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was hidden, in numbers. ``batch`` is the id for undo and receipt; 0 if nothing was hidden. The
    core announces what the user's rules have forgotten."""

    batch: int
    episodes: int
    messages: int
    answers: int
    projects: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One form of content (such as "text in UTF-8") that was searched for in the profile's raw bytes: the
    number of places where it was found, and of different ``pieces`` that were searched for. ``kept`` counts
    pieces that are no hits, since what was not forgotten holds them too."""

    form: str
    hits: int
    pieces: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a purge removed, when, from which files, and how that was checked. It holds no content.

    ``asked`` is the time at which the user forgot it, ``removed`` that of the purge. ``files`` were written
    anew; ``searched`` counts the files whose raw bytes were searched. Of very many episodes and messages
    only ``sampled`` were searched for. ``left_out`` counts pieces that were found but don't count, since
    remaining rows hold them too. ``kept_in`` are the messages and answers that were kept, are there today,
    and repeat a forgotten episode. ``found_in`` names the files with residue, mostly none. ``deleted`` names
    damaged databases set aside, and backups, that held residue. ``rewritten`` are backups that no longer hold
    any of it, ``elsewhere`` those that may, and that Nowprint can't reach. No ``checks``: Nowprint ended
    before the search, and the bytes went at the next start. ``rule`` names the user's rules by which it went,
    if any did.
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
    kept_in: tuple[int, ...] = ()
    rule: str = ""
    rewritten: tuple[str, ...] = ()
    elsewhere: tuple[CopyElsewhere, ...] = ()


# --- memory files ------------------------------------------------------------------------------

ExportFormat = Literal["nowprint", "markdown", "csv", "facts"]
"""``facts``: a table of what is plainly said."""
ImportGroupName = Literal["new", "duplicate", "conflicting", "forgotten", "suspicious"]
ImportChoice = Literal["import", "skip", "hold back"]


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What an export holds. A memory file with a ``passphrase`` is locked."""

    format: ExportFormat = "nowprint"
    messages: bool = True
    audit: bool = True
    vectors: bool = True
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Exported:
    """The file that was written: its path, its number of episodes and its size."""

    path: str
    episodes: int
    bytes: int


@dataclass(frozen=True, slots=True)
class ImportItem:
    """An episode of a reviewed file. ``reason`` says why it is in its group; ``with_id`` is the profile's
    episode that it repeats or contradicts. In ``text``, a sign like ⟨U+202E⟩ stands for each character that
    doesn't show."""

    text: str
    created: float
    reason: str
    with_id: int | None


@dataclass(frozen=True, slots=True)
class ImportGroup:
    """A group of a review's episodes: ``count`` of them, of which ``samples`` are the first. ``choice`` is
    the suggestion."""

    name: ImportGroupName
    count: int
    choice: ImportChoice
    samples: tuple[ImportItem, ...]


@dataclass(frozen=True, slots=True)
class ImportReview:
    """What an import of a file would bring; nothing is changed yet. ``conversations`` and ``messages`` count
    what a replay would read. ``notes`` are sentences for the user ("Embedded by another model: …").
    ``character`` is the name and description of a character, if the file holds nothing else."""

    id: int
    path: str
    source: str
    groups: tuple[ImportGroup, ...]
    conversations: int
    messages: int
    notes: tuple[str, ...]
    character: tuple[str, str] | None = None


CONTRADICTS = "it contradicts #"
"""What the reason begins with for which an imported episode is held back if it contradicts one of the
profile's; that one's id follows."""


@dataclass(frozen=True, slots=True)
class Import:
    """An import; ``undone`` if the user took it back. ``episodes``, those ``held_back`` among them, and
    ``chats`` count what is still there of what it brought."""

    id: int
    at: float
    name: str
    source: str
    episodes: int
    undone: bool
    chats: int = 0
    held_back: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of imported conversations: ``done`` of ``total`` messages were read, and ``kept`` episodes
    were kept. It continues after a restart."""

    id: int
    name: str
    done: int
    total: int
    kept: int
    paused: bool
    seconds_left: float | None


# --- files of chats ----------------------------------------------------------------------------

ChatFormat = Literal["json", "markdown", "html"]
ChatForm = Literal["markdown", "html", "print"]
"""How a chat is shown elsewhere; ``print`` is HTML as simple as Qt's printing needs it."""


@dataclass(frozen=True, slots=True)
class ExportedChats:
    """The file that was written: its path, how many chats and messages it holds, and its size."""

    path: str
    chats: int
    messages: int
    bytes: int


# --- events ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReplayProgress:
    """How far a replay is; at its end ``done`` equals ``total``."""

    reading: Replay


@dataclass(frozen=True, slots=True)
class MapLaidOut:
    """A new map is ready: the next reply to PlotEpisodes has it."""


@dataclass(frozen=True, slots=True)
class Retitled:
    """A model has made a title for this conversation, while no request waited."""

    conversation: Conversation


Announcement = CoreEvent | ReplayProgress | MapLaidOut | Retitled | DownloadChanged | Forgotten
"""The events that the core sends outside of requests."""
