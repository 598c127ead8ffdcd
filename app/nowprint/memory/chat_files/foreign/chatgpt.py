"""ChatGPT's ``conversations.json`` (or ``conversations-000.json`` and so on).

``mapping`` has a node for each message with its ``parent``, and ``current_node`` is the end of the branch
last shown on the screen. What the model thought, and the tools that it used, are nodes, too.
"""

from __future__ import annotations

from typing import Any

from nowprint.memory.chat_files.chat import Chat, LeftOut
from nowprint.memory.chat_files.foreign.tree import Damaged, Node, chat_of, said
from nowprint.memory.formats.validation import time_of

_CODE = ("code", "execution_output", "tether_quote", "tether_browsing_display", "sonic_webpage")


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("mapping"), dict)


def chat(element: dict[str, Any], told: LeftOut) -> Chat | None:
    nodes: dict[Any, Node] = {}
    for key, node in element["mapping"].items():
        if not isinstance(node, dict):
            told.add("damaged message")
            continue
        parent = node.get("parent")
        nodes[key] = _node(parent if isinstance(parent, str) else None, node.get("message"), told)
    times = time_of(element.get("create_time")), time_of(element.get("update_time"))
    end = element.get("current_node")
    return chat_of(element.get("title"), times, nodes, end if isinstance(end, str) else None, told)


def _node(parent: str | None, message: Any, told: LeftOut) -> Node:
    if not isinstance(message, dict):
        return Node(parent)
    content, author = message.get("content"), message.get("author")
    role = author.get("role") if isinstance(author, dict) else None
    if content is not None and not isinstance(content, dict):
        raise Damaged("has a damaged message")
    metadata = message.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    kind = (content or {}).get("content_type")
    if kind == "thoughts":
        return Node(parent, thought=_thoughts(content or {}))
    if kind in ("reasoning_recap", "model_editable_context", "user_editable_context"):
        return Node(parent)  # ChatGPT's own notes beside the messages
    text = _parts(content or {}, told)
    if role != "system" and metadata.get("is_visually_hidden_from_conversation"):
        if text.strip():
            told.add("hidden message")
        return Node(parent)
    if kind in _CODE or role == "tool" or message.get("recipient", "all") not in ("all", None):
        told.add("step of a tool", "steps of tools")
        return Node(parent)
    if role == "system" and not text.strip():
        return Node(parent)
    created = time_of(message.get("create_time"))
    return Node(parent, said(role, text, created, told, model=metadata.get("model_slug")))


def _parts(content: dict[str, Any], told: LeftOut) -> str:
    """The text of a message. What isn't text (pictures, files) is counted."""
    parts = content.get("parts")
    texts = []
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])  # what was spoken
        elif part is not None:
            told.add("picture or file", "pictures and files")
    return "\n".join(text for text in texts if text.strip())


def _thoughts(content: dict[str, Any]) -> str:
    thoughts = content.get("thoughts")
    found = []
    for one in thoughts if isinstance(thoughts, list) else ():
        if isinstance(one, dict):
            lines = (one.get("summary"), one.get("content"))
            found.append("\n".join(line for line in lines if isinstance(line, str) and line))
    return "\n\n".join(filter(None, found))
