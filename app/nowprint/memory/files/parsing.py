"""Parses the lines of a memory file into its records and checks each field; the reverse of json_lines.py.

MemoryFileError for a field that is missing or out of bounds.
"""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.language.prompt_injection import visible
from nowprint.memory.chat_files.chat import ROLES, STATES
from nowprint.memory.files.file_format import (
    KINDS,
    MOST_FEATURES,
    MOST_FIGURE,
    MOST_LIST,
    MOST_MOMENTS,
    MOST_REASON,
    MOST_TOKEN,
    STATISTICS,
    FileAudit,
    FileConversation,
    FileEpisode,
    FileLink,
    FileMessage,
    Origin,
    Place,
)
from nowprint.memory.formats.validation import (
    MOST_MESSAGE,
    MOST_NAME,
    MOST_TEXT,
    MOST_TIME,
    Fields,
    fault,
)
from nowprint.records import Alternative, Contribution, Moment, Signature, TokenScore, Trigger, Why


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
        archived=_time(f, "archived"),
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
    return visible(f.text(name, MOST_NAME)) if f.has(name) else None


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
            title=visible(f.text("title", MOST_NAME)),
            created=f.number("created", 0, MOST_TIME),
            updated=f.number("updated", 0, MOST_TIME),
            project=_name(f, "project"),
            recalls=f.flag("recalls"),
            captures=f.flag("captures"),
        )
    text = f.text("text", MOST_MESSAGE)
    id = f.whole("id", 1)
    return FileMessage(
        id=id,
        conversation=f.whole("conversation", 1),
        role=f.one_of("role", ROLES),
        text=text,
        created=f.number("created", 0, MOST_TIME),
        state=f.one_of("state", STATES),
        model=f.text("model", MOST_NAME),
        trace=_read_trace(f.object("trace"), text) if f.has("trace") else None,
        parent=f.whole("parent", 0, id - 1) if f.has("parent") else None,
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
    for index, (token, start, end, surprisal, entropy, kl, shift) in enumerate(columns):
        if start > end:
            raise f.wrong("ends")
        top = tuple(expected.get(index, ()))
        told = text[start:end]
        scores.append(TokenScore(token, told, start, end, surprisal, entropy, kl, shift, top))
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
    """MemoryFileError if links of one type go round in a circle: no episode is older than itself."""
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
