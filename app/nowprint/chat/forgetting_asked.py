"""The app's own answer to "forget that": it shows what matches, and the user chooses.

Such a message gives the conversation no title (own_answers.py). By itself it forgets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from nowprint.chat import own_answers
from nowprint.chat.answering import Emit
from nowprint.events import Answer, ForgettingAsked
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
    return own_answers.emitted(asked, said, emit, ForgettingAsked(matches))


def _matches(
    memory: Memory, history: Sequence[Message], wish: ForgetRequest
) -> tuple[Recollection, ...]:
    """If the user names a subject, what recall finds about it; else what was kept from the last turn, and
    what was recalled for it."""
    if wish.about:
        return memory.about(wish.about, MOST)
    turn = own_answers.spoken(history)[-2:]
    return memory.forgetting.of_messages([message.id for message in turn])[:MOST]
