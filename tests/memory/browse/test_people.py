"""Pages of people, places and things, from what was told to a memory."""

from __future__ import annotations

import time

import pytest

from nowprint.errors import NotFound, UserError
from nowprint.inspection import Forgetting
from nowprint.people_records import Name, NameList, NamePage

from ..talked import ALL, Talk

CELLO = "My sister Marta plays the cello in Porto."
NURSE = "Marta works as a nurse."
ALLERGY = "Marta and Tomasz came for dinner, and Marta is allergic to walnuts."
VISIT = "We visited Tomasz near Lake Vico."


def names(talk: Talk) -> dict[str, Name]:
    return {one.shown: one for one in talk.memory.people.names().names}


def texts(page: NamePage) -> list[str]:
    return [one.episode.text for one in page.told]


def test_a_page_tells_all_in_order_of_time(talk: Talk) -> None:
    ids = talk.tell(CELLO, NURSE, VISIT, ALLERGY)
    marta = names(talk)["Marta"]
    assert (marta.key, marta.kind, marta.relation, marta.page) == (
        "marta",
        "person",
        "sister",
        True,
    )
    assert (marta.episodes, marta.last - marta.first) == (3, 3 * 86_400)
    page = talk.memory.people.page("marta")
    assert texts(page) == [ALLERGY, NURSE, CELLO]
    assert texts(talk.memory.people.page("marta", oldest_first=True)) == [CELLO, NURSE, ALLERGY]
    assert page.ids == (ids[3], ids[1], ids[0])
    assert page.relations == ("sister",)
    assert {(one.shown, one.episodes) for one in page.together} == {("Tomasz", 1), ("Porto", 1)}


def test_what_is_plainly_said_has_its_sentence(talk: Talk) -> None:
    ids = talk.tell(f"It rained all day. {NURSE}", ALLERGY, CELLO)
    facts = {one.kind: one for one in talk.memory.people.page("marta").facts}
    assert (facts["works as"].value, facts["works as"].sentence) == ("a nurse", NURSE)
    assert facts["works as"].episode_id == ids[0]
    assert (facts["allergic to"].value, facts["allergic to"].told) == (
        "walnuts",
        talk.clock.now - 86_400,
    )


def test_what_the_user_says_of_themselves_has_a_page(talk: Talk) -> None:
    talk.tell("I'm allergic to penicillin.", "I live in Leeds, and I like it.", "I like tea.")
    you = talk.memory.people.page("me")
    assert (you.name.shown, you.name.episodes) == ("You", 2)
    assert {(one.kind, one.value) for one in you.facts} == {
        ("allergic to", "penicillin"), ("lives in", "Leeds")
    }  # fmt: skip
    with pytest.raises(UserError):
        talk.memory.people.rename("me", "Sam")


def test_a_change_tells_what_was_before(talk: Talk) -> None:
    old, new = talk.tell("Marta lives in Porto.", "Marta lives in Braga now.")
    with talk.store.database.writing() as connection:
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [old, new])
    told = {one.episode.id: one for one in talk.memory.people.page("marta").told}
    before = told[new].before
    assert before is not None
    assert before.id == old
    assert told[old].before is None
    facts = [(one.value, one.replaced) for one in talk.memory.people.page("marta").facts]
    assert facts == [("Braga", False), ("Porto", True)]


def test_a_name_told_of_once_is_only_mentioned(talk: Talk) -> None:
    talk.tell("I had lunch with Priyanka.", "My landlord is in Spain.")
    found = names(talk)
    assert (found["Priyanka"].page, found["My landlord"].page) == (False, True)
    assert found["My landlord"].relation == "landlord"


def test_two_names_become_one_and_two_again(talk: Talk) -> None:
    talk.tell(CELLO, "My sister rang.", NURSE)
    people = talk.memory.people
    merged = people.merge(("my sister",), "marta")
    assert (merged.shown, merged.episodes, merged.merged) == ("Marta", 3, 2)
    assert "My sister" not in names(talk)
    page = people.page("my sister")
    assert (page.name.key, page.also) == ("marta", ("My sister",))
    talk.reopen()
    people = talk.memory.people
    assert names(talk)["Marta"].episodes == 3
    assert {one.shown for one in people.split("marta")} == {"Marta", "My sister"}
    assert names(talk)["Marta"].episodes == 2
    with pytest.raises(UserError):
        people.split("marta")
    with pytest.raises(UserError):
        people.merge(("marta",), "marta")
    with pytest.raises(NotFound):
        people.merge(("nobody",), "marta")


def test_what_was_merged_merges_on(talk: Talk) -> None:
    talk.tell("Dr. Alvarez called.", "I saw Alvarez again.", "My doctor is nice.")
    people = talk.memory.people
    people.merge(("alvarez",), "dr alvarez")
    people.merge(("dr alvarez",), "my doctor")
    (only,) = people.names().names
    assert (only.key, only.episodes, only.merged) == ("my doctor", 3, 3)


def test_a_page_is_called_what_the_user_calls_it(talk: Talk) -> None:
    talk.tell(CELLO)
    people = talk.memory.people
    assert people.rename("marta", "  Marta  Nowak ").shown == "Marta Nowak"
    assert (names(talk)["Marta Nowak"].renamed, people.page("marta").also) == (True, ("Marta",))
    assert people.names("nowak").names == (names(talk)["Marta Nowak"],)
    assert people.rename("marta", " ").shown == "Marta"


def test_what_is_new_is_read_and_what_is_forgotten_is_not_shown(talk: Talk) -> None:
    (first,) = talk.tell(CELLO)
    assert names(talk)["Marta"].episodes == 1
    talk.tell(NURSE)
    assert names(talk)["Marta"].episodes == 2
    batch = talk.memory.forgetting.forget(Forgetting((first,))).batch
    assert (names(talk)["Marta"].relation, "Porto" in names(talk)) == ("", False)
    talk.memory.forgetting.undo(batch)
    assert names(talk)["Marta"].relation == "sister"


def test_forgetting_all_of_a_page_leaves_no_name_behind(talk: Talk) -> None:
    talk.tell("I like the cello.")
    talk.tell("My sister Oksana plays.", "Oksana works as a nurse.", "My sister rang.")
    people = talk.memory.people
    people.merge(("my sister",), "oksana")
    people.rename("oksana", "Oksana Kowalczuk")
    page = people.page("oksana")
    talk.memory.forgetting.forget(Forgetting(page.ids), **ALL)
    with pytest.raises(NotFound):
        people.page("oksana")
    talk.memory.purge(all=True)
    assert talk.found("Oksana", "oksana", "Kowalczuk", "my sister") == []
    assert people.names() == NameList(())


def test_what_remains_of_a_page_doesnt_bear_a_forgotten_name(talk: Talk) -> None:
    first, second, third = talk.tell(
        "My sister Oksana plays.", "Oksana is a nurse.", "My sister rang."
    )
    people = talk.memory.people
    people.merge(("my sister",), "oksana")
    people.rename("oksana", "Oksana K.")
    talk.memory.forgetting.forget(Forgetting((first, second)), **ALL)
    talk.memory.purge(all=True)
    assert talk.found("Oksana", "oksana") == []
    assert [(one.shown, one.episodes) for one in people.names().names] == [("My sister", 1)]
    assert texts(people.page("my sister")) == ["My sister rang."]
    assert third in people.page("my sister").ids


def test_as_long_as_somebody_is_told_of_the_choices_stay(talk: Talk) -> None:
    first, *_ = talk.tell(CELLO, NURSE, "My sister rang.")
    people = talk.memory.people
    people.merge(("my sister",), "marta")
    people.rename("marta", "Marta N.")
    talk.memory.forgetting.forget(Forgetting((first,)), **ALL)
    talk.memory.purge(all=True)
    assert (names(talk)["Marta N."].episodes, names(talk)["Marta N."].merged) == (2, 2)


def test_thousands_of_episodes_take_no_longer_than_a_breath(talk: Talk) -> None:
    """The second look reads nothing again."""

    def told(n: int) -> str:
        return f"I met Nadi{chr(97 + n % 26)}{chr(97 + n % 19)} in Porto, and it rained."

    talk.tell(CELLO)
    with talk.store.database.writing() as connection:
        row = dict(connection.execute("SELECT * FROM episode").fetchone())
        columns = [name for name in row if name != "id"]
        connection.executemany(
            f"INSERT INTO episode ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
            [
                [told(n) if name == "text" else row[name] for name in columns]
                for n in range(5_000)
            ],
        )  # fmt: skip
    assert len(talk.memory.people.page("porto").ids) > 5_000
    begun = time.perf_counter()
    talk.memory.people.page("porto")
    assert time.perf_counter() - begun < 1.0


def test_of_very_many_some_are_read_at_a_time(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other requests of the core's thread needn't wait for all of them."""
    talk.tell(CELLO, NURSE, VISIT)
    monkeypatch.setattr("nowprint.memory.browse.people.PATIENCE", -1.0)
    assert talk.memory.people.names() == NameList((), 3)
    monkeypatch.setattr("nowprint.memory.browse.people.PATIENCE", 9.0)
    told = talk.memory.people.names()
    assert (told.unread, {"Marta", "Tomasz"} <= {one.shown for one in told.names}) == (0, True)
    monkeypatch.setattr("nowprint.memory.browse.people.PATIENCE", -1.0)
    talk.tell("I met Oksana.")
    assert talk.memory.people.names().unread == 1
    assert talk.memory.people.page("oksana").name.shown == "Oksana"
    assert talk.memory.people.names().unread == 0
