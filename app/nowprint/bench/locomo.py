"""Reads files of LoCoMo (Maharana et al. 2024, arXiv:2402.17753): long conversations in dated sessions, and
questions with their evidence.

A file is a list of conversations, or a single one. A turn in LoCoMo is what one speaker says. A
question's evidence consists of ids of turns; some files put several into one string, or name turns that
don't exist, which are left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nowprint.errors import UserError

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open-domain", 4: "single-hop", 5: "adversarial"}
_TURN = re.compile(r"D\d+:\d+")
_SESSION = re.compile(r"session_(\d+)")
_TIMES = ("%I:%M %p on %d %B %Y", "%I:%M %p on %d %b %Y", "%d %B %Y")


@dataclass(frozen=True, slots=True)
class LocomoTurn:
    """What one speaker said; ``text`` includes the caption of a photo that was sent with it."""

    id: str
    speaker: str
    text: str

    @property
    def message(self) -> str:
        """The text with the speaker's name, as in a chat of several people."""
        return f"{self.speaker}: {self.text}"


@dataclass(frozen=True, slots=True)
class LocomoSession:
    """``at`` is when it began, in seconds since the epoch; its date is read as local time."""

    at: float
    turns: tuple[LocomoTurn, ...]


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    evidence: frozenset[str]
    category: int
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    name: str
    sessions: tuple[LocomoSession, ...]
    questions: tuple[Question, ...]
    """The questions that have evidence."""


def read_conversations(data: object) -> tuple[Conversation, ...]:
    """The conversations of a file. UserError if the data has another form, or no question has evidence."""
    several = data if isinstance(data, list) else [data]
    try:
        read = tuple(_conversation(one, number) for number, one in enumerate(several, 1))
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        raise UserError(
            f"The file is not in LoCoMo's form ({type(fault).__name__}: {fault}): it is a list of "
            'objects with "conversation" and "qa".'
        ) from fault
    if not any(one.questions for one in read):
        raise UserError("The file has no question with evidence.")
    return read


def _conversation(one: Any, number: int) -> Conversation:
    said = one["conversation"]
    numbers = sorted(
        int(match[1])
        for match in map(_SESSION.fullmatch, said)
        if match and isinstance(said[match[0]], list)
    )
    sessions = tuple(
        LocomoSession(
            _time(said[f"session_{n}_date_time"]), tuple(_turn(t) for t in said[f"session_{n}"])
        )
        for n in numbers
    )
    ids = {turn.id for session in sessions for turn in session.turns}
    questions = (_question(asked, ids) for asked in one["qa"])
    return Conversation(
        str(one.get("sample_id", number)), sessions, tuple(q for q in questions if q.evidence)
    )


def _turn(turn: Any) -> LocomoTurn:
    text, caption = str(turn["text"]), turn.get("blip_caption")
    if caption:
        text = f"{text} (a photo: {caption})".strip()
    return LocomoTurn(str(turn["dia_id"]), str(turn["speaker"]), text)


def _question(asked: Any, ids: set[str]) -> Question:
    named = asked["evidence"]
    named = named if isinstance(named, list) else [named]
    evidence = frozenset(id for text in named for id in _TURN.findall(str(text)))
    answer = str(asked.get("answer", ""))
    return Question(str(asked["question"]), evidence & ids, int(asked["category"]), answer)


def _time(text: Any) -> float:
    plain = " ".join(str(text).replace(",", " ").split())
    for form in _TIMES:
        try:
            return datetime.strptime(plain, form).timestamp()
        except ValueError:
            continue
    raise ValueError(f"no time: {text!r}")
