"""LM Studio's ``*.conversation.json``: a list of messages, each with the ``versions`` that it had.

What follows a message follows the version that is selected. Thoughts are steps of an answer, or stand in it
between ``<think>`` and ``</think>``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nowprint.memory.chat_files.chat import MOST_MESSAGES, Chat, ChatMessage
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Damaged, LeftOut
from nowprint.memory.formats.validation import time_of

_THINK = re.compile(r"\s*<think>(.*?)</think>\s*", re.DOTALL)


def is_chat(element: Any) -> bool:
    messages = element.get("messages") if isinstance(element, dict) else None
    return isinstance(messages, list) and any(
        isinstance(one, dict) and isinstance(one.get("versions"), list) for one in messages
    )


def chat(element: dict[str, Any], told: LeftOut) -> Iterator[Chat]:
    messages = element["messages"]
    if len(messages) > MOST_MESSAGES:
        raise Damaged("has far too many messages")
    begun = time_of(element.get("createdAt"), or_ms=True)
    if element.get("systemPrompt"):
        told.add("system text")
    nodes: dict[Any, Node] = {}
    before: Any = None
    for number, message in enumerate(messages):
        versions = message.get("versions") if isinstance(message, dict) else None
        if not isinstance(versions, list) or not versions:
            told.add("damaged message")
            continue
        selected = message.get("currentlySelected")
        if not (isinstance(selected, int) and 0 <= selected < len(versions)):
            selected = len(versions) - 1
        for which, version in enumerate(versions):
            nodes[number, which] = Node(before, _version(version, begun, told))
        before = (number, selected)
    changed = time_of(element.get("userLastMessagedAt"), or_ms=True)
    yield from chat_of(element.get("name"), (begun, changed), nodes, before, told)


def _version(version: Any, created: float, told: LeftOut) -> ChatMessage | None:
    if not isinstance(version, dict):
        told.add("damaged message")
        return None
    texts: list[str] = []
    thoughts: list[str] = []
    steps = version.get("steps")
    for step in steps if isinstance(steps, list) else (version,):
        if not isinstance(step, dict) or step.get("type") not in (
            "contentBlock",
            "singleStep",
            None,
        ):
            if isinstance(step, dict) and step.get("type") == "debugInfoBlock":
                continue
            told.add("step of a tool", "steps of tools")
            continue
        style = step.get("style")
        thinking = isinstance(style, dict) and style.get("type") == "thinking"
        (thoughts if thinking else texts).append(_text(step.get("content"), told))
    text = "\n\n".join(filter(None, texts))
    text, within = apart(text)
    sender = version.get("senderInfo")
    model = sender.get("senderName") if isinstance(sender, dict) else ""
    thought = "\n\n".join(filter(None, (*thoughts, within)))
    return said(version.get("role"), text, created, told, model=model, thought=thought)


def _text(content: Any, told: LeftOut) -> str:
    found = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            found.append(part["text"])
        elif isinstance(part, dict) and part.get("type") in (
            "toolCallRequest",
            "toolCallResult",
            "toolStatus",
        ):
            told.add("step of a tool", "steps of tools")
        else:
            told.add("picture or file", "pictures and files")
    return "".join(found)


def apart(text: str) -> tuple[str, str]:
    """The answer and the thought at its beginning."""
    found = _THINK.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, "")
