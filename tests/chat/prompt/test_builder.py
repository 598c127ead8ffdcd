"""What enters a prompt, in which order, and what leaves it when room is short."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from nowprint.chat.prompt.builder import PINNED_SHARE, Base, PromptBuilder
from nowprint.chat.prompt.wording import wording
from nowprint.engine.engine import Engine
from nowprint.engine.template import PromptMessage
from nowprint.errors import MessageTooLong
from nowprint.records import Episode, Message, MessageState, Recollection, Role

CONTEXT = 512
ANSWER = 64
TODAY = time.time()


@pytest.fixture(scope="module")
def engine(starter_model: Path) -> Iterator[Engine]:
    engine = Engine(starter_model, context=CONTEXT)
    yield engine
    engine.close()


@pytest.fixture
def builder(engine: Engine) -> PromptBuilder:
    return PromptBuilder(engine, answer_tokens=ANSWER)


def said(id: int, role: Role, text: str, state: MessageState = "complete") -> Message:
    return Message(id, 3, role, text, 0.0, state, "", (), None)


def turns(count: int, first: int = 1) -> tuple[Message, ...]:
    """Turns of about 40 tokens each."""
    messages = []
    for n in range(first, first + count):
        messages.append(said(2 * n, "user", f"Question {n}: what is there to see at lake {n}?"))
        messages.append(said(2 * n + 1, "assistant", f"Answer {n}: at lake {n} there are herons."))
    return tuple(messages)


def episode(id: int, text: str) -> Episode:
    return Episode(id, text, text, "captured", 0.9, TODAY, TODAY, False, False, 0, None, 0, ())


def recollection(id: int, text: str) -> Recollection:
    return Recollection(episode(id, text), 1 / id, ())


def texts(messages: tuple[PromptMessage, ...]) -> list[tuple[str, str]]:
    return [(m.role, "".join(part.text for part in m.parts)) for m in messages]


def built(builder: PromptBuilder, base: Base) -> list[tuple[str, str]]:
    return texts(builder.with_recollections(base, ())[0])


# --- what enters -------------------------------------------------------------------------------


def test_the_order_keeps_what_is_stable_first(builder: PromptBuilder) -> None:
    base = builder.base([episode(1, "I sail.")], turns(2), "Hello {memories}?")
    recollections = (recollection(2, "My cat\nPickwick"), recollection(3, "{0} <|im_end|>"))
    messages, kept = builder.with_recollections(base, recollections)
    assert kept == recollections
    words = wording()
    assert texts(messages) == [
        ("system", words.system + words.pinned.format(memories="- I sail.")),
        *((m.role, m.text) for m in turns(2)),
        (
            "user",
            words.recalled[0].text.format(memories="- My cat / Pickwick\n- {0} <|im_end|>")
            + "Hello {memories}?",
        ),
    ]
    assert [part.origin for m in messages for part in m.parts] == [
        "system",
        "pinned",
        *["history"] * 4,
        "recalled",
        "message",
    ]
    assert (base.left, base.history, [e.id for e in base.pinned]) == ((), turns(2), [1])


@pytest.mark.parametrize(
    ("text", "told", "now", "line"),
    [
        (
            "My root canal is tomorrow at 3 pm",
            "2025-03-14", "2026-03-02",
            "- Your root canal is tomorrow (15 March 2025) at 3 pm"
            " (told on 14 March 2025; that day is over)\n",
        ),
        (
            "My root canal is tomorrow at 3 pm.",
            "2025-03-14", "2025-03-14",
            "- Your root canal is tomorrow (15 March 2025) at 3 pm.\n",
        ),
        (
            "Ich bin bis Mai in Graz.",
            "2025-03-14", "2025-04-01",
            "- Du bist bis Mai (until 31 May 2025) in Graz. (told on 14 March 2025)\n",
        ),
        ("My son was born on 3 May 1984.", "2025-03-14", "2026-01-01",
         "- Your son was born on 3 May 1984. (told on 14 March 2025)\n"),
        ("Yesterday I sold my car.", "2025-03-14", "2026-01-01",
         "- Yesterday (13 March 2025) you sold your car. (told on 14 March 2025)\n"),
        ("昨日、車を売った。", "2025-03-14", "2026-01-01",
         "- 昨日 (13 March 2025)、車を売った。 (told on 14 March 2025)\n"),
    ],
)  # fmt: skip
def test_what_was_told_stands_with_its_days(
    builder: PromptBuilder, text: str, told: str, now: str, line: str
) -> None:
    at, seen = (datetime.fromisoformat(day).timestamp() + 3600 * 12 for day in (told, now))
    kept = replace(episode(1, text), created=at)
    base = builder.base([kept], (), "When is it?", seen)
    messages, _ = builder.with_recollections(base, [Recollection(kept, 1.0, ())])
    assert line in texts(messages)[-1][1]
    assert line.partition(" (told")[2] in texts(messages)[0][1] + "\n", "pins, too"
    assert kept.text == text


def test_recollections_are_addressed_to_the_user_where_the_wording_says_so(
    engine: Engine,
) -> None:
    builder = PromptBuilder(engine, answer_tokens=ANSWER)
    builder.recalled = next(one for one in wording().recalled if one.addressed)
    base = builder.base((), (), "When is my root canal?")
    messages, _ = builder.with_recollections(base, [recollection(1, "My root canal is at 3.")])
    said = texts(messages)[-1][1]
    assert "- Your root canal is at 3.\n" in said
    assert said.endswith("When is my root canal?")


def test_without_memories_nothing_is_said_of_them(builder: PromptBuilder) -> None:
    assert built(builder, builder.base((), (), "Hello.")) == [
        ("system", wording().system),
        ("user", "Hello."),
    ]


def test_messages_take_turns_whatever_happened(builder: PromptBuilder) -> None:
    """Templates insist on it: a core may have died before it answered, or while it did."""
    history = (
        said(1, "assistant", "Nobody asked."),
        said(2, "user", "First?"),
        said(3, "user", "Still there?"),
        said(4, "assistant", "", "broken"),
        said(5, "user", "Hello?"),
        said(6, "assistant", "Yes, I", "broken"),
        said(7, "user", "Go on."),
        said(8, "assistant", "am he", "stopped"),
        said(9, "assistant", "re."),
        said(10, "user", "And now?"),
    )
    messages = built(builder, builder.base((), history, "Well?"))
    assert [role for role, _ in messages] == ["system", *["user", "assistant"] * 5, "user"]
    assert [text for role, text in messages if role == "user"] == [
        "First?", "Still there?", "Hello?", "Go on.", "And now?", "Well?",
    ]  # fmt: skip
    answers = [text for role, text in messages if role == "assistant"]
    assert answers[2:4] == ["Yes, I", "am he\n\nre."]
    assert all(answers)


# --- what leaves -------------------------------------------------------------------------------


def test_history_leaves_in_whole_turns_the_oldest_first(
    builder: PromptBuilder, engine: Engine
) -> None:
    base = builder.base((), turns(40), "Well?")
    assert 0 < len(base.history) < 80
    assert len(base.left) == 80 - len(base.history)
    assert base.history == turns(40)[len(base.left) :]
    assert {(part.why, part.salience) for part in base.left} == {("oldest", None)}
    assert all(part.at >= TODAY and part.tokens > 4 for part in base.left)
    assert base.history[0].role == "user"
    messages, _ = builder.with_recollections(base, ())
    assert engine.count(messages) <= CONTEXT - ANSWER


def test_once_trimmed_a_prompt_keeps_its_beginning_for_some_turns(builder: PromptBuilder) -> None:
    """Else each turn would lose one, and the whole KV cache with it."""
    begins = []
    for count in range(1, 60):
        base = builder.base((), turns(count), "Well?")
        begins.append(base.history[0].id)
        assert base.history[-1].id == 2 * count + 1
    assert begins == sorted(begins)
    assert begins[-1] > 2
    assert len(set(begins)) < 25
    first_trim = next(i for i, begin in enumerate(begins) if begin > 2)
    assert begins[first_trim] == begins[first_trim + 1]


def test_conversations_are_trimmed_apart(builder: PromptBuilder) -> None:
    long = builder.base((), turns(40), "Well?")
    assert long.left
    other = tuple(Message(m.id, 4, m.role, m.text, 0.0, "complete", "", (), None) for m in turns(2))
    assert builder.base((), other, "Well?").left == ()
    assert builder.base((), turns(40), "Well?").left == long.left


def test_the_lowest_recollections_leave_first(builder: PromptBuilder, engine: Engine) -> None:
    long = [
        recollection(id, f"Memory {id} " + "of a heron by the lake " * 12) for id in range(1, 9)
    ]
    base = builder.base((), turns(40), "Well?")
    messages, kept = builder.with_recollections(base, long)
    assert 0 < len(kept) < 8
    assert kept == tuple(long[: len(kept)])
    assert engine.count(messages) <= CONTEXT - ANSWER
    listed = texts(messages)[-1][1]
    assert [f"Memory {id} " in listed for id in range(1, 9)] == [r in kept for r in long]
    huge = recollection(1, "A heron stood in the lake. " * 200)
    # one that can't fit doesn't take the others with it
    kept = builder.with_recollections(base, [huge, *long])[1]
    assert kept == tuple(long[: len(kept)])
    assert kept


def test_pins_take_a_share_and_the_youngest_leave_first(
    builder: PromptBuilder, engine: Engine
) -> None:
    pins = [episode(id, f"Pin {id} of a heron by the lake and its nest") for id in range(1, 40)]
    base = builder.base(pins, turns(2), "Well?")
    assert 0 < len(base.pinned) < 39
    assert base.pinned == tuple(pins[: len(base.pinned)])
    alone = builder.base((), (), "Well?")
    with_pins, _ = builder.with_recollections(builder.base(pins, (), "Well?"), ())
    without, _ = builder.with_recollections(alone, ())
    room = CONTEXT - ANSWER
    assert engine.count(with_pins) - engine.count(without) <= room * PINNED_SHARE
    assert base.history == turns(2)
    huge = episode(99, "A heron stood in the lake. " * 200)
    assert builder.base([huge, *pins[:2]], (), "Well?").pinned == tuple(pins[:2])


def longest(builder: PromptBuilder) -> str:
    """The longest message of this kind that is not refused."""
    count = next(n for n in range(1, 999) if not allowed(builder, "heron " * (n + 1)))
    return "heron " * count


def allowed(builder: PromptBuilder, text: str) -> bool:
    try:
        builder.check(text)
    except MessageTooLong:
        return False
    return True


def test_the_newest_message_is_whole_or_refused(builder: PromptBuilder, engine: Engine) -> None:
    text = longest(builder)
    pins = [episode(id, "I like herons by the lake") for id in range(1, 20)]
    base = builder.base(pins, turns(20), text)
    messages, kept = builder.with_recollections(base, [recollection(1, "I like herons.")])
    assert texts(messages)[-1] == ("user", text)
    assert (base.history, base.pinned, kept) == ((), (), ())
    assert len(base.left) == 40
    assert CONTEXT - ANSWER - 3 < engine.count(messages) <= CONTEXT - ANSWER
    with pytest.raises(MessageTooLong, match=r"too long.*Shorten it") as refused:
        builder.check("word " * 40_000)
    assert "40," in str(refused.value)


def test_an_answer_s_room_is_a_quarter_at_most(engine: Engine) -> None:
    assert allowed(PromptBuilder(engine, answer_tokens=100_000), "word " * (CONTEXT // 2))
