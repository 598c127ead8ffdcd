"""What stands around an episode counts: the episode before it, and its conversation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import USUAL, Candidate, RecallQuery, rank
from nowprint.memory.retrieval.surroundings import Surroundings, Word
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft, Source, Why

from ..files.conftest import Hashed

MINE = RecallQuery(personal=True, rare=5.0)


class Told:
    def __init__(self, store: ConversationStore) -> None:
        self.store = store
        self.memory = Memory(store, Hashed(), None, lambda _: None)

    def chat(self, *texts: str) -> list[int]:
        """A conversation whose messages are kept, each as an episode; returns their ids."""
        chat = self.store.create_conversation().id
        kept = []
        for text in texts:
            message = self.store.add_message(chat, "user", text)
            source = Source(message.id, chat, "user", 0, len(text))
            why = Why(0.7, 0.5, 0.0, (), ())
            draft = EpisodeDraft(text, text, "captured", 0.7, why, (source,))
            kept += [one.episode.id for one in self.memory.judge(message.id, None, (), [draft])]
        return kept


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told(ConversationStore(None))
    yield told
    told.memory.close()


def word(text: str, *holding: int, weight: float = 1.0) -> Word:
    return Word(text, weight, True, False, np.array(holding, np.int64))


def test_the_episode_and_the_one_before_it_hold_words_together(told: Told) -> None:
    around = Surroundings(told.store.database)
    words = [word("exam", 1, weight=3.0), word("paula", 2)]
    ids, previous = np.array([1, 2, 3]), np.array([0, 1, 2])
    assert around.with_previous(words, ids, previous).tolist() == [0.75, 1.0, 0.25]
    assert around.with_previous([], ids, previous).tolist() == [0.0, 0.0, 0.0]


def test_a_conversation_holds_what_any_of_its_episodes_holds(told: Told) -> None:
    first = told.chat("The exam is in Leeds.", "On the 14th, with Paula.")
    other = told.chat("I planted leeks.")
    around = Surroundings(told.store.database)
    ids = np.array(first + other)
    held = around.in_conversation([word("exam", first[0])], ids)
    assert held.tolist() == [1.0, 1.0, 0.0]
    later = told.chat("The exam went well.")
    held = around.in_conversation([word("exam", first[0], later[0])], np.array(first + later))
    assert held.tolist() == [1.0, 1.0, 1.0], "it reads what was kept since"


def test_an_episode_of_no_conversation_stands_for_one_of_its_own(told: Told) -> None:
    around = Surroundings(told.store.database)
    held = around.in_conversation([word("exam", 1), word("leeks", 2)], np.array([1, 2, 3]))
    assert held == pytest.approx([0.5, 0.5, 0.0])


def test_recall_finds_the_answer_by_what_was_said_before_it(told: Told) -> None:
    told.chat("I planted leeks.", "They need water.")
    (_, answer) = told.chat("My driving exam is in Leeds.", "On the 14th, with Paula beside me.")
    gathered = told.memory.retrieval.gather("When is my driving exam?")
    parts = {one.id: dict(one.parts) for one in gathered.ranked()}
    assert parts[answer]["before"] > 0.5 * USUAL.before
    assert parts[answer]["chat"] > 0.5 * USUAL.chat


def test_what_asks_tells_less() -> None:
    tells, asks = (
        rank(MINE, [Candidate(1, 0.5, asks=asks), Candidate(2, 0.1)])[0] for asks in (False, True)
    )
    assert dict(asks.parts)["asks"] == -USUAL.asks
    assert asks.score == pytest.approx(tells.score - USUAL.asks)


def test_what_has_faded_comes_behind() -> None:
    faded, fresh = Candidate(1, 0.5, retrievability=0.25), Candidate(2, 0.5)
    first, second = rank(MINE, [faded, fresh])
    assert (first.id, second.id) == (2, 1)
    assert "faded" not in dict(first.parts)
    assert dict(second.parts)["faded"] == pytest.approx(-0.75 * USUAL.faded)
    assert second.score == pytest.approx(first.score - 0.75 * USUAL.faded)
    assert second.evidence == first.evidence, "the floor knows nothing of it"
