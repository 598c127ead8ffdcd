"""The events that the core sends: those of a turn, and those that belong to no request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.records import Conversation, Episode, Influence, Kept, Message, Recollection


@dataclass(frozen=True, slots=True)
class Progress:
    """A task takes a while; ``fraction`` is None if its length isn't known, and 1.0 at its end."""

    task: str
    fraction: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """The user's message is stored; the answer will grow in ``answer``. ``conversation`` is the one created
    for the message; None if the conversation existed before."""

    message: Message
    answer: Message
    conversation: Conversation | None = None


@dataclass(frozen=True, slots=True)
class Recalled:
    """The recollections for the message, before the answer is written."""

    memories: tuple[Recollection, ...]


@dataclass(frozen=True, slots=True)
class HistoryTrimmed:
    """``messages`` counts the messages and answers of the conversation that have left its prompts for want of
    room, whole or but for their beginning."""

    messages: int


@dataclass(frozen=True, slots=True)
class ThoughtText:
    """The next piece of what the model thinks before it answers. A thought is no part of the answer, and
    never stored. ``seconds`` since the model began to write, ``tokens`` of the thought so far."""

    text: str
    seconds: float
    tokens: int


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The next piece of the answer, never cut inside a character, and the figures for the status bar."""

    text: str
    tokens: int
    tokens_per_second: float
    context_used: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The finished answer. ``sources`` are the ids of the episodes in its prompt, pinned ones included."""

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
    """While the model wrote the answer, its distributions resembled stored signatures of ``episode``."""

    episode: Episode
    similarity: float


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept from the user's message ``message_id``. It follows every answer, some time later. It
    comes again for a message that was unjudged then, once that is judged."""

    kept: tuple[Kept, ...]
    message_id: int


@dataclass(frozen=True, slots=True)
class ForgettingAsked:
    """The user wrote "Forget that" or the like. Nothing is forgotten yet: the window or terminal shows the
    matches, and the user chooses."""

    matches: tuple[Recollection, ...]


TurnEvent = (
    Progress
    | Started
    | Recalled
    | HistoryTrimmed
    | ThoughtText
    | AnswerText
    | Resonated
    | Answer
    | Stored
    | ForgettingAsked
)


# --- the profile -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the user that is no reply to a request (a damaged file set aside, an index rebuilt)."""

    text: str


@dataclass(frozen=True, slots=True)
class InfluenceMeasured:
    """The influence of each recollection on an answer, measured while no request waited."""

    answer_id: int
    influences: tuple[Influence, ...]


CoreEvent = Progress | Notice | InfluenceMeasured | Stored
