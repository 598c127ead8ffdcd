"""A process that forgets and purges, again and again, and is killed at a random moment."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.memory import Memory

from .marked import STORED, Told, everything, forms, found, open_memory, tell

EPISODES = 40
BY_CONVERSATION = 4
FEW = 8
"""With fewer their common words are rare, and one's message goes with another's."""
LONGEST = 0.5
"""Seconds to the latest kill after the child began: it forgets several times in that."""


class Killing:
    """One profile after the other; each is forgotten batch by batch, and opened after every kill."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._chance = random.Random(seed)
        self._folder = folder
        self._made = folder / "made"
        memory = open_memory(self._made)
        self._told: list[Told] = []
        for number in range(EPISODES):
            if number % BY_CONVERSATION == 0:
                conversation = memory._store.create_conversation().id
            self._told.append(tell(memory, number, self._chance, conversation))
        self._forms = [forms(memory, one) for one in self._told]
        memory.close()
        self._profiles = 0
        self._children = 0
        self.kills = 0
        self.gone = 0
        """Batches that were acknowledged as gone."""
        self.within = 0
        """Kills in the middle of forgetting or purging a batch."""
        self._begin()

    def _begin(self) -> None:
        self._profiles += 1
        self._profile = self._folder / f"profile{self._profiles}"
        shutil.copytree(self._made, self._profile)
        self._gone: set[int] = set()

    def kill_once(self) -> None:
        self._children += 1
        log = self._folder / f"log{self._children}"
        log.touch()
        seed = self._chance.randrange(1 << 30)
        child = multiprocessing.get_context("fork").Process(
            target=forget_until_killed, args=(self._profile, log, seed), daemon=True
        )
        child.start()
        while not log.read_bytes() and child.is_alive():
            time.sleep(0.001)
        child.join(self._chance.uniform(0, LONGEST))
        if child.is_alive():
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            self.kills += 1
        child.join()
        assert child.exitcode in {-signal.SIGKILL, 0}
        self._check(log.read_text(encoding="ascii").splitlines())

    def _check(self, lines: Sequence[str]) -> None:
        """Batches are forgotten whole or not at all, and to the last byte; the rest is whole."""
        batches = [
            (word, {int(id) for id in ids})
            for word, *ids in (line.split() for line in lines if line.endswith("."))
            for ids in [[id for id in ids if id != "."]]
        ]
        self.gone += sum(word == "gone" for word, _ in batches)
        self.within += bool(batches) and batches[-1][0] in {"try", "hidden"}
        memory = open_memory(self._profile)  # and the purge is finished
        here = {one.id for one in memory.episodes(told.id for told in self._told)}
        assert all(finding.ok for finding in memory.findings(False))
        memory.close()
        for word, ids in batches:
            assert not ids & here or (word == "try" and ids <= here), (
                f"{word} {sorted(ids)}, of which {sorted(ids & here)} are here"
            )
        forgotten = {told.id for told in self._told} - here
        named = set().union(*(ids for _, ids in batches))
        assert forgotten <= self._gone | named
        assert self._gone <= forgotten
        self._gone = forgotten
        gone = [n for n, told in enumerate(self._told) if told.id in forgotten]
        assert [
            where for where in found(self._profile, (self._forms[n] for n in gone)) if where
        ] == []
        whole = b"\n".join(data for _, data in everything(self._profile))
        for n in set(range(EPISODES)) - set(gone):
            missing = [form for form in STORED if self._forms[n][form] not in whole]
            assert not missing, (missing, self._told[n])
        if len(here) < EPISODES // 4:
            self._begin()


def forget_until_killed(profile: Path, log: Path, seed: int) -> None:
    """Tells before and after each step what it is about to forget; ends when few are left."""
    chance = random.Random(seed)
    with open(log, "a", encoding="ascii", buffering=1) as told:
        print("ready .", file=told)
        memory = open_memory(profile)
        while what := _some(memory, chance):
            ids = " ".join(map(str, memory.forgetting.plan(what).ids))
            print(f"try {ids} .", file=told)
            done = memory.forgetting.forget(what, messages=True, answers=True)
            print(f"hidden {ids} .", file=told)
            memory.purging.purge(batch=done.batch)
            print(f"gone {ids} .", file=told)
        os._exit(0)


def _some(memory: Memory, chance: random.Random) -> Forgetting | None:
    """A few of what there is, by one of the ways."""
    there = memory.query.ids(EpisodeFilter())
    if len(there) < FEW:
        return None
    if chance.random() < 0.3:
        conversation = chance.choice(memory._store.conversations())
        return Forgetting(conversation=conversation.id)
    return Forgetting(tuple(chance.sample(there, min(len(there), chance.randint(1, 3)))))
