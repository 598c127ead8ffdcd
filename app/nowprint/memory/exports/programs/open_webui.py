"""Open WebUI's chat export.

``history.messages`` has the messages by their ids, each with its ``parentId``; ``currentId`` is the end of
the branch that is shown. Thoughts stand in the answer, as ``<details type="reasoning">``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from nowprint.errors import MemoryFileError
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.exports.programs.lm_studio import apart
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Fact, LeftOut
from nowprint.memory.formats.validation import loads, time_of

_DETAILS = re.compile(r'<details type="(\w+)"[^>]*>(.*?)</details>\s*', re.DOTALL)
_SUMMARY = re.compile(r"\s*<summary>[^<]*</summary>\s*")
_QUOTED = re.compile(r"^&gt; ?|^> ?", re.MULTILINE)


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and (
        _messages(_inner(element), within=True) is not None or _messages(element) is not None
    )


def _inner(element: dict[str, Any]) -> Any:
    """The chat itself; the database has it as text."""
    chat = element.get("chat")
    if not isinstance(chat, str):
        return chat
    try:
        return loads(chat, "a chat")
    except MemoryFileError:
        return None


def _messages(chat: Any, *, within: bool = False) -> dict[Any, Any] | None:
    """The messages by their ids; where there is no tree, the list that is shown, by their numbers.
    ``within``: the chat stands within an object that tells of it, as in no other program's export."""
    if not isinstance(chat, dict):
        return None
    history = chat.get("history")
    messages = history.get("messages") if isinstance(history, dict) else None
    if isinstance(messages, dict) and messages:
        return messages
    shown = chat.get("messages")
    if isinstance(shown, list) and (within or "history" in chat or "models" in chat):
        return {
            number: {"parentId": number - 1} | _without_links(one) if isinstance(one, dict) else one
            for number, one in enumerate(shown)
        }
    return messages if isinstance(messages, dict) else None


def _without_links(message: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in message.items() if key != "parentId"}


def chat(element: dict[str, Any], told: LeftOut) -> Iterator[Chat]:
    within = _inner(element)
    told_within = _messages(within, within=True) is not None
    inner = within if told_within else element
    nodes: dict[Any, Node] = {}
    for key, message in (_messages(inner, within=told_within) or {}).items():
        if not isinstance(message, dict):
            told.add("damaged message")
            continue
        text, thought = _content(message.get("content"), told)
        parent = message.get("parentId")
        files = message.get("files")
        for _ in files if isinstance(files, list) else ():
            told.add("picture or file", "pictures and files")
        nodes[key] = Node(
            parent if isinstance(parent, str | int) else None,
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
    history = inner.get("history")
    end = history.get("currentId") if isinstance(history, dict) else None
    times = begun, time_of(element.get("updated_at"))
    yield from chat_of(title, times, nodes, end if isinstance(end, str) else None, told)


def _content(content: Any, told: LeftOut) -> tuple[str, str]:
    if isinstance(content, list):  # as the programming interface has it
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "\n".join(part for part in parts if isinstance(part, str))
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
    text, within = apart(text)
    return text, "\n\n".join(filter(None, (*thoughts, within)))


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
