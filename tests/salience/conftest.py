"""The starter model reads messages for salience, as it does in the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from threading import Event

import pytest

from nowprint.chat.judge import framed
from nowprint.engine.engine import Engine
from nowprint.engine.template import Part, PromptMessage
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.reranker import TELLS
from nowprint.records import EpisodeDraft, Message
from nowprint.salience.baseline import Baseline
from nowprint.salience.episodes import JudgedTurn, judge, kept, spans_of
from nowprint.salience.frames import Framed
from nowprint.salience.head import starting_head
from nowprint.salience.meaning import with_meaning
from nowprint.salience.spans import Span

Drafts = Callable[..., tuple[EpisodeDraft, ...]]
USUAL = Baseline.warm("user")


@pytest.fixture(scope="session")
def reader(starter_model: Path, read_frames: Callable[[Engine], None]) -> Iterator[Engine]:
    engine = Engine(starter_model, context=1024)
    read_frames(engine)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def hear(reader: Engine) -> Callable[..., JudgedTurn]:
    """A turn in which the user says a text, after the assistant said ``before``; read once."""

    @cache
    def heard(text: str, before: str = "", known: tuple[str, ...] = ()) -> JudgedTurn:
        prompt = [PromptMessage("system", (Part("Answer briefly and plainly.", "system"),))]
        if before:
            prompt.append(PromptMessage("user", (Part("Hello.", "history"),)))
            prompt.append(PromptMessage("assistant", (Part(before, "history"),)))
        prompt.append(PromptMessage("user", (Part(text, "message"),)))
        scores = reader.prefill(reader.build(prompt), Event(), score=True).scores
        earlier = message(4, before, "assistant") if before else None
        return JudgedTurn(message(5, text), scores, (*known, before), earlier)

    return heard


@pytest.fixture(scope="session")
def judged(reader: Engine, encoder: Embedder) -> Drafts:
    """The episodes of a turn that was heard, by the starting head, the frames and the encoder."""

    @cache
    def read(text: str, spans: tuple[Span, ...]) -> tuple[Framed, ...]:
        return with_meaning(
            text, framed(reader.judging, text, spans), lambda some: encoder.judge(TELLS, some)
        )

    def drafted(turn: JudgedTurn, threshold: float = 0.5) -> tuple[EpisodeDraft, ...]:
        text, scores = turn.message.text, ()
        if turn.tokens and (spans := spans_of(turn, USUAL)):
            scores = read(text, spans)
        drafts = judge(turn, USUAL, head=starting_head(), framed=scores)
        return kept(drafts, threshold, turn.message.text)

    return drafted


@pytest.fixture(scope="session")
def drafts(hear: Callable[..., JudgedTurn], judged: Drafts) -> Drafts:
    """The episodes that a new user's message leaves."""

    def drafted(
        text: str, before: str = "", known: tuple[str, ...] = ()
    ) -> tuple[EpisodeDraft, ...]:
        return judged(hear(text, before, known))

    return drafted


def message(id: int, text: str, role: str = "user") -> Message:
    return Message(id, 2, role, text, 0.0, "complete", "", (), None)  # type: ignore[arg-type]
