"""Frozen values that packages pass to each other, and that cross the pipe between window and core.

Times are seconds since the epoch. Surprisal, entropy and divergences are in nats. ``start`` and ``end`` are
places in a message's text, in code points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.spoken_time import SpokenTime

Role = Literal["system", "user", "assistant"]
MessageState = Literal["complete", "writing", "stopped", "broken"]
"""``writing`` while the model writes it, ``stopped`` by the user, ``broken`` off by an error or a kill."""
EpisodeKind = Literal["captured", "remembered"]
"""``captured``: the detector chose it; ``remembered``: the user asked for it."""
Statistic = Literal["surprisal", "entropy spike", "entropy dip", "kl", "top-k shift"]


# --- what the engine reads from a distribution -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alternative:
    """A token that the model had thought likely at some place of a text, and its probability ``p`` (0..1)."""

    token: int
    text: str
    p: float


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token of a text, with statistics of the distribution that the model had predicted for it.

    ``kl`` is KL(p_t ‖ p_{t-1}) against the distribution one token before, ``shift`` the share (0..1) of
    the top-k tokens that were not among the top-k one token before. ``top`` are the likeliest tokens.
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
    """A statistic that stood out at a token, with the threshold that it exceeded or fell below."""

    statistic: Statistic
    value: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Signature:
    """What is stored of the distribution at a moment: the likeliest tokens with their probabilities, entropy,
    KL, and a hash (hex) of the text before. No text and no hidden state."""

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    entropy: float
    kl: float
    context_hash: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A token whose statistics stood out; ``index`` is its place among the tokens of its message."""

    message_id: int
    index: int
    text: str
    triggers: tuple[Trigger, ...]
    signature: Signature


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature of the salience score: its value for a span, and its contribution, value times weight."""

    feature: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Why:
    """The explained score of an episode: salience = sigmoid(bias + sum of contributions). A span is kept if
    its salience reaches ``threshold``."""

    salience: float
    threshold: float
    bias: float
    contributions: tuple[Contribution, ...]
    moments: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """The place in a message that an episode was kept from."""

    message_id: int
    conversation_id: int
    role: Role
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EpisodeDraft:
    """A span to keep as an episode, before the database has given it an id."""

    text: str
    gist: str
    kind: EpisodeKind
    salience: float
    why: Why
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """A memory as it is stored. ``sources`` is empty once its messages are deleted."""

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
    """In how many answers it mattered (``INFLUENTIAL_NATS``)."""
    measured: int = 0  # for how many answers its influence was measured
    influence: float = 0.0
    """Its mean influence on these, in nats."""
    project: int | None = None
    """The project in whose conversations it is recalled; None: in all conversations."""
    origin: int | None = None
    """The import that brought it, if any; it ranks lower until the user confirms it (``confirmed``)."""
    confirmed: bool = True
    held_back: str = ""
    """Why it isn't recalled until the user confirms it ("it gives instructions"); empty if it may be."""
    archived: bool = False  # no longer recalled, and still found by a search


@dataclass(frozen=True, slots=True)
class Recollection:
    """An episode that was recalled for a message. Its score is the sum of its named ``parts``."""

    episode: Episode
    score: float
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Influence:
    """The influence of an episode on an answer: the answer's log-probability with the episode in the prompt,
    minus that without it, in nats. Positive: the answer leans on the episode."""

    episode_id: int
    nats: float


INFLUENTIAL_NATS = 1.0
"""An episode with at least this influence mattered: it made the answer almost three times as likely."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a draft: a new episode, or an older one that it ``reinforced``."""

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
    project: int | None = None
    recalls: bool = True
    """Whether episodes are recalled in it."""
    captures: bool = True
    """Whether episodes are captured from it."""
    thinks: bool = True
    """Whether the model thinks before it answers, where it can be told."""
    persona: int | None = None
    """Who answers in it; None for whom its project names, 0 for nobody."""
    pinned: bool = False
    """Whether it is listed before all others."""
    archived: bool = False
    """Whether it is listed apart, after all others."""


@dataclass(frozen=True, slots=True)
class NewConversation:
    """A conversation to be created for its first message. A temporary one is never on disk: nothing is kept
    from it, nothing is recalled in it, and it belongs to no project. ``thinks`` None: as the settings say."""

    temporary: bool = False
    project: int | None = None
    recalls: bool = True
    captures: bool = True
    thinks: bool | None = None
    persona: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the user, or an answer.

    ``sources`` are the ids of the episodes that entered this answer's prompt and still exist, ``kept`` of
    those kept from it; ``updates`` of these changed an older one. ``replaces`` is the earlier answer that
    this one replaced after a retry; that one stays."""

    id: int
    conversation_id: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str
    sources: tuple[int, ...]
    replaces: int | None
    parent: int = 0
    """The message that it follows; 0 for the first."""
    siblings: tuple[int, ...] = ()
    """The messages with the same parent, this one among them: each begins a branch."""
    persona: str = ""
    """The name of the persona that answered."""
    kept: tuple[int, ...] = ()
    updates: int = 0
    thought: str = ""
    """What a model of another program thought before this answer; those of our own aren't stored."""


APP = "Nowprint"
"""The ``model`` of a message that the app itself wrote into a conversation."""
UNDO_SECONDS = 60
"""How long forgetting can be undone; then the bytes are purged."""


# --- the inspector -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EpisodePage:
    """One page of the episodes that match a filter; ``total`` counts all that match."""

    episodes: tuple[Episode, ...]
    total: int


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of an episode's history. ``detail`` never holds an episode's text."""

    at: float
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class SourceTrace:
    """A source of an episode, with its message and the message's trace (empty if none is stored)."""

    message: Message
    start: int
    end: int
    tokens: tuple[TokenScore, ...]


@dataclass(frozen=True, slots=True)
class EpisodeDetail:
    """An episode with all that the inspector shows of it."""

    episode: Episode
    why: Why
    sources: tuple[SourceTrace, ...]
    previous_id: int | None
    next_id: int | None
    answers: tuple[Message, ...]
    history: tuple[AuditLine, ...]
    aside: Source | None = None
    """The newest of the places that it was kept from, if their chats show none of them."""
    times: tuple[SpokenTime, ...] = ()


@dataclass(frozen=True, slots=True)
class MemoryStats:
    """Counts, and sizes in bytes. ``parts`` are the bytes on disk by their use; ``bytes_per_episode`` is the
    sum of all parts but the chats, divided by the episodes."""

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
    """A span of a message with its salience, the episodic head's score."""

    message_id: int
    start: int
    end: int
    text: str
    salience: float
    kept: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What the setting ``keep`` would have kept of all that the user said. ``spans`` are the newest, at most
    as many as asked for; ``kept`` and ``dropped`` count all spans."""

    keep: float
    threshold: float
    kept: int
    dropped: int
    spans: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class HeadWeight:
    """One feature of the episodic head: its starting weight, and its weight after learning from the user."""

    feature: str
    starting: float
    learned: float


@dataclass(frozen=True, slots=True)
class HeadState:
    """The episodic head's weights. ``worth`` and ``not_worth`` count the examples that the user gave it."""

    weights: tuple[HeadWeight, ...]
    worth: int
    not_worth: int


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """One line of ``nowprint doctor``."""

    check: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The loaded model; ``id`` depends only on the file's content. Contexts are in tokens."""

    id: str
    name: str
    path: str
    context: int
    trained_context: int
    vocabulary: int
    parameters: int
    bytes: int
    thinks: bool = False  # aloud, before it answers; ``switches``: it can be told not to
    switches: bool = False
    device: str = "CPU"
    """What computes: the CPU, or the graphics card and how much of the model is on it."""
