"""``bench year``: a year of one person's life, remembered with sleep and without, side by side.

What is told, telling.py says. Both profiles keep the same episodes at the same times of a virtual clock;
drafts are kept directly, with no chat model, as a turn keeps them (encoder included). ``ASKED`` times a week
the person asks for something: what is recalled enters an answer, and of it the episode that answers gets
influence, as if the model had used that and nothing else. A fifth of the matters is asked for four times of
five. At the end of each month one of the two profiles sleeps until nothing is left to do, with room for
``ACTIVE`` episodes: what exceeds that is archived, so that the room is tight towards the end.

The corpus is told by hundreds of people, so that this person has many jobs and dogs, and a question such as
"Where do I work?" several answers, of which only that of its own matter counts: the figures compare the two
profiles, and don't say how well one person's life is remembered (``bench changes``, ``bench dialogue``).

Then both are asked. ``any@k``: an episode that tells the newest of the matter is among the first k, of those
that no newer one replaced; an episode that sleep put behind another counts as that one. ``recalled``: it is
among what would enter the prompt. ``wrongly recalled``: anything would, for a question that nothing told
answers. ``p50 ms`` is the time of finding and ranking, without the reranker, whose figures come out of the
cache where both profiles ask the same. ``searched``: a search of the user's, which also reads the archive,
has it among the first ten.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import median
from threading import Event
from typing import Any

from nowprint.bench.cache import Cache, CachedEmbedder
from nowprint.bench.context import BenchContext
from nowprint.bench.life.telling import SEED, WEEKS, Message, Year, year
from nowprint.bench.samples import even, mean
from nowprint.language.dates import DAY
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.retrieval.ranking import floor
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.records import INFLUENTIAL_NATS, EpisodeDraft, Source, Why
from nowprint.settings import Profile, prepare_profile

BEGINS = 1_735_718_400.0
"""The first of January 2025."""
MONTH = 13 / 3
"""Weeks."""
ASKED = 6
"""How many questions a week are asked in chats."""
OFTEN = 5
"""Every so manieth matter is asked for often."""
TOLD, CHANGED, VAIN = 40, 20, 30
"""At most so many questions a month: about what was told, about what has changed since it was told first, and
such that nothing answers."""
ACTIVE = 1_000
BATCH = 256
FIRST = 10
_WHY = Why(0.7, 0.5, 0.0, (), ())


def run_year(context: BenchContext, data: object) -> dict[str, Any]:
    """The report for ``context.limit`` weeks (0: all); ``data`` is not used."""
    began = time.monotonic()
    weeks = min(WEEKS, context.limit or WEEKS)
    life = year()
    months: dict[str, dict[str, Any]] = {}
    slept: dict[str, float] = {}
    with Cache(context.cache) as cache:
        embedder = CachedEmbedder(context.embedder, cache)
        encoder = None if context.encoder is None else CachedEmbedder(context.encoder, cache)
        for model in (embedder, encoder):
            _embed_all(context, model, life, weeks)
        people = [
            _Person(context, life, embedder, encoder, name, sleeps=sleeps)
            for name, sleeps in (("with sleep", True), ("without", False))
        ]
        try:
            for week in range(weeks):
                for person in people:
                    context.report(f"Living, {person.name}", week / weeks)
                    person.live(week)
                if int((week + 1) / MONTH) > int(week / MONTH) or week == weeks - 1:
                    for person in people:
                        rows = months.setdefault(person.name, {})
                        rows[f"week {week + 1}"] = person.asked(week)
            slept = people[0].slept()
        finally:
            for person in people:
                person.memory.close()
    return {
        "weeks": weeks,
        **months,
        "sleep": slept,
        "seconds": time.monotonic() - began,
    }


def _embed_all(context: BenchContext, model: Embedder | None, life: Year, weeks: int) -> None:
    """Fill the cache: in batches a model takes a third of the time."""
    if model is None:
        return
    told = (one.text for week in life.weeks[:weeks] for chat in week for one in chat if one.kept)
    texts = [*dict.fromkeys(told), *life.questions, *life.unanswerable]
    for first in range(0, len(texts), BATCH):
        context.report("Embedding", first / len(texts))
        model.embed(texts[first : first + BATCH])


class _Person:
    """One of the two profiles, and what it was told."""

    def __init__(
        self,
        context: BenchContext,
        life: Year,
        embedder: Embedder,
        encoder: Embedder | None,
        name: str,
        *,
        sleeps: bool,
    ) -> None:
        self.name = name
        self._life = life
        self._sleeps = sleeps
        self._settings = replace(context.settings, most_episodes=ACTIVE, sleep=True)
        self._chance = random.Random(SEED)
        self._now = BEGINS
        self._nights = 0.0
        self._answers: dict[int, tuple[str, set[int]]] = {}
        """For each matter the newest telling that answers it, and the episodes that hold it."""
        profile = Profile(context.profile.home / name.replace(" ", "-"))
        prepare_profile(profile)
        self._store = ConversationStore(profile.database)
        self.memory = Memory(
            self._store,
            embedder,
            profile.index,
            lambda _: None,
            encoder=encoder,
            clock=lambda: self._now,
        )
        self.memory.prepare()

    # --- living ----------------------------------------------------------------------------

    def live(self, week: int) -> None:
        chats = self._life.weeks[week]
        for number, chat in enumerate(chats):
            self._now = BEGINS + (7 * week + 7 * number / len(chats)) * DAY
            conversation = self._store.create_conversation().id
            for message in chat:
                self._say(conversation, message)
        for matter in self._wanted(ASKED):
            self._ask(matter)

    def _say(self, conversation: int, said: Message) -> None:
        self._now += 60.0
        message = self._store.add_message(conversation, "user", said.text)
        drafts = []
        if said.kept:
            source = Source(message.id, conversation, "user", 0, len(message.text))
            drafts = [EpisodeDraft(message.text, message.text, "captured", 0.7, _WHY, (source,))]
        kept = self.memory.judge(message.id, None, (), drafts)
        if said.matter is not None and said.answers:
            text, ids = self._answers.get(said.matter, ("", set()))
            new = {one.episode.id for one in kept}
            self._answers[said.matter] = (said.text, ids | new if text == said.text else new)

    def _wanted(self, count: int) -> list[int]:
        """Matters to ask for: a fifth of them four times of five."""
        told = self._told()
        often = [matter for matter in told if matter % OFTEN == 0] or told
        return [
            self._chance.choice(often if self._chance.random() < 1 - 1 / OFTEN else told)
            for _ in range(count if told else 0)
        ]

    def _told(self) -> list[int]:
        return sorted(matter for matter in self._answers if self._life.questions[matter])

    def _ask(self, matter: int) -> None:
        """Ask in a chat; the answer is influenced by what is right, and by nothing else."""
        question = self._life.questions[matter]
        conversation = self._store.create_conversation().id
        self._store.add_message(conversation, "user", question)
        found = self.memory.retrieval.recall(question, limit=self._settings.recall_limit)
        answer = self._store.add_message(conversation, "assistant", "", state="writing").id
        self.memory.begin_answer(answer, found, (), captures=False)
        self.memory.finish_turn(
            answer_id=answer,
            answer_text="",
            state="complete",
            traces={},
            baselines={},
            recollections=found,
            pinned=(),
        )
        right = self._right(matter)
        nats = {one.episode.id: 2.0 * INFLUENTIAL_NATS * (one.episode.id in right) for one in found}
        self.memory.measurements.set_influence(answer, nats)

    # --- what is left of it ----------------------------------------------------------------

    def asked(self, week: int) -> dict[str, float | None]:
        """Sleep, if this one does, then answer the month's questions."""
        self._now = BEGINS + 7 * (week + 1) * DAY
        if self._sleeps:
            began = time.monotonic()
            self.memory.sleep.run(Event(), self._settings, at_once=True)
            self._nights += time.monotonic() - began
        told = self._told()
        rows = [self._row(matter) for matter in even(told, TOLD)]
        changed = even([matter for matter in told if self._has_changed(matter)], CHANGED)
        newest = [self._row(matter)["any@1"] for matter in changed]
        vain = [self._found(question)[1] for question in even(self._life.unanswerable, VAIN)]
        stats = self.memory.stats()
        active, archived = self.memory.archive.counts()
        return {
            "active": active,
            "archived": archived,
            "kB": stats.bytes_per_episode * stats.episodes / 1e3,
            **{name: mean(row[name] for row in rows) for name in rows[0] if name != "ms"},
            "changed, any@1": mean(newest) if newest else None,
            "wrongly recalled": mean(float(bool(passed)) for passed in vain),
            "p50 ms": median(row["ms"] for row in rows),
        }

    def slept(self) -> dict[str, float]:
        """What sleep did in all, and how long it took."""
        with self._store.database.reading() as connection:
            changes = connection.execute(
                "SELECT action, count(*) FROM audit GROUP BY action ORDER BY action"
            ).fetchall()
        return {"s": self._nights} | {action: float(count) for action, count in changes}

    def _has_changed(self, matter: int) -> bool:
        first = next(
            one
            for week in self._life.weeks
            for chat in week
            for one in chat
            if one.matter == matter
        )
        return matter in self._life.changing and self._answers[matter][0] != first.text

    def _row(self, matter: int) -> dict[str, float]:
        question, right = self._life.questions[matter], self._right(matter)
        order, passed = self._found(question)
        searched = self.memory.retrieval.search(question, FIRST)
        began = time.perf_counter()  # now that what the first profile reads is cached for both
        self.memory.retrieval.gather(question).ranked()
        seconds = time.perf_counter() - began
        return {
            "any@1": float(bool(right & {*order[:1]})),
            f"any@{FIRST}": float(bool(right & {*order[:FIRST]})),
            "recalled": float(bool(right & {*passed})),
            "searched": float(bool(right & {one.episode.id for one in searched})),
            "ms": seconds * 1e3,
        }

    def _found(self, question: str) -> tuple[list[int], list[int]]:
        """The ids in the order of recall, and of those that would enter a prompt."""
        retrieval = self.memory.retrieval
        text = retrieval.meant(question)
        gathered = retrieval.gather(text)
        replaced = {one.id for one in gathered.candidates if one.replaced_by}
        weighed = retrieval.weigh(text, gathered)
        passed = [one.id for one in floor(weighed) if one.id not in replaced]
        order = [one.id for one in weighed if one.id not in replaced]
        return order, passed[: self._settings.recall_limit]

    def _right(self, matter: int) -> set[int]:
        """The episodes that tell the newest of a matter, and those that sleep put them behind."""
        found = {*self._answers[matter][1]}
        return found | {one for id in found for one in self._in_front_of(id)}

    def _in_front_of(self, id: int) -> Iterable[int]:
        with self._store.database.reading() as connection:
            rows: Sequence[Any] = connection.execute(
                """WITH RECURSIVE front (id) AS (SELECT child FROM made_from WHERE parent = ?
                UNION SELECT child FROM front JOIN made_from ON parent = front.id)
                SELECT id FROM front""",
                [id],
            ).fetchall()
        return [row[0] for row in rows]
