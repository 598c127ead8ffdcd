"""What is forgotten is in no file any more, whatever nights did with it, nor in a backup."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest

from nowprint.inspection import Forgetting
from nowprint.memory.sleep.replay import Replay
from nowprint.records import EpisodeDraft
from nowprint.settings import Settings

from ..marked import everything
from ..talked import ALL, BOILER, Talk

VIOLA = "My Zanzibeth keeps the viola in the Quorrick attic behind the door."
WORDS = ("Zanzibeth", "Quorrick")


def left(talk: Talk) -> set[str]:
    whole = b"\n".join(data for _, data in everything(talk.folder))
    return {word for word in WORDS if word.encode() in whole}


def slept_on(talk: Talk, draft: Callable[..., EpisodeDraft]) -> tuple[int, int]:
    """Two that tell the same, merged, not found, archived and brought back; all of it noted."""
    older, asked, _ = talk.say(VIOLA)
    second = talk.store.add_message(asked.conversation_id, "user", VIOLA)
    memory = talk.memory
    with talk.store.database.writing():
        newer = memory._episodes.add(draft(VIOLA, second), talk.clock.now + 60)
        memory._vectors.put(newer, memory._vectors.vectors([older])[1][0])
        talk.store.database.bump_generation()
    memory._index_sync.opened().add(*memory._vectors.vectors([newer]))
    talk.say(BOILER)
    assert memory.sleep.run(Event(), Settings(most_episodes=1), at_once=True)
    (night,) = memory.sleep.state("").nights
    assert {"merged", "not found", "archived"} <= dict(night.changes).keys()
    archived = [one.id for one in memory.sleep.report(night.id).changes if one.kind == "archived"]
    memory.sleep.undo(night.id, archived)
    return older, newer


@pytest.fixture
def unfindable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Replay, "_finds", lambda *_: False)


@pytest.mark.usefixtures("unfindable")
@pytest.mark.parametrize("named", ["newer", "older"])
def test_all_bytes_go(talk: Talk, named: str) -> None:
    older, newer = slept_on(talk, talk.draft)
    backups = talk.memory.backups
    assert backups is not None
    backups.make()
    talk.store.database.empty_log()
    assert left(talk) == set(WORDS)
    talk.memory.forgetting.forget(Forgetting((newer if named == "newer" else older,)), **ALL)
    (night,) = talk.memory.sleep.state("").nights
    assert {one.episode.id for one in talk.memory.sleep.report(night.id).changes}.isdisjoint(
        {older, newer}
    )
    talk.memory.purge(all=True)
    assert left(talk) == set()
    value = talk.store.database.value
    assert value("SELECT count(*) FROM slept") == 1
    assert value("SELECT count(*) FROM night_change WHERE ? IN (episode, other)", [newer]) == 0
    assert talk.memory.sleep.report(night.id).night.looked_at == 3
    talk.reopen()
    assert left(talk) == set()


@pytest.mark.usefixtures("unfindable")
def test_nights_end_after_a_week_and_the_older_still_goes_with_the_newer(talk: Talk) -> None:
    _, newer = slept_on(talk, talk.draft)
    talk.clock.now += 8 * 86_400
    assert talk.memory.sleep.run(Event(), Settings(), at_once=True)
    assert talk.memory.sleep.state("").nights == ()
    talk.memory.forgetting.forget(Forgetting((newer,)), **ALL)
    talk.memory.purge(all=True)
    assert left(talk) == set()
