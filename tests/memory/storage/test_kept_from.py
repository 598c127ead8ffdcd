"""Each message tells which episodes were kept from it, whenever it is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from nowprint.inspection import Forgetting
from nowprint.records import EpisodeDraft

from ..conftest import Profiled

OLD, NEW = "The launch is on April 3.", "The launch moved to April 17."


def test_it_counts_what_was_kept_changed_and_repeated(
    home: Profiled, make_draft: Callable[..., EpisodeDraft]
) -> None:
    asked, _ = home.turn(make_draft, OLD, "My cat is called Pickwick.")
    home.turn(make_draft, NEW, conversation=asked.conversation_id)
    again, answer = home.turn(make_draft, NEW, conversation=asked.conversation_id)

    def told() -> list[tuple[tuple[int, ...], int]]:
        read = home.store.messages(asked.conversation_id)
        return [(one.kept, one.updates) for one in read if one.role == "user"]

    assert told() == [((1, 2), 0), ((3,), 1), ((3,), 0)]
    assert home.store.message(answer.id).kept == ()
    home.reopen()
    assert told() == [((1, 2), 0), ((3,), 1), ((3,), 0)]
    home.memory.forgetting.forget(Forgetting(ids=(2,)))
    assert told() == [((1,), 0), ((3,), 1), ((3,), 0)]
    assert home.store.message(again.id).kept == (3,)


def test_the_question_before_a_short_reply_is_only_its_context(
    home: Profiled, make_draft: Callable[..., EpisodeDraft]
) -> None:
    talk = home.store.create_conversation().id
    question = home.store.add_message(talk, "assistant", "What is your cat called?")
    reply = home.store.add_message(talk, "user", "Pickwick")
    (asked,) = make_draft(question.text, question).sources
    draft = make_draft(reply.text, reply)
    both = dataclasses.replace(
        draft, text=f"{question.text} {reply.text}", sources=(asked, *draft.sources)
    )
    kept = home.memory.keep(both).episode
    assert [one.kept for one in home.store.messages(talk)] == [(), (kept.id,)]
