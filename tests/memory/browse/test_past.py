"""What an overview of a matter or of a time holds."""

from __future__ import annotations

from nowprint.memory.browse import past

from ..conftest import Draft, Profiled

DAY = 86_400.0
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
            connection.execute("UPDATE episode SET created = ? WHERE id = ?", [n * 10 * DAY, id])
    return ids


def texts(found: past.Past) -> list[str]:
    return [one.text for one in found.episodes]


def test_a_matter_in_order_of_time(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    found = home.memory.past.find("the boiler", ())
    assert texts(found) == [TOLD[0], TOLD[3]]
    assert (found.total, found.at_other_times) == (2, False)
    assert texts(home.memory.past.find("Marta", ())) == [TOLD[1], TOLD[2]]
    assert home.memory.past.find("the Hanseatic League", ()).episodes == ()


def test_a_time(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    within = home.memory.past.find("", [(5 * DAY, 25 * DAY)])
    assert texts(within) == [TOLD[1], TOLD[2]]
    assert texts(home.memory.past.find("the boiler", [(5 * DAY, 35 * DAY)])) == [TOLD[3]]
    assert home.memory.past.find("", [(90 * DAY, 99 * DAY)]).episodes == ()


def test_a_matter_at_other_times_than_asked(home: Profiled, make_draft: Draft) -> None:
    tell(home, make_draft, *TOLD)
    found = home.memory.past.find("the boiler", [(90 * DAY, 99 * DAY)])
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
