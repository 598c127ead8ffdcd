"""What crosses the pipe between a front end and the core.

A front end sends ``Call``s and ``StopAnswer``; the core answers each call with one ``Reply`` or
``Failure``, before it any number of ``Emitted`` turn events, and sends ``Announced`` events that no
call asked for; among them, some time after each answer, ``Stored``: what was kept of its message. Each
is one frame: a length (8 bytes, big-endian) and a pickle. Pickle is safe here, because both ends are
this program: the core is the front end's own child, and the pipe is its standard input and output, which
no other process can open.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal

from nowprint.events import Answer, TurnEvent
from nowprint.inspection import Announcement, Forgotten
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

BenchName = Literal["recall", "capture", "dialogue", "resonance", "scale"]

# --- requests ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ListConversations(Request[tuple[Conversation, ...]]):
    """The last used first; temporary ones are left out."""


@dataclass(frozen=True, slots=True)
class CreateConversation(Request[Conversation]):
    """For a conversation before its first message; ``Send`` makes one along with it."""

    temporary: bool = False


@dataclass(frozen=True, slots=True)
class RenameConversation(Request[Conversation]):
    id: int
    title: str


@dataclass(frozen=True, slots=True)
class DeleteConversation(Request[Forgotten]):
    """No episodes unless ``forget``; batch 0 when there was nothing to hide for a minute."""

    id: int
    forget: bool


@dataclass(frozen=True, slots=True)
class ListMessages(Request[tuple[Message, ...]]):
    """Oldest first: the last ``limit`` before message ``before``.

    Answers that a retry replaced are left out.
    """

    conversation_id: int
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class GetMessage(Request[Message]):
    """Replaced answers included."""

    id: int


@dataclass(frozen=True, slots=True)
class Send(Request[Answer]):
    """After the turn's events; ``Stored`` is announced later. A new conversation is there once ``Started``
    is told: before that, a UserError leaves none behind."""

    conversation: int | NewConversation
    text: str


@dataclass(frozen=True, slots=True)
class Retry(Request[Answer]):
    """To the conversation's last user message, in the place of the one it had."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class KeepBroken(Request[None]):
    """What a front end had seen of an answer when the core died: it may be some words more
    than the store has, and is kept if it goes on from those."""

    message_id: int
    text: str


@dataclass(frozen=True, slots=True)
class SearchEpisodes(Request[tuple[Recollection, ...]]):
    """Ranked as recall ranks, without its floor."""

    text: str
    limit: int = 20


@dataclass(frozen=True, slots=True)
class ShowEpisode(Request[EpisodeDetail]):
    id: int


@dataclass(frozen=True, slots=True)
class Remember(Request[Kept]):
    """The user asked for it. ``start`` and ``end`` say where in ``message_id`` it stands."""

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
    """How many are hidden now; after a minute, or when the core closes, their bytes go."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PurgeForgotten(Request[int]):
    """How many episodes' bytes were removed now, with no minute to undo it."""


@dataclass(frozen=True, slots=True)
class UndoForget(Request[int]):
    """How many came back."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GetInfluence(Request[tuple[Influence, ...]]):
    """Of an answer; empty as long as nothing was measured."""

    answer_id: int


@dataclass(frozen=True, slots=True)
class NotWorthKeeping(Request[int]):
    """Like ForgetEpisodes, and the episodic head learns that such things aren't worth it."""

    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PreviewKeep(Request[Preview]):
    """The detector run again over stored traces, without the model; nothing changes."""

    keep: float
    limit: int = 100


@dataclass(frozen=True, slots=True)
class GetHead(Request[HeadState]):
    """What the user taught the episodic head so far."""


@dataclass(frozen=True, slots=True)
class ResetHead(Request[HeadState]):
    """What the user taught the episodic head is forgotten."""


@dataclass(frozen=True, slots=True)
class MemoryStatistics(Request[MemoryStats]):
    """How much there is, and how many bytes it takes."""


@dataclass(frozen=True, slots=True)
class LoadModel(Request[ModelInfo]):
    """An empty path means the settings' model, else the bundled one.

    After a UserError the model that was loaded before stays.
    """

    path: str = ""


@dataclass(frozen=True, slots=True)
class ListDevices(Request[tuple[str, ...]]):
    """The graphics cards here, as their drivers name them."""


@dataclass(frozen=True, slots=True)
class GetSettings(Request[Settings]):
    """Those that the core works with."""


@dataclass(frozen=True, slots=True)
class ChangeSettings(Request[Settings]):
    """They hold at once, also while an answer is written or a model loads: once this is
    replied to with memory off, nothing is captured any more, and of the turn that runs nothing ever."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class Prepare(Request[None]):
    """Load the embedder and the index; the reply comes once they are ready."""


@dataclass(frozen=True, slots=True)
class Doctor(Request[tuple[DoctorFinding, ...]]):
    """``prove``: what the machine computes on is tried again, all of it."""

    repair: bool = False
    prove: bool = False


@dataclass(frozen=True, slots=True)
class BenchOverhead(Request[dict[str, Any]]):
    """Nowprint's prefill and decode against a bare llama.cpp loop.

    ``beside`` so many busy programs, which run already, it is the fastest bare loop of several, each with
    another number of threads.
    """

    rounds: int = 9
    beside: int = 0


@dataclass(frozen=True, slots=True)
class Bench(Request[dict[str, Any]]):
    """The report of a bench over a file of data; ``Progress`` is announced while it runs.

    ``keep`` is None for the settings' own sensitivity; ``limit`` 0 for all questions, pairs, messages.
    "scale" needs no file; its limit is the number of episodes.
    """

    name: BenchName
    file: str | None
    keep: float | None = None
    limit: int = 0


TurnRequest = Send | Retry
"""What the model answers: events come before the reply."""

# --- frames ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call:
    id: int
    request: Request[Any]


@dataclass(frozen=True, slots=True)
class StopAnswer:
    """Stop the answer that is being written, or its judging; read by the pipe's own thread, so it is
    never queued."""


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


Frame = Call | StopAnswer | Reply | Failure | Emitted | Announced

_LENGTH = struct.Struct(">Q")


def write_frame(pipe: BinaryIO, frame: Frame) -> None:
    """Write one frame and flush; OSError when the other end is gone."""
    body = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(body)) + body)
    pipe.flush()


def read_frame(pipe: BinaryIO) -> Frame | None:
    """The next frame; None when the other end is gone, also in the middle of a frame."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    if len(body) < length:
        return None
    frame: Frame = pickle.loads(body)
    return frame
