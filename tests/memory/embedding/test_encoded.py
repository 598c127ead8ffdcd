"""The encoder's vectors of the episodes are stored, and follow whatever happens to the texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.encoded import Encoded
from nowprint.memory.embedding.vectors import nearest
from nowprint.memory.memory import Memory
from nowprint.records import EpisodeDraft
from nowprint.settings import Profile

from ..conftest import Profiled

Draft = Callable[..., EpisodeDraft]

CAT = "Unsere Katze Minka hat wieder die ganze Nacht miaut."
BOAT = "Unser Kahn liegt jetzt auf dem Platz 46, direkt hinterm Schilf."
TEETH = "Am Dienstag wird mir der Weisheitszahn gezogen."
WHOSE = "Wie heißt meine Katze?"


@pytest.fixture
def told(home: Profiled, make_draft: Draft) -> dict[str, int]:
    return {text: home.memory.keep(make_draft(text)).episode.id for text in (CAT, BOAT, TEETH)}


def encoded(memory: Memory) -> Encoded:
    return memory.retrieval.encoded


def stored(memory: Memory) -> dict[int, bytes]:
    with memory._database.reading() as connection:
        rows = connection.execute("SELECT episode_id, data FROM encoding ORDER BY episode_id")
        return {row[0]: row[1] for row in rows}


def found(memory: Memory, question: str) -> list[int]:
    """The ids of those that the encoder finds, the nearest first."""
    vector = encoded(memory).vector(question)
    assert vector is not None
    active = memory._index_sync.opened().ids()
    return [id for id, _ in encoded(memory).opened(active).search(vector, 10)]


def test_each_episode_gets_one_when_it_is_kept(home: Profiled, told: dict[str, int]) -> None:
    assert list(stored(home.memory)) == list(told.values())
    assert found(home.memory, WHOSE)[0] == told[CAT]


def test_an_edited_text_gets_another(home: Profiled, told: dict[str, int]) -> None:
    before = stored(home.memory)
    assert found(home.memory, WHOSE)[0] == told[CAT]
    home.memory.edit(told[TEETH], "Meine Katze heißt Minka.")
    assert told[TEETH] not in stored(home.memory)
    home.memory.retrieval.gather(WHOSE)
    after = stored(home.memory)
    assert {id for id in after if after[id] != before[id]} == {told[TEETH]}
    assert found(home.memory, WHOSE)[0] == told[TEETH]


def test_older_episodes_are_read_until_a_request_waits(
    home: Profiled, told: dict[str, int]
) -> None:
    before = stored(home.memory)
    with home.memory._database.writing() as connection:  # as another encoder's would be
        connection.execute("DELETE FROM encoding")
        connection.execute("DELETE FROM meta WHERE key = 'encoded by'")
    waits = Event()
    waits.set()
    encoded(home.memory).read_all(waits)
    assert stored(home.memory) == {}
    encoded(home.memory).read_all(Event())
    assert stored(home.memory) == before
    assert not encoded(home.memory).read_some(8)


def test_of_a_forgotten_one_nothing_is_left(home: Profiled, told: dict[str, int]) -> None:
    assert told[CAT] in found(home.memory, WHOSE)
    gone = stored(home.memory)[told[CAT]]
    home.memory.forget([told[CAT]])
    assert told[CAT] not in found(home.memory, WHOSE)
    home.memory.undo_forget([told[CAT]])
    assert found(home.memory, WHOSE)[0] == told[CAT]
    home.memory.forget([told[CAT]])
    home.memory.purge(all=True)
    assert list(stored(home.memory)) == [told[BOAT], told[TEETH]]
    home.memory.close()
    files = [path for path in home.profile.home.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if gone[40:60] in path.read_bytes()] == []
    home.open()


def test_what_is_archived_is_found_by_a_search_alone(home: Profiled, told: dict[str, int]) -> None:
    home.memory.archive.archive([told[CAT]])
    assert told[CAT] not in found(home.memory, WHOSE)
    assert home.memory.retrieval.search(WHOSE, 1)[0].episode.id == told[CAT]
    home.memory.archive.bring_back([told[CAT]])
    assert found(home.memory, WHOSE)[0] == told[CAT]


def test_a_text_in_english_is_left_to_the_embedder(home: Profiled, told: dict[str, int]) -> None:
    assert not home.memory.retrieval.gather("What is my cat's name?").asked.encoded
    assert home.memory.retrieval.gather(WHOSE).asked.encoded


def test_without_the_encoder_the_embedder_finds_them(
    profile: Profile, embedder: Embedder, tmp_path: Path, make_draft: Draft
) -> None:
    (tmp_path / "broken").mkdir()
    for encoder in (None, Embedder(tmp_path / "broken")):
        home = Profiled(profile, embedder, encoder)
        home.memory.keep(make_draft(BOAT))
        encoded(home.memory).read_all(Event())
        assert stored(home.memory) == {}
        assert not home.memory.retrieval.gather("Wo liegt der Kahn?").asked.encoded
        assert home.memory.retrieval.search("Wo liegt der Kahn?", 1)[0].episode.text == BOAT
        home.memory.close()


def test_what_was_kept_without_an_embedder_is_found_by_the_encoder(
    profile: Profile, encoder: Embedder, tmp_path: Path, make_draft: Draft
) -> None:
    (tmp_path / "broken").mkdir()
    home = Profiled(profile, Embedder(tmp_path / "broken"), encoder)
    id = home.memory.keep(make_draft(BOAT)).episode.id
    gathered = home.memory.retrieval.gather("Wo ist mein Boot festgemacht?")
    assert [one.id for one in gathered.candidates] == [id]
    home.memory.forget([id])
    assert home.memory.retrieval.gather("Wo ist mein Boot festgemacht?").candidates == ()
    home.memory.close()


def test_the_nearest_are_the_same_as_of_all_sorted() -> None:
    chance = np.random.default_rng(3)
    vectors = chance.normal(size=(500, 8)).astype(np.float32)
    vector = chance.normal(size=8).astype(np.float32)
    ids = list(range(1000, 1500))
    cosines = vectors @ vector
    best = np.argsort(-cosines)
    for most in (1, 7, 499, 500, 900):
        assert list(nearest(ids, vectors, vector, most)) == [ids[row] for row in best[:most]]
