"""Of 200 episodes half are forgotten, by every way there is: no byte of them is left, all of the rest.

What is looked for, and how, is in marked.py.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.memory.marked import STORED, Clock, Told, everything, forms, found, open_memory, tell

from nowprint.inspection import EpisodeFilter, Forgetting
from nowprint.memory.memory import Memory

EPISODES = 200
BY_CONVERSATION = 10
Forms = dict[str, bytes]


@dataclass(frozen=True)
class Marked:
    folder: Path
    told: tuple[Told, ...]
    forms: tuple[Forms, ...]
    created: tuple[float, ...]


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Marked:
    folder = tmp_path_factory.mktemp("marked") / "profile"
    memory = open_memory(folder, Clock())
    chance = random.Random(11)
    told = []
    for number in range(EPISODES):
        if number % BY_CONVERSATION == 0:
            conversation = memory._store.create_conversation().id
        place = "observatory" if 20 <= number < 40 else ""
        told.append(tell(memory, number, chance, conversation, place))
    wanted = tuple(forms(memory, one) for one in told)
    there = {one.id: one for one in memory.episodes(one.id for one in told)}
    created = tuple(there[one.id].created for one in told)
    memory.close()
    return Marked(folder, tuple(told), wanted, created)


@pytest.fixture
def folder(marked: Marked, tmp_path: Path) -> Path:
    return Path(shutil.copytree(marked.folder, tmp_path / "profile"))


def check(marked: Marked, folder: Path, gone: Sequence[int], rest: Sequence[int]) -> None:
    """0 hits for the forgotten, all hits for the rest."""
    assert [where for where in found(folder, (marked.forms[n] for n in gone)) if where] == []
    whole = b"\n".join(data for _, data in everything(folder))
    missing = [(n, form) for n in rest for form in STORED if marked.forms[n][form] not in whole]
    assert missing == []


def test_all_is_there_to_begin_with(marked: Marked) -> None:
    """Or finding nothing would say nothing."""
    check(marked, marked.folder, (), range(EPISODES))
    one = found(marked.folder, marked.forms[:1])[0]
    assert {where.split(" in ")[0] for where in one} >= {*STORED, "full text"}


def test_half_forgotten_by_every_way(marked: Marked, folder: Path) -> None:
    memory = open_memory(folder, Clock())
    told, created = marked.told, marked.created
    ids = [one.id for one in told]
    meaning = EpisodeFilter(meaning=told[40].text, ids=tuple(ids[40:50]))
    ways: list[tuple[range, Forgetting]] = [
        (range(1), Forgetting((ids[0],))),
        (range(1, 20), Forgetting(tuple(ids[1:20]))),
        (range(20, 40), Forgetting(filter=EpisodeFilter("observatory"))),
        (range(40, 50), Forgetting(filter=meaning)),
        (range(50, 60), Forgetting(conversation=told[50].conversation)),
        (range(60, 80), Forgetting(span=(created[60], created[80]))),
        (range(80, 99), Forgetting(tuple(ids[80:90]), EpisodeFilter(ids=tuple(ids[90:99])))),
    ]
    for these, what in ways:
        plan = memory.forgetting.plan(what)
        assert set(plan.ids) == {ids[n] for n in these}, what
        assert set(plan.messages) == {told[n].message for n in these}, what
        assert set(plan.answers) == {told[n].answer for n in these}, what
        done = memory.forgetting.forget(what, messages=True, answers=True)
        assert done.episodes == done.messages == done.answers == len(these)
    memory.forgetting.forget(Forgetting((ids[99],)), messages=True, answers=True)
    memory.close()
    check(marked, folder, range(100), range(100, EPISODES))
    again = open_memory(folder, Clock())
    receipts = again.purging.receipts.all()
    assert sum(one.episodes for one in receipts) == 100
    for receipt in receipts:
        assert [one for one in receipt.checks if one.hits] == []
        assert sum(one.pieces for one in receipt.checks) > 100
    assert all(finding.ok for finding in again.findings(False))
    again.close()


def test_everything(marked: Marked, folder: Path) -> None:
    memory = open_memory(folder, Clock())
    what = Forgetting(everything=True)
    plan = memory.forgetting.plan(what)
    assert len(plan.ids) == EPISODES
    assert len(plan.emptied) == EPISODES // BY_CONVERSATION
    done = memory.forgetting.forget(what, messages=True, answers=True)
    assert (done.episodes, done.messages, done.answers) == (EPISODES,) * 3
    assert memory._store.conversations() == ()
    memory.close()
    check(marked, folder, range(EPISODES), ())


@pytest.mark.parametrize("way", ["episodes", "conversation"])
def test_the_first_ways_to_forget(marked: Marked, folder: Path, way: str) -> None:
    """The episodes alone: what stays of them is what the messages hold."""
    memory = open_memory(folder, Clock())
    ways: dict[str, Callable[[Memory], int]] = {
        "episodes": lambda m: m.forget([one.id for one in marked.told[:BY_CONVERSATION]]),
        "conversation": lambda m: m.delete_conversation(marked.told[0].conversation, True).episodes,
    }
    assert ways[way](memory) == BY_CONVERSATION
    memory.close()
    of_episodes = ("8 bits", "moments", "likelihood")
    gone = [{form: one[form] for form in of_episodes} for one in marked.forms[:BY_CONVERSATION]]
    assert [where for where in found(folder, gone) if where] == []
    if way == "conversation":
        check(marked, folder, range(BY_CONVERSATION), range(BY_CONVERSATION, EPISODES))
    else:
        assert all(found(folder, marked.forms[:BY_CONVERSATION])), "the messages are there"
