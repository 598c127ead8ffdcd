"""An answer that the app gives itself: no model reads its message, and nothing is captured from it. It never
enters a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from nowprint.chat.answering import Emit
from nowprint.events import Answer, AnswerText, Started, Stored, TurnEvent
from nowprint.records import APP, Message


def emitted(
    asked: Message, said: Message, emit: Emit, beside: TurnEvent, sources: tuple[int, ...] = ()
) -> Answer:
    """Emit the turn's events, with the one ``beside`` the answer, and return it."""
    emit(Started(asked, replace(said, text="", state="writing")))
    emit(AnswerText(said.text, 0, 0.0, 0))
    emit(beside)
    done = Answer(
        message=replace(said, sources=sources),
        sources=sources,
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


def spoken(history: Sequence[Message]) -> tuple[Message, ...]:
    """The history without the app's own sentences and the messages that they answer, which must not enter
    a prompt."""
    between = {message.id for message in history if message.model == APP}
    between |= {
        asked.id for asked, said in pairwise(history) if said.id in between and asked.role == "user"
    }
    return tuple(message for message in history if message.id not in between)
