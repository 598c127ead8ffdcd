"""ChatGPT's ``conversations.json`` (or ``conversations-000.json`` and so on).

``mapping`` has a node for each message with its ``parent`` and ``children``, and ``current_node`` is the
end of the branch last shown on the screen. What the model thought, and the tools that it used, are nodes,
too. One of the tools is the memory ("bio"): what was written with it becomes facts. Records of projects,
folders and tasks stand among the chats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Damaged, Fact, LeftOut, Record
from nowprint.memory.exports.text import fenced
from nowprint.memory.formats.validation import time_of

_CODE = ("code", "execution_output", "tether_quote", "tether_browsing_display", "sonic_webpage")
_CONTEXT = ("model_editable_context", "user_editable_context", "app_pairing_content")
_MARKED = re.compile("[ \t]*\ue200([^\ue200\ue201]*)\ue201")
_SOURCE = re.compile(r"[ \t]?【\d+(?::\d+)?†[^】\n]{0,200}】")
_PRIVATE = re.compile("[\ue200-\ue206]")
_FORGET = re.compile(r"\s*(?:forget|delete|remove)\b", re.IGNORECASE)


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("mapping"), dict)


def records(elements: Iterable[Any], _: Beside, told: LeftOut) -> Iterator[Record]:
    for element in elements:
        if not is_chat(element):
            if isinstance(element, dict):
                told.add(
                    "record of a project, folder or task", "records of projects, folders and tasks"
                )
            else:
                told.add("record that is no chat", "records that are no chats")
            continue
        facts: list[Fact] = []
        try:
            yield from _chat(element, facts, told)
        except Damaged as problem:
            told.add(f"chat that {problem}", f"chats, each of which {problem}")
        yield from facts


def _chat(element: dict[str, Any], facts: list[Fact], told: LeftOut) -> Iterator[Record]:
    parents = _parents(element["mapping"])
    nodes: dict[Any, Node] = {}
    for key, node in element["mapping"].items():
        if not isinstance(node, dict):
            told.add("damaged message")
            continue
        nodes[key] = _node(parents.get(key), node.get("message"), facts, told)
    times = time_of(element.get("create_time")), time_of(element.get("update_time"))
    end = element.get("current_node")
    yield from chat_of(
        element.get("title"), times, nodes, end if isinstance(end, str) else None, told
    )


def _parents(mapping: dict[str, Any]) -> dict[str, str]:
    """The parent of each node; if its own link is missing, the node that has it among its children."""
    parents: dict[str, str] = {}
    for key, node in mapping.items():
        children = node.get("children") if isinstance(node, dict) else None
        for child in children if isinstance(children, list) else ():
            if isinstance(child, str):
                parents[child] = key
    for key, node in mapping.items():
        parent = node.get("parent") if isinstance(node, dict) else None
        if isinstance(parent, str) and parent in mapping:
            parents[key] = parent
    return parents


def _node(parent: str | None, message: Any, facts: list[Fact], told: LeftOut) -> Node:
    if not isinstance(message, dict):
        return Node(parent)
    content, author = message.get("content"), message.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    if content is not None and not isinstance(content, dict):
        raise Damaged("has a damaged message")
    content = content or {}
    metadata = message.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kind, recipient = content.get("content_type"), message.get("recipient") or "all"
    created = time_of(message.get("create_time"))
    if kind == "thoughts":
        return Node(parent, thought=_thoughts(content))
    if kind == "reasoning_recap":
        return Node(parent)
    if kind in _CONTEXT:
        if any(isinstance(value, str) and value.strip() for value in _without_type(content)):
            told.add("hidden context", "hidden contexts")
        return Node(parent)
    text = _parts(content, metadata, told)
    if role == "system":
        if text.strip():
            told.add("system text")
        return Node(parent)
    if role == "assistant" and recipient == "bio":
        _remember(text or _code(content), created, facts, told)
        return Node(parent)
    if role == "assistant" and recipient == "canmore.create_textdoc":
        canvas = _canvas(text or _code(content))
        if canvas:
            return Node(parent, said(role, canvas, created, told, model=metadata.get("model_slug")))
    if kind in _CODE or role == "tool" or recipient != "all":
        told.add("step of a tool", "steps of tools")
        return Node(parent)
    if metadata.get("is_visually_hidden_from_conversation"):
        if text.strip():
            told.add("hidden message")
        return Node(parent)
    return Node(parent, said(role, text, created, told, model=metadata.get("model_slug")))


def _without_type(content: dict[str, Any]) -> list[Any]:
    return [value for key, value in content.items() if key != "content_type"]


def _parts(content: dict[str, Any], metadata: dict[str, Any], told: LeftOut) -> str:
    """The text of a message. What isn't text (pictures, files) is counted."""
    parts = content.get("parts")
    texts = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])  # what was spoken
        elif part is not None and not _sound(part):
            told.add("picture or file", "pictures and files")
    if not texts and content.get("content_type") == "text" and isinstance(content.get("text"), str):
        texts.append(content["text"])
    return without_marks("\n".join(text for text in texts if text.strip()), metadata)


def _sound(part: Any) -> bool:
    """Whether a part is the sound of what stands beside it as text."""
    return isinstance(part, dict) and "audio" in str(part.get("content_type"))


def without_marks(text: str, metadata: dict[str, Any]) -> str:
    """The text without marks of citations; what names something in place of a mark stays as its name."""
    if not ("\ue200" in text or "【" in text or _PRIVATE.search(text)):
        return text
    shown = _shown(metadata)

    def name(found: re.Match[str]) -> str:
        kind, _, rest = found[1].partition("\ue202")
        before = found[0][: found[0].index("\ue200")]
        alt = shown.get(found[0].lstrip(" \t"))
        if alt is not None and kind != "cite":
            return before + alt
        try:
            value = json.loads(rest) if kind in ("entity", "link_title", "url") else None
        except (ValueError, RecursionError):
            value = None
        named = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        return before + named[min(1, len(named) - 1)] if named else ""

    text = _SOURCE.sub("", _MARKED.sub(name, text))
    return _PRIVATE.sub("", text)


def _shown(metadata: dict[str, Any]) -> dict[str, str]:
    """What ChatGPT shows for each mark that is no citation."""
    references = metadata.get("content_references")
    return {
        one["matched_text"]: one["alt"]
        for one in (references if isinstance(references, list) else ())
        if isinstance(one, dict)
        and isinstance(one.get("matched_text"), str)
        and isinstance(one.get("alt"), str)
        and one.get("type") not in ("grouped_webpages", "webpage", "sources_footnote", "hidden")
    }


def _code(content: dict[str, Any]) -> str:
    text = content.get("text")
    return text if isinstance(text, str) else ""


def _remember(text: str, created: float, facts: list[Fact], told: LeftOut) -> None:
    """What ChatGPT noted in its memory."""
    for line in text.splitlines():
        if _FORGET.match(line):
            told.add("order to ChatGPT's memory to forget", "orders to ChatGPT's memory to forget")
        elif line.strip():
            facts.append(Fact(line.strip(), created))


def _canvas(text: str) -> str:
    """The document that the model wrote beside the chat; empty if it can't be read."""
    try:
        canvas = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    content = canvas.get("content") if isinstance(canvas, dict) else None
    if not isinstance(content, str) or not content.strip():
        return ""
    return fenced(content, str(canvas.get("name") or ""))


def _thoughts(content: dict[str, Any]) -> str:
    thoughts = content.get("thoughts")
    found = []
    for one in thoughts if isinstance(thoughts, list) else ():
        if isinstance(one, dict):
            lines = (one.get("summary"), one.get("content"))
            found.append("\n".join(line for line in lines if isinstance(line, str) and line))
    return "\n\n".join(filter(None, found))
