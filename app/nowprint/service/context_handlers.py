"""Who answers requests about what the model has before it."""

from __future__ import annotations

from nowprint.chat.chat import Chat
from nowprint.service.requests import context as c
from nowprint.service.router import Router


def register(router: Router, chat: Chat) -> None:
    def hold(message_id: int, held: bool) -> None:
        chat.contexts.hold(chat.store_of(message_id), message_id, held)

    router.on(c.GetContext, chat.context)
    router.on(c.HoldMessage, hold)
