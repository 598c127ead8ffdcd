"""What an overview of a matter or of a time holds."""

from __future__ import annotations

from threading import Event

from nowprint.memory.browse import past
from nowprint.memory.storage.reading import TextReader

from ..conftest import Draft, Profiled

DAY = 86_400.0
BEGAN = 20_000 * DAY
TOLD = (
    "The boiler leaks again.",
    "My sister Marta plays the cello in Porto.",
    "Marta moved to Lisbon.",
    "The boiler is fixed, it cost 180.",
    "I have started to learn Finnish.",
)


def tell(home: Profiled, make_draft: Draft, *texts: str) -> list[int]:
    """Keep the texts, told ten days apart, and return their ids."""
    ids = [home.memory.keep(make_draft(text, kind="remembered")).episode.id for text in texts]
    with home.store.database.writing() as connection:
        for n, id in enumerate(ids):
            connection.execute(
                "UPDATE episode SET created = ? WHERE id = ?", [BEGAN + n * 10 * DAY, id]
            )
    TextReader(home.store.database).read_all(Event())
    return ids


def during(first: int, after: int) -> tuple[float, float]:
    """The days from one to another, counted from the first telling."""
    return BEGAN + first * DAY, BEGAN + after * DAY


def texts(found: past.Past) -> list[str]:
    return [one.text for one in found.episodes]


def test_a_matter_in_order_of_time(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    found = home.memory.past.find("the boiler", ())
    assert texts(found) == [TOLD[0], TOLD[3]]
    assert (found.total, found.at_other_times) == (2, False)
    assert texts(home.memory.past.find("Marta", ())) == [TOLD[1], TOLD[2]]
    assert home.memory.past.find("the Hanseatic League", ()).episodes == ()


def test_whole_words_in_any_form(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, "My cats are fed at six.", "We saw the cathedral with Catherine.")
    assert texts(home.memory.past.find("my cat", ())) == ["My cats are fed at six."]


def test_a_day_that_was_spoken_of(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD, "The boiler man comes tomorrow.")
    found = home.memory.past.find("the boiler", [during(51, 52)])
    assert texts(found) == ["The boiler man comes tomorrow."]
    assert not found.at_other_times


def test_what_changed_is_in_it(home: Profiled, make_draft: Draft) -> None:
    old, new = tell(home, make_draft, "The bin day is Tuesday.", "The bin day is Friday now.")
    with home.store.database.writing() as connection:
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [old, new])
    found = home.memory.past.find("bin day", ())
    assert [one.replaced_by is not None for one in found.episodes] == [True, False]


def test_a_time(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    within = home.memory.past.find("", [during(5, 25)])
    assert texts(within) == [TOLD[1], TOLD[2]]
    assert texts(home.memory.past.find("the boiler", [during(5, 35)])) == [TOLD[3]]
    assert home.memory.past.find("", [during(90, 99)]).episodes == ()


def test_a_matter_at_other_times_than_asked(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    found = home.memory.past.find("the boiler", [during(90, 99)])
    assert texts(found) == [TOLD[0], TOLD[3]]
    assert found.at_other_times


def test_what_was_forgotten_or_is_another_project_s_is_left_out(
    home: Profiled, make_draft: Draft
) -> None:
    ids = tell(home, make_draft, *TOLD)
    project = home.memory.projects.create("Heating").id
    home.memory.projects.move([ids[3]], project)
    assert texts(home.memory.past.find("the boiler", ())) == [TOLD[0]]
    assert texts(home.memory.past.find("the boiler", (), project=project)) == [TOLD[0], TOLD[3]]
    assert texts(home.memory.past.find("", (), project=project, alone=True)) == [TOLD[3]]


def test_the_last_of_many(home: Profiled, make_draft: Draft, monkeypatch) -> None:
    monkeypatch.setattr(past, "MOST", 2)
    tell(home, make_draft, *TOLD)
    found = home.memory.past.find("", ())
    assert texts(found) == [*TOLD[3:]]
    assert found.total == len(TOLD)
