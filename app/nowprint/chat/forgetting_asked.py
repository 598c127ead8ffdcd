"""The app's own answer to "forget that": what matches is shown, and the user chooses.

No model reads such a message, nothing is captured from it, it gives the conversation no title and
stands in no prompt, and nothing is forgotten by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from nowprint.chat.answering import Emit
from nowprint.events import Answer, AnswerText, ForgettingAsked, Started, Stored
from nowprint.language.forget_phrases import ForgetRequest
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import APP, Message, Recollection

CHOOSE = "Choose what is to be forgotten: nothing has been forgotten yet."
NOTHING = "Nothing that is kept matches: nothing has been forgotten."
MOST = 50
"""Matches that are shown."""


def answer(
    store: ConversationStore,
    memory: Memory,
    conversation_id: int,
    text: str,
    wish: ForgetRequest,
    emit: Emit,
) -> Answer:
    """Commit the message and the app's sentence. ``store`` may be that of temporary chats."""
    matches = _matches(memory, store.messages(conversation_id), wish)
    with store.database.writing():
        asked = store.add_message(conversation_id, "user", text, names=False)
        said = store.add_message(
            conversation_id, "assistant", CHOOSE if matches else NOTHING, model=APP
        )
    emit(Started(asked, replace(said, text="", state="writing")))
    emit(AnswerText(said.text, 0, 0.0, 0))
    emit(ForgettingAsked(matches))
    done = Answer(
        message=said,
        sources=(),
        tokens=0,
        tokens_per_second=0.0,
        prompt_tokens=0,
        reused_tokens=0,
        context_used=0,
        finish="end",
    )
    emit(done)
    emit(Stored((), asked.id))
    return done


def _matches(
    memory: Memory, history: Sequence[Message], wish: ForgetRequest
) -> tuple[Recollection, ...]:
    """About something: what recall finds of it. Else what the last turn kept, and what it recalled."""
    if wish.about:
        return memory.about(wish.about, MOST)
    turn = spoken(history)[-2:]
    return memory.forgetting.of_messages([message.id for message in turn])[:MOST]


def spoken(history: Sequence[Message]) -> tuple[Message, ...]:
    """Without what was only between the user and the app, which no prompt is to hold."""
    between = {message.id for message in history if message.model == APP}
    between |= {
        asked.id for asked, said in pairwise(history) if said.id in between and asked.role == "user"
    }
    return tuple(message for message in history if message.id not in between)
