"""Makes a chat of the messages of another program, which come as nodes with keys and in any order."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nowprint.language.prompt_injection import visible
from nowprint.memory.chat_files.chat import MOST_MESSAGES, Chat, ChatMessage
from nowprint.memory.exports.records import Damaged, LeftOut
from nowprint.memory.formats.validation import MOST_MESSAGE, MOST_NAME
from nowprint.memory.storage.conversations import clean, title_of
from nowprint.records import Role

ROLES: dict[str, Role] = {
    "user": "user",
    "human": "user",
    "assistant": "assistant",
    "model": "assistant",
}


@dataclass(slots=True)
class Node:
    """``message`` is None for a node that holds nothing to take: what follows it then follows its parent.
    Its ``thought`` belongs to the next answer below."""

    parent: Hashable | None
    message: ChatMessage | None = None
    thought: str = ""


def said(
    role: Any, text: str, created: float, told: LeftOut, *, model: Any = "", thought: str = ""
) -> ChatMessage | None:
    """The message; None, and counted, if it has no text, or one that is too long, or is nobody's."""
    if role == "system":
        if text.strip():
            told.add("system text")
        return None
    if role == "tool":
        told.add("step of a tool", "steps of tools")
        return None
    known = ROLES.get(role) if isinstance(role, str) else None
    if known is None:
        told.add("message of an unknown role", "messages of unknown roles")
        return None
    if max(len(text), len(thought)) > MOST_MESSAGE:
        told.add("message that is too long", "messages that are too long")
        return None
    if not text.strip():
        if not thought:
            told.add("message without text", "messages without text")
        return None
    name = model if isinstance(model, str) and known == "assistant" else ""
    return ChatMessage(
        known, clean(text), created, None, model=clean(name)[:MOST_NAME], thought=clean(thought)
    )


def chat_of(
    title: Any,
    times: tuple[float, float],
    nodes: Mapping[Any, Node],
    end: Any,
    told: LeftOut,
    *,
    project: str | None = None,
) -> Iterator[Chat]:
    """The chat of these nodes; none, and counted, if it has no message. ``times`` are those at which it began
    and last changed (0: unknown), ``end`` is the last node of the branch that is shown; without it the
    newest branch is shown. Damaged if the nodes go round in a circle."""
    if len(nodes) > MOST_MESSAGES:
        raise Damaged("has far too many messages")
    messages: list[ChatMessage] = []
    place: dict[Any, int | None] = {}
    """Of each node its message, or the one that it hands on."""
    thoughts: dict[Any, str] = {}
    for key in _ordered(nodes, told):
        node = nodes[key]
        before = node.parent if node.parent in nodes else None
        parent = place.get(before) if before is not None else None
        thought = "\n\n".join(filter(None, (thoughts.get(before, ""), node.thought)))
        if node.message is None:
            place[key], thoughts[key] = parent, thought
            continue
        created = node.message.created or (messages[parent].created if parent is not None else 0.0)
        one = replace(node.message, parent=parent, created=created or times[0])
        if thought and one.role == "assistant":
            one = replace(one, thought=clean("\n\n".join(filter(None, (thought, one.thought)))))
        place[key] = len(messages)
        messages.append(one)
    if not messages:
        told.add("chat without a message", "chats without a message")
        return
    began = times[0] or min(one.created for one in messages)
    name = visible(clean(title)[:MOST_NAME]).strip() if isinstance(title, str) else ""
    name = name or title_of(next((one.text for one in messages if one.role == "user"), ""))
    shown = place.get(end) if end in nodes else None
    yield Chat(
        title=name,
        created=began,
        updated=max(began, times[1], *(one.created for one in messages)),
        messages=tuple(messages),
        shown=len(messages) - 1 if shown is None else shown,
        project=project,
    )


def _ordered(nodes: Mapping[Any, Node], told: LeftOut) -> list[Any]:
    """The keys, each after that of its parent, and else in the order of their times."""
    when = {key: node.message.created if node.message else 0.0 for key, node in nodes.items()}
    done: set[Any] = set()
    ordered: list[Any] = []
    for key in sorted(nodes, key=when.__getitem__):
        path: list[Any] = []
        at: Any = key
        on_path: set[Any] = set()
        while at in nodes and at not in done:
            if at in on_path:
                _cut(path[path.index(at) :], nodes, when)
                told.say(
                    "The messages of a chat go round in a circle: it is read from the earliest one."
                )
                path, on_path, at = [], set(), key
                continue
            on_path.add(at)
            path.append(at)
            at = nodes[at].parent
        ordered += reversed(path)
        done |= on_path
    return ordered


def _cut(ring: list[Any], nodes: Mapping[Any, Node], when: Mapping[Any, float]) -> None:
    """Let nodes that go round begin with the earliest message. Damaged if not all of them are messages, since
    then nobody knows where the chat began."""
    if any(nodes[key].message is None for key in ring):
        raise Damaged("goes round in a circle")
    nodes[min(reversed(ring), key=when.__getitem__)].parent = None
