"""Resonance while an answer is written, on the real model."""

from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from nowprint.chat.signature_resonance import (
    ENOUGH,
    MOST,
    UNCERTAIN,
    AnswerPrompt,
    ResonatingGeneration,
    SignatureHook,
    draw,
)
from nowprint.chat.signature_resonance import StoredSignatures as Stored
from nowprint.engine.distribution import Distribution
from nowprint.engine.engine import Engine
from nowprint.engine.sampler import Sampling
from nowprint.events import Resonated
from nowprint.salience.signatures import Match

from .conftest import Talk

FACT = "My sister Ingrid lives in Tromsø and works on a ferry."
GREEDY = Sampling(temperature=0, seed=1)


def test_drawing_interpolates_and_leaves_the_rest_in_proportion() -> None:
    logits = np.array([3.0, 1.0, -2.0, -np.inf], np.float32) + 7
    before = np.exp(logits) / np.exp(logits).sum()
    draw(logits, 2, 0.2)
    after = np.exp(logits) / np.exp(logits).sum()
    assert after[2] == pytest.approx(0.8 * before[2] + 0.2, rel=1e-4)
    assert after[0] == pytest.approx(0.8 * before[0], rel=1e-4)
    assert after[3] == 0


def test_drawing_can_bring_back_what_contrast_ruled_out() -> None:
    logits = np.array([2.0, -np.inf], np.float32)
    draw(logits, 1, 0.25)
    assert np.exp(logits[1]) / np.exp(logits).sum() == pytest.approx(0.25)


class Told:
    """Stored moments that are always alike: the same match for whatever is expected."""

    def __init__(self, talk: Talk, strength: float, similarity: float) -> None:
        self.stored = Stored(talk.store, talk.memory)
        assert self.stored.listen(talk.chat.engine, lambda _: False) is not None
        signatures = talk.memory.measurements.signatures()
        trace = talk.store.trace(int(signatures.messages[0]))
        name = FACT.index("Ingrid")
        tokens = [trace[i] for i in signatures.indices]
        (row,) = (n for n, token in enumerate(tokens) if token.start <= name < token.end)
        self.match = Match(row, int(signatures.episodes[row]), strength, similarity)
        self.episodes = signatures.episodes

    def __len__(self) -> int:
        return len(self.episodes)

    def nearest(self, ids: object, p: object) -> Match | None:
        return self.match

    def listening(
        self, engine: Engine, known: set[int] | None = None, *, adjusts: bool = True
    ) -> SignatureHook:
        inside = known or set()
        return SignatureHook(self.stored, self, engine, lambda e: e.id in inside, adjusts)  # type: ignore[arg-type]


@pytest.fixture
def told(talk: Talk) -> Talk:
    talk.set(keep=1.0, answer_tokens=1)
    talk.say(FACT)
    return talk


def distribution(entropy: float) -> Distribution:
    return Distribution(entropy, np.array([5], np.intp), np.array([0.5], np.float32))


def hear(listening: SignatureHook, entropy: float = 0.0, *, token: int = 0) -> list[Resonated]:
    listening(np.zeros(60_000, np.float32), distribution(entropy))
    return listening.wrote(token)


def test_an_event_is_told_once_when_the_strengths_add_up(told: Talk) -> None:
    listening = Told(told, 0.6 * ENOUGH, 0.5).listening(told.chat.engine)
    assert hear(listening) == []
    (event,) = hear(listening)
    assert event.episode.text == FACT
    assert event.similarity == 0.5
    assert hear(listening) == []


def test_what_the_prompt_holds_and_what_is_forgotten_is_no_event(told: Talk) -> None:
    stored = Told(told, 2 * ENOUGH, 0.5)
    id = stored.match.episode
    assert hear(stored.listening(told.chat.engine, {id})) == []
    told.memory.forget([id])
    assert hear(stored.listening(told.chat.engine)) == []


def test_a_moment_of_another_model_is_no_event(told: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    stored = Told(told, 2 * ENOUGH, 0.5)
    assert len(hear(stored.listening(told.chat.engine))) == 1
    monkeypatch.setattr(told.chat.engine.model, "text", lambda token: f"[{token}]")
    assert hear(stored.listening(told.chat.engine)) == []


def test_the_next_token_is_drawn_toward_the_name_that_came_and_through_it(told: Talk) -> None:
    engine = told.chat.engine
    listening = Told(told, 2 * ENOUGH, 0.8).listening(engine)
    name = engine.model.tokenize_text(" Ingrid")
    assert len(name) > 1
    written = []
    for _ in name:
        logits = np.zeros(engine.info.vocabulary, np.float32)
        listening(logits, distribution(UNCERTAIN))
        written.append(int(logits.argmax()))
        share = np.exp(logits[written[-1]]) / np.exp(logits).sum()
        assert share == pytest.approx(MOST * 0.8, abs=0.01)
        listening.wrote(written[-1])
    assert written == name
    assert listening.drawn == len(name)


@pytest.mark.parametrize(("entropy", "similarity"), [(0.5, 0.8), (UNCERTAIN, 0.1)])
def test_nothing_is_drawn_where_the_model_is_sure_or_the_moment_unlike(
    told: Talk, entropy: float, similarity: float
) -> None:
    logits = np.zeros(told.chat.engine.info.vocabulary, np.float32)
    Told(told, 1.0, similarity).listening(told.chat.engine)(logits, distribution(entropy))
    assert not logits.any()


def test_switched_off_nothing_is_drawn(told: Talk) -> None:
    logits = np.zeros(told.chat.engine.info.vocabulary, np.float32)
    listening = Told(told, 1.0, 0.8).listening(told.chat.engine, adjusts=False)
    listening(logits, distribution(UNCERTAIN))
    assert not logits.any()


def answer(
    talk: Talk, listening: SignatureHook, events: list[Resonated], *, brings: bool = True
) -> ResonatingGeneration:
    engine, builder = talk.chat.engine, talk.chat.builder
    base = builder.base((), (), "Tell me about ferries in three short sentences.")
    prompt = engine.build(builder.with_recollections(base, ())[0])
    engine.prefill(prompt, Event(), score=False)
    asked = AnswerPrompt(base, (), prompt, None)
    return ResonatingGeneration(
        engine, builder, asked, GREEDY, 40, Event(), listening, events.append, brings=brings
    )


def test_an_episode_comes_into_the_prompt_at_the_end_of_a_sentence(told: Talk) -> None:
    engine = told.chat.engine
    events: list[Resonated] = []
    resonating = answer(told, Told(told, 2.0, 0.5).listening(engine, adjusts=False), events)
    text, used = "", []
    for step in resonating:
        text += step.text
        used.append(engine.context.used)
    text += resonating.rest
    assert [event.episode.text for event in events] == [FACT]
    assert [one.episode.text for one in resonating.brought] == [FACT]
    steps = np.diff(used)
    (came,) = (steps > 1).nonzero()[0]  # the prompt grew by the episode, once
    before = resonating.readings[came].place
    assert before[1].endswith((".", "!", "?", "\n"))
    scores = resonating.scores
    assert "".join(score.text for score in scores) == text
    assert [s.start for s in scores[1:]] == [s.end for s in scores[:-1]]


def test_an_answer_into_which_an_episode_came_is_not_measured(
    told: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    listening = Told(told, 2.0, 0.5).listening(told.chat.engine, adjusts=False)
    monkeypatch.setattr(told.chat._remembering.moments, "listen", lambda *_, **__: listening)
    told.set(recall_limit=0, answer_tokens=40, resonate_while_writing=True)
    answer = told.say("Tell me about ferries in three short sentences.")
    assert len(answer.sources) == 1
    told.chat.idle()
    assert told.memory.measurements.influence(answer.message.id) == ()


def test_events_alone_change_no_answer(told: Talk) -> None:
    engine = told.chat.engine
    events: list[Resonated] = []
    listening = Told(told, 2.0, 0.5).listening(engine, adjusts=False)
    resonating = answer(told, listening, events, brings=False)
    heard = "".join(step.text for step in resonating) + resonating.rest
    base = told.chat.builder.base((), (), "Tell me about ferries in three short sentences.")
    prompt = engine.build(told.chat.builder.with_recollections(base, ())[0])
    engine.prefill(prompt, Event(), score=False)
    plain = engine.generate(prompt, GREEDY, 40, Event())
    assert heard == "".join(step.text for step in plain) + plain.rest
    assert len(events) == 1
    assert resonating.brought == ()


def test_the_index_follows_the_store(talk: Talk) -> None:
    stored = Stored(talk.store, talk.memory)
    assert stored.listen(talk.chat.engine, lambda _: False) is None
    talk.set(keep=1.0, answer_tokens=1)
    talk.say(FACT)
    assert stored.listen(talk.chat.engine, lambda _: False) is not None
    ids = {int(id) for id in talk.memory.measurements.signatures().episodes}
    talk.memory.forget(sorted(ids))
    assert stored.listen(talk.chat.engine, lambda _: False) is None
