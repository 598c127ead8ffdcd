"""A chat as files hold it: its messages with their tree, whatever program it comes from.

A message names those before it by their place in the chat, counted from 0, and always comes after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from nowprint.records import MessageState, Role

MOST_MESSAGES = 200_000
"""The most messages of one chat."""
ROLES: tuple[Role, ...] = get_args(Role)
STATES: tuple[MessageState, ...] = ("complete", "stopped", "broken")


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """``parent`` is the message that it follows, None at the beginning; ``replaces`` the answer that a retry
    was meant to replace."""

    role: Role
    text: str
    created: float
    parent: int | None
    state: MessageState = "complete"
    model: str = ""
    thought: str = ""
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Chat:
    """``shown`` is the last message of the branch that is shown, None if the chat has no message."""

    title: str
    created: float
    updated: float
    messages: tuple[ChatMessage, ...]
    shown: int | None
    project: str | None = None
    recalls: bool = True
    captures: bool = True
    thinks: bool = True

    def branch(self) -> tuple[int, ...]:
        """The places of the messages of the branch that is shown, the first one first."""
        places: list[int] = []
        at = self.shown
        while at is not None:
            places.append(at)
            at = self.messages[at].parent
        return tuple(reversed(places))

    @property
    def branches(self) -> int:
        """How many branches there are: every message that nothing follows ends one."""
        followed = {one.parent for one in self.messages}
        return sum(place not in followed for place in range(len(self.messages)))
