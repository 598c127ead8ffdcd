"""Requests about what the model has before it in a chat."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.context_records import ChatContext
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class GetContext(Request[ChatContext | None]):
    """What the model had before it at the last message of a conversation; None if it has answered none there
    since Nowprint started."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class HoldMessage(Request[None]):
    """From the next message of the conversation on, have this message before the model as long as there is
    room, also if it had left; or with ``held`` False no longer prefer it."""

    message_id: int
    held: bool
