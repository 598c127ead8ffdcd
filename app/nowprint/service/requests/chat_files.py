"""Requests about chats as files, and as what can be copied or printed. Chats come in with ``ApplyImport``."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import ChatForm, ChatFormat, ExportedChats
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class ExportChats(Request[ExportedChats]):
    """Write chats to a file. ``ids`` None: all, but temporary ones never. JSON holds everything; Markdown and
    HTML hold the branch that is shown, with the thoughts if asked for. ``DropReview`` with id 0 breaks it
    off."""

    path: str
    ids: tuple[int, ...] | None = None
    format: ChatFormat = "json"
    thoughts: bool = False


@dataclass(frozen=True, slots=True)
class RenderChat(Request[str]):
    """The shown branch of one chat as Markdown or HTML; a temporary chat, too."""

    conversation_id: int
    form: ChatForm
    thoughts: bool = False
