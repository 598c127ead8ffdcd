"""What is plainly said answers exact questions, and only these."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nowprint.inspection import Forgetting
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.episodes import scope_of
from nowprint.salience.episodes import added_draft

from ..conftest import Profiled
from ..talked import Talk

LIST = Path(__file__).parents[2] / "corpora" / "fact-questions.jsonl"


def answers(memory: Memory, question: str, **more: bool) -> list[str]:
    return [one.value for one in memory.stated.answers(question, **more)]


def test_an_answer_has_its_sentence(talk: Talk) -> None:
    (id,) = talk.tell("It rained all day. My sister Hannah is allergic to penicillin.")
    (fact,) = talk.memory.stated.answers("What is my sister allergic to?")
    assert (fact.value, fact.whose, fact.kind) == ("penicillin", "Hannah", "allergic to")
    assert fact.sentence == "My sister Hannah is allergic to penicillin."
    assert (fact.episode_id, fact.told) == (id, talk.clock.now)


def test_the_newest_telling_stands(talk: Talk) -> None:
    talk.tell("I live in Leeds.", "I live in York now.")
    assert answers(talk.memory, "Where do I live?") == ["York"]


def test_allergies_stand_together(talk: Talk) -> None:
    talk.tell("I'm allergic to nuts.", "I'm allergic to cats.", "I am allergic to nuts.")
    assert answers(talk.memory, "What am I allergic to?") == ["nuts", "cats"]


def test_what_was_replaced_or_likely_was_is_no_answer(talk: Talk) -> None:
    old, new, other = talk.tell(
        "Marta lives in Porto.", "Marta has unpacked in Braga.", "Marta works as a nurse."
    )
    for newer, probability, found in ((new, 0.06, []), (other, 0.06, ["Porto"]), (other, 0.2, [])):
        with talk.store.database.writing() as connection:
            connection.execute("DELETE FROM doubt")
            connection.execute("INSERT INTO doubt VALUES (?, ?, ?, 0)", [newer, old, probability])
        assert answers(talk.memory, "Where does Marta live?") == found
    with talk.store.database.writing() as connection:
        connection.execute("DELETE FROM doubt")
        connection.execute("UPDATE episode SET replaces = ? WHERE id = ?", [old, new])
    assert answers(talk.memory, "Where does Marta live?") == []


def test_what_is_forgotten_archived_or_edited(talk: Talk) -> None:
    (id,) = talk.tell("I work at Siemens.")
    talk.memory.archive.archive([id])
    assert answers(talk.memory, "Where do I work?") == []
    assert answers(talk.memory, "Where do I work?", archived=True) == ["Siemens"]
    talk.memory.archive.bring_back([id])
    talk.memory.editing.edit(id, "I work at Bosch.")
    assert answers(talk.memory, "Where do I work?") == ["Bosch"]
    talk.memory.forgetting.forget(Forgetting((id,)))
    assert answers(talk.memory, "Where do I work?", archived=True) == []


def test_the_user_is_found_among_many_others(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.tell("I live in Leeds.", "Marta lives in Porto.", "Tom lives in York.")
    monkeypatch.setattr("nowprint.memory.retrieval.stated.READ", 1)
    assert answers(talk.memory, "Where do I live?") == ["Leeds"]


def test_two_sisters_are_two(talk: Talk) -> None:
    talk.tell("My sister Hannah lives in Leeds.", "My sister Judith is a nurse.")
    assert answers(talk.memory, "Where does my sister live?") == []
    assert answers(talk.memory, "Where does Hannah live?") == ["Leeds"]
    assert answers(talk.memory, "What's my sister called?") == ["Judith", "Hannah"]


def test_what_is_told_of_the_relation_answers_for_the_name(talk: Talk) -> None:
    talk.tell("My sister Hannah rang.", "My sister's birthday is on 14 March.")
    assert answers(talk.memory, "When is Hannah's birthday?") == ["14 March"]


def test_a_new_dentist_takes_the_place_of_the_old(talk: Talk) -> None:
    talk.tell("My dentist is Dr Okafor.", "My dentist is Dr Weller.")
    assert answers(talk.memory, "Who is my dentist?") == ["Dr Weller"]


def test_a_first_name_is_enough_if_one_person_has_it(talk: Talk) -> None:
    talk.tell("Marta Kowalska lives in Porto.")
    assert answers(talk.memory, "Where does Marta live?") == ["Porto"]
    talk.tell("Marta Nowak works as a nurse.")
    assert answers(talk.memory, "Where does Marta live?") == []
    talk.memory.people.merge(("marta nowak",), "marta kowalska")
    assert answers(talk.memory, "Where does Marta live?") == ["Porto"]
    talk.tell("Marta Dias lives in Lodz.")
    assert answers(talk.memory, "Where does Marta live?") == []


def test_pages_that_the_user_merged_and_renamed(talk: Talk) -> None:
    talk.tell("Marta works as a nurse.", "My neighbour lives in Porto.")
    talk.memory.people.merge(("my neighbour",), "marta")
    assert answers(talk.memory, "Where does Marta live?") == ["Porto"]
    talk.memory.people.rename("marta", "Tita")
    assert answers(talk.memory, "What does Tita do?") == ["a nurse"]


def test_a_question_in_another_language_is_answered(talk: Talk) -> None:
    talk.tell("Ich wohne in Kassel.")
    assert answers(talk.memory, "Where do I live?") == ["Kassel"]


def test_another_project_does_not_answer(talk: Talk) -> None:
    (id,) = talk.tell("I live in Leeds.")
    home, work = (talk.memory.projects.create(name).id for name in ("Home", "Work"))
    talk.memory.projects.move([id], home)
    stated = talk.memory.stated
    assert stated.ids("Where do I live?", scope_of(home)) == {id}
    assert stated.ids("Where do I live?", scope_of(work)) == frozenset()


def test_nobody_is_answered_wrongly(embedder: Embedder) -> None:
    """The list was written before the words were by which facts and questions are known."""
    right = asked = 0
    for line in LIST.read_text(encoding="utf-8").splitlines():
        life = json.loads(line)
        memory = Memory(ConversationStore(None), embedder, None, lambda _: None)
        for text in life["told"]:
            memory.keep(added_draft(text, None))
        for one in life["asked"]:
            found = answers(memory, one["question"])
            assert all(one["value"].lower() in value.lower() for value in found), one
            right, asked = right + bool(found), asked + 1
        assert not [one for one in life["untold"] if answers(memory, one)]
        memory.close()
    assert right > 0.85 * asked


@pytest.mark.parametrize(
    ("question", "stated"),
    [
        ("What is Marta allergic to?", {"Marta is allergic to shellfish, so no paella on Friday."}),
        ("Where does Marta work?", set()),
        ("When is Marta's birthday?", set()),
    ],
)
def test_what_states_it_comes_first_and_its_score_says_so(
    question: str, stated: set[str], home: Profiled
) -> None:
    for text in (
        "Marta is allergic to shellfish, so no paella on Friday.",
        "Marta lives in Bristol with her allergic cat.",
        "Marta asked me what to bring to the dinner, allergies and all.",
    ):
        home.memory.keep(added_draft(text, None))
    found = home.memory.retrieval.recall(question, limit=3)
    assert {one.episode.text for one in found if "stated" in dict(one.parts)} == stated
    if stated:
        assert {found[0].episode.text} == stated
    assert all(abs(sum(value for _, value in one.parts) - one.score) < 1e-6 for one in found)


def test_an_import_does_not_say_who_somebody_is(talk: Talk) -> None:
    talk.tell("My dentist is Dr Okafor.", "Dr Okafor lives in Leeds.")
    later = talk.tell("My dentist is Dr Evil.", "Dr Evil lives in York.")
    with talk.store.database.writing() as connection:
        connection.execute("UPDATE episode SET replaces = NULL")
        connection.execute(f"UPDATE episode SET confirmed = 0 WHERE id IN {tuple(later)}")
    assert answers(talk.memory, "Who is my dentist?") == ["Dr Okafor"]
    assert answers(talk.memory, "Where does my dentist live?") == ["Leeds"]


def test_a_name_is_not_looked_for_among_all_episodes(talk: Talk) -> None:
    (id,) = talk.tell("My sister Marta lives in Porto.")
    database = talk.store.database

    def cost() -> int:
        """In how many hundreds of steps SQLite finds the answer."""
        steps: list[None] = []
        with database.reading() as connection:
            connection.set_progress_handler(lambda: steps.append(None), 100)
            assert answers(talk.memory, "Where does Marta live?") == ["Porto"]
            connection.set_progress_handler(None, 0)
        return len(steps)

    alone = cost()
    with database.writing() as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(episode)")]
        columns = ", ".join(name for name in names if name != "id")
        connection.execute(
            f"INSERT INTO episode ({columns}) SELECT {columns} FROM episode e, json_each(?) WHERE e.id = ?",
            [json.dumps([0] * 1000), id],
        )
    assert cost() < alone + 20
