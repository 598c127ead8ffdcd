"""Reads conversations from the data exports of ChatGPT and Claude, both in ``conversations.json``.

ChatGPT keeps a tree: ``mapping`` has a node for each message with its ``parent``, and ``current_node`` is
the end of the branch last shown on the screen. That branch is taken; a note tells the user how many
conversations have others (edited messages, answers written again). Claude's ``chat_messages`` are a list.
Only texts of the user and the assistant are taken: no tools, pictures or system notes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from nowprint.language.prompt_injection import visible
from nowprint.memory.files.file_format import MOST_MESSAGE, MOST_NAME, MOST_TIME
from nowprint.memory.files.staging import ForeignConversation, ForeignMessage
from nowprint.memory.files.validation import fault, is_number
from nowprint.memory.storage.conversations import clean
from nowprint.records import Role

MOST_MESSAGES = 100_000
"""The most messages of one conversation."""
_ROLES: dict[str, Role] = {"user": "user", "human": "user", "assistant": "assistant"}


@dataclass(slots=True)
class Omissions:
    """Counts what was left out of a file, and collects the programs that it came from."""

    branches: int = 0
    too_long: int = 0
    sources: set[str] = field(default_factory=set)

    def notes(self) -> list[str]:
        """Sentences for the user about what was left out."""
        notes = []
        if self.branches:
            notes.append(
                "Other branches (edited messages, answers written again) were left out of "
                f"{_counted(self.branches, 'conversation')}: what was last shown is taken."
            )
        if self.too_long:
            notes.append(f"Too long, and left out: {_counted(self.too_long, 'message')}.")
        return notes


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def is_conversation(element: Any) -> bool:
    """Whether the element has the form of a conversation of ChatGPT or Claude."""
    return isinstance(element, dict) and (
        isinstance(element.get("mapping"), dict) or isinstance(element.get("chat_messages"), list)
    )


def conversation(
    element: dict[str, Any], where: str, told: Omissions
) -> ForeignConversation | None:
    """The conversation in an element of the export; None if it has no text. ``where`` names it in errors;
    ``told`` counts what is left out."""
    if isinstance(element.get("mapping"), dict):
        told.sources.add("ChatGPT")
        found = _chatgpt(element, where, told)
        title, begun = element.get("title"), time_of(element.get("create_time"))
    else:
        told.sources.add("Claude")
        found = _claude(element, where)
        title, begun = element.get("name"), time_of(element.get("created_at"))
    messages: list[ForeignMessage] = []
    for role, text, created in found:
        begun = created or begun  # a message without a time gets that of the one before
        if len(text) > MOST_MESSAGE:
            told.too_long += 1
        elif text.strip():
            messages.append(ForeignMessage(role, clean(text), begun))
    if not messages:
        return None
    name = visible(clean(title)[:MOST_NAME]) if isinstance(title, str) else ""
    return ForeignConversation(name, tuple(messages))


# --- ChatGPT -----------------------------------------------------------------------------------


def _chatgpt(
    element: dict[str, Any], where: str, told: Omissions
) -> Iterator[tuple[Role, str, float]]:
    mapping: dict[Any, Any] = element["mapping"]
    if len(mapping) > MOST_MESSAGES:
        raise fault(f"{where} has far too many messages")
    branch = _branch(mapping, element.get("current_node"), where)
    leaves = sum(isinstance(node, dict) and not node.get("children") for node in mapping.values())
    if leaves > 1:
        told.branches += 1
    for id in branch:
        node = mapping[id]
        message = node.get("message") if isinstance(node, dict) else None
        if not isinstance(message, dict):
            continue
        author = message.get("author")
        role = _ROLES.get(str(author.get("role"))) if isinstance(author, dict) else None
        metadata = message.get("metadata")
        hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
        recipient = message.get("recipient", "all")
        if role and not hidden and recipient in ("all", None):
            yield role, _parts(message.get("content")), time_of(message.get("create_time"))


def _branch(mapping: dict[Any, Any], end: Any, where: str) -> list[Any]:
    """The ids of the branch from the root to the node that was last shown, or to the last leaf if the export
    doesn't say which that was."""
    if not (isinstance(end, str) and end in mapping):
        leaves = [
            id
            for id, node in mapping.items()
            if isinstance(node, dict) and not node.get("children")
        ]
        end = leaves[-1] if leaves else None
    branch: list[Any] = []
    seen: set[Any] = set()
    while isinstance(end, str) and end in mapping:
        if end in seen:
            raise fault(f"{where} goes round in a circle")
        seen.add(end)
        branch.append(end)
        node = mapping[end]
        end = node.get("parent") if isinstance(node, dict) else None
    return branch[::-1]


def _parts(content: Any) -> str:
    """The text of a message without the parts that aren't text (pictures, files)."""
    if not isinstance(content, dict):
        return ""
    if content.get("content_type") not in ("text", "multimodal_text", None):
        return ""  # code that was run, the output of a tool, thoughts
    parts = content.get("parts")
    if not isinstance(parts, list):
        return ""
    return "\n".join(part for part in parts if isinstance(part, str) and part.strip())


# --- Claude ------------------------------------------------------------------------------------


def _claude(element: dict[str, Any], where: str) -> Iterator[tuple[Role, str, float]]:
    messages = element["chat_messages"]
    if len(messages) > MOST_MESSAGES:
        raise fault(f"{where} has far too many messages")
    for message in messages:
        if not isinstance(message, dict):
            continue
        role = _ROLES.get(str(message.get("sender")))
        if role:
            yield role, _said(message), time_of(message.get("created_at"))


def _said(message: dict[str, Any]) -> str:
    """The text of a message. Newer exports have blocks besides ``text``, which then repeats the blocks with
    notes in between."""
    content = message.get("content")
    blocks = [
        block["text"]
        for block in (content if isinstance(content, list) else [])
        if isinstance(block, dict)
        and block.get("type") == "text"
        and isinstance(block.get("text"), str)
    ]
    text = message.get("text")
    return "\n".join(blocks) if any(blocks) else text if isinstance(text, str) else ""


def time_of(value: Any) -> float:
    """A time, given in seconds or as a date in ISO 8601, in seconds since the epoch; 0 for anything else."""
    if is_number(value, 0, MOST_TIME):
        return float(value)
    if not isinstance(value, str) or len(value) > 40:
        return 0.0
    try:
        at = datetime.fromisoformat(value)
        seconds = (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return seconds if is_number(seconds, 0, MOST_TIME) else 0.0
