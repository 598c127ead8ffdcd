"""Claude's ``conversations.json``: ``chat_messages`` with blocks of content. Newer exports name the message
that each one follows."""

from __future__ import annotations

from typing import Any

from nowprint.memory.chat_files.chat import MOST_MESSAGES, Chat, LeftOut
from nowprint.memory.chat_files.foreign.tree import Damaged, Node, chat_of, said
from nowprint.memory.formats.validation import time_of


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("chat_messages"), list)


def chat(element: dict[str, Any], told: LeftOut) -> Chat | None:
    messages = element["chat_messages"]
    if len(messages) > MOST_MESSAGES:
        raise Damaged("has far too many messages")
    nodes: dict[Any, Node] = {}
    before: Any = None
    for number, message in enumerate(messages):
        if not isinstance(message, dict):
            told.add("damaged message")
            continue
        key = message.get("uuid")
        key = key if isinstance(key, str) and key not in nodes else number
        parent = message.get("parent_message_uuid")
        text, thought = _content(message, told)
        nodes[key] = Node(
            parent if isinstance(parent, str) else before,
            said(
                message.get("sender"),
                text,
                time_of(message.get("created_at")),
                told,
                model=element.get("model"),
                thought=thought,
            ),
        )
        before = key
    times = time_of(element.get("created_at")), time_of(element.get("updated_at"))
    end = element.get("current_leaf_message_uuid")
    return chat_of(element.get("name"), times, nodes, end if isinstance(end, str) else None, told)


def _content(message: dict[str, Any], told: LeftOut) -> tuple[str, str]:
    """Text and thought of a message. Where there are blocks, ``text`` only repeats them with notes in
    between. The text of a file that was attached stands below, as a code block."""
    content = message.get("content")
    blocks, thoughts = [], []
    for block in content if isinstance(content, list) else ():
        kind = block.get("type") if isinstance(block, dict) else None
        if kind == "text" and isinstance(block.get("text"), str):
            blocks.append(block["text"])
        elif kind == "thinking" and isinstance(block.get("thinking"), str):
            thoughts.append(block["thinking"])
        elif kind in ("tool_use", "tool_result"):
            told.add("step of a tool", "steps of tools")
        elif kind not in ("token_budget", "flag"):
            told.add("picture or file", "pictures and files")
    text = message.get("text")
    said_text = "\n".join(blocks) if any(blocks) else text if isinstance(text, str) else ""
    attached = message.get("attachments")
    for one in attached if isinstance(attached, list) else ():
        inside = one.get("extracted_content") if isinstance(one, dict) else None
        if isinstance(inside, str) and inside.strip():
            said_text += f"\n\n{fenced(inside, str(one.get('file_name') or ''))}"
        else:
            told.add("picture or file", "pictures and files")
    files = message.get("files")
    for _ in files if isinstance(files, list) else ():
        told.add("picture or file", "pictures and files")
    return said_text.strip("\n"), "\n\n".join(thoughts)


def fenced(text: str, name: str) -> str:
    """The text of a file as a code block under the file's name."""
    fence = "```"
    while fence in text:
        fence += "`"
    head = " ".join(name.split())
    return f"{head}\n{fence}\n{text}\n{fence}".lstrip("\n")
