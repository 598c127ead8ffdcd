"""Requests of the inspector, of forgetting and of memory files, each with the type of its reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nowprint.inspection import (
    EpisodeFilter,
    ExportOptions,
    Forgetting,
    FoundSort,
    ImportChoice,
    ImportGroupName,
)

# --- looking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindEpisodes:
    """EpisodePage."""

    filter: EpisodeFilter = field(default_factory=EpisodeFilter)
    sort: FoundSort = "newest"
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class FindIds:
    """tuple[int, ...]: all that match, in the order of FindEpisodes, for "select all" or a stretch."""

    filter: EpisodeFilter
    sort: FoundSort = "newest"


@dataclass(frozen=True, slots=True)
class PlotEpisodes:
    """EpisodePlot."""

    filter: EpisodeFilter


@dataclass(frozen=True, slots=True)
class GetChain:
    """Chain."""

    id: int


@dataclass(frozen=True, slots=True)
class GetOldTexts:
    """tuple[OldText, ...], the newest first."""

    id: int


@dataclass(frozen=True, slots=True)
class GetDashboard:
    """Dashboard."""


@dataclass(frozen=True, slots=True)
class ListFilters:
    """tuple[SavedFilter, ...] by name."""


@dataclass(frozen=True, slots=True)
class SaveFilter:
    """tuple[SavedFilter, ...]: all, with this one in the place of one of its name."""

    name: str
    filter: EpisodeFilter
    sort: FoundSort


@dataclass(frozen=True, slots=True)
class DeleteFilter:
    """tuple[SavedFilter, ...]: those that are left."""

    name: str


# --- changing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MergeEpisodes:
    """Episode: one in the place of these, told by ``text`` (empty: their texts, one a line). They are
    no longer listed or recalled, and stay behind it until it is forgotten."""

    ids: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class SplitEpisode:
    """tuple[Episode, ...]: one for each piece between the places ``at`` in the text."""

    id: int
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MoveEpisodes:
    """int: how many changed their scope; ``project`` None is everywhere."""

    ids: tuple[int, ...]
    project: int | None


@dataclass(frozen=True, slots=True)
class ConfirmEpisodes:
    """int: imported ones that count like one's own from now on, and are no longer held back."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListProjects:
    """tuple[Project, ...] by name."""


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Project."""

    name: str


@dataclass(frozen=True, slots=True)
class RenameProject:
    """Project."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteProject:
    """None. Its conversations and episodes belong to everywhere again."""

    id: int


@dataclass(frozen=True, slots=True)
class MoveConversation:
    """Conversation; what is told in it from now on belongs to the project."""

    id: int
    project: int | None


@dataclass(frozen=True, slots=True)
class UseMemory:
    """Conversation: whether memories are recalled in it, and whether anything is captured from it."""

    id: int
    recalls: bool
    captures: bool


# --- forgetting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanForgetting:
    """ForgettingPlan; nothing changes."""

    what: Forgetting


@dataclass(frozen=True, slots=True)
class Forget:
    """Forgotten: hidden at once, gone after a minute. ``messages`` and ``answers`` are the choices
    about source messages and about answers that repeat the text; ``teaches``: like NotWorthKeeping."""

    what: Forgetting
    messages: bool = False
    answers: bool = False
    teaches: Literal["forgotten", "not worth"] = "forgotten"


@dataclass(frozen=True, slots=True)
class UndoForgetting:
    """Forgotten: what came back of a batch; UserError when the minute is over."""

    batch: int


@dataclass(frozen=True, slots=True)
class ForgetNow:
    """Receipt: forgotten with no minute to undo it, and the profile's raw bytes searched for it."""

    what: Forgetting
    messages: bool = False
    answers: bool = False


@dataclass(frozen=True, slots=True)
class ListReceipts:
    """tuple[Receipt, ...], the newest first."""


# --- memory files ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportMemory:
    """Exported."""

    path: str
    filter: EpisodeFilter
    options: ExportOptions


@dataclass(frozen=True, slots=True)
class ReviewImport:
    """ImportReview: the file is read, nothing changes. PassphraseNeeded when it is locked; ``Progress``
    is announced while it is read, and DropReview(0) breaks it off."""

    path: str
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReviewText:
    """ImportReview of a pasted list of facts."""

    text: str


@dataclass(frozen=True, slots=True)
class ReviewItems:
    """tuple[ImportItem, ...] of one group."""

    id: int
    group: ImportGroupName
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ApplyImport:
    """Import: in one transaction. ``read``: its conversations go through the engine, when idle. A group
    without a choice is treated as the review suggests."""

    id: int
    choices: tuple[tuple[ImportGroupName, ImportChoice], ...]
    read: bool = False


@dataclass(frozen=True, slots=True)
class DropReview:
    """None. With the id 0 it breaks off what is being read, compared or imported: that request ends with
    Interrupted, and nothing was changed."""

    id: int


@dataclass(frozen=True, slots=True)
class UndoImport:
    """int: how many episodes went with it."""

    id: int


@dataclass(frozen=True, slots=True)
class ListImports:
    """tuple[Import, ...], the newest first."""


@dataclass(frozen=True, slots=True)
class ListReadings:
    """tuple[Reading, ...]: the conversations from elsewhere that are not read to their end yet."""


@dataclass(frozen=True, slots=True)
class PauseReading:
    """Reading."""

    id: int
    paused: bool


@dataclass(frozen=True, slots=True)
class EndReading:
    """None: the rest of it is not read; what was kept stays."""

    id: int


Looking = (
    FindEpisodes
    | FindIds
    | PlotEpisodes
    | GetChain
    | GetOldTexts
    | GetDashboard
    | ListFilters
    | SaveFilter
    | DeleteFilter
)
Changing = (
    MergeEpisodes
    | SplitEpisode
    | MoveEpisodes
    | ConfirmEpisodes
    | ListProjects
    | CreateProject
    | RenameProject
    | DeleteProject
    | MoveConversation
    | UseMemory
)
ForgettingRequest = PlanForgetting | Forget | UndoForgetting | ForgetNow | ListReceipts
FileRequest = (
    ExportMemory
    | ReviewImport
    | ReviewText
    | ReviewItems
    | ApplyImport
    | DropReview
    | UndoImport
    | ListImports
    | ListReadings
    | PauseReading
    | EndReading
)
MemoryRequest = Looking | Changing | ForgettingRequest | FileRequest
