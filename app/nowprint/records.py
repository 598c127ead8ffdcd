"""Frozen values that cross rooms, and the pipe between the window and the core.

Times are seconds since the epoch in UTC; surprisal, entropy and divergences are in nats;
``start`` and ``end`` count code points of a message's text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
MessageState = Literal["complete", "writing", "stopped", "broken"]
"""``writing`` while the core is at it, ``stopped`` by the user, ``broken`` off by a crash or a kill."""
EpisodeKind = Literal["captured", "remembered"]
"""``captured`` because of its surprise, or ``remembered`` because the user asked for it."""
Statistic = Literal["surprisal", "entropy spike", "entropy dip", "kl", "top-k shift"]


# --- what the engine reads from a distribution -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that the model had thought likely, and its probability."""

    token: int
    text: str
    p: float


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token that came, and the distribution that it came out of.

    ``kl`` is KL(p_t ‖ p_{t-1}) against the distribution one token before, ``shift`` the share of
    the top-k that was not in the top-k one token before (0..1).
    """

    token: int
    text: str
    start: int
    end: int
    surprisal: float
    entropy: float
    kl: float
    shift: float
    top: tuple[Alternative, ...]


# --- salience: moments and episodes ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trigger:
    """A statistic that stood out at a token, with the threshold that it passed (or fell below)."""

    statistic: Statistic
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Signature:
    """What is stored of a moment's distribution: no text, no hidden state."""

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    entropy: float
    kl: float
    context_hash: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A token boundary whose statistics stand out; ``index`` counts tokens of its message."""

    message_id: int
    index: int
    text: str
    triggers: tuple[Trigger, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature of the salience score: its value for this span, times its weight."""

    feature: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Why:
    """The explained score: sigmoid(bias + sum of contributions) = salience, kept from ``threshold`` on."""

    salience: float
    threshold: float
    bias: float
    contributions: tuple[Contribution, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The place in a message that an episode was read from."""

    message_id: int
    conversation_id: int
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EpisodeDraft:
    """A span that salience thinks worth keeping, before the store has given it an id."""

    text: str
    gist: str
    kind: EpisodeKind
    salience: float
    why: Why
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """A kept span of conversation. ``sources`` is empty once its messages are deleted."""

    id: int
    text: str
    gist: str
    kind: EpisodeKind
    salience: float
    created: float
    updated: float
    pinned: bool
    edited: bool
    recalled: int
    last_recalled: float | None
    reinforced: int
    sources: tuple[Source, ...]
    replaces: int | None = None
    """The older episode that this one changes ("the launch moved to April 17"), while it exists."""
    replaced_by: int | None = None
    influential: int = 0
    """In how many answers it mattered; ``influence`` is the mean over the ``measured`` ones."""
    measured: int = 0
    influence: float = 0.0
    project: int | None = None
    """The project that it comes back in; None is everywhere."""
    origin: int | None = None
    """The import that brought it; it keeps that for ever, and ranks lower until ``confirmed``."""
    confirmed: bool = True
    held_back: str = ""
    """Why it is never recalled until somebody confirms it ("it gives instructions"); mostly empty."""


@dataclass(frozen=True, slots=True)
class Recollection:
    """An episode that recall brought back, with the parts that its score is the sum of."""

    episode: Episode
    score: float
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Influence:
    """What an episode changed in an answer: the answer's log-probability with it in the prompt minus
    the one without it, in nats. Positive: the answer leans on it."""

    episode_id: int
    nats: float


INFLUENTIAL_NATS = 1.0
"""From here on a memory mattered: the answer was almost three times as likely with it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a draft: a new episode, or an old one that it reinforced."""

    episode: Episode
    why: Why
    reinforced: bool


# --- conversations -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conversation:
    id: int
    title: str
    created: float
    updated: float
    messages: int
    project: int | None = None
    recalls: bool = True
    """Whether memories are recalled in it; ``captures``: whether anything is captured from it."""
    captures: bool = True


@dataclass(frozen=True, slots=True)
class NewConversation:
    """One that is made for its first message. A temporary one is never on disk: nothing is kept and
    nothing recalled, and it belongs to no project."""

    temporary: bool = False
    project: int | None = None
    recalls: bool = True
    captures: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """``sources``: ids of the episodes that entered this answer's prompt and still exist.

    ``replaces`` is the answer that a retry put this one in the place of; the old one is kept.
    """

    id: int
    conversation_id: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str
    sources: tuple[int, ...]
    replaces: int | None


APP = "Nowprint"
"""The ``model`` of what the app itself says in a conversation."""

UNDO_SECONDS = 60
"""How long forgetting can be undone; then the bytes go."""


# --- the inspector -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """A window on the episodes that match: ``total`` counts all of them."""

    episodes: tuple[Episode, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One change of memory. ``detail`` never holds an episode's text."""

    at: float
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class SourceTrace:
    """A source message with its token trace (empty when none was stored)."""

    message: Message
    start: int
    end: int
    tokens: tuple[TokenScore, ...]


@dataclass(frozen=True, slots=True)
class EpisodeDetail:
    episode: Episode
    why: Why
    sources: tuple[SourceTrace, ...]
    previous_id: int | None
    next_id: int | None
    answers: tuple[Message, ...]
    history: tuple[AuditLine, ...]


@dataclass(frozen=True, slots=True)
class MemoryStats:
    """``parts``: the bytes on disk by what they are for; an episode's share is their sum, divided."""

    episodes: int
    pinned: int
    recalled_never: int
    conversations: int
    messages: int
    trace_tokens: int
    trace_bytes: int
    database_bytes: int
    index_bytes: int
    parts: tuple[tuple[str, int], ...] = ()
    bytes_per_episode: float = 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A span of what was said, and what the episodic head thinks of it."""

    message_id: int
    start: int
    end: int
    text: str
    salience: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a share to keep would have kept of all that was said: ``spans`` newest first, at most the
    number asked for; ``kept`` and ``dropped`` count all of them."""

    keep: float
    threshold: float
    kept: int
    dropped: int
    spans: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class HeadWeight:
    """One feature of the episodic head: the weight it started with, and the one it has learned."""

    feature: str
    starting: float
    learned: float


@dataclass(frozen=True, slots=True)
class HeadState:
    """The episodic head as it stands; ``examples`` counts what the user taught it, by label."""

    weights: tuple[HeadWeight, ...]
    worth: int
    not_worth: int


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One line of ``nowprint doctor``."""

    check: str
    ok: bool
    detail: str


# --- one turn ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The loaded model. ``id`` is stable for a file's content and names the baselines kept for it."""

    id: str
    name: str
    path: str
    context: int
    trained_context: int
    vocabulary: int
    parameters: int
    bytes: int
    device: str = "CPU"
    """What computes: the CPU, or a graphics card and how much of the model it holds."""
