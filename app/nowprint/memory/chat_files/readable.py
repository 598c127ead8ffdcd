"""What the files for reading have in common: which messages they show, and how these are headed."""

from __future__ import annotations

from datetime import datetime

from nowprint.memory.chat_files.chat import Chat, ChatMessage
from nowprint.records import APP

UNTITLED = "New chat"
ENDS = {"stopped": "stopped", "broken": "broken off"}


def title(chat: Chat) -> str:
    return " ".join(chat.title.split()) or UNTITLED


def facts(chat: Chat) -> str:
    """The line below the title: when it began, its project, and what isn't shown."""
    told = [when(chat.created)] if chat.created else []
    if chat.project:
        told.append(f"project {chat.project}")
    if others := max(0, chat.branches - 1):
        branches = "1 other branch is" if others == 1 else f"{others:,} other branches are"
        told.append(f"{branches} not in this file")
    return " · ".join(told)


def author(one: ChatMessage) -> str:
    """Who said it, and whether it was broken off."""
    who = "You" if one.role == "user" else one.model or "Assistant"
    who = "System" if one.role == "system" else APP if one.model == APP else who
    return f"{who} ({ENDS[one.state]})" if one.state in ENDS else who


def shown(chat: Chat) -> list[ChatMessage]:
    return [chat.messages[at] for at in chat.branch()]


def when(at: float) -> str:
    """A date and time where the user is."""
    try:
        return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):
        return ""
