"""``bench lives``: one person tells much, of which some changes; is the right message found afterwards?

Each life of the file (bench/lives.py) is told in a profile of its own, a message every other day. Each is
kept as with *Remember*: what capture finds worth keeping is another question (``bench capture``). At the end
all its questions are asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.lives import Life, read_lives
from nowprint.bench.samples import even, mean
from nowprint.errors import UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.newest import LIKELY
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.memory.storage.doubts import Doubts
from nowprint.records import Episode
from nowprint.salience.episodes import added_draft
from nowprint.settings import Profile, prepare_profile

FORM = (
    'The file must be a list of objects with "language", "told" (a list of {"text"} and, if it changes '
    'an earlier one, "changes", its number), "asks" (each with "question" and "needs", a list of '
    'numbers) and "misses" (questions).'
)
BEGIN = 1_700_000_000.0
STEP = 2 * 86_400.0
FIRST = 3


@dataclass(frozen=True, slots=True)
class Asked:
    """``changed``: the matter has changed. ``first`` and ``among``: the right one comes first, or among
    the first three, of all; ``recalled`` and ``recalled_among``: of those that are recalled; ``stale``:
    what is no longer so comes before it, or alone."""

    changed: bool
    first: bool
    among: bool
    recalled: bool
    recalled_among: bool
    stale: bool


@dataclass(slots=True)
class Outcome:
    """``sure`` and ``likely``: of each change, whether the newer message took the older one's place, or is
    at least likely to change it. ``strays`` and ``likely_strays``: of each message, whether that is so of a
    message of another matter. ``vain``: of each question that nothing answers, whether something is
    recalled."""

    life: Life
    asked: list[Asked] = field(default_factory=list)
    sure: list[bool] = field(default_factory=list)
    likely: list[bool] = field(default_factory=list)
    strays: list[bool] = field(default_factory=list)
    likely_strays: list[bool] = field(default_factory=list)
    vain: list[bool] = field(default_factory=list)


def lives(context: BenchContext, data: object) -> dict[str, Any]:
    """The report of the bench. UserError if the data has another form."""
    try:
        read = even(read_lives(data), context.limit)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as fault:
        raise UserError(FORM) from fault
    found = []
    with Cache(context.cache) as cache:
        embedder = CachedEmbedder(context.embedder, cache)
        for n, life in enumerate(read):
            context.report("Telling the lives", n / len(read))
            found.append(outcome(context, embedder, life))
    english = [one for one in found if one.life.language == "en"]
    others = [one for one in found if one.life.language != "en"]
    groups = {"English": english, "other languages": others}
    tables = {name: figures(those) for name, those in groups.items() if those}
    return {"n": len(read), "found": tables}


def outcome(context: BenchContext, embedder: Embedder, life: Life) -> Outcome:
    home = Profile(context.profile.home / "life")
    shutil.rmtree(home.home, ignore_errors=True)
    prepare_profile(home)
    clock = [BEGIN]
    store = ConversationStore(home.database)
    memory = Memory(
        store,
        embedder,
        home.index,
        lambda _: None,
        encoder=context.encoder,
        clock=lambda: clock[0],
    )
    try:
        ids = []
        for text in life.told:
            clock[0] += STEP
            ids.append(memory.keep(added_draft(text, None)).episode.id)
        clock[0] += STEP
        memory.prepare()
        found = Outcome(life)
        doubts = Doubts(store.database).newer_of(ids)
        likely = {
            (one.newer, one.older)
            for some in doubts.values()
            for one in some
            if one.probability >= LIKELY
        }
        _count_changes(memory, ids, likely, found)
        limit = context.settings.recall_limit
        found.asked = [_asked(memory, life, ids, *ask, limit) for ask in life.asks]
        found.vain = [bool(memory.retrieval.recall(text, limit=limit)) for text in life.misses]
        return found
    finally:
        memory.close()


def _count_changes(
    memory: Memory, ids: Sequence[int], likely: AbstractSet[tuple[int, int]], found: Outcome
) -> None:
    """``likely``: the ids of newer and older episodes of which the one likely changes the other."""
    sure = {(one.id, one.replaces) for one in memory.episodes(ids) if one.replaces is not None}
    for newer, id in enumerate(ids):
        right = {ids[older] for older in found.life.matter(newer) if older < newer}
        for pairs, changed, strays in (
            (sure, found.sure, found.strays),
            (sure | likely, found.likely, found.likely_strays),
        ):
            those = {older for one, older in pairs if one == id}
            strays.append(bool(those - right))
            if found.life.changed[newer] is not None:
                changed.append(bool(those & right))


def _asked(
    memory: Memory,
    life: Life,
    ids: Sequence[int],
    question: str,
    needs: tuple[int, ...],
    limit: int,
) -> Asked:
    right = {ids[n] for n in needs}
    old = {ids[n] for need in needs for n in life.matter(need) if n < need}
    weighed = memory.retrieval.weigh(question, memory.retrieval.gather(question))
    standing = _standing(memory.episodes(one.id for one in weighed))
    order = [one.id for one in weighed if one.id in standing]
    recalled = [one.episode.id for one in memory.retrieval.recall(question, limit=limit)]
    matter = [id for id in recalled if id in right | old]
    return Asked(
        changed=any(life.changed[n] is not None for n in needs),
        first=bool(right & {*order[:1]}),
        among=bool(right & {*order[:FIRST]}),
        recalled=bool(right & {*recalled[:1]}),
        recalled_among=bool(right & {*recalled[:FIRST]}),
        stale=bool(old & {*matter[:1]}),
    )


def _standing(episodes: Iterable[Episode]) -> set[int]:
    """Those that nothing has taken the place of."""
    return {one.id for one in episodes if one.replaced_by is None}


def figures(found: Sequence[Outcome]) -> dict[str, float]:
    def share(of: Callable[[Outcome], Iterable[bool]]) -> float:
        return round(mean(float(one) for outcome in found for one in of(outcome)), 3)

    told: dict[str, float] = {"lives": len(found)}
    for name, changed in (("changed", True), ("other", False)):
        asked = [one for life in found for one in life.asked if one.changed == changed]
        told[f"{name}, n"] = len(asked)
        for key, figure in (
            ("first", "first"),
            ("among three", "among"),
            ("recalled first", "recalled"),
            ("recalled among three", "recalled_among"),
            ("stale", "stale"),
        ):
            told[f"{name}, {key}"] = round(mean(float(getattr(one, figure)) for one in asked), 3)
    return told | {
        "misses, something recalled": share(lambda one: one.vain),
        "changes": sum(len(one.sure) for one in found),
        "sure": share(lambda one: one.sure),
        "likely": share(lambda one: one.likely),
        "stray": share(lambda one: one.strays),
        "likely stray": share(lambda one: one.likely_strays),
    }
