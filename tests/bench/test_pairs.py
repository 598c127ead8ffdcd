"""What ``bench dialogue`` reads, and what counts as an answer."""

from __future__ import annotations

import pytest

from nowprint.bench.pairs import (
    SMALL_TALK,
    Data,
    Pair,
    conversations,
    first_sentences,
    in_right_voice,
    is_answer,
    read_data,
)
from nowprint.errors import UserError

HEADING = "Remember:\n"


def pairs(count: int) -> dict[str, object]:
    return {
        "pairs": [
            {"fact": f"Fact {n}", "question": f"Which is {n}?", "keyword": str(n)}
            for n in range(count)
        ],
        "unanswerable": [f"What is {n}?" for n in range(7)],
    }


def test_a_file_may_bring_its_own_small_talk() -> None:
    read = read_data(pairs(2))
    assert read.pairs[1] == Pair("Fact 1", "Which is 1?", "1")
    assert read.small_talk == SMALL_TALK
    assert read_data(pairs(2) | {"small_talk": ["Hm."]}).small_talk == ("Hm.",)


def test_a_limit_takes_evenly() -> None:
    read = read_data(pairs(10), limit=4)
    assert [pair.keyword for pair in read.pairs] == ["0", "2", "5", "7"]
    assert [q[8] for q in read.unanswerable] == ["0", "1", "3", "5"]
    assert len(read_data(pairs(3), limit=99).pairs) == 3


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        {"pairs": []},
        {"pairs": [{"fact": "A", "question": "B?"}]},
        {"pairs": [{"fact": "A", "question": " ", "keyword": "A"}]},
        {"pairs": ["A"]},
        {"pairs": [{"fact": "A", "question": "B?", "keyword": 3}]},
    ],
)
def test_another_form_is_told(data: object) -> None:
    with pytest.raises(UserError, match="pairs"):
        read_data(data)


def test_every_fact_is_told_once_beside_small_talk() -> None:
    data = read_data(pairs(8))
    mixed = conversations(data)
    assert [len(messages) for messages in mixed] == [6, 6, 4]
    facts = [one for messages in mixed for one in messages if isinstance(one, Pair)]
    assert sorted(facts, key=lambda pair: pair.fact) == list(data.pairs)
    assert facts != list(data.pairs)
    assert mixed == conversations(data)
    assert all(isinstance(messages[0], str) for messages in mixed)


def test_one_small_talk_is_enough() -> None:
    data = Data(read_data(pairs(5)).pairs, (), ("Hm.",))
    assert sum(one == "Hm." for messages in conversations(data) for one in messages) == 5


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two! Three?", "One. Two!"),
        ("One", "One"),
        ("Dr. Okafor does. Mr. Lee, too. And more.", "Dr. Okafor does. Mr. Lee, too."),
        ("At 6.40 on Friday. Yes. No.", "At 6.40 on Friday. Yes."),
        ("1. Porto\n2. Leeds\n3. Rome", "1. Porto\n2. Leeds"),
        ('"It is." He said. So.', '"It is." He said.'),
        ("Well... so. Then.", "Well... so."),
        ("", ""),
    ],
)
def test_the_first_two_sentences(text: str, first: str) -> None:
    assert first_sentences(text) == first


MEMORIES = ["My sister lives in Porto.", "Ben hates cilantro."]


@pytest.mark.parametrize(
    ("answer", "counts"),
    [
        ("Your sister lives in PORTO.", True),
        ("My sister lives in Porto.", True),
        ("Well. I think so. In Porto.", False),
        ("I don't know.", False),
        ("- My sister lives in Porto.", False),
        ("Remember:\n- My sister lives in Porto.", False),
        ("My sister lives in Porto. Ben hates cilantro!", False),
        ("Ben hates cilantro. Your sister is in Porto.", True),
    ],
)
def test_what_counts_as_an_answer(answer: str, counts: bool) -> None:
    assert is_answer(answer, "Porto", MEMORIES, [HEADING]) is counts


@pytest.mark.parametrize(
    ("told", "answer", "right"),
    [
        ("My root canal is tomorrow.", "Your root canal is tomorrow.", True),
        ("My root canal is tomorrow.", "I think it's tomorrow.", True),
        ("My root canal is tomorrow.", "Tomorrow. Ask me anything. My pleasure.", True),
        ("My root canal is tomorrow.", "My root canal is tomorrow.", False),
        ("I’m afraid of it.", "It's tomorrow, and I'm afraid of it.", False),
        ("Mein Zahnarzt wartet.", "Morgen, mein Zahnarzt wartet.", False),
    ],
)
def test_the_voice_is_right_unless_the_first_person_is_taken_over(
    told: str, answer: str, right: bool
) -> None:
    assert in_right_voice(answer, "When is the root canal?", [told]) is right
