"""What the core tells while it works: the events of a turn, and those that nobody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.records import Conversation, Episode, Influence, Kept, Message, Recollection


@dataclass(frozen=True, slots=True)
class Progress:
    """Something takes a while; ``fraction`` is None when its length isn't known, 1.0 when done."""

    task: str
    fraction: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """The user's message is committed; the answer will grow in ``answer``. ``conversation`` is the one
    that was made for it, None where there was one."""

    message: Message
    answer: Message
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    memories: tuple[Recollection, ...]


@dataclass(frozen=True, slots=True)
class HistoryTrimmed:
    """The oldest ``messages`` of the conversation did not fit into this prompt."""

    messages: int


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The next piece of the answer (valid text), and the figures for the status bar."""

    text: str
    tokens: int
    tokens_per_second: float
    context_used: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The finished answer. ``sources`` names the episodes that entered the prompt, pinned ones included."""

    message: Message
    sources: tuple[int, ...]
    tokens: int
    tokens_per_second: float
    prompt_tokens: int
    reused_tokens: int
    context_used: int
    finish: Literal["end", "length", "stopped"]


@dataclass(frozen=True, slots=True)
class Resonated:
    """While the answer was written, its distribution resembled a stored signature of ``episode``."""

    episode: Episode
    similarity: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept of the user's message ``message_id``. It follows every answer, some time later, and
    comes again for a message that was left unjudged then and is judged now."""

    kept: tuple[Kept, ...]
    message_id: int


@dataclass(frozen=True, slots=True)
class ForgettingAsked:
    """ "Forget that": nothing is forgotten; a front end shows what matches and lets the user choose."""

    matches: tuple[Recollection, ...]


TurnEvent = (
    Progress
    | Started
    | Recalled
    | HistoryTrimmed
    | AnswerText
    | Resonated
    | Answer
    | Stored
    | ForgettingAsked
)


# --- the profile -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user that no request asked for (a damaged file kept aside, an index rebuilt)."""

    text: str


@dataclass(frozen=True, slots=True)
class InfluenceMeasured:
    """What each recollection changed in an answer, measured when nothing else waited."""

    answer_id: int
    influences: tuple[Influence, ...]


CoreEvent = Progress | Notice | InfluenceMeasured | Stored
