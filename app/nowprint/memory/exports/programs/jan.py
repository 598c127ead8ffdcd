"""Jan's folder of threads: ``thread.json`` tells of a chat, ``messages.jsonl`` beside it has its messages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.programs.lm_studio import apart
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.formats.validation import time_of


def is_message(element: Any) -> bool:
    return isinstance(element, dict) and (
        element.get("object") == "thread.message"
        or {"role", "content", "created_at"} <= element.keys()
    )


def records(elements: Iterable[Any], beside: Beside, told: LeftOut) -> Iterator[Chat]:
    thread = beside.json("thread.json")
    thread = thread if isinstance(thread, dict) else {}
    model = _model(thread)
    nodes: dict[Any, Node] = {}
    before: Any = None
    for number, message in enumerate(elements):
        if not isinstance(message, dict):
            told.add("damaged message")
            continue
        if message.get("status") in ("error", "failed"):
            told.add("answer that failed", "answers that failed")
            continue
        text, thought = _content(message.get("content"), told)
        created = time_of(message.get("created_at"), or_ms=True)
        one = said(message.get("role"), text, created, told, model=model, thought=thought)
        key = message.get("id") if isinstance(message.get("id"), str) else number
        if key in nodes:  # what was changed was written again
            told.add("older version of a message", "older versions of messages")
            nodes[key].message = one
            continue
        nodes[key] = Node(before, one)
        before = key
    times = (
        time_of(thread.get("created") or thread.get("created_at"), or_ms=True),
        time_of(thread.get("updated") or thread.get("updated_at"), or_ms=True),
    )
    yield from chat_of(thread.get("title"), times, nodes, before, told)


def _model(thread: dict[str, Any]) -> Any:
    helpers = thread.get("assistants")
    first = helpers[0] if isinstance(helpers, list) and helpers else thread
    model = first.get("model") if isinstance(first, dict) else None
    return model.get("id") if isinstance(model, dict) else model


def _content(content: Any, told: LeftOut) -> tuple[str, str]:
    if isinstance(content, str):
        return apart(content)
    texts, thoughts = [], []
    for part in content if isinstance(content, list) else ():
        text = part.get("text") if isinstance(part, dict) else None
        value = text.get("value") if isinstance(text, dict) else text
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(value, str):
            tool = kind in ("tool_call", "tool_result")
            told.add(
                "step of a tool" if tool else "picture or file",
                "steps of tools" if tool else "pictures and files",
            )
        elif kind == "reasoning":
            thoughts.append(value)
        else:
            texts.append(value)
    text, within = apart("\n".join(texts))
    return text, "\n\n".join(filter(None, (*thoughts, within)))
