"""What leaves the prompt when a conversation outgrows the context, and what stays.

What can leave is a whole turn, or of a long answer all but its beginning. The last turns stay as they are.
Of those before them the least salient leave first (the oldest of equals), and the rests of answers before
any turn: the model wrote them, and the user's own words, which what is salient was measured in, stay. So
what mattered stays before the model word for word, however long ago it was said; what is kept of the rest
comes back as recollections. (EpiCache, arXiv:2509.17396, evicts by episode in the same spirit; evicting by
the question alone fails over several turns.)

Nothing is written into the prompt in the place of what has left, so that the cache of what follows can be
used again (engine/cache/kv_cache.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from nowprint.context_records import LeftPart, WhyLeft
from nowprint.language.sentences import sentences
from nowprint.records import Message

Turn = Sequence[Message]
"""A user's message and the answers to it."""

WINDOW = 0.5
"""The share of the room that the last turns have to themselves."""
BEGINNING = 240
"""The most characters that stay of an answer whose rest has left."""
UNKNOWN = 0.3
"""The salience of a user's message that hasn't been judged yet: it may yet be worth keeping."""
LEAST_REST = 160
"""The fewest characters of a rest that may leave by itself."""
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of a conversation's messages, by id: the ``salience`` (0..1) of the most salient span of
    those that were judged, and which the user holds."""

    salience: Mapping[int, float] = field(default_factory=dict)
    held: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Piece:
    """A turn, or with ``rest`` what follows the beginning of its long answers."""

    turn: Turn
    rest: bool
    messages: Sequence[Message]

    @property
    def ids(self) -> list[int]:
        """Those by which it leaves: a turn by its user's message."""
        return [m.id for m in (self.messages if self.rest else self.turn[:1])]


class Leaving:
    """What has left the prompts of one conversation. What has left stays away, since every change at a
    place before the end costs a part of the cache, until the user holds it or says something else there
    (another branch has other turns)."""

    def __init__(self) -> None:
        self._left: dict[int, LeftPart] = {}
        """By message."""
        self._held: frozenset[int] = frozenset()
        self._last = 0
        """The history's last message when something left."""

    def goes_on(self, turns: Sequence[Turn]) -> bool:
        """Whether something has left this very history, or its beginning: another may have room for it."""
        return not self._left or any(message.id == self._last for turn in turns for message in turn)

    def left(self, turns: Iterable[Turn]) -> tuple[LeftPart, ...]:
        """What has left of these turns, what left last first."""
        ids = {message.id for turn in turns for message in turn}
        return tuple(part for id, part in reversed(self._left.items()) if id in ids)

    def bring_back(self, turns: Iterable[Turn], held: frozenset[int]) -> None:
        """Have the turns there again, whole, of which the user now holds a message and did not before."""
        newly, self._held = held - self._held, held
        for turn in turns:
            if any(message.id in newly for message in turn):
                for message in turn:
                    self._left.pop(message.id, None)

    def staying(self, turns: Iterable[Turn], more: Iterable[int] = ()) -> list[list[Message]]:
        """What is before the model of these turns: whole turns, and some answers' beginnings. ``more`` are
        turns (by their user's message) and answers that are to leave, too."""
        gone = {*self._left, *more}
        return [
            [_beginning(m) if m.id in gone else m for m in turn]
            for turn in turns
            if turn[0].id not in gone
        ]

    def reset(self) -> None:
        """Nothing has left."""
        self._left.clear()

    def make_room(
        self,
        turns: Sequence[Turn],
        marks: Marks,
        rooms: Sequence[int],
        last: Set[int],
        fits: Callable[[list[list[Message]], int], bool],
        length: Callable[[str], int],
    ) -> None:
        """Let as few pieces leave as it takes until what stays ``fits`` into the first of the ``rooms`` that
        has room for any of it; if none has, all leave.

        ``last`` are the last turns, by their user's message, which stay. ``length`` counts the tokens of a
        text.
        """
        there = [turn for turn in turns if turn[0].id not in self._left]
        pieces = [_Piece(turn, False, turn) for turn in there]
        for turn in there:
            if long := [m for m in turn if m.id not in self._left and rest_of(m)]:
                pieces.append(_Piece(turn, True, long))
        pieces.sort(key=lambda piece: _order(piece, marks, piece.turn[0].id in last))
        for room in rooms:
            low, high = 0, len(pieces)
            while low < high:
                middle = (low + high) // 2
                more = [id for piece in pieces[:middle] for id in piece.ids]
                if fits(self.staying(turns, more), room):
                    high = middle
                else:
                    low = middle + 1
            if low < len(pieces):
                break
        leaving = pieces[:low]
        whole = {piece.turn[0].id for piece in leaving if not piece.rest}
        oldest = next((t[0].id for t in there if t[0].id not in whole), None)
        now = time.time()
        for piece in leaving:
            if piece.rest and piece.turn[0].id in whole:
                continue
            for message in piece.messages:
                why = _why(piece, message, marks, oldest)
                text = rest_of(message) if piece.rest else message.text
                salience = marks.salience.get(message.id)
                part = LeftPart(message.id, message.role, text, length(text), now, why, salience)
                self._left.pop(message.id, None)  # its rest may have left before
                self._left[message.id] = part
        if leaving:
            self._last = turns[-1][-1].id


def rest_of(message: Message) -> str:
    """What of a long answer may leave before the rest of its turn; "" of anything else."""
    if message.role != "assistant" or len(message.text) < LEAST_REST:
        return ""
    beginning = _beginning(message).text
    rest = message.text[len(beginning) :].strip()
    return rest if beginning and len(rest) >= LEAST_REST else ""


def _beginning(message: Message) -> Message:
    """The answer's first sentences and lines, none of them within a block of code that doesn't end there."""
    text = message.text
    ends = [span.end for span in sentences(text[: 2 * BEGINNING]) if span.end <= BEGINNING]
    beginning = text[: max(ends, default=0) or max(0, text.rfind(" ", 0, BEGINNING))]
    if beginning.count(_FENCE) % 2:
        beginning = beginning[: beginning.rfind(_FENCE)].rstrip()
    return replace(message, text=beginning)


def _order(piece: _Piece, marks: Marks, last: bool) -> tuple[bool, bool, float, int]:
    """Sorts by what leaves first."""
    messages = piece.messages
    held = any(m.id in marks.held for m in messages)
    salience = 0.0 if last else max(_salience(m, marks) for m in messages)
    return held, last, salience, piece.turn[0].id


def _salience(message: Message, marks: Marks) -> float:
    return marks.salience.get(message.id, UNKNOWN if message.role == "user" else 0.0)


def _why(piece: _Piece, message: Message, marks: Marks, oldest: int | None) -> WhyLeft:
    if piece.rest:
        return "rest of an answer"
    passed_over = oldest is not None and oldest < piece.turn[0].id
    return "least salient" if passed_over and marks.salience else "oldest"
