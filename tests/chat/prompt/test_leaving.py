"""What leaves a long conversation's prompts, what stays, and what the user brings back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nowprint.chat.prompt.builder import Base, PromptBuilder
from nowprint.chat.prompt.leaving import BEGINNING, Marks, rest_of
from nowprint.engine.engine import Engine
from nowprint.records import Message, Role

CONTEXT = 1024


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=CONTEXT)
    yield engine
    engine.close()


@pytest.fixture
def builder(engine: Engine) -> PromptBuilder:
    return PromptBuilder(engine, answer_tokens=64)


def said(id: int, role: Role, text: str, chat: int = 3) -> Message:
    return Message(id, chat, role, text, 0.0, "complete", "", (), None)


def turns(count: int) -> tuple[Message, ...]:
    """Turns of about 40 tokens; the user's messages have even ids."""
    messages = []
    for n in range(1, count + 1):
        messages.append(said(2 * n, "user", f"Question {n}: what is there to see at lake {n}?"))
        messages.append(said(2 * n + 1, "assistant", f"Answer {n}: at lake {n} there are herons."))
    return tuple(messages)


LONG = "Here is what I would pack for lake Vico. " + " ".join(
    f"Take {n} pairs of socks, and a towel of size {n}." for n in range(2, 30)
)


def salient(**more: float) -> Marks:
    """All messages are worth little, but some: ``m8`` is the message 8."""
    every = {2 * n: 0.05 for n in range(1, 80)}
    return Marks(every | {int(name[1:]): value for name, value in more.items()})


def users(base: Base) -> list[int]:
    return [message.id for message in base.history if message.role == "user"]


# --- what leaves -------------------------------------------------------------------------------


def test_what_is_salient_stays_and_the_last_turns_stay(builder: PromptBuilder) -> None:
    base = builder.base((), turns(60), "Well?", marks=salient(m8=0.9, m20=0.8))
    there = users(base)
    assert {8, 20} < set(there)
    assert there == sorted(there)
    last = [id for id in there if id not in (8, 20)]
    assert last == list(range(last[0], 121, 2)), "of those worth little the oldest left"
    assert {part.message_id for part in base.left} == {
        m.id for m in turns(60) if m.id not in {n.id for n in base.history}
    }
    assert {part.why for part in base.left if part.message_id > 8} == {"least salient"}
    assert next(part.salience for part in base.left if part.message_id == 30) == 0.05


def test_without_marks_the_oldest_leave(builder: PromptBuilder) -> None:
    base = builder.base((), turns(60), "Well?")
    there = users(base)
    assert there == list(range(there[0], 121, 2))
    assert {part.why for part in base.left} == {"oldest"}


def test_the_rest_of_a_long_answer_leaves_before_any_turn(builder: PromptBuilder) -> None:
    history = list(turns(9))
    history[5] = replace(history[5], text=LONG)
    base = builder.base((), history, "Well?", marks=salient())
    (rest,) = base.left
    assert (rest.message_id, rest.why, rest.role) == (7, "rest of an answer", "assistant")
    there = next(m.text for m in base.history if m.id == 7)
    assert (
        there
        == "Here is what I would pack for lake Vico. Take 2 pairs of socks, and a towel "
        + (there[76:])
    )
    assert len(there) <= BEGINNING
    assert f"{there} {rest.text}" == LONG
    assert users(base) == list(range(2, 19, 2))


def test_an_answer_whose_rest_left_leaves_whole_later(builder: PromptBuilder) -> None:
    history = list(turns(60))
    history[5] = replace(history[5], text=LONG)
    builder.base((), history[:18], "Well?", marks=salient())
    base = builder.base((), history, "Well?", marks=salient())
    (left,) = [part for part in base.left if part.message_id == 7]
    assert (left.text, left.why) == (LONG, "oldest")


def test_short_answers_and_own_words_have_no_rest() -> None:
    assert rest_of(said(1, "assistant", "Yes, at lake Vico. It has herons.")) == ""
    assert rest_of(said(1, "user", LONG)) == ""
    assert rest_of(said(1, "assistant", "word " * 200)) != "", "a text without sentences has one"


def test_what_left_stays_away_while_the_rest_fits(builder: PromptBuilder) -> None:
    """Each change in the middle of a prompt costs a part of the cache."""
    marks = salient(m8=0.9)
    seen = [
        tuple(part.message_id for part in builder.base((), turns(n), "Well?", marks=marks).left)
        for n in range(1, 70)
    ]
    changes = sum(a != b for a, b in itertools.pairwise(seen))
    assert 2 < changes < 20
    assert all(set(a) <= set(b) for a, b in itertools.pairwise(seen))


def test_prompts_fit(builder: PromptBuilder, engine: Engine) -> None:
    for marks in (None, salient(), Marks({2 * n: 0.99 for n in range(1, 80)})):
        base = builder.base((), turns(75), "Well?", marks=marks)
        messages, _ = builder.with_recollections(base, ())
        assert engine.count(messages) <= CONTEXT - 64
        assert users(base)[-1] == 150


def test_everything_leaves_for_a_message_that_needs_the_room(builder: PromptBuilder) -> None:
    held = Marks(held=frozenset({4, 6}))
    base = builder.base((), turns(4), "heron " * 480, marks=held)
    assert base.history == ()
    assert len(base.left) == 8


def test_what_is_not_judged_yet_outlasts_what_is_worth_little(builder: PromptBuilder) -> None:
    marks = salient()
    unknown = Marks({id: value for id, value in marks.salience.items() if id not in (8, 20)})
    assert {8, 20} < set(users(builder.base((), turns(60), "Well?", marks=unknown)))


def test_what_stays_of_an_answer_says_something() -> None:
    rest = "word " * 60
    for text, stays in (
        (f"Sure!\n\nPack for lake Vico. {rest}", "Sure!\n\nPack for lake Vico."),
        (f"Here it is:\n```python\nprint(1)\n{rest}\n```", "Here it is:"),
        (f"Here:\n```\na\n```\nThat is all. {rest}", "Here:\n```\na\n```\nThat is all."),
    ):
        assert f"{stays} {rest_of(said(1, 'assistant', text))}".split() == text.split()
    code = f"```python\nprint(1)\n{rest}\n```"
    assert rest_of(said(1, "assistant", code)) == "", "it leaves whole"


def test_a_long_message_leaves_the_last_turns_there(builder: PromptBuilder) -> None:
    """They take what recollections would have had."""
    base = builder.base((), turns(8), "heron " * 260, marks=salient())
    assert users(base)[-1] == 16
    after = builder.base((), turns(9), "Well?", marks=salient())
    assert users(after) == list(range(2, 19, 2)), "and then the others are back"


# --- what the user holds -----------------------------------------------------------------------


def test_what_is_held_stays_longest_and_comes_back(builder: PromptBuilder) -> None:
    before = builder.base((), turns(60), "Well?", marks=salient())
    assert 10 not in users(before)
    held = replace(salient(), held=frozenset({10}))
    base = builder.base((), turns(60), "Well?", marks=held)
    assert 10 in users(base)
    assert 10 not in {part.message_id for part in base.left}
    again = builder.base((), turns(75), "Well?", marks=held)
    assert 10 in users(again), "it outlasts what is neither held nor among the last"
    let_go = builder.base((), turns(75), "Well?", marks=salient())
    assert 10 in users(let_go), "it leaves only when there is no room"


def test_an_answer_can_be_held_whole(builder: PromptBuilder) -> None:
    some = LONG[:700]
    history = list(turns(18))
    history[5] = replace(history[5], text=some)
    held = replace(salient(), held=frozenset({7}))
    base = builder.base((), history, "Well?", marks=held)
    assert next(m.text for m in base.history if m.id == 7) == some


def test_an_answer_that_is_held_brings_its_turn_back(builder: PromptBuilder) -> None:
    before = builder.base((), turns(60), "Well?", marks=salient())
    assert {10, 11} <= {part.message_id for part in before.left}
    held = replace(salient(), held=frozenset({11}))
    base = builder.base((), turns(60), "Well?", marks=held)
    assert {10, 11} <= {message.id for message in base.history}
    assert not {10, 11} & {part.message_id for part in base.left}


def test_what_is_held_does_not_make_something_leave_at_every_turn(builder: PromptBuilder) -> None:
    history = list(turns(70))
    history[5] = replace(history[5], text=LONG[:700])
    held = replace(salient(), held=frozenset({6}))
    seen = [
        {part.message_id for part in builder.base((), history[: 2 * n], "Well?", marks=held).left}
        for n in range(10, 70)
    ]
    assert sum(a != b for a, b in itertools.pairwise(seen)) < 20


# --- what is remembered of it ------------------------------------------------------------------


def test_other_chats_and_other_branches_have_their_own(
    builder: PromptBuilder, engine: Engine
) -> None:
    builder.base((), turns(60), "Well?", marks=salient())
    other = tuple(replace(m, conversation_id=4) for m in turns(10))
    assert builder.base((), other, "Well?", marks=salient()).left == ()
    branch = (*turns(3), said(900, "user", "Another thing."))
    base = builder.base((), branch, "Well?", marks=salient())
    assert (base.left, base.history) == ((), branch)
    shorter = builder.base((), turns(20), "Well?", marks=salient())
    fresh = PromptBuilder(engine, answer_tokens=64)
    assert shorter.history == fresh.base((), turns(20), "Well?", marks=salient()).history


def test_nothing_is_remembered_after_forgetting(builder: PromptBuilder) -> None:
    builder.base((), turns(60), "Well?", marks=salient())
    builder.forget()
    base = builder.base((), turns(5), "Well?", marks=salient())
    assert (base.left, base.history) == ((), turns(5))


def test_what_leaves_says_when(builder: PromptBuilder) -> None:
    began = time.time()
    left = builder.base((), turns(60), "Well?", marks=salient()).left
    assert all(began <= part.at <= time.time() for part in left)
    more = builder.base((), turns(75), "Well?", marks=salient()).left
    assert [part.at for part in more] == sorted((part.at for part in more), reverse=True)
