"""What resonates with a question: measured by the real model, in the time that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from nowprint.chat import functional_resonance
from nowprint.chat.functional_resonance import SURE, FunctionalResonance, is_sure
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood, Nats
from nowprint.errors import ModelFileError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import Scored
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Why
from nowprint.settings import Profile

FACTS = (
    "My sister Marta plays the cello in Porto.",
    "I sold the old car to a neighbour in March.",
    "We always have pancakes on Sundays, with too much syrup.",
    "The roof was repaired after the storm.",
)
QUESTION = "Which instrument does my sister play?"


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=512)
    yield engine
    engine.close()


@pytest.fixture
def memory(profile: Profile, embedder: Embedder) -> Iterator[Memory]:
    profile.home.mkdir()
    memory = Memory(ConversationStore(profile.database), embedder, profile.index, lambda _: None)
    for text in FACTS:
        memory.keep(EpisodeDraft(text, text, "remembered", 1.0, Why(1.0, 0.0, 0.0, (), ()), ()))
    yield memory
    memory.close()


@pytest.fixture
def resonating(memory: Memory) -> Iterator[FunctionalResonance]:
    resonating = FunctionalResonance(memory)
    yield resonating
    resonating.close()


def ranked(memory: Memory, *, apart: float = 0.1) -> list[Scored]:
    """All that there is, the oldest first, each ``apart`` from the next."""
    episodes = memory.query.page(sort="oldest").episodes
    return [Scored(e.id, -n * apart, (), 0.5, True) for n, e in enumerate(episodes)]


# --- what the model says -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (QUESTION, FACTS[0]),
        ("What did I do with my car?", FACTS[1]),
        ("What do we eat on Sundays?", FACTS[2]),
    ],
)
def test_the_memory_that_answers_resonates_most(
    engine: Engine,
    memory: Memory,
    resonating: FunctionalResonance,
    question: str,
    answer: str,
) -> None:
    nats = resonating.nats(engine, question, ranked(memory), seconds=None)
    assert len(nats) == len(FACTS)
    most = max(nats, key=lambda id: nats[id])
    assert [e.text for e in memory.episodes([most])] == [answer]


def test_a_memory_s_own_likelihood_is_measured_once(
    engine: Engine,
    memory: Memory,
    resonating: FunctionalResonance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = _counting(engine, monkeypatch)
    resonating.prepare(engine, 0.4, Event())
    assert calls == [len(FACTS)]
    resonating.prepare(engine, 0.4, Event())
    first = resonating.nats(engine, QUESTION, ranked(memory), seconds=None)
    assert calls == [len(FACTS), 0, len(FACTS)]  # without the message nothing is measured again
    order = ranked(memory)
    memory.edit(order[1].id, "My sister plays the cello.")
    again = resonating.nats(engine, QUESTION, order, seconds=None)
    assert calls[3:] == [1, len(FACTS)]
    assert again[order[1].id] > first[order[1].id] + 5
    assert again[order[0].id] == pytest.approx(first[order[0].id], abs=0.5)


def test_figures_of_another_length_are_measured_anew(
    engine: Engine, memory: Memory, resonating: FunctionalResonance
) -> None:
    order = ranked(memory)
    first = resonating.nats(engine, QUESTION, order, seconds=None)
    name, one = functional_resonance._name(engine.likelihood), order[0].id
    (episode,) = memory.episodes([one])
    short = np.ones(2, np.float32)
    memory.measurements.put_likelihoods(name, {one: short}, {one: episode.text})
    again = resonating.nats(engine, QUESTION, order, seconds=None)
    assert again == pytest.approx(first, abs=0.5)


def test_somebody_who_comes_back_ends_the_preparing(
    engine: Engine, memory: Memory, resonating: FunctionalResonance
) -> None:
    wanted = Event()
    wanted.set()
    resonating.prepare(engine, 0.4, wanted)
    name = functional_resonance._name(engine.likelihood)
    assert memory.measurements.likelihoods(name, [one.id for one in ranked(memory)]) == {}
    resonating.prepare(engine, 0, Event())  # switched off
    assert len(memory.measurements.without_likelihood(name, 100)) == len(FACTS)
    assert len(memory.measurements.without_likelihood(name, 2)) == 2


# --- the time that there is --------------------------------------------------------------------


def test_nothing_is_measured_where_nothing_is_to_be_decided(
    memory: Memory, resonating: FunctionalResonance
) -> None:
    unused = cast(Engine, None)
    for order in ([], ranked(memory)[:1], ranked(memory, apart=SURE)):
        assert is_sure(order)
        assert resonating.nats(unused, QUESTION, order, seconds=1.0) == {}
    order = ranked(memory, apart=0.9 * SURE)
    assert not is_sure(order)
    assert resonating.nats(unused, QUESTION, order, seconds=0) == {}


class _Slow:
    """A judge that needs a tenth of a second for each text."""

    model_id = "slow"
    beginning: tuple[int, ...] = ()
    tokens_per_second = 0.0

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("nowprint.chat.functional_resonance.time.monotonic", lambda: self.now)

    def tokens(self, text: str) -> list[int]:
        return [len(word) for word in text.split()]

    def nats(
        self,
        prefix: Sequence[int],
        continuations: Sequence[Sequence[int]],
        *,
        until: float | None,
        stop: Event | None,
    ) -> list[Nats]:
        done: list[Nats] = []
        while len(done) < len(continuations) and (until is None or self.now + 0.1 <= until + 1e-9):
            self.now += 0.1
            done.append(np.full(len(continuations[len(done)]), -1.0))
        return done


@pytest.mark.parametrize(
    ("seconds", "measured"), [(0.0, 0), (0.15, 0), (0.25, 1), (0.45, 2), (1.0, 4), (None, 4)]
)
def test_as_many_as_fit_into_the_time_the_best_first(
    memory: Memory,
    resonating: FunctionalResonance,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float | None,
    measured: int,
) -> None:
    slow = _Slow(monkeypatch)
    engine = cast(Engine, SimpleNamespace(likelihood=slow))
    order = ranked(memory)
    nats = resonating.nats(engine, QUESTION, order, seconds=seconds)
    assert list(nats) == [one.id for one in order[:measured]]
    assert seconds is None or slow.now <= seconds
    # what was measured once is known: now there is time for twice as many
    monkeypatch.setattr(slow, "now", 0.0)
    again = resonating.nats(engine, QUESTION, order, seconds=seconds)
    assert len(again) >= measured


def test_a_slow_model_has_the_starter_model_beside_it(
    memory: Memory, resonating: FunctionalResonance, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = _Slow(monkeypatch)
    slow.tokens_per_second = 10.0
    large = cast(
        Engine,
        SimpleNamespace(likelihood=slow, threads=0, info=SimpleNamespace(parameters=7_000_000_000)),
    )
    order = ranked(memory)
    assert resonating.nats(large, QUESTION, order, seconds=0.4) == {}  # it is loaded when idle
    resonating.prepare(large, 0.4, Event())
    nats = resonating.nats(large, QUESTION, order, seconds=0.4)
    assert nats == pytest.approx(resonating.nats(engine, QUESTION, order, seconds=None), abs=0.5)
    assert slow.now == 0.0


class _Full:
    """An engine beside which nothing more fits."""

    @property
    def likelihood(self) -> Likelihood:
        raise ModelFileError("no room")


def test_without_room_nothing_resonates(memory: Memory, resonating: FunctionalResonance) -> None:
    full = cast(Engine, _Full())
    assert resonating.nats(full, QUESTION, ranked(memory), seconds=None) == {}
    resonating.prepare(full, 0.4, Event())


def test_the_model_beside_is_asked_for_room_once(
    memory: Memory, resonating: FunctionalResonance, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def without_room(model: object, **_: int) -> Likelihood:
        asked.append(model)
        raise ModelFileError("no room")

    slow = _Slow(monkeypatch)
    slow.tokens_per_second = 10.0
    large = cast(
        Engine,
        SimpleNamespace(likelihood=slow, threads=0, info=SimpleNamespace(parameters=7_000_000_000)),
    )
    monkeypatch.setattr(functional_resonance, "Likelihood", without_room)
    for _ in range(3):
        resonating.prepare(large, 0.4, Event())
    assert len(asked) == 1
    assert resonating.nats(large, QUESTION, ranked(memory), seconds=0.4) == {}


def _counting(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many texts each call asked for."""
    calls: list[int] = []
    nats = engine.likelihood.nats

    def counted(
        prefix: Sequence[int],
        continuations: Sequence[Sequence[int]],
        *,
        until: float | None,
        stop: Event | None,
    ) -> list[Nats]:
        calls.append(len(continuations))
        return nats(prefix, continuations, until=until, stop=stop)

    monkeypatch.setattr(engine.likelihood, "nats", counted)
    return calls
