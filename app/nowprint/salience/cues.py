"""Plain cues: does a sentence tell or ask, is it about the speaker, does it name things?

They are regular expressions for a few languages: cheap, and right more often than not. Framed surprise
(frames.py) catches much of what they miss.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from nowprint.language import cue_lexicon as lexicon
from nowprint.language.sentences import ends_asking
from nowprint.language.words import words

_CONJUNCTION = 3
"""The most letters of a first word that may be an "and"."""


@dataclass(frozen=True, slots=True)
class SentenceKind:
    """The kind of a sentence; where the kind changes, a message is split into spans.

    ``asking`` is the share of its words in clauses that ask: less than 1 for "What should Nils wear, he
    has a cold?". ``material`` is True for the text that a task is about ("Summarise this: …"), which
    says nothing about the user. ``among`` is the share of questions and requests in the long message that the
    sentence is from, if it doesn't speak of its speaker.
    """

    question: bool
    request: bool
    asking: float = 0.0
    material: bool = False
    among: float = 0.0

    @property
    def asks(self) -> bool:
        return self.question or self.request


def kind_of(sentence: str) -> SentenceKind:
    """The kind of one sentence; quotation marks and list marks before it are ignored."""
    text = sentence.lstrip(" \t-*•>\"'“‘(").replace("’", "'")
    if lexicon.RHETORICAL.search(text):  # "Can you believe I passed?" tells
        return SentenceKind(question=False, request=False)
    question, request = (
        ends_asking(text) or bool(lexicon.QUESTION.match(text)),
        bool(lexicon.REQUEST.match(text)),
    )
    asking = _asking(text) if question or request else 0.0
    return SentenceKind(question, request, asking)


def _asking(text: str) -> float:
    """The ``asking`` share of a sentence that asks: 1, or less if some of its clauses plainly tell."""
    clauses = [clause for clause in lexicon.CLAUSES.split(text) if words(clause)]
    asks = [bool(lexicon.QUESTION.match(c) or lexicon.REQUEST.match(c)) for c in clauses]
    if not any(asks):
        if len(clauses) < 2:
            return 1.0
        asks[-1] = True  # a question mark belongs to the last clause
    counted = total = 0
    asking = asks[0] or not _tells(clauses[0])
    for clause, begins in zip(clauses, asks, strict=True):
        asking = begins or (asking and not _tells(clause))
        total += len(words(clause))
        counted += len(words(clause)) if asking else 0
    return counted / max(1, total)


def _tells(clause: str) -> bool:
    """Whether a clause begins as one that tells, perhaps after "and"."""
    first, _, rest = clause.partition(" ")
    later = len(clause) - len(rest) if len(first) <= _CONJUNCTION else 0
    return any(
        form.match(clause, at) for form in (lexicon.TELLS, lexicon.SELF) for at in (0, later)
    )


def takes_material(sentence: str) -> bool:
    """Whether the sentence asks the model to do something with the text that follows it."""
    return kind_of(sentence).request and bool(lexicon.MATERIAL.search(sentence))


CUES = (
    "about you",
    "of somebody's life",
    "names",
    "numbers",
    "dates",
    "life",
    "people and pets",
    "small talk",
    "to the assistant",
    "about the answer",
    "vague words",
    "only supposed",
    "code or quotation",
)


def plain_cues(text: str) -> dict[str, float]:
    """The value of each of ``CUES`` for a span, 0..1."""
    straight = text.replace("’", "'")
    count = max(1, len(words(text)))

    def share(pattern: re.Pattern[str], times: float) -> float:
        """The share of the words that match, ``times`` enlarged, at most 1."""
        found = sum(max(1, len(words(m.group()))) for m in pattern.finditer(straight))
        return min(1.0, times * found / count)

    somebody = (lexicon.SELF, lexicon.PEOPLE, lexicon.LIFE, lexicon.DATE, lexicon.FIRST_PERSON)
    return {
        "about you": float(bool(lexicon.SELF.search(straight))),
        "of somebody's life": float(any(pattern.search(straight) for pattern in somebody)),
        "names": _few(sum(m.group()[0].isupper() for m in lexicon.NAME.finditer(text))),
        "numbers": _few(len(lexicon.NUMBER.findall(text))),
        "dates": _few(len(lexicon.DATE.findall(text))),
        "life": _few(len(lexicon.LIFE.findall(straight))),
        "people and pets": _few(len(lexicon.PEOPLE.findall(straight))),
        "small talk": share(lexicon.SMALL_TALK, 2),
        "to the assistant": share(lexicon.YOU, 5),
        "about the answer": _few(len(lexicon.ANSWER.findall(straight))),
        "vague words": share(lexicon.VAGUE, 2),
        "only supposed": float(bool(lexicon.IF.search(straight))),
        "code or quotation": float(bool(lexicon.MATTER.search(text))),
    }


def _few(count: int) -> float:
    """0 for none, then quickly toward 1: a second occurrence says less than the first."""
    return 1 - math.exp(-count)
