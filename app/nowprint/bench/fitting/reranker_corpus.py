"""What the reranker is fitted to: lists of pairs from ``resources/corpus``.

``relevance-*.jsonl``: each line is a fact with three messages that need it (``asks``) and three that only
look as if they did (``misses``). An ask is listed with its fact and with facts of other lines, near ones and
any; a miss with its own fact, now and then with another near one. ``messages-*.jsonl``: what isn't worth
keeping needs no fact. ``changes.jsonl``: an older and a newer telling, whether the newer changes the older,
and a question with the telling that answers it.

Every twelfth line (whole groups of one person's facts) is held out of the fitting, to measure it.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.bench.fitting.corpus import json_lines

NEAR = 8
"""Wrong facts are drawn from this many of the nearest."""
SAME = 0.93
"""A fact of another line with a greater cosine may tell the same, and isn't used as a wrong one."""
MEASURED = 0.7
"""A fact with a greater cosine, the embedder's, to one of ``dialogue.json``, with which recall is measured,
is left out."""
AFTER_MISS = 0.4
"""The share of misses that are also paired with a fact of another line."""
UNCHANGED = 800
"""How many facts of ``relevance-*.jsonl`` are paired with a near one that they don't change."""
_FOLDS = 12

Floats = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, slots=True)
class Listed:
    """Pairs of texts that are read together, and of each whether the judgement is yes. If ``ordered``, the
    first pair must come before the others."""

    pairs: tuple[tuple[str, str], ...]
    right: tuple[bool, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message and the lines of facts near it; ``own`` is the line that it was written for, None for
    none."""

    text: str
    own: int | None
    needs: bool
    near: tuple[int, ...]


class Corpus:
    """The lines of the corpus, and for each message the facts that the encoder places near it."""

    def __init__(self, folder: Path, embed: Embed, alike: Embed, limit: int = 0) -> None:
        """``embed`` is the encoder's, ``alike`` the embedder's. ``limit`` bounds the lines of facts and of
        changes, 0 for all."""
        lines = list(_facts(folder))[: limit or None]
        measured = json.loads((folder / "dialogue.json").read_text(encoding="utf-8"))["pairs"]
        rows, columns = (alike([one["fact"] for one in some]) for some in (lines, measured))
        close = (rows @ columns.T).max(axis=1)
        self._lines = [lines[n] for n in np.flatnonzero(close <= MEASURED).tolist()]
        self._vectors = embed([one["fact"] for one in self._lines])
        self._languages = np.array([one["language"] for one in self._lines])
        self._spoken: dict[tuple[str, bool], list[int]] = {}
        for n, one in enumerate(self._lines):
            self._spoken.setdefault((one["language"], one["held out"]), []).append(n)
        self._changes = json_lines(folder / "changes.jsonl")[: limit or None]
        self._near_tellings = _nearest(self._changes, embed)
        self._asked = [
            _Asked(text, n, needs, self._near(vector, n, 12 if needs else NEAR))
            for kind, needs in (("asks", True), ("misses", False))
            for n, text, vector in self._embedded(kind, embed)
        ]
        files = sorted(folder.glob("messages-*.jsonl"))
        idle = [one["text"] for file in files for one in json_lines(file) if not one["worth"]]
        for text, vector in zip(idle, embed(idle), strict=True):
            near = np.argsort(-(self._vectors @ vector), kind="stable")[:NEAR].tolist()
            self._asked.append(_Asked(text, None, False, tuple(near)))

    def of_help(
        self, chance: random.Random, near: int, others: int, *, held_out: bool = False
    ) -> list[Listed]:
        """Messages and facts, for one epoch, which draws other wrong facts each time; or those held out. An
        ask is listed with so many wrong facts that are ``near`` it and so many ``others``."""
        made = [
            one
            for asked in self._asked
            for one in self._of_message(asked, chance, (near, others), held_out)
        ]
        return made + [_question(one) for one in self._changes if _held_out(one["old"]) == held_out]

    def of_change(self, chance: random.Random, *, held_out: bool = False) -> list[Listed]:
        """Newer and older tellings: those of the corpus; the older after the newer, which it never changes;
        and near texts of other lines and of facts, which hardly ever change each other."""
        made = []
        for change, near in zip(self._changes, self._near_tellings, strict=True):
            if _held_out(change["old"]) != held_out:
                continue
            old, new = change["old"], change["new"]
            made += [_single((new, old), change["change"]), _single((old, new), False)]
            if near and not held_out:
                other = self._changes[chance.choice(near)]["old"]
                made += [] if _held_out(other) else [_single((new, other), False)]
        if not held_out:
            for n in chance.sample(range(len(self._lines)), min(len(self._lines), UNCHANGED)):
                facts = self._near(self._vectors[n], n, 6)
                if facts and not self._lines[n]["held out"]:
                    made.append(_single((self._fact(n), self._fact(chance.choice(facts))), False))
        return made

    def _of_message(
        self, asked: _Asked, chance: random.Random, most: tuple[int, int], held_out: bool
    ) -> Iterator[Listed]:
        near = [n for n in asked.near if self._lines[n]["held out"] == held_out]
        if asked.own is None:
            if near and not held_out:
                yield _single((asked.text, self._fact(chance.choice(near))), False)
            return
        line = self._lines[asked.own]
        if line["held out"] != held_out:
            return
        own = (asked.text, line["fact"])
        if not asked.needs:
            apart = [n for n in near if self._lines[n]["group"] != line["group"]]
            pairs = [own]
            if apart and chance.random() < AFTER_MISS:
                pairs.append((asked.text, self._fact(chance.choice(apart))))
            yield Listed(tuple(pairs), (False,) * len(pairs))
            return
        wrong = near[: most[0]] if held_out else chance.sample(near[:NEAR], min(most[0], len(near)))
        known = self._spoken[line["language"], held_out]
        anyone = [chance.choice(known) for _ in range(most[1])]
        wrong += [n for n in anyone if self._lines[n]["group"] != line["group"]]
        if wrong:
            pairs = [own, *((asked.text, self._fact(n)) for n in wrong)]
            yield Listed(tuple(pairs), (True, *(False for _ in wrong)), ordered=True)

    def _embedded(self, kind: str, embed: Embed) -> Iterator[tuple[int, str, Floats]]:
        texts = [(n, text) for n, one in enumerate(self._lines) for text in one[kind]]
        for (n, text), vector in zip(texts, embed([text for _, text in texts]), strict=True):
            yield n, text, vector

    def _near(self, vector: Floats, own: int, most: int) -> tuple[int, ...]:
        """The nearest facts of the line's language on its side of the split that tell something else."""
        cosines = np.where(self._languages == self._languages[own], self._vectors @ vector, -1.0)
        found = [
            n
            for n in np.argsort(-cosines, kind="stable")[: most + 12].tolist()
            if n != own
            and cosines[n] > -1
            and self._lines[n]["held out"] == self._lines[own]["held out"]
            and self._vectors[n] @ self._vectors[own] < SAME
        ]
        return tuple(found[:most])

    def _fact(self, n: int) -> str:
        fact: str = self._lines[n]["fact"]
        return fact


def _single(pair: tuple[str, str], right: bool) -> Listed:
    return Listed((pair,), (right,))


def _question(change: dict[str, Any]) -> Listed:
    """What the question needs: of two tellings that both hold, one alone."""
    old, new, question = change["old"], change["new"], change["question"]
    if change["change"]:
        return _single((question, new), True)
    best, other = (new, old) if change["answers"] == "new" else (old, new)
    return Listed(((question, best), (question, other)), (True, False), ordered=True)


def _nearest(changes: Sequence[dict[str, Any]], embed: Embed) -> list[list[int]]:
    """For each change the four others of its language whose older tellings are nearest to its newer one."""
    olds, news = (embed([one[name] for one in changes]) for name in ("old", "new"))
    languages = np.array([one["language"] for one in changes])
    cosines = np.where(languages[:, None] == languages, news @ olds.T, -1.0)
    np.fill_diagonal(cosines, -1.0)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :4]
    rows = zip(order.tolist(), cosines, strict=True)
    return [[n for n in best if row[n] > -1] for best, row in rows]


def _facts(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("relevance-*.jsonl")):
        for n, one in enumerate(json_lines(file)):
            group = f"{file.stem}/{one['group']}" if "group" in one else f"{file.stem}/line{n}"
            yield {**one, "group": group, "held out": _held_out(group)}


def _held_out(text: str) -> bool:
    return zlib.crc32(text.encode()) % _FOLDS == 0
