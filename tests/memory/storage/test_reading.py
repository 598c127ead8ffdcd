"""What was read in a text, the days and facts, is stored, and follows whatever happens to the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage import reading
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.spoken_days import DaysSpoken
from nowprint.records import EpisodeDraft

Draft = Callable[..., EpisodeDraft]


def at(day: str) -> float:
    return datetime.fromisoformat(day).timestamp() + 12 * 3600


class Clock:
    now = at("2025-03-14")

    def __call__(self) -> float:
        return self.now


class Told:
    """A memory, and what is stored of it."""

    def __init__(self, embedder: Embedder, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self._made = lambda: Memory(
            ConversationStore(folder / "memory.db"),
            embedder,
            folder / "index.hnsw",
            lambda event: None,
            clock=clock,
        )
        self.open()

    def open(self) -> None:
        self.memory = self._made()
        self.database = self.memory._database
        self.days = DaysSpoken(self.database)

    def of(self, id: int) -> list[tuple[str, str]]:
        return [
            (date.fromordinal(one.first).isoformat(), date.fromordinal(one.after).isoformat())
            for one in self.days.of([id]).get(id, ())
        ]


@pytest.fixture
def told(embedder: Embedder, tmp_path: Path) -> Iterator[Told]:
    made = Told(embedder, tmp_path, Clock())
    yield made
    made.memory.close()


def test_they_count_from_the_day_of_telling(told: Told, make_draft: Draft) -> None:
    id = told.memory.keep(make_draft("The plumber comes tomorrow.")).episode.id
    assert told.of(id) == [("2025-03-15", "2025-03-16")]


def test_an_edited_text_is_read_anew(told: Told, make_draft: Draft) -> None:
    id = told.memory.keep(make_draft("The plumber comes tomorrow.")).episode.id
    told.clock.now = at("2025-08-01")
    told.memory.edit(id, "The plumber comes on 20 March 2025.")
    assert told.of(id) == [("2025-03-20", "2025-03-21")]
    told.memory.edit(id, "The plumber comes.")
    assert told.of(id) == []


def test_a_new_text_is_read_before_others_that_wait(told: Told, make_draft: Draft) -> None:
    told.memory.keep(make_draft("The roofer comes tomorrow."))
    with told.database.writing() as connection:
        connection.execute("INSERT INTO unread SELECT id FROM episode")  # as after an update
    id = told.memory.keep(make_draft("The plumber comes tomorrow.")).episode.id
    assert told.of(id) == [("2025-03-15", "2025-03-16")]


def test_pieces_speak_of_their_own_days(told: Told, make_draft: Draft) -> None:
    text = "The plumber comes tomorrow. The lease ends on 30 June 2025."
    id = told.memory.keep(make_draft(text)).episode.id
    first, second = told.memory.editing.split(id, [text.index("The lease")])
    assert told.of(first.id) == [("2025-03-15", "2025-03-16")]
    assert told.of(second.id) == [("2025-06-30", "2025-07-01")]


def test_with_the_episode_they_go(told: Told, make_draft: Draft, tmp_path: Path) -> None:
    text = "I work as a zymurgist. The plumber comes tomorrow."
    id = told.memory.keep(make_draft(text)).episode.id
    tables = ("spoken_day", "plain_fact", "unread")
    counts = [told.database.value(f"SELECT count(*) FROM {table}") for table in tables]
    assert counts == [1, 1, 0]
    told.memory.forget([id])
    told.memory.purge(all=True)
    assert not any(told.database.value(f"SELECT count(*) FROM {table}") for table in tables)
    told.memory.close()
    assert all(b"zymurgist" not in file.read_bytes() for file in tmp_path.glob("memory.db*"))
    told.open()


def test_a_better_reader_reads_all_again(
    told: Told, make_draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.memory.prepare()
    id = told.memory.keep(make_draft("The plumber comes tomorrow.")).episode.id
    with told.database.writing() as connection:
        connection.execute("UPDATE spoken_day SET first = 1")  # what a worse one had read
    told.memory.close()
    told.open()
    told.memory.prepare()
    assert told.of(id) != [("2025-03-15", "2025-03-16")]
    told.memory.close()
    monkeypatch.setattr(reading, "READER", reading.READER + 1)
    told.open()
    told.memory.prepare()
    assert told.of(id) == [("2025-03-15", "2025-03-16")]


def test_a_day_finds_what_was_told_of_it_long_before(told: Told, make_draft: Draft) -> None:
    id = told.memory.keep(make_draft("My cousin marries on 3 June 2026.", salience=0.1)).episode.id
    for number in range(120):  # more than one search brings in, and all nearer to the question
        told.memory.keep(make_draft(f"On the weekend I did planning for matter {number}."))
    told.clock.now = at("2026-05-30")
    gathered = told.memory.retrieval.gather("What did I plan for next Wednesday?")
    assert {one.id: one.date for one in gathered.candidates}[id] == 1.0


@pytest.mark.parametrize(
    ("period", "speaking"),
    [
        (("2025-06-01", "2025-07-01"), {"month", "day"}),
        (("2025-06-30", "2025-07-01"), {"day"}),
        (("2025-06-15", "2025-07-15"), {"month", "day"}),
        (("2025-07-01", "2025-08-01"), set()),
    ],
)
def test_most_of_the_days_lie_in_the_period(
    told: Told, make_draft: Draft, period: tuple[str, str], speaking: set[str]
) -> None:
    texts = {
        "month": "In June 2025 we travel.",
        "day": "The lease ends on 30 June 2025.",
        "none": "We like to travel.",
    }
    ids = {told.memory.keep(make_draft(text)).episode.id: name for name, text in texts.items()}
    wanted = [tuple(datetime.fromisoformat(day).timestamp() for day in period)]
    found = {ids[id] for id in told.days.speaking(wanted, None, 10)}  # type: ignore[arg-type]
    assert found == speaking


def test_nobody_waits_for_the_database_while_a_text_is_read(
    told: Told, make_draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.memory.keep(make_draft("The plumber comes tomorrow."))
    free = []

    def looked(text: str) -> tuple[()]:
        with ThreadPoolExecutor() as other:
            free.append(other.submit(told.database.lock.acquire, timeout=1.0).result())
            if free[-1]:
                other.submit(told.database.lock.release).result()
        return ()

    monkeypatch.setattr(reading, "facts_in", looked)
    told.memory.prepare()
    assert free == [True]


def test_a_text_that_is_edited_while_it_is_read_is_read_again(
    told: Told, make_draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = told.memory.keep(make_draft("The plumber comes tomorrow.")).episode.id
    with told.database.writing() as connection:
        connection.execute("INSERT INTO unread SELECT id FROM episode")
    read = reading.facts_in

    def edited(text: str) -> object:
        monkeypatch.setattr(reading, "facts_in", read)
        told.memory.edit(id, "The plumber comes on 20 March 2025.")
        return read(text)

    monkeypatch.setattr(reading, "facts_in", edited)
    reading.TextReader(told.database).read([id])
    assert told.of(id) == [("2025-03-20", "2025-03-21")]


def test_closing_waits_for_few_texts(
    told: Told, make_draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        told.memory.keep(make_draft(f"Plumber {number} comes tomorrow."))
    texts = []

    def closing(text: str) -> tuple[()]:
        told.memory.files.tasks.stop(for_good=True)
        texts.append(text)
        return ()

    monkeypatch.setattr(reading, "facts_in", closing)
    told.memory.prepare()
    assert 0 < len(texts) < 20
    told.memory.close()
    told.open()
    monkeypatch.setattr(reading, "facts_in", lambda text: texts.append(text) or ())
    told.memory.prepare()
    assert len(texts) == 20
