"""Open WebUI's chat export.

``history.messages`` has the messages by their ids, each with its ``parentId``; ``currentId`` is the end of
the branch that is shown. Thoughts stand in the answer, as ``<details type="reasoning">``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.formats.validation import time_of

_DETAILS = re.compile(r'<details type="(\w+)"[^>]*>(.*?)</details>\s*', re.DOTALL)
_SUMMARY = re.compile(r"\s*<summary>[^<]*</summary>\s*")
_QUOTED = re.compile(r"^&gt; ?|^> ?", re.MULTILINE)


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and (
        _messages(element.get("chat")) is not None or _messages(element) is not None
    )


def _messages(chat: Any) -> dict[str, Any] | None:
    history = chat.get("history") if isinstance(chat, dict) else None
    messages = history.get("messages") if isinstance(history, dict) else None
    return messages if isinstance(messages, dict) else None


def chat(element: dict[str, Any], told: LeftOut) -> Iterator[Chat]:
    inner = element["chat"] if _messages(element.get("chat")) is not None else element
    nodes: dict[Any, Node] = {}
    for key, message in (_messages(inner) or {}).items():
        if not isinstance(message, dict):
            told.add("damaged message")
            continue
        text, thought = _content(message.get("content"), told)
        parent = message.get("parentId")
        files = message.get("files")
        for _ in files if isinstance(files, list) else ():
            told.add("picture or file", "pictures and files")
        nodes[key] = Node(
            parent if isinstance(parent, str) else None,
            said(
                message.get("role"),
                text,
                time_of(message.get("timestamp")),
                told,
                model=message.get("modelName") or message.get("model"),
                thought=thought,
            ),
        )
    begun = time_of(element.get("created_at")) or time_of(inner.get("timestamp"), or_ms=True)
    title = element.get("title") or inner.get("title")
    end = inner["history"].get("currentId")
    times = begun, time_of(element.get("updated_at"))
    yield from chat_of(title, times, nodes, end if isinstance(end, str) else None, told)


def _content(content: Any, told: LeftOut) -> tuple[str, str]:
    if not isinstance(content, str):
        return "", ""
    thoughts: list[str] = []

    def taken(found: re.Match[str]) -> str:
        if found[1] == "reasoning":
            inside = _QUOTED.sub("", _SUMMARY.sub("", found[2]))
            thoughts.append(html.unescape(inside).strip())
        else:
            told.add("step of a tool", "steps of tools")
        return ""

    text = _DETAILS.sub(taken, content) if "<details type=" in content else content
    return text, "\n\n".join(thoughts)


# --- memories ----------------------------------------------------------------------------------


def is_memory(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and {"id", "user_id", "content", "created_at"} <= element.keys()
        and not {"state", "chat", "title", "role", "app_id"} & element.keys()
        and isinstance(element["content"], str)
    )


def memory(element: dict[str, Any], told: LeftOut) -> Iterator[Fact]:
    yield Fact(element["content"], time_of(element["created_at"], or_ms=True))
