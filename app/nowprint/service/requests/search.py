"""Requests for finding messages (see protocol.py)."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import FoundPlace, MessageHit
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class FindMessages(Request[tuple[MessageHit, ...]]):
    """At most ``limit`` messages that hold every word of ``text``, the last one as a prefix: the newest, and
    few from each conversation. Temporary chats are left out. ``since`` and ``until`` bound the time of a
    message; ``project`` is a project's id (0: no project); ``model`` finds answers of that model."""

    text: str
    since: float | None = None
    until: float | None = None
    project: int | None = None
    model: str = ""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class FindInConversation(Request[tuple[FoundPlace, ...]]):
    """Every place in a conversation, also a temporary one, where the text stands as it was typed."""

    conversation_id: int
    text: str


@dataclass(frozen=True, slots=True)
class ListAnsweringModels(Request[tuple[str, ...]]):
    """The names of the models that wrote the answers that are there."""
