"""The values of a memory file, and each as the line of JSON that stands for it.

``resources/memory-file.md`` describes the format for others. Numbers in a file count from 1 in the
order of the file; they are no ids of any profile. What the store keeps in half precision is written
with five digits, so that reading and writing again changes nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from nowprint.memory.files.checks import Fields, fault
from nowprint.records import (
    Alternative,
    Contribution,
    EpisodeKind,
    MessageState,
    Moment,
    Role,
    Signature,
    Statistic,
    TokenScore,
    Trigger,
    Why,
)

FORMAT = "nowprint"
VERSION = 1

MANIFEST = "manifest.json"
EPISODES = "episodes.jsonl"
LINKS = "links.jsonl"
SOURCES = "sources.jsonl"
AUDIT = "audit.jsonl"
EMBEDDINGS = "embeddings.i8"
LOCKED = "content.locked"

MOST_TEXT = 200_000
"""Code points of an episode; of a message ten times as many."""
MOST_MESSAGE = 10 * MOST_TEXT
MOST_NAME = 500
MOST_REASON = 300
MOST_MOMENTS = 20_000
MOST_LIST = 100_000
MOST_TOKEN = 2**32 - 1
MOST_FEATURES = 1_000
MOST_TIME = 32_503_680_000.0
"""The year 3000, in seconds."""
MOST_FIGURE = 65_504.0
"""float16's largest."""

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)
KINDS: tuple[EpisodeKind, ...] = get_args(EpisodeKind)
ROLES: tuple[Role, ...] = get_args(Role)
STATES: tuple[MessageState, ...] = ("complete", "stopped", "broken")


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message of the file an episode was read."""

    message: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Origin:
    at: float
    name: str
    source: str


@dataclass(frozen=True, slots=True)
class FileEpisode:
    """A moment's ``message_id`` is the message's number in the file, 0 when it isn't in it."""

    id: int
    text: str
    gist: str
    kind: EpisodeKind
    salience: float
    created: float
    updated: float
    pinned: float | None = None
    edited: bool = False
    recalled: int = 0
    last_recalled: float | None = None
    reinforced: int = 0
    measured: int = 0
    influential: int = 0
    influence: float = 0.0
    conversation: int | None = None
    project: str | None = None
    origin: Origin | None = None
    confirmed: bool = True
    held_back: str = ""
    merged: bool = False
    why: Why = field(default_factory=lambda: Why(1.0, 0.0, 0.0, (), ()))
    old_texts: tuple[tuple[float, str], ...] = ()
    sources: tuple[Place, ...] = ()
    vector: int | None = None
    """Its row in the embeddings."""


@dataclass(frozen=True, slots=True)
class FileConversation:
    id: int
    title: str
    created: float
    updated: float
    project: str | None
    recalls: bool
    captures: bool


@dataclass(frozen=True, slots=True)
class FileMessage:
    id: int
    conversation: int
    role: Role
    text: str
    created: float
    state: MessageState
    model: str
    trace: tuple[TokenScore, ...] | None


@dataclass(frozen=True, slots=True)
class FileLink:
    """``type`` is "replaces" or "made_from"; both ends are episodes of the file."""

    type: str
    newer: int
    older: int


@dataclass(frozen=True, slots=True)
class FileAudit:
    at: float
    action: str
    episode: int
    detail: str


# --- writing -----------------------------------------------------------------------------------


def line(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8") + b"\n"


def episode_line(one: FileEpisode) -> bytes:
    origin = one.origin
    return line(
        {
            "id": one.id,
            "text": one.text,
            "gist": one.gist,
            "kind": one.kind,
            "salience": _finite(one.salience),
            "created": _finite(one.created),
            "updated": _finite(one.updated),
            "pinned": one.pinned,
            "edited": one.edited,
            "recalled": one.recalled,
            "last_recalled": one.last_recalled,
            "reinforced": one.reinforced,
            "measured": one.measured,
            "influential": one.influential,
            "influence": _finite(one.influence),
            "conversation": one.conversation,
            "project": one.project,
            "origin": origin
            and {"at": origin.at, "name": origin.name, "source": origin.source},
            "confirmed": one.confirmed,
            "held_back": one.held_back,
            "merged": one.merged,
            "why": _why(one.why),
            "old_texts": [{"at": at, "text": text} for at, text in one.old_texts],
            "sources": [
                {"message": place.message, "start": place.start, "end": place.end}
                for place in one.sources
            ],
            "vector": one.vector,
        }
    )  # fmt: skip


def _why(why: Why) -> dict[str, Any]:
    return {
        "salience": _finite(why.salience),
        "threshold": _finite(why.threshold),
        "bias": _finite(why.bias),
        "contributions": [
            {"feature": c.feature, "value": _half(c.value), "adds": _half(c.contribution)}
            for c in why.contributions
        ],
        "moments": [_moment(moment) for moment in why.moments],
    }


def _moment(moment: Moment) -> dict[str, Any]:
    signature = moment.signature
    return {
        "message": moment.message_id or None,
        "index": moment.index,
        "text": moment.text,
        "triggers": [
            {"statistic": t.statistic, "value": _half(t.value), "threshold": _half(t.threshold)}
            for t in moment.triggers
        ],
        "tokens": list(signature.tokens),
        "probabilities": [_half(p) for p in signature.probabilities],
        "entropy": _half(signature.entropy),
        "kl": _half(signature.kl),
        "context": signature.context_hash,
    }


def conversation_line(one: FileConversation) -> bytes:
    return line(
        {
            "type": "conversation",
            "id": one.id,
            "title": one.title,
            "created": _finite(one.created),
            "updated": _finite(one.updated),
            "project": one.project,
            "recalls": one.recalls,
            "captures": one.captures,
        }
    )


def message_line(one: FileMessage) -> bytes:
    return line(
        {
            "type": "message",
            "id": one.id,
            "conversation": one.conversation,
            "role": one.role,
            "text": one.text,
            "created": _finite(one.created),
            "state": one.state,
            "model": one.model,
            "trace": None if one.trace is None else _trace(one.trace),
        }
    )


def _trace(tokens: Sequence[TokenScore]) -> dict[str, Any]:
    return {
        "tokens": [t.token for t in tokens],
        "starts": [t.start for t in tokens],
        "ends": [t.end for t in tokens],
        "surprisal": [_half(t.surprisal) for t in tokens],
        "entropy": [_half(t.entropy) for t in tokens],
        "kl": [_half(t.kl) for t in tokens],
        "shift": [_half(t.shift) for t in tokens],
        "expected": [
            {"index": index, "token": a.token, "text": a.text, "p": _half(a.p)}
            for index, token in enumerate(tokens)
            for a in token.top
        ],
    }


def link_line(one: FileLink) -> bytes:
    return line({"type": one.type, "newer": one.newer, "older": one.older})


def audit_line(one: FileAudit) -> bytes:
    return line(
        {"at": _finite(one.at), "action": one.action, "episode": one.episode, "detail": one.detail}
    )


def _half(value: float) -> float:
    """Five digits tell two neighbours of half precision apart."""
    return float(f"{_finite(value):.5g}")


def _finite(value: float) -> float:
    return float(value) if math.isfinite(value) else 0.0


# --- reading -----------------------------------------------------------------------------------


def read_episode(f: Fields) -> FileEpisode:
    text = f.text("text", MOST_TEXT)
    if not text.strip():
        raise f.wrong("text")
    return FileEpisode(
        id=f.whole("id", 1),
        text=text,
        gist=f.text("gist", MOST_TEXT),
        kind=f.one_of("kind", KINDS),
        salience=f.number("salience", 0, 1),
        created=f.number("created", 0, MOST_TIME),
        updated=f.number("updated", 0, MOST_TIME),
        pinned=_time(f, "pinned"),
        edited=f.flag("edited"),
        recalled=f.whole("recalled"),
        last_recalled=_time(f, "last_recalled"),
        reinforced=f.whole("reinforced"),
        measured=f.whole("measured"),
        influential=f.whole("influential"),
        influence=f.number("influence", -1e6, 1e6),
        conversation=f.whole("conversation", 1) if f.has("conversation") else None,
        project=_name(f, "project"),
        origin=_origin(f.object("origin")) if f.has("origin") else None,
        confirmed=f.flag("confirmed"),
        held_back=f.text("held_back", MOST_REASON),
        merged=f.flag("merged"),
        why=_read_why(f.object("why")),
        old_texts=tuple(
            (old.number("at", 0, MOST_TIME), old.text("text", MOST_TEXT))
            for old in f.objects("old_texts", MOST_LIST)
        ),
        sources=tuple(
            Place(s.whole("message", 1), s.whole("start"), s.whole("end"))
            for s in f.objects("sources", MOST_LIST)
        ),
        vector=f.whole("vector") if f.has("vector") else None,
    )


def _time(f: Fields, name: str) -> float | None:
    return f.number(name, 0, MOST_TIME) if f.has(name) else None


def _name(f: Fields, name: str) -> str | None:
    return f.text(name, MOST_NAME) if f.has(name) else None


def _origin(f: Fields) -> Origin:
    return Origin(
        f.number("at", 0, MOST_TIME), f.text("name", MOST_NAME), f.text("source", MOST_NAME)
    )


def _read_why(f: Fields) -> Why:
    return Why(
        salience=f.number("salience", 0, 1),
        threshold=_figure(f, "threshold"),
        bias=_figure(f, "bias"),
        contributions=tuple(
            Contribution(c.text("feature", 60), _figure(c, "value"), _figure(c, "adds"))
            for c in f.objects("contributions", MOST_FEATURES)
        ),
        moments=tuple(_read_moment(m) for m in f.objects("moments", MOST_MOMENTS)),
    )


def _figure(f: Fields, name: str) -> float:
    return f.number(name, -MOST_FIGURE, MOST_FIGURE)


def _read_moment(f: Fields) -> Moment:
    tokens = f.array("tokens", 1_000)
    count = len(tokens)
    context = f.text("context", 64)
    try:
        bytes.fromhex(context)
    except ValueError:
        raise f.wrong("context") from None
    return Moment(
        message_id=f.whole("message", 1, MOST_TOKEN) if f.has("message") else 0,
        index=f.whole("index", 0, MOST_TOKEN),
        text=f.text("text", MOST_NAME),
        triggers=tuple(
            Trigger(t.one_of("statistic", STATISTICS), _figure(t, "value"), _figure(t, "threshold"))
            for t in f.objects("triggers", 20)
        ),
        signature=Signature(
            tokens=tuple(f.wholes("tokens", count, 0, MOST_TOKEN)),
            probabilities=tuple(f.numbers("probabilities", count, 0, 1)),
            entropy=_figure(f, "entropy"),
            kl=_figure(f, "kl"),
            context_hash=context.lower(),
        ),
    )


def read_source(f: Fields) -> FileConversation | FileMessage:
    if f.one_of("type", ("conversation", "message")) == "conversation":
        return FileConversation(
            id=f.whole("id", 1),
            title=f.text("title", MOST_NAME),
            created=f.number("created", 0, MOST_TIME),
            updated=f.number("updated", 0, MOST_TIME),
            project=_name(f, "project"),
            recalls=f.flag("recalls"),
            captures=f.flag("captures"),
        )
    text = f.text("text", MOST_MESSAGE)
    return FileMessage(
        id=f.whole("id", 1),
        conversation=f.whole("conversation", 1),
        role=f.one_of("role", ROLES),
        text=text,
        created=f.number("created", 0, MOST_TIME),
        state=f.one_of("state", STATES),
        model=f.text("model", MOST_NAME),
        trace=_read_trace(f.object("trace"), text) if f.has("trace") else None,
    )


def _read_trace(f: Fields, text: str) -> tuple[TokenScore, ...]:
    tokens = f.array("tokens", MOST_MESSAGE)
    count = len(tokens)
    columns = zip(
        f.wholes("tokens", count, 0, MOST_TOKEN),
        f.wholes("starts", count, 0, len(text)),
        f.wholes("ends", count, 0, len(text)),
        f.numbers("surprisal", count, 0, MOST_FIGURE),
        f.numbers("entropy", count, 0, MOST_FIGURE),
        f.numbers("kl", count, 0, MOST_FIGURE),
        f.numbers("shift", count, 0, 1),
        strict=True,
    )
    expected: dict[int, list[Alternative]] = {}
    for e in f.objects("expected", 2 * count):
        index = e.whole("index", 0, count - 1)
        alternative = Alternative(
            e.whole("token", 0, MOST_TOKEN), e.text("text", MOST_NAME), e.number("p", 0, 1)
        )
        expected.setdefault(index, []).append(alternative)
    scores = []
    for index, (token, start, end, *figures) in enumerate(columns):
        if start > end:
            raise f.wrong("ends")
        top = tuple(expected.get(index, ()))
        scores.append(TokenScore(token, text[start:end], start, end, *figures, top))
    return tuple(scores)


def read_link(f: Fields) -> FileLink:
    link = FileLink(
        f.one_of("type", ("replaces", "made_from")), f.whole("newer", 1), f.whole("older", 1)
    )
    if link.newer == link.older:
        raise f.wrong("older")
    return link


def read_audit(f: Fields) -> FileAudit:
    return FileAudit(
        f.number("at", 0, MOST_TIME), f.text("action", 60), f.whole("episode", 1),
        f.text("detail", MOST_REASON),
    )  # fmt: skip


def check_acyclic(links: Sequence[FileLink]) -> None:
    """An episode can't be older than itself: whoever follows the links of a type comes to an end."""
    for type in ("replaces", "made_from"):
        _check_acyclic([link for link in links if link.type == type])


def _check_acyclic(links: Sequence[FileLink]) -> None:
    older: dict[int, list[int]] = {}
    waiting: dict[int, int] = {}
    for link in links:
        older.setdefault(link.newer, []).append(link.older)
        waiting[link.older] = waiting.get(link.older, 0) + 1
    ready = [id for id in older if id not in waiting]
    left = len(waiting)
    while ready:
        for id in older.get(ready.pop(), ()):
            waiting[id] -= 1
            if not waiting[id]:
                left -= 1
                ready.append(id)
    if left:
        raise fault("its links go round in a circle")
