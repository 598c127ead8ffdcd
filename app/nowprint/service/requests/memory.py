"""Requests for the inspector, for forgetting and for memory files (see protocol.py)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nowprint.forgetting_plan import ForgettingPlan
from nowprint.inspection import (
    Chain,
    Dashboard,
    EpisodeFilter,
    EpisodePlot,
    Exported,
    ExportOptions,
    Forgetting,
    Forgotten,
    FoundSort,
    Import,
    ImportChoice,
    ImportGroupName,
    ImportItem,
    ImportReview,
    OldText,
    Project,
    Receipt,
    Replay,
    SavedFilter,
)
from nowprint.records import Conversation, Episode, EpisodePage
from nowprint.service.request import Request

Lesson = Literal["forgotten", "not worth"]
"""What the episodic head learns from forgetting: little from "forgotten", more from "not worth"."""

# --- looking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindEpisodes(Request[EpisodePage]):
    """At most ``limit`` of the episodes that match, from number ``offset`` on."""

    filter: EpisodeFilter = field(default_factory=EpisodeFilter)
    sort: FoundSort = "newest"
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class FindIds(Request[tuple[int, ...]]):
    """The ids of all episodes that match, in the order of FindEpisodes; for selecting all or a range."""

    filter: EpisodeFilter
    sort: FoundSort = "newest"


@dataclass(frozen=True, slots=True)
class PlotEpisodes(Request[EpisodePlot]):
    filter: EpisodeFilter


@dataclass(frozen=True, slots=True)
class GetChain(Request[Chain]):
    id: int


@dataclass(frozen=True, slots=True)
class GetOldTexts(Request[tuple[OldText, ...]]):
    """An episode's texts before each edit, the newest first."""

    id: int


@dataclass(frozen=True, slots=True)
class GetDashboard(Request[Dashboard]):
    """The figures of the memory as a whole."""


@dataclass(frozen=True, slots=True)
class ListFilters(Request[tuple[SavedFilter, ...]]):
    """All saved filters, by name."""


@dataclass(frozen=True, slots=True)
class SaveFilter(Request[tuple[SavedFilter, ...]]):
    """Save a filter, replacing one of the same name; reply with all saved filters."""

    name: str
    filter: EpisodeFilter
    sort: FoundSort


@dataclass(frozen=True, slots=True)
class DeleteFilter(Request[tuple[SavedFilter, ...]]):
    """Delete a saved filter; reply with the ones that are left."""

    name: str


# --- changing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MergeEpisodes(Request[Episode]):
    """Replace several episodes with one whose text is ``text`` (empty: their texts, one per line). The old
    episodes are no longer listed or recalled, but are stored until the new one is forgotten."""

    ids: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class SplitEpisode(Request[tuple[Episode, ...]]):
    """Split an episode into one per piece of its text, at the places ``at`` (code points)."""

    id: int
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MoveEpisodes(Request[int]):
    """Move episodes into a project (None: they come back everywhere); reply with the number that moved."""

    ids: tuple[int, ...]
    project: int | None


@dataclass(frozen=True, slots=True)
class ConfirmEpisodes(Request[int]):
    """Confirm imported episodes: they count like the user's own from now on, and are no longer held back.
    Reply with their number."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListProjects(Request[tuple[Project, ...]]):
    """All projects, by name."""


@dataclass(frozen=True, slots=True)
class CreateProject(Request[Project]):
    name: str


@dataclass(frozen=True, slots=True)
class RenameProject(Request[Project]):
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteProject(Request[Forgotten]):
    """Delete a project, for a minute with undo. Its conversations and episodes belong to no project then."""

    id: int


@dataclass(frozen=True, slots=True)
class MoveConversation(Request[Conversation]):
    """Move a conversation into a project (None: into none). Only episodes kept from now on follow."""

    id: int
    project: int | None


@dataclass(frozen=True, slots=True)
class UseMemory(Request[Conversation]):
    """Set whether episodes are recalled in a conversation, and whether anything is captured from it."""

    id: int
    recalls: bool
    captures: bool


@dataclass(frozen=True, slots=True)
class Think(Request[Conversation]):
    """Set whether the model thinks before it answers in a conversation, where it can be told."""

    id: int
    thinks: bool


# --- forgetting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanForgetting(Request[ForgettingPlan]):
    """Find out what a forgetting would remove; nothing changes."""

    what: Forgetting


@dataclass(frozen=True, slots=True)
class Forget(Request[Forgotten]):
    """Hide episodes at once; they are purged after a minute. ``messages`` and ``answers`` say whether the
    source messages, and the answers that repeat the text, go with them; ``chats``, whether conversations go
    that then have no message left. ``teaches`` is what the episodic head learns."""

    what: Forgetting
    messages: bool = False
    answers: bool = False
    chats: bool = False
    teaches: Lesson = "forgotten"


@dataclass(frozen=True, slots=True)
class UndoForgetting(Request[Forgotten]):
    """Bring back what a ``Forget`` has hidden, by its batch; UserError if the minute is over."""

    batch: int


@dataclass(frozen=True, slots=True)
class ForgetNow(Request[Receipt]):
    """Forget and purge at once, so that it can't be undone; then search the profile's files for residue."""

    what: Forgetting
    messages: bool = False
    answers: bool = False
    chats: bool = False


@dataclass(frozen=True, slots=True)
class ListReceipts(Request[tuple[Receipt, ...]]):
    """All receipts, the newest first."""


# --- memory files ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportMemory(Request[Exported]):
    """Write the episodes that match to a file."""

    path: str
    filter: EpisodeFilter
    options: ExportOptions


@dataclass(frozen=True, slots=True)
class ReviewImport(Request[ImportReview]):
    """Read a file and compare it with the memory; nothing changes. PassphraseNeeded if it is locked.
    ``Progress`` is announced meanwhile, and DropReview(0) breaks it off."""

    path: str
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReviewText(Request[ImportReview]):
    """Like ReviewImport, for a list of facts that the user pasted."""

    text: str


@dataclass(frozen=True, slots=True)
class ReviewItems(Request[tuple[ImportItem, ...]]):
    """At most ``limit`` items of one group of a review, from number ``offset`` on."""

    id: int
    group: ImportGroupName
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ApplyImport(Request[Import]):
    """Import what was reviewed, in one transaction. With ``chats`` its chats are brought in, with all their
    branches; with ``read`` they are replayed when the core is idle. A group without a choice is treated as
    the review suggests."""

    id: int
    choices: tuple[tuple[ImportGroupName, ImportChoice], ...]
    read: bool = False
    chats: bool = False


@dataclass(frozen=True, slots=True)
class DropReview(Request[None]):
    """Drop a review without importing. With id 0 it breaks off the request that is reading, comparing or
    importing a file: that request ends with Interrupted, and nothing was changed."""

    id: int


@dataclass(frozen=True, slots=True)
class UndoImport(Request[int]):
    """Take an import back; reply with the number of episodes that were hidden with it."""

    id: int


@dataclass(frozen=True, slots=True)
class ListImports(Request[tuple[Import, ...]]):
    """All imports, the newest first."""


@dataclass(frozen=True, slots=True)
class ListReplays(Request[tuple[Replay, ...]]):
    """The replays that are not finished."""


@dataclass(frozen=True, slots=True)
class PauseReplay(Request[Replay]):
    """Pause a replay, or go on with it."""

    id: int
    paused: bool


@dataclass(frozen=True, slots=True)
class EndReplay(Request[None]):
    """End a replay: the rest is not read, and what was kept stays."""

    id: int
