"""Frozen values that say what the model has before it in a chat, and what has left it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from nowprint.records import Role

PartKind = Literal["system", "pinned", "chat", "recalled", "message"]
WhyLeft = Literal["oldest", "least salient", "rest of an answer"]


@dataclass(frozen=True, slots=True)
class ContextPart:
    """A part of a chat's last prompt. ``id`` is a message's for ``chat`` and ``message``, an episode's for
    ``pinned`` and ``recalled``, None for ``system``. ``salience`` (0..1) is that of the message's most
    salient span, None if the message wasn't judged. ``shortened``: only the answer's beginning is still
    there, which is ``text``. ``held``: the user holds the message there.
    """

    kind: PartKind
    text: str
    tokens: int
    id: int | None = None
    role: Role = "user"
    salience: float | None = None
    shortened: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class LeftPart:
    """What has left the prompt for want of room, ``at`` which time, and why it and nothing else. ``text`` is
    all that has left: a message, or the rest of an answer whose beginning is still there."""

    message_id: int
    role: Role
    text: str
    tokens: int
    at: float
    why: WhyLeft
    salience: float | None = None
    held: bool = False
    """The user wants it back: it comes with the next message."""


@dataclass(frozen=True, slots=True)
class ChatContext:
    """What the model had before it at the last message of a conversation, in the order of the prompt.

    ``size`` is the context's in tokens, ``answer_room`` the part of it that is left free for the answer.
    ``cached_bytes`` is what the context's cache takes when it is full. ``other_chats`` counts the chats whose
    caches are kept in memory to come back to, and ``other_bytes`` what these take.
    """

    conversation: int
    at: float
    size: int
    answer_room: int
    parts: tuple[ContextPart, ...]
    left: tuple[LeftPart, ...]
    cached_bytes: int = 0
    other_chats: int = 0
    other_bytes: int = 0

    @property
    def tokens(self) -> int:
        return sum(part.tokens for part in self.parts)

    def holding(self, held: frozenset[int]) -> ChatContext:
        """The same, with these messages marked as held and no others."""
        parts = (replace(one, held=one.kind == "chat" and one.id in held) for one in self.parts)
        left = (replace(one, held=one.message_id in held) for one in self.left)
        return replace(self, parts=tuple(parts), left=tuple(left))
