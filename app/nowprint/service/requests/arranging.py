"""Requests that arrange conversations, several at once."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import Forgotten
from nowprint.records import Conversation
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class PinConversations(Request[tuple[Conversation, ...]]):
    """Pin conversations, or unpin them. What was archived comes back when it is pinned."""

    ids: tuple[int, ...]
    pinned: bool


@dataclass(frozen=True, slots=True)
class ArchiveConversations(Request[tuple[Conversation, ...]]):
    """Archive conversations, or bring them back. What was pinned is unpinned when it is archived."""

    ids: tuple[int, ...]
    archived: bool


@dataclass(frozen=True, slots=True)
class MoveConversations(Request[tuple[Conversation, ...]]):
    """Move conversations into a project (None: into none). Only episodes kept from now on follow."""

    ids: tuple[int, ...]
    project: int | None


@dataclass(frozen=True, slots=True)
class DeleteConversations(Request[Forgotten]):
    """Delete conversations in one batch; the episodes kept from them stay. The reply's batch is 0 if there
    was nothing to hide for a minute."""

    ids: tuple[int, ...]
