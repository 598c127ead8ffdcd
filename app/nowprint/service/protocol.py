"""The pipe between a front end and the core: requests, and the frames that carry them.

A front end sends ``Call``, ``StopAnswer`` and ``AnswerNow``. The core answers each call with one ``Reply`` or
``Failure``; for a turn, any number of ``Emitted`` events come before it. It also sends ``Announced``
events that belong to no call; among them, some time after each answer, ``Stored``, which says what was
kept of the message. Each frame is a length (8 bytes, big-endian) and a pickle. Pickle is safe here,
because both ends are this program: the core is the front end's own child, and the pipe is its standard
input and output, which no other process can open.

A request's class names the type of its reply; its docstring says what the core does and sends back.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from nowprint.events import Answer, TurnEvent
from nowprint.inspection import Announcement, Forgotten
from nowprint.persona_records import AS_USUAL, Otherwise
from nowprint.records import (
    Conversation,
    DoctorFinding,
    Episode,
    EpisodeDetail,
    HeadState,
    Influence,
    Kept,
    MemoryStats,
    Message,
    ModelInfo,
    NewConversation,
    Preview,
    Recollection,
)
from nowprint.service.request import Request
from nowprint.settings import Settings

BenchName = Literal[
    "recall",
    "capture",
    "dialogue",
    "resonance",
    "scale",
    "find",
    "changes",
    "lives",
    "encryption",
    "endless",
    "year",
    "cues",
]

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListConversations(Request[tuple[Conversation, ...]]):
    """All conversations except temporary ones, the last used first."""


@dataclass(frozen=True, slots=True)
class CreateConversation(Request[Conversation]):
    """Create a conversation before its first message. (``Send`` can create one with its message.)"""

    temporary: bool = False


@dataclass(frozen=True, slots=True)
class RenameConversation(Request[Conversation]):
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class DeleteConversation(Request[Forgotten]):
    """Delete a conversation; with ``forget`` also the episodes from it. The reply's batch is 0 if there was
    nothing to hide for a minute."""

    id: int
    forget: bool


@dataclass(frozen=True, slots=True)
class ListMessages(Request[tuple[Message, ...]]):
    """The last ``limit`` messages and answers before message ``before`` (None: of all), oldest first.

    Answers that a retry replaced are left out.
    """

    conversation_id: int
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class GetMessage(Request[Message]):
    """A single message or answer, even a replaced answer."""

    id: int


@dataclass(frozen=True, slots=True)
class Send(Request[Answer]):
    """Send a message and have it answered. The turn's events come before the reply, ``Stored`` is announced
    later. A new conversation exists from the event ``Started`` on; a UserError before it leaves none."""

    conversation: int | NewConversation
    text: str


@dataclass(frozen=True, slots=True)
class Retry(Request[Answer]):
    """A new answer on a branch of its own: instead of ``answer_id``, or of the last one that is shown."""

    conversation_id: int
    answer_id: int | None = None
    otherwise: Otherwise = AS_USUAL
    """For this answer alone; the next message is answered as before."""


@dataclass(frozen=True, slots=True)
class Edit(Request[Answer]):
    """Say something else in the place of a message, and have it answered on a branch of its own. The turn's
    events are those of ``Send``."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Continue(Request[Answer]):
    """Go on with an answer that was cut off, in a copy on a branch of its own."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class KeepBroken(Request[None]):
    """The part of an answer that a front end had received when the core died. It may be a few words longer
    than the stored part; the core stores it if it continues that part."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchEpisodes(Request[tuple[Recollection, ...]]):
    """The best ``limit`` episodes for a search, ranked as for recall, but without reranker and floor."""

    text: str
    limit: int = 20


@dataclass(frozen=True, slots=True)
class ShowEpisode(Request[EpisodeDetail]):
    id: int


@dataclass(frozen=True, slots=True)
class Remember(Request[Kept]):
    """Remember a text that the user chose or wrote. ``start`` and ``end`` are its place in the message
    ``message_id``, in code points."""

    text: str
    message_id: int | None = None
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class EditEpisode(Request[Episode]):
    id: int
    text: str


@dataclass(frozen=True, slots=True)
class PinEpisodes(Request[tuple[Episode, ...]]):
    ids: tuple[int, ...]
    pinned: bool


@dataclass(frozen=True, slots=True)
class ForgetEpisodes(Request[int]):
    """Hide episodes, and reply with their number. They are purged after a minute, or when the core closes."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PurgeForgotten(Request[int]):
    """Purge all hidden episodes now, without waiting for the minute, and reply with their number."""


@dataclass(frozen=True, slots=True)
class UndoForget(Request[int]):
    """Bring hidden episodes back, and reply with their number."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GetInfluence(Request[tuple[Influence, ...]]):
    """The influence of each recollection on an answer; empty as long as it is not measured."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class SayNeeded(Request[tuple[Influence, ...]]):
    """Whether the memories recalled for an answer were needed, which recall learns from. Replies with the
    influences on the answer."""

    answer_id: int
    needed: bool


@dataclass(frozen=True, slots=True)
class NotWorthKeeping(Request[int]):
    """Like ForgetEpisodes, but the episodic head learns more from it: such things aren't worth keeping."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PreviewKeep(Request[Preview]):
    """What the sensitivity ``keep`` would have kept: the detector judges stored traces again, without the
    model, and changes nothing. ``limit`` bounds the spans in the reply."""

    keep: float
    limit: int = 100


@dataclass(frozen=True, slots=True)
class GetHead(Request[HeadState]):
    """What the episodic head has learned from the user so far."""


@dataclass(frozen=True, slots=True)
class ResetHead(Request[HeadState]):
    """Set the episodic head back to its starting weights."""


@dataclass(frozen=True, slots=True)
class MemoryStatistics(Request[MemoryStats]):
    """Numbers of episodes, conversations, messages and trace tokens, and the bytes that they take."""


@dataclass(frozen=True, slots=True)
class LoadModel(Request[ModelInfo]):
    """Load a model file. An empty path stands for the settings' model, else for the bundled one.

    After a UserError the model that was loaded before stays.
    """

    path: str = ""


@dataclass(frozen=True, slots=True)
class ListDevices(Request[tuple[str, ...]]):
    """The names of this machine's graphics cards, as their drivers give them."""


@dataclass(frozen=True, slots=True)
class GetSettings(Request[Settings]):
    """The settings that are in force in the core."""


@dataclass(frozen=True, slots=True)
class ChangeSettings(Request[Settings]):
    """Put settings into force and save them. They are in force at once, even while an answer is written or
    a model loads. If they switch memory off, then after the reply nothing is captured any more, and from
    the running turn nothing ever will be."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Prepare(Request[None]):
    """Load the embedder and the index; the reply comes once they are ready."""


@dataclass(frozen=True, slots=True)
class Doctor(Request[tuple[DoctorFinding, ...]]):
    """Check the profile and the machine. ``repair`` rebuilds what can be rebuilt; ``prove`` tries every
    variant and graphics card again."""

    repair: bool = False
    prove: bool = False


@dataclass(frozen=True, slots=True)
class BenchOverhead(Request[dict[str, Any]]):
    """Compare the speed of Nowprint's prefill and decode with that of a bare llama.cpp loop.

    ``beside`` is the number of busy programs that the caller has started. With any, bare loops with
    several numbers of threads are tried, and the fastest one counts.
    """

    rounds: int = 9
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Bench(Request[dict[str, Any]]):
    """Run a bench over a file of data, and reply with its report; ``Progress`` is announced meanwhile.

    ``keep`` is the sensitivity, None for the settings'. ``limit`` is the most questions, pairs or messages
    to use, 0 for all. "scale", "encryption", "find" and "year" need no file; their limit is the number
    of episodes, of messages, of weeks. The file of "cues" is a folder.
    """

    name: BenchName
    file: str | None
    keep: float | None = None
    limit: int = 0


TurnRequest = Send | Retry | Edit | Continue
"""The requests that the model answers: turns, whose events come before the reply."""

# --- frames ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    id: int
    request: Request[Any]


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Stop the answer that is being written, or the judging after it. The core's main thread, which reads
    the pipe, does this itself, so that it never waits in a queue."""


@dataclass(frozen=True, slots=True)
class AnswerNow:
    """End the thought of the answer that is being written, and let the model answer. Like StopAnswer, it
    never waits in a queue."""


@dataclass(frozen=True, slots=True)
class Reply:
    id: int
    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    id: int
    error: BaseException


@dataclass(frozen=True, slots=True)
class Emitted:
    id: int
    event: TurnEvent


@dataclass(frozen=True, slots=True)
class Announced:
    event: Announcement


Frame = Call | StopAnswer | AnswerNow | Reply | Failure | Emitted | Announced

_LENGTH = struct.Struct(">Q")


def write_frame(pipe: BinaryIO, frame: Frame) -> None:
    """Write one frame and flush the pipe; OSError if the other end is gone."""
    body = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> Frame | None:
    """The next frame; None if the other end is gone, even in the middle of a frame."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    if len(body) < length:
        return None
    frame: Frame = pickle.loads(body)
    return frame
