"""The app's own answer to "forget that": it shows what matches, and the user chooses.

No model reads such a message, and nothing is captured from it. It gives the conversation no title and
never enters a prompt. By itself it forgets nothing.
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

CHOOSE = "Choose what you want to forget: nothing has been forgotten yet."
NOTHING = "No memory matches: nothing has been forgotten."
MOST = 50
"""The most matches that are shown."""


def answer(
    store: ConversationStore,
    memory: Memory,
    conversation_id: int,
    text: str,
    wish: ForgetRequest,
    emit: Emit,
) -> Answer:
    """Commit the message and the app's sentence as its answer, and emit the turn's events. ``store`` may
    be the store of temporary chats."""
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
    """If the user names a subject, what recall finds about it; else what was kept from the last turn, and
    what was recalled for it."""
    if wish.about:
        return memory.about(wish.about, MOST)
    turn = spoken(history)[-2:]
    return memory.forgetting.of_messages([message.id for message in turn])[:MOST]


def spoken(history: Sequence[Message]) -> tuple[Message, ...]:
    """The history without the app's own sentences and the messages that they answer, which must not enter
    a prompt."""
    between = {message.id for message in history if message.model == APP}
    between |= {
        asked.id for asked, said in pairwise(history) if said.id in between and asked.role == "user"
    }
    return tuple(message for message in history if message.id not in between)
