"""Requests about the branches of a conversation."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.inspection import Forgotten
from nowprint.records import Conversation, Message
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class ShowBranch(Request[Conversation]):
    """Show the branch that this message is on, to its newest end; ``ListMessages`` then lists it."""

    message_id: int


@dataclass(frozen=True, slots=True)
class DeleteBranch(Request[Forgotten]):
    """Delete a message with all that follows it, for a minute with undo. What was kept from it stays."""

    message_id: int


@dataclass(frozen=True, slots=True)
class ForkConversation(Request[Conversation]):
    """A new conversation that begins with a copy of this message and those before it on its branch."""

    message_id: int


@dataclass(frozen=True, slots=True)
class GetTree(Request[tuple[Message, ...]]):
    """All messages of a conversation, on whatever branch, in the order in which they were said."""

    conversation_id: int
