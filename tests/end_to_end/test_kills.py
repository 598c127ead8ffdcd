"""Kills of the core: seven at random moments here, twenty in kill_cores.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from nowprint.service.protocol import (
    ChangeSettings,
    CreateConversation,
    GetSettings,
    ListMessages,
    LoadModel,
)
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile

from .killing_cores import FACTS, LONG, SECONDS, Front, begin, kill_again_and_again

pytestmark = pytest.mark.usefixtures("starter_model", "embedder_folder")


@pytest.fixture
def front(profile: Profile) -> Iterator[Front]:
    front = begin(profile)
    yield front
    front.client.close(SECONDS)


def test_seven_kills_lose_nothing_that_was_acknowledged(front: Front) -> None:
    kill_again_and_again(front, kills=7)


def test_what_was_heard_before_a_kill_is_judged_by_the_next_core(front: Front) -> None:
    front.start(memory=True)
    conversation = front.ask(CreateConversation()).id
    front.ask(ChangeSettings(replace(front.ask(GetSettings()), answer_tokens=LONG)))
    front.hear(conversation, FACTS[0])
    front.kill()
    assert front.promised.episodes == {}
    front.client.start()
    assert front.ask(FindEpisodes()).total == 0  # nothing judges before there is a model
    front.ask(LoadModel())
    front.see_judged()
    (episode,) = front.ask(FindEpisodes()).episodes
    user, answer = front.ask(ListMessages(conversation))
    assert [s.message_id for s in episode.sources] == [user.id]
    assert (user.text, answer.state) == (FACTS[0], "broken")
