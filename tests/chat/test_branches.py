"""Branches of a conversation with the real model: what it reads, and what is kept of them."""

from __future__ import annotations

import pytest

from nowprint.errors import UserError
from nowprint.memory.storage.conversations import ConversationStore

from .conftest import Talk, kept
from .test_chat import CAT, FERRY


def shown(talk: Talk, id: int) -> list[str]:
    return [one.text for one in talk.chat.store_of(id).messages(id)]


def edit(talk: Talk, message: int, text: str) -> str:
    talk.events.clear()
    return talk.chat.edit(message, text, talk.stop, talk._emit).message.text


@pytest.mark.parametrize("temporary", [False, True])
def test_an_edited_message_has_an_answer_of_its_own(talk: Talk, *, temporary: bool) -> None:
    id = talk.new(temporary=temporary)
    first = talk.say("What is the capital of France?", id).message
    talk.say("And of Spain?", id)
    before = shown(talk, id)
    store: ConversationStore = talk.chat.store_of(id)
    answer = edit(talk, first.parent, "What is the capital of Italy?")
    assert shown(talk, id) == ["What is the capital of Italy?", answer]
    store.show_branch(first.id)
    assert shown(talk, id) == before


def test_what_was_kept_from_either_branch_stays(talk: Talk) -> None:
    id = talk.new()
    asked = talk.say(CAT, id).message.parent
    edit(talk, asked, FERRY)
    assert set(kept(talk)) >= {CAT, FERRY}


def test_only_what_is_on_the_branch_is_read(talk: Talk) -> None:
    id = talk.new()
    first = talk.say("My favourite colour is green.", id).message
    second = talk.say("Say something about the sea.", id).message
    talk.chat.retry(id, talk.stop, talk._emit, first.id)
    built = talk.chat.builder.base((), talk.store.messages(id), "next")
    assert "sea" not in " ".join(one.text for one in built.history)
    assert talk.store.message(second.id).parent != 0
    assert len(talk.store.message(first.id).siblings) == 2
    assert len(talk.store.tree(id)) == 5


def test_an_answer_is_continued_where_it_broke_off(talk: Talk) -> None:
    talk.set(answer_tokens=4)
    id = talk.new()
    short = talk.say("What is the capital of France? Answer in one sentence.", id).message
    talk.set(answer_tokens=12)
    talk.events.clear()
    longer = talk.chat.go_on(short.id, talk.stop, talk._emit).message
    whole = talk.say("What is the capital of France? Answer in one sentence.").message
    assert longer.text.startswith(short.text)
    assert longer.text == whole.text  # it goes on as if it had never stopped
    assert longer.siblings == (short.id, longer.id)
    assert talk.store.message(short.id).text == short.text
    assert not talk.store.has_trace(longer.id)


def test_what_can_not_be_done_is_told_and_changes_nothing(talk: Talk) -> None:
    id = talk.new()
    answer = talk.say("Hello there", id).message
    for act in (
        lambda: talk.chat.edit(answer.id, "x", talk.stop, talk._emit),
        lambda: talk.chat.edit(answer.parent, "  ", talk.stop, talk._emit),
        lambda: talk.chat.go_on(answer.parent, talk.stop, talk._emit),
    ):
        with pytest.raises(UserError):
            act()
    assert len(talk.store.tree(id)) == 2
