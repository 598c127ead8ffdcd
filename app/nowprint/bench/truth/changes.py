"""``bench changes``: does the newest telling of a matter win, and does another matter stay as it is?

Each case of the file is told in a profile of its own, since cases contradict one another. Each telling is
kept as with *Remember*: what capture finds worth keeping is another question (``bench capture``). Then the
case's question is asked. This is done twice: *alone*, and *beside others*, in a profile that holds facts of
the corpus, of which none belongs to the case.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.samples import even, mean
from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import Episode
from nowprint.salience.episodes import added_draft
from nowprint.settings import Profile, prepare_profile, resources

FORM = (
    'The file must be a list of objects with "language", "relation" ("change", "changed back" or '
    '"different"), "tellings" (each with "day" and "text"), "question" and "newest" (the number of '
    "the telling that answers it)."
)
BESIDE = 60
"""How many facts of the corpus a profile holds beside the case's, those in its language first."""
DAY = 86_400.0
RANKED = 50


@dataclass(frozen=True, slots=True)
class Case:
    """``newest`` is the number of the telling that answers the question."""

    language: str
    relation: str
    tellings: tuple[tuple[float, str], ...]
    question: str
    newest: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """``linked``: the last telling took the place of one before it; ``asked``: the user is asked whether it
    does; ``first``: of the case's tellings the right one comes first; ``recalled``: it is recalled;
    ``stale``: another of the case's tellings is recalled, too; ``stray``: a telling took the place of a fact
    that isn't the case's."""

    case: Case
    linked: bool
    asked: bool
    first: bool
    recalled: bool
    stale: bool
    stray: bool


def changes(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data has another form."""
    cases = read_cases(data)
    cases = even(cases, context.limit)
    report: dict[str, Any] = {"n": len(cases)}
    with Cache(context.cache) as cache:
        bench = _Bench(context, CachedEmbedder(context.embedder, cache))
        for name, beside in (("alone", 0), ("beside others", BESIDE)):
            found = []
            for n, case in enumerate(cases):
                context.report(f"Telling the cases, {name}", n / len(cases))
                found.append(bench.outcome(case, beside))
            report[name] = by_relation(found)
            report[f"{name}, changes by language"] = by_language(found)
    return report


def read_cases(data: object) -> list[Case]:
    try:
        return [_case(row) for row in data]  # type: ignore[attr-defined]
    except (KeyError, TypeError, ValueError, IndexError) as fault:
        raise UserError(FORM) from fault


def _case(row: dict[str, Any]) -> Case:
    told = tuple(
        (datetime.fromisoformat(one["day"]).timestamp(), str(one["text"]))
        for one in row["tellings"]
    )
    if row["relation"] not in ("change", "changed back", "different") or not told[row["newest"]]:
        raise ValueError(row["relation"])
    return Case(str(row["language"]), row["relation"], told, str(row["question"]), row["newest"])


def by_relation(found: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for one in found:
        groups.setdefault(one.case.relation, []).append(one)
    return {relation: _figures(those) for relation, those in sorted(groups.items())}


def by_language(found: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    groups: dict[str, list[Outcome]] = {}
    for one in found:
        if one.case.relation != "different":
            groups.setdefault(one.case.language, []).append(one)
    return {language: _figures(those) for language, those in sorted(groups.items())}


def _figures(found: Sequence[Outcome]) -> dict[str, float]:
    def share(of: Callable[[Outcome], bool]) -> float:
        return round(mean(float(of(one)) for one in found), 3)

    return {
        "n": len(found),
        "the right one first": share(lambda one: one.first),
        "taken for a change": share(lambda one: one.linked),
        "asked": share(lambda one: one.asked),
        "recalled": share(lambda one: one.recalled),
        "another beside it": share(lambda one: one.stale),
        "stray changes": share(lambda one: one.stray),
    }


@dataclass(slots=True)
class _Bench:
    context: BenchContext
    embedder: Embedder
    _prepared: dict[tuple[str, int], Path] = field(default_factory=dict)

    def outcome(self, case: Case, beside: int) -> Outcome:
        home = self.context.profile.home / "case"
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self._with_others(case.language, beside), home)
        clock = [case.tellings[0][0]]
        memory = self._open(Profile(home), clock)
        try:
            others = {one.id for one in memory.query.page(limit=BESIDE).episodes}
            ids = []
            for day, text in case.tellings:
                clock[0] = max(day, clock[0] + 1)
                ids.append(memory.keep(added_draft(text, None)).episode.id)
            clock[0] += DAY
            return self._asked(memory, case, ids, others)
        finally:
            memory.close()

    def _asked(self, memory: Memory, case: Case, ids: list[int], others: set[int]) -> Outcome:
        right = ids[case.newest]
        there = {one.id: one for one in memory.episodes(ids)}
        last = there[ids[-1]]
        weighed = memory.retrieval.weigh(case.question, memory.retrieval.gather(case.question))
        order = [one.id for one in weighed if one.id in there and not _gone(there[one.id])]
        limit = self.context.settings.recall_limit
        recalled = [one.episode.id for one in memory.retrieval.recall(case.question, limit=limit)]
        mine = [id for id in recalled if id in there]
        first = (mine or order)[:1] == [right]
        asked = {(one.newer.id, one.older.id) for one in memory.settling.doubts(last.id)}
        return Outcome(
            case=case,
            linked=last.replaces in ids,
            asked=any({*pair} <= {*ids} for pair in asked),
            first=first,
            recalled=right in recalled,
            stale=right in recalled and len(mine) > 1,
            stray=any(one.replaces in others for one in there.values()),
        )

    def _with_others(self, language: str, count: int) -> Path:
        """A folder of a profile that holds ``count`` facts of the corpus."""
        key = (language if count else "", count)
        if key not in self._prepared:
            home = self.context.profile.home / f"others-{len(self._prepared)}"
            prepare_profile(Profile(home))
            memory = self._open(Profile(home), [0.0])
            for fact in _facts(language)[:count]:
                memory.keep(added_draft(fact, None))
            memory.close()
            self._prepared[key] = home
        return self._prepared[key]

    def _open(self, profile: Profile, clock: list[float]) -> Memory:
        store = ConversationStore(profile.database)
        return Memory(
            store,
            self.embedder,
            profile.index,
            lambda _: None,
            encoder=self.context.encoder,
            clock=lambda: clock[0],
        )


def _gone(episode: Episode) -> bool:
    return episode.replaced_by is not None


def _facts(language: str) -> list[str]:
    """The corpus's facts, those in the language first."""
    rows = [
        json.loads(line)
        for file in sorted((resources() / "corpus").glob("relevance-*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    rows.sort(key=lambda row: row["language"] != language)
    return list(dict.fromkeys(row["fact"] for row in rows))
