"""Claude's ``conversations.json``: ``chat_messages`` with blocks of content. Newer exports name the message
that each one follows. Chats about designs (``design_chats/``) have a form of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from nowprint.memory.chat_files.chat import MOST_MESSAGES, Chat
from nowprint.memory.exports.programs.tree import Node, chat_of, said
from nowprint.memory.exports.records import Damaged, LeftOut
from nowprint.memory.exports.text import fenced, name_of
from nowprint.memory.formats.validation import time_of

_ARTIFACT = re.compile(r"<antArtifact\b([^>]*)>(.*?)</antArtifact>", re.DOTALL)
_TITLE = re.compile(r'\btitle="([^"]*)"')
_THINKING = re.compile(r"<antThinking>.*?</antThinking>\s*", re.DOTALL)
_UNSHOWN = re.compile(
    r"\n?```\nThis block is not supported on your current device yet\.\n```\n?", re.IGNORECASE
)
_NOT_SAID = ("token_budget", "flag")


def is_chat(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("chat_messages"), list)


def chat(element: dict[str, Any], told: LeftOut) -> Iterator[Chat]:
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
    yield from chat_of(
        element.get("name"),
        times,
        nodes,
        end if isinstance(end, str) else None,
        told,
        project=_project(element),
    )


def _project(element: dict[str, Any]) -> str | None:
    project = element.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return name_of(name) if isinstance(name, str) else None


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
            artifact = _artifact(block) if kind == "tool_use" else ""
            if artifact:
                blocks.append(artifact)
            else:
                told.add("step of a tool", "steps of tools")
        elif kind not in _NOT_SAID:
            told.add("picture or file", "pictures and files")
    text = message.get("text")
    if any(blocks) or not isinstance(text, str):
        text = "\n".join(blocks)
    elif "not supported" in text:
        text = _UNSHOWN.sub("\n", text)
    text = _shown(text)
    attached = message.get("attachments")
    for one in attached if isinstance(attached, list) else ():
        inside = one.get("extracted_content") if isinstance(one, dict) else None
        if isinstance(inside, str) and inside.strip():
            text += f"\n\n{fenced(inside, str(one.get('file_name') or ''))}"
        else:
            told.add("picture or file", "pictures and files")
    files = message.get("files")
    for _ in files if isinstance(files, list) else ():
        told.add("picture or file", "pictures and files")
    return text.strip("\n"), "\n\n".join(thoughts)


def _artifact(block: dict[str, Any]) -> str:
    """What the model wrote beside the chat, as a code block; empty for any other use of a tool."""
    given = block.get("input")
    if not isinstance(given, dict):
        return ""
    if block.get("name") == "artifacts" and given.get("command") in ("create", "rewrite"):
        text, name = given.get("content"), given.get("title")
    elif block.get("name") == "create_file":
        text, name = given.get("file_text"), given.get("path")
    else:
        return ""
    known = isinstance(text, str) and bool(text.strip())
    return fenced(str(text), str(name or "")) if known else ""


def _shown(text: str) -> str:
    """The text with what older exports have between tags as code blocks."""
    if "<ant" not in text:
        return text

    def block(found: re.Match[str]) -> str:
        title = _TITLE.search(found[1])
        return fenced(found[2].strip("\n"), title[1] if title else "")

    return _ARTIFACT.sub(block, _THINKING.sub("", text))


# --- chats about designs -----------------------------------------------------------------------


def is_design_chat(element: Any) -> bool:
    messages = element.get("messages") if isinstance(element, dict) else None
    return isinstance(messages, list) and any(
        isinstance(one, dict)
        and isinstance(one.get("content"), dict)
        and ("contentBlocks" in one["content"] or "authorAccountUuid" in one["content"])
        for one in messages
    )


def design_chat(element: dict[str, Any], told: LeftOut) -> Iterator[Chat]:
    messages: list[Any] = []
    for one in element["messages"]:
        content = one.get("content") if isinstance(one, dict) else None
        if not isinstance(content, dict):
            messages.append(None)
            continue
        blocks = content.get("contentBlocks")
        messages.append(
            {
                "sender": one.get("role"),
                "created_at": one.get("created_at") or content.get("timestamp"),
                "text": content.get("content"),
                "content": [
                    _design_block(block) for block in (blocks if isinstance(blocks, list) else ())
                ],
            }
        )
    yield from chat(element | {"name": element.get("title"), "chat_messages": messages}, told)


def _design_block(block: Any) -> Any:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind == "thinking":
        return {"type": "thinking", "thinking": block.get("text")}
    return {"type": "tool_use"} if kind == "tool_call" else block
