"""The data of ``bench dialogue``, facts with a question for each, and the rules for a right answer."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nowprint.bench.samples import even
from nowprint.errors import UserError
from nowprint.language.cue_lexicon import SELF
from nowprint.language.sentences import sentences

SEED = 7
CONVERSATION = 6
"""How many messages the user sends in a conversation: half of them facts, half small talk."""
SMALL_TALK = (
    "Good morning!",
    "How are you today?",
    "Thanks, that's helpful.",
    "What a long day.",
    "Can you tell me a joke?",
    "Okay, let's go on.",
    "Why is the sky blue?",
    "I'm a bit bored.",
    "That sounds good to me.",
    "Write two lines about the rain.",
    "Never mind.",
    "Have a good evening!",
)
FORM = (
    'The file must be {"pairs": [{"fact", "question", "keyword"}, …], "unanswerable": [questions]}, '
    'with "small_talk": [messages] if you like.'
)
SENTENCES = 2
"""The keyword must be in this many first sentences of the answer."""

_LIST_NUMBER = re.compile(r"\d+\.|\W+")
"""A number or mark at the beginning of a list item, which doesn't count as a sentence."""


@dataclass(frozen=True, slots=True)
class Pair:
    fact: str
    question: str
    keyword: str


@dataclass(frozen=True, slots=True)
class Data:
    pairs: tuple[Pair, ...]
    unanswerable: tuple[str, ...]
    small_talk: tuple[str, ...]


def read_data(data: object, limit: int = 0) -> Data:
    """The content of a file. With a ``limit``, at most so many pairs and so many unanswerable questions,
    chosen evenly. UserError if the data has another form (``FORM``)."""
    try:
        match data:
            case {"pairs": [_, *_] as pairs}:
                rest: Any = data
                read = Data(
                    tuple(
                        Pair(*(_text(p[k]) for k in ("fact", "question", "keyword"))) for p in pairs
                    ),
                    tuple(_text(question) for question in rest.get("unanswerable", [])),
                    tuple(_text(said) for said in rest.get("small_talk", [])) or SMALL_TALK,
                )
            case _:
                raise UserError(FORM)
    except (KeyError, TypeError) as fault:
        raise UserError(FORM) from fault
    pairs, unanswerable = even(read.pairs, limit), even(read.unanswerable, limit)
    return Data(tuple(pairs), tuple(unanswerable), read.small_talk)


def conversations(data: Data) -> list[list[Pair | str]]:
    """All facts in a random order (by ``SEED``), three in a conversation, each after a message of small
    talk."""
    chance = random.Random(SEED)
    facts = list(data.pairs)
    chance.shuffle(facts)
    talk = list(data.small_talk)
    chance.shuffle(talk)
    each = CONVERSATION // 2
    mixed = []
    for at in range(0, len(facts), each):
        messages: list[Pair | str] = []
        for i, fact in enumerate(facts[at : at + each], at):
            messages += [talk[i % len(talk)], fact]
        mixed.append(messages)
    return mixed


def first_sentences(text: str) -> str:
    """The first ``SENTENCES`` sentences of a text; a line end ends a sentence, too."""
    text = text.strip()
    ends = [span.end for span in sentences(text) if not _LIST_NUMBER.fullmatch(span.of(text))]
    return text[: ends[SENTENCES - 1]] if len(ends) >= SENTENCES else text


def is_answer(answer: str, keyword: str, recalled: Sequence[str], headings: Sequence[str]) -> bool:
    """Whether the keyword is in the answer's first sentences, and these don't just repeat the prompt's list
    of recollections.

    They do if they begin like that list (with one of ``headings`` or "- "), or contain two or more of the
    ``recalled`` texts.
    """
    said = first_sentences(answer)
    if keyword.lower() not in said.lower():
        return False
    begun = tuple(_plain(heading) for heading in headings if _plain(heading))
    if said.startswith("- ") or _plain(said).startswith(begun):
        return False
    return sum(_plain(text) in _plain(said) for text in recalled) < 2


def in_right_voice(answer: str, question: str, recalled: Sequence[str]) -> bool:
    """Whether the answer's first sentences speak to the user: no word of the first person ("my", "ich") of
    the question or of the ``recalled`` texts is in them."""
    return not _own(first_sentences(answer)) & _own(" ".join([question, *recalled]))


def _own(text: str) -> set[str]:
    return {word.strip().lower() for word in SELF.findall(text.replace("’", "'"))}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TypeError
    return value
