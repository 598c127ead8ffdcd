"""What one person tells an assistant in a year, by the corpus: 50 chats a week, of two messages each.

Every week has new facts, some with a question each; stories of which the newer telling comes weeks later
and changes the older one, and others in which both hold; what was told before, again in the same words; and
a message of which one fact is told again weeks later in the words that matter. The rest of the messages is
not worth keeping, but the judge of what is worth it is never perfect: ``MISTAKEN`` of them a week are kept.
All is drawn from one seed, so that every run tells the same.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from nowprint.settings import resources

WEEKS = 52
CHATS = 50
MESSAGES = 2
FACTS, PAIRS, PLAIN, STORIES, BOTH, AGAIN, IN_SHORT, MISTAKEN = 8, 2, 4, 3, 1, 3, 1, 2
"""How many a week: facts with a question, pairs of the dialogue, messages worth keeping, beginnings of
stories that change, of such that don't, tellings of what was told before, messages of which a fact is
told again, messages that are kept by mistake."""
LATER = (3, 26)
"""How many weeks later at least and at most a story goes on."""
LONGEST = 300
"""Characters of a message of which a fact is told again; longer ones aren't kept whole."""
SEED = 7


@dataclass(frozen=True, slots=True)
class Message:
    """``matter`` is the number of what it tells; None: nothing worth keeping. ``kept``: it becomes an
    episode. ``answers``: from then on it is what the question of its matter asks for."""

    text: str
    matter: int | None = None
    kept: bool = False
    answers: bool = True


@dataclass(frozen=True, slots=True)
class Year:
    """``weeks`` holds the chats of each week, ``questions`` the question of each matter, empty for none;
    ``changing`` are the matters of stories whose newer telling changes the older."""

    weeks: tuple[tuple[tuple[Message, ...], ...], ...]
    questions: tuple[str, ...]
    changing: frozenset[int]
    unanswerable: tuple[str, ...]


def year() -> Year:
    return _Writer().year()


class _Writer:
    def __init__(self) -> None:
        self._chance = random.Random(SEED)
        self._questions: list[str] = []
        self._changing: set[int] = set()
        self._told: list[list[Message]] = [[] for _ in range(WEEKS)]

    def year(self) -> Year:
        dialogue = json.loads(_corpus("dialogue.json")[0])
        facts = self._shuffled(
            _rows("relevance-english.jsonl", *(f"relevance-english-{n}.jsonl" for n in (2, 3)))
        )
        stories = self._shuffled(row for row in _rows("changes.jsonl") if row["language"] == "en")
        messages = self._shuffled(_rows("messages-english.jsonl"))
        own = self._shuffled(row for row in _rows("own-words.jsonl") if row["language"] == "en")
        short = [row for row in own if row["facts"] and len(row["text"]) <= LONGEST]
        plain = [row["text"] for row in messages if row["worth"]]
        idle = [row["text"] for row in [*messages, *own] if not row["worth"]]
        pairs = self._shuffled(dialogue["pairs"])
        changing = [row for row in stories if row["change"]]
        both = [row for row in stories if not row["change"]]
        for week in range(WEEKS):
            for number, row in enumerate(_of(facts, week, FACTS)):
                self._tell(week, row["fact"], row["asks"][number % len(row["asks"])])
            for row in _of(pairs, week, PAIRS):
                self._tell(week, row["fact"], row["question"])
            for text in _of(plain, week, PLAIN):
                self._tell(week, text)
            for row in _of(changing, week, STORIES):
                self._changing.add(len(self._questions))
                self._tell(week, row["old"], row["question"], row["new"])
            for row in _of(both, week, BOTH):
                new = row["answers"] == "new"
                self._tell(week, row["old"], row["question"], row["new"], (not new, new))
            for row in _of(short, week, IN_SHORT):
                self._tell(week, row["text"], "", row["facts"][0])
            self._repeat(week)
        rest = cycle(idle)
        return Year(
            tuple(self._chats(said, rest) for said in self._told),
            tuple(self._questions),
            frozenset(self._changing),
            tuple(dialogue["unanswerable"]),
        )

    def _tell(
        self,
        week: int,
        text: str,
        question: str = "",
        later: str = "",
        answers: tuple[bool, bool] = (True, True),
    ) -> None:
        """Tell a matter, and weeks later what came ``later`` of it. ``answers``: whether each does."""
        matter = len(self._questions)
        self._questions.append(question)
        self._told[week].append(Message(text, matter, True, answers[0]))
        then = week + self._chance.randint(*LATER)
        if later and then < WEEKS:
            self._told[then].append(Message(later, matter, True, answers[1]))

    def _repeat(self, week: int) -> None:
        """Tell again what was told in an earlier week, and has not changed since."""
        newest = {one.matter: one for said in self._told[:week] for one in said if one.answers}
        settled = [one for one in newest.values() if one.matter not in self._changing]
        self._told[week] += self._chance.sample(settled, min(AGAIN, len(settled)))

    def _chats(
        self, said: Sequence[Message], idle: Iterable[str]
    ) -> tuple[tuple[Message, ...], ...]:
        rest = [Message(text) for text in islice(idle, CHATS * MESSAGES - len(said))]
        mistaken = [Message(one.text, kept=True) for one in rest[:MISTAKEN]]
        mixed = self._shuffled([*said, *mistaken, *rest[MISTAKEN:]])
        return tuple(
            tuple(mixed[first : first + MESSAGES]) for first in range(0, len(mixed), MESSAGES)
        )

    def _shuffled(self, rows: Iterable[Any]) -> list[Any]:
        mixed = list(rows)
        self._chance.shuffle(mixed)
        return mixed


def _of(rows: Sequence[Any], week: int, count: int) -> Sequence[Any]:
    """The week's rows; fewer, or none, once all are told."""
    return rows[week * count : (week + 1) * count]


def _rows(*names: str) -> list[dict[str, Any]]:
    return [json.loads(line) for text in _corpus(*names) for line in text.splitlines()]


def _corpus(*names: str) -> list[str]:
    return [(resources() / "corpus" / name).read_text(encoding="utf-8") for name in names]
