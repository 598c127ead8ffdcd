"""Recall by the days that an episode speaks of, and of what was said to last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from nowprint.language.dates import days_spoken, ended
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import ENDED, Candidate, RecallQuery, rank
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import EpisodeDraft


def at(day: str) -> float:
    return datetime.fromisoformat(day).timestamp() + 12 * 3600


class Clock:
    now = at("2025-01-01")

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def memory(embedder: Embedder, clock: Clock, tmp_path: Path) -> Iterator[Memory]:
    made = Memory(
        ConversationStore(tmp_path / "memory.db"),
        embedder,
        tmp_path / "index.hnsw",
        lambda event: None,
        clock=clock,
    )
    yield made
    made.close()


def test_a_question_about_a_day_finds_what_speaks_of_it(
    memory: Memory, clock: Clock, make_draft: Callable[..., EpisodeDraft]
) -> None:
    for day, text in (
        ("2025-03-01", "I have an appointment at the dentist tomorrow."),
        ("2025-03-14", "I have an appointment at the dentist tomorrow at 3 pm."),
        ("2025-04-20", "I have an appointment at the dentist next week."),
    ):
        clock.now = at(day)
        memory.keep(make_draft(text))
    clock.now = at("2026-03-01")
    gathered = memory.retrieval.gather("Which appointment did I have on 15 March 2025?")
    nearness = [one.date for one in sorted(gathered.candidates, key=lambda one: one.id)]
    assert nearness[1] == 1.0
    assert max(nearness[0], nearness[2]) < 0.1
    first = memory.retrieval.recollections(gathered.ranked())[0]
    assert first.episode.text == "I have an appointment at the dentist tomorrow at 3 pm."


def test_since_and_until_are_open_on_one_side(
    memory: Memory, clock: Clock, make_draft: Callable[..., EpisodeDraft]
) -> None:
    for day, text in (
        ("2025-02-10", "I read The Left Hand of Darkness."),
        ("2025-06-10", "I read The Dispossessed."),
    ):
        clock.now = at(day)
        memory.keep(make_draft(text))
    clock.now = at("2025-09-01")
    for question, wanted in (
        ("What have I read since March?", [0.0, 1.0]),
        ("What had I read until March?", [1.0, 0.0]),
    ):
        found = memory.retrieval.gather(question).candidates
        near = [one.date for one in sorted(found, key=lambda one: one.id)]
        assert near == [pytest.approx(share, abs=0.01) for share in wanted]


@pytest.mark.parametrize(
    ("text", "now", "over"),
    [
        ("I work nights till June.", "2025-06-30", False),
        ("I work nights till June.", "2025-07-02", True),
        ("Bis Ende Mai wohne ich bei Lena.", "2025-06-02", True),
        ("Je suis en arrêt pour les deux prochaines semaines.", "2025-04-01", True),
        ("今週は東京にいます。", "2025-03-25", True),
        ("I am a nurse.", "2030-01-01", False),
        ("I sold my car last week.", "2030-01-01", False),
        ("My dentist appointment is tomorrow.", "2030-01-01", False),
        ("Since March I live in Porto.", "2030-01-01", False),
    ],
)
def test_what_was_said_to_last_ends(text: str, now: str, over: bool) -> None:
    told = at("2025-03-14")
    assert ended(days_spoken(text, told), told, at(now)) == over


def test_what_has_ended_holds_for_a_question_about_its_time() -> None:
    told, now = at("2025-03-14"), at("2026-01-01")
    days = days_spoken("I work nights till June.", told)
    assert not ended(days, told, now, [(at("2025-05-01"), at("2025-05-02"))])
    assert ended(days, told, now, [(at("2025-08-01"), at("2025-08-02"))])


def test_what_has_ended_ranks_lower_and_stays() -> None:
    asked = RecallQuery(personal=True, rare=4.0)
    fresh, old = Candidate(1, 0.6, 2.0), Candidate(2, 0.6, 2.0, ended=True)
    first, second = rank(asked, [old, fresh])
    assert (first.id, second.id) == (1, 2)
    assert second.score == pytest.approx(first.score * (1 - ENDED))
    assert sum(part for _, part in second.parts) == pytest.approx(second.score)
    assert second.passes
