"""Words of what is forgotten that stand beside it: in what an import still has to read, in names, and in
what the model had expected further on."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import pytest

from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.erasure.quoting import Quoted
from nowprint.memory.erasure.selection import Selector
from nowprint.records import Alternative, TokenScore

from ..marked import everything
from ..talked import ALL, BOILER, CAT, Talk


def left(talk: Talk, word: str) -> list[str]:
    """The files and blobs that hold it."""
    return [name for name, data in everything(talk.folder) if word.encode() in data]


def wait_to_be_read(talk: Talk, title: str, *texts: str) -> None:
    """A conversation of another assistant's, the user's and its messages by turns."""
    nodes = {
        str(n): {
            "parent": str(n - 1) if n else None,
            "children": [str(n + 1)] if n + 1 < len(texts) else [],
            "message": {
                "author": {"role": "assistant" if n % 2 else "user"},
                "content": {"parts": [text]},
            },
        }
        for n, text in enumerate(texts)
    }
    path = talk.folder.parent / "conversations.json"
    path.write_text(json.dumps([{"title": title, "create_time": 1.7e9, "mapping": nodes}]))
    files = talk.memory.files
    files.apply(files.review(str(path), "").id, (), read=True)


def waiting(talk: Talk) -> list[tuple[str, str]]:
    with talk.store.database.reading() as connection:
        rows = connection.execute("SELECT title, text FROM reading_message ORDER BY position")
        return [tuple(row) for row in rows]


def test_what_is_still_to_be_read_and_its_title(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    told = ("Hello", "Hi", CAT, "Pickwick needs care.", "Thanks", "Bye")
    wait_to_be_read(talk, "Pickwick and me", *told)
    before = waiting(talk)
    batch = talk.memory.forgetting.forget(Forgetting((cat,)), **ALL).batch
    rest = [("", text) for text in ("Hello", "Hi", "Thanks", "Bye")]
    assert waiting(talk) == rest
    talk.memory.forgetting.undo(batch)
    assert waiting(talk) == before
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    assert left(talk, "Pickwick") == []
    assert waiting(talk) == rest


def test_a_name_that_is_said_elsewhere_is_no_repetition(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    wait_to_be_read(talk, "Books", "Who is Pickwick?", "The hero of a novel by Dickens.")
    before = waiting(talk)
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    assert waiting(talk) == before


def test_what_the_model_had_expected_further_on(talk: Talk) -> None:
    cat, asked, _ = talk.say(CAT)
    store, memory = talk.store, talk.memory
    answer = store.add_message(asked.conversation_id, "assistant", "", state="writing")
    top = (Alternative(9, " Pickw", 0.6), Alternative(8, " Rex", 0.3))
    memory.finish_turn(
        answer_id=answer.id, answer_text="He eats fish.", state="complete",
        traces={answer.id: [TokenScore(5, "He", 0, 2, 9.0, 3.0, 1.0, 0.5, top)]},
        baselines={}, recollections=(), pinned=(),
    )  # fmt: skip
    assert left(talk, "Pickw") != []
    memory.forgetting.forget(Forgetting((cat,)), **ALL)
    memory.purge(all=True)
    assert left(talk, "Pickw") == []
    assert [one.text for one in store.trace(answer.id)[0].top] == [" Rex"]


@pytest.mark.parametrize("messages", [True, False])
def test_with_everything_the_names_of_what_is_empty_go(talk: Talk, messages: bool) -> None:
    memory = talk.memory
    _, asked, _ = talk.say(CAT)
    project = memory.projects.create("For Pickwick")
    memory.projects.move_conversation(asked.conversation_id, project.id)
    memory.saved_filters.save("Pickwick", EpisodeFilter(pinned_only=True), "newest")
    path = talk.folder.parent / "Pickwick.txt"
    path.write_text("I like tea.")
    memory.files.apply(memory.files.review(str(path), "").id, (), read=False)
    memory.forgetting.forget(Forgetting(everything=True), messages=messages, answers=messages)
    memory.purge(all=True)
    assert (left(talk, "Pickwick") == []) == messages
    assert [one.name for one in memory.projects.all()] == ([] if messages else ["For Pickwick"])
    assert len(memory.files.imports()) == (0 if messages else 1)


def test_a_project_that_is_empty_stays_when_something_is_forgotten(talk: Talk) -> None:
    cat, _, _ = talk.say(CAT)
    talk.say(BOILER)
    talk.memory.projects.create("Plans")
    talk.memory.forgetting.forget(Forgetting((cat,)), **ALL)
    talk.memory.purge(all=True)
    assert [one.name for one in talk.memory.projects.all()] == ["Plans"]


def test_nobody_waits_while_it_is_looked_what_would_go(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing thousands of messages takes seconds; a chat goes on meanwhile."""
    cat, _, _ = talk.say(CAT)
    said: list[int] = []
    compare = Quoted.repeated

    def compared(*given: Any) -> bool:
        if not said:
            chat = Thread(target=lambda: said.append(talk.say(BOILER)[0]), daemon=True)
            chat.start()
            chat.join(20)
            assert said, "the database is locked"
        return compare(*given)

    monkeypatch.setattr(Quoted, "repeated", compared)
    assert talk.memory.forgetting.plan(Forgetting((cat,))).ids == (cat,)
    said.clear()
    assert talk.memory.forgetting.forget(Forgetting((cat,)), **ALL).messages == 1
    assert talk.there() == set(said)


def test_what_was_planned_is_not_looked_for_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless something has changed."""
    cat, _, _ = talk.say(CAT)
    boiler, _, _ = talk.say(BOILER)
    looked: list[object] = []
    choose = Selector.chosen
    monkeypatch.setattr(
        Selector, "chosen", lambda *given, **more: (looked.append(given), choose(*given, **more))[1]
    )
    forgetting = talk.memory.forgetting
    forgetting.plan(Forgetting(filter=EpisodeFilter("Pickwick")))
    batch = forgetting.forget(Forgetting((cat,)), **ALL).batch
    assert len(looked) == 1
    forgetting.undo(batch)
    forgetting.plan(Forgetting((boiler,)))
    again, _, _ = talk.say(f"{BOILER} He comes from Gdynia.")
    assert forgetting.forget(Forgetting((boiler, again)), **ALL).messages == 2
    assert len(looked) == 3


def test_an_answer_whose_question_went_before_is_still_known(talk: Talk) -> None:
    """One message told two things; with the first one that was forgotten it went."""
    cat, asked, _ = talk.say(CAT)
    draft = talk.draft("phosphorus food", asked)
    (food,) = talk.memory.judge(asked.id, None, (), [draft])
    answer = talk.store.add_message(asked.conversation_id, "assistant", "Phosphorus it is.")
    talk.memory.forgetting.forget(Forgetting((cat,)), messages=True)
    talk.memory.purge(all=True)
    assert talk.store.message(answer.id).text == "Phosphorus it is."
    talk.memory.forgetting.forget(Forgetting((food.episode.id,)), **ALL)
    talk.memory.purge(all=True)
    assert left(talk, "hosphorus") == []
