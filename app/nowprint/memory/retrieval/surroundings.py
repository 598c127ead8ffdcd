"""How much of a message stands around an episode: in it and the one before, and in its whole conversation.

What was said often leans on what came before it ("On the 14th, with Paula."), and a conversation keeps to
its matters; so words that an episode lacks may stand near it. Both are shares (0..1) of the rarity of the
message's words: rarity among episodes for the episode and the one before it, among conversations for the
conversation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Ids

COMMON_SHARE = 0.4
"""The share of its rarity with which a common word counts."""

_IMAGINED = 20
"""Conversations that are imagined beside the profile's, so that a few can't make a word common."""
_NONE = 0

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the message: its weight in nats and, ascending, the ids of the episodes that hold it or one
    with the same stem. ``weighty``: it may count as evidence."""

    text: str
    weight: float
    weighty: bool
    name: bool
    holding: Ids

    def held_by(self, ids: Ids) -> npt.NDArray[np.bool_]:
        """Whether each of ``ids`` holds it, shape (ids,)."""
        if not self.holding.size:
            return np.zeros(ids.size, bool)
        at = np.minimum(np.searchsorted(self.holding, ids), self.holding.size - 1)
        held: npt.NDArray[np.bool_] = self.holding[at] == ids
        return held


class Surroundings:
    """Looks around episodes. The caller holds the database's lock."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._conversations: Ids = np.zeros(1, np.int64)
        """The conversation of each episode, by the episode's id; ``_NONE`` for none. It never changes."""
        self._count = 1 + _IMAGINED
        """How many conversations there are, the imagined ones included."""

    def with_previous(self, words: Sequence[Word], ids: Ids, previous: Ids) -> Shares:
        """The share of the message that each episode and the one before it in its conversation hold together,
        shape (ids,). ``previous``: the latter's id, 0 where there is none."""
        total = np.zeros(ids.size)
        for word in words:
            total += word.weight * (word.held_by(ids) | word.held_by(previous))
        return total / (sum(word.weight for word in words) or 1.0)

    def in_conversation(self, words: Sequence[Word], ids: Ids) -> Shares:
        """The share of the message that each episode's conversation holds, shape (ids,). An episode without a
        conversation stands for one of its own."""
        self._read_new()
        total, most = np.zeros(ids.size), 0.0
        greatest = max(int(some.max(initial=0)) for some in (ids, *(w.holding for w in words)))
        mine = greatest + self._of(ids)
        holding = np.zeros(greatest + int(self._conversations.max()) + 1, bool)
        for word in words:  # a mark in a row of all: a frequent word has too many to sort
            there = greatest + self._of(word.holding)
            holding[there] = True
            weight = max(0.0, math.log(self._count / (np.count_nonzero(holding) + 1)))
            weight *= 1.0 if word.weighty else COMMON_SHARE
            total += weight * holding[mine]
            most += weight
            holding[there] = False
        return total / (most or 1.0)

    def _of(self, ids: Ids) -> Ids:
        """The conversation of each episode; minus its id without one."""
        if not ids.size:
            return ids
        found = self._conversations[np.minimum(ids, self._conversations.size - 1)]
        return np.where(found == _NONE, -ids, found)

    def _read_new(self) -> None:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, conversation FROM episode WHERE id >= ? AND conversation IS NOT NULL",
                [self._conversations.size],
            ).fetchall()
        if rows:
            longer = np.zeros(max(row[0] for row in rows) + 1, np.int64)
            longer[: self._conversations.size] = self._conversations
            longer[[row[0] for row in rows]] = [row[1] for row in rows]
            self._conversations = longer
            self._count = np.unique(longer).size + _IMAGINED
