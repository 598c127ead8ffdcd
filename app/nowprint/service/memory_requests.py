"""Requests of the inspector, of forgetting and of memory files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from nowprint.inspection import (
    Chain,
    Dashboard,
    EpisodeFilter,
    EpisodePlot,
    Exported,
    ExportOptions,
    Forgetting,
    ForgettingPlan,
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
"""What the episodic head learns of what is forgotten."""

# --- looking -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FindEpisodes(Request[EpisodePage]):
    """``limit`` of those that match, from ``offset`` on."""

    filter: EpisodeFilter = field(default_factory=EpisodeFilter)
    sort: FoundSort = "newest"
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class FindIds(Request[tuple[int, ...]]):
    """All that match, in the order of FindEpisodes, for "select all" or a stretch."""

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
    """The newest first."""

    id: int


@dataclass(frozen=True, slots=True)
class GetDashboard(Request[Dashboard]):
    """The figures of the memory as a whole."""


@dataclass(frozen=True, slots=True)
class ListFilters(Request[tuple[SavedFilter, ...]]):
    """By name."""


@dataclass(frozen=True, slots=True)
class SaveFilter(Request[tuple[SavedFilter, ...]]):
    """All, with this one in the place of one of its name."""

    name: str
    filter: EpisodeFilter
    sort: FoundSort


@dataclass(frozen=True, slots=True)
class DeleteFilter(Request[tuple[SavedFilter, ...]]):
    """Those that are left."""

    name: str


# --- changing ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MergeEpisodes(Request[Episode]):
    """One in the place of these, told by ``text`` (empty: their texts, one a line). They are
    no longer listed or recalled, and stay behind it until it is forgotten."""

    ids: tuple[int, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class SplitEpisode(Request[tuple[Episode, ...]]):
    """One for each piece between the places ``at`` in the text."""

    id: int
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MoveEpisodes(Request[int]):
    """How many changed their scope; ``project`` None is everywhere."""

    ids: tuple[int, ...]
    project: int | None


@dataclass(frozen=True, slots=True)
class ConfirmEpisodes(Request[int]):
    """Imported ones that count like one's own from now on, and are no longer held back."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ListProjects(Request[tuple[Project, ...]]):
    """By name."""


@dataclass(frozen=True, slots=True)
class CreateProject(Request[Project]):
    name: str


@dataclass(frozen=True, slots=True)
class RenameProject(Request[Project]):
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteProject(Request[None]):
    """Its conversations and episodes belong to everywhere again."""

    id: int


@dataclass(frozen=True, slots=True)
class MoveConversation(Request[Conversation]):
    """What is told in it from now on belongs to the project."""

    id: int
    project: int | None


@dataclass(frozen=True, slots=True)
class UseMemory(Request[Conversation]):
    """Whether memories are recalled in it, and whether anything is captured from it."""

    id: int
    recalls: bool
    captures: bool


# --- forgetting --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanForgetting(Request[ForgettingPlan]):
    """Nothing changes."""

    what: Forgetting


@dataclass(frozen=True, slots=True)
class Forget(Request[Forgotten]):
    """Hidden at once, gone after a minute. ``messages`` and ``answers`` are the choices
    about source messages and about answers that repeat the text; ``teaches``: like NotWorthKeeping."""

    what: Forgetting
    messages: bool = False
    answers: bool = False
    teaches: Lesson = "forgotten"


@dataclass(frozen=True, slots=True)
class UndoForgetting(Request[Forgotten]):
    """What came back of a batch; UserError when the minute is over."""

    batch: int


@dataclass(frozen=True, slots=True)
class ForgetNow(Request[Receipt]):
    """Forgotten with no minute to undo it, and the profile's raw bytes searched for it."""

    what: Forgetting
    messages: bool = False
    answers: bool = False


@dataclass(frozen=True, slots=True)
class ListReceipts(Request[tuple[Receipt, ...]]):
    """The newest first."""


# --- memory files ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExportMemory(Request[Exported]):
    path: str
    filter: EpisodeFilter
    options: ExportOptions


@dataclass(frozen=True, slots=True)
class ReviewImport(Request[ImportReview]):
    """The file is read, nothing changes. PassphraseNeeded when it is locked; ``Progress``
    is announced while it is read, and DropReview(0) breaks it off."""

    path: str
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ReviewText(Request[ImportReview]):
    """Of a pasted list of facts."""

    text: str


@dataclass(frozen=True, slots=True)
class ReviewItems(Request[tuple[ImportItem, ...]]):
    """Of one group."""

    id: int
    group: ImportGroupName
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ApplyImport(Request[Import]):
    """In one transaction. ``read``: its conversations go through the engine, when idle. A group
    without a choice is treated as the review suggests."""

    id: int
    choices: tuple[tuple[ImportGroupName, ImportChoice], ...]
    read: bool = False


@dataclass(frozen=True, slots=True)
class DropReview(Request[None]):
    """With the id 0 it breaks off what is being read, compared or imported: that request ends with
    Interrupted, and nothing was changed."""

    id: int


@dataclass(frozen=True, slots=True)
class UndoImport(Request[int]):
    """How many episodes went with it."""

    id: int


@dataclass(frozen=True, slots=True)
class ListImports(Request[tuple[Import, ...]]):
    """The newest first."""


@dataclass(frozen=True, slots=True)
class ListReplays(Request[tuple[Replay, ...]]):
    """The conversations from elsewhere that are not read to their end yet."""


@dataclass(frozen=True, slots=True)
class PauseReplay(Request[Replay]):
    id: int
    paused: bool


@dataclass(frozen=True, slots=True)
class EndReplay(Request[None]):
    """The rest of it is not read; what was kept stays."""

    id: int
