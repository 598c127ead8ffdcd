"""What the core does behind an answer, and settings that hold at once.

Judging and the loading of a model are held up here by a file, so that it is known when they go on. The
tests share one core, because loading the embedder takes seconds; each begins with an empty memory.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nowprint.events import AnswerText, Recalled, Started, Stored
from nowprint.inspection import Forgetting
from nowprint.memory.capture.verdicts import Verdicts
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service import client as module
from nowprint.service.protocol import (
    ChangeSettings,
    DeleteConversation,
    GetMessage,
    GetSettings,
    ListConversations,
    LoadModel,
    Retry,
)
from nowprint.service.requests.memory import FindEpisodes, Forget, UseMemory
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .conftest import LONG, SECONDS, Front, Writing

CAT = "My cat Pickwick has kidney disease and needs the low phosphorus food."
FERRY = "My sister Ingrid lives in Tromsø and works on a ferry."
CELLO = "My daughter Marta plays the cello in Görlitz."
JUDGING, LOADING = "judging", "loading"
HELD_UP = f"""
import sys, time
from pathlib import Path
from nowprint.chat import chat, judge
home = Path(sys.argv[2])
framed, engine = judge.framed, chat.Engine
def judged(engine, text, spans, stop=None):
    while (home / "{JUDGING}").exists():
        if stop is not None and stop.is_set():
            return ()
        time.sleep(0.01)
    return framed(engine, text, spans, stop)
def loaded(*path, **options):
    while (home / "{LOADING}").exists():
        time.sleep(0.01)
    return engine(*path, **options)
judge.framed, chat.Engine = judged, loaded
from nowprint.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def hold_up(front: Front, what: str) -> None:
    (front.profile.home / what).touch()


def go_on(front: Front, what: str) -> None:
    (front.profile.home / what).unlink(missing_ok=True)


SETTINGS = Settings(context=1024, temperature=0, answer_tokens=8)


@pytest.fixture(scope="module", autouse=True)
def held_up() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            module,
            "core_command",
            lambda profile: [sys.executable, "-P", "-c", HELD_UP, "core", str(profile.home)],
        )
        yield


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory, starter_model: Path, embedder_folder: Path
) -> Iterator[Front]:
    profile = Profile(tmp_path_factory.mktemp("judging") / "home")
    prepare_profile(profile)
    front = Front(profile)
    front.start()
    yield front
    front.close()


@pytest.fixture
def front(shared: Front) -> Front:
    """A core with its memory on whose judging is held up."""
    shared.ask(Forget(Forgetting(everything=True), messages=True, answers=True))
    shared.ask(ChangeSettings(SETTINGS))
    hold_up(shared, JUDGING)
    shared.announced.clear()
    return shared


def change(front: Front, **changes: Any) -> None:
    front.ask(ChangeSettings(replace(front.ask(GetSettings()), **changes)))


def judge_all(front: Front) -> None:
    """Let it judge what it has left: what is said last is judged last, when it is idle."""
    for text in (FERRY, CELLO):
        writing = front.begin(text)
        writing.future.result(SECONDS)
    front.client.stop()
    go_on(front, JUDGING)
    assert until_kept(front, writing) == CELLO


def told(front: Front) -> list[Stored]:
    return [event for event in front.announced if isinstance(event, Stored)]


def until_kept(front: Front, writing: Writing) -> str:
    """Wait until something was kept of a turn's message; what that is."""
    while not (kept := front.until_stored(writing.started.message)):
        pass
    (one,) = kept
    return one.episode.text


def kept(front: Front) -> list[str]:
    return [episode.text for episode in front.ask(FindEpisodes(sort="oldest")).episodes]


# --- behind an answer --------------------------------------------------------------------------


def test_a_turn_is_over_before_it_is_judged(front: Front) -> None:
    first = front.begin(CAT)
    answer = first.future.result(SECONDS)
    assert front.ask(GetMessage(answer.message.id)) == answer.message
    assert answer.message.state == "complete"
    assert told(front) == []

    second = front.begin(FERRY, answer.message.conversation_id)
    second.future.result(SECONDS)
    assert told(front) == [Stored((), first.started.message.id)]
    assert kept(front) == []

    go_on(front, JUDGING)
    assert (until_kept(front, second), until_kept(front, first)) == (FERRY, CAT)
    assert kept(front) == [FERRY, CAT]


def test_an_answer_can_be_tried_again_while_its_message_is_judged(front: Front) -> None:
    first = front.begin(CAT)
    answer = first.future.result(SECONDS)
    again = front.turn(Retry(answer.message.conversation_id)).future.result(SECONDS)
    assert again.message.replaces == answer.message.id
    go_on(front, JUDGING)
    assert until_kept(front, first) == CAT


def test_stop_ends_the_judging_too(front: Front) -> None:
    first = front.begin(CAT)
    first.future.result(SECONDS)
    assert told(front) == []
    front.client.stop()
    assert front.until_stored(first.started.message) == ()


def test_a_conversation_is_deleted_while_it_is_judged(front: Front) -> None:
    answer = front.begin(CAT).future.result(SECONDS)
    front.ask(DeleteConversation(answer.message.conversation_id, forget=False))
    assert front.ask(ListConversations()) == ()
    judge_all(front)
    assert kept(front) == [FERRY, CELLO]


def test_a_kill_while_it_judges_leaves_the_answer_whole(
    profile: Profile, open_front: Callable[[Profile], Front]
) -> None:
    prepare_profile(profile)
    save_settings(profile, SETTINGS)
    front = open_front(profile)
    hold_up(front, JUDGING)
    front.start()
    conversation = front.new()
    front.ask(UseMemory(conversation, recalls=False, captures=True))  # without the embedder
    answer = front.begin(CAT, conversation).future.result(SECONDS)
    front.kill()
    front.start(model=False)
    assert front.ask(GetMessage(answer.message.id)) == answer.message
    front.close()
    with contextlib.closing(ConversationStore(profile.database)) as store:
        assert [message.text for message in Verdicts(store).unjudged()] == [CAT]


# --- settings ----------------------------------------------------------------------------------


def test_settings_are_changed_while_an_answer_is_written(front: Front) -> None:
    change(front, answer_tokens=400)
    writing = front.begin(LONG)
    writing.until_tokens(2)
    change(front, theme="dark", answer_tokens=3)
    assert not writing.future.done()
    assert front.ask(GetSettings()).theme == "dark"
    more = writing.until_tokens(10)  # it keeps to those that it began with
    assert not writing.future.done()
    front.client.stop()
    assert writing.future.result(SECONDS).tokens >= more.tokens
    assert front.begin(LONG).future.result(SECONDS).tokens == 3


def test_settings_are_changed_while_a_model_loads(front: Front) -> None:
    hold_up(front, LOADING)
    loading = front.client.call(LoadModel())
    change(front, answer_tokens=5)
    assert front.ask(GetSettings()).answer_tokens == 5
    assert not loading.done()
    go_on(front, LOADING)
    loading.result(SECONDS)
    assert front.begin(LONG).future.result(SECONDS).tokens == 5


def test_a_change_holds_for_the_message_that_is_sent_right_after_it(front: Front) -> None:
    settings = front.ask(GetSettings())
    conversation = front.new()
    for tokens in (3, 6, 2, 5):
        changing = front.client.call(ChangeSettings(replace(settings, answer_tokens=tokens)))
        assert front.begin(LONG, conversation).future.result(SECONDS).tokens == tokens
        assert changing.result(SECONDS).answer_tokens == tokens


@pytest.mark.parametrize("when", [Started, AnswerText, "judging"])
def test_memory_that_is_switched_off_captures_nothing_of_this_turn(front: Front, when: Any) -> None:
    change(front, answer_tokens=8 if when == "judging" else 400)
    writing = front.begin(CAT if when == "judging" else f"{CAT} {LONG}")
    if when == "judging":
        writing.future.result(SECONDS)
    else:
        writing.until(lambda event: isinstance(event, when))
    change(front, memory=False)
    assert writing.future.done() == (when == "judging")
    change(front, memory=True, answer_tokens=8)  # which brings nothing of it back
    front.client.stop()
    writing.future.result(SECONDS)
    judge_all(front)
    assert kept(front) == [FERRY, CELLO]


def test_nothing_comes_back_once_memory_is_off(front: Front) -> None:
    go_on(front, JUDGING)
    told = front.begin(CAT)
    told.future.result(SECONDS)
    assert front.until_stored(told.started.message)
    question = "What does my cat need to eat?"
    assert front.begin(question).future.result(SECONDS).sources
    change(front, answer_tokens=400)
    writing = front.begin(LONG)
    writing.until_tokens(2)
    waiting = front.begin(question)
    change(front, memory=False, answer_tokens=8)
    assert not writing.future.done()
    front.client.stop()
    writing.future.result(SECONDS)
    assert waiting.future.result(SECONDS).sources == ()
    assert [e.memories for e in waiting.events if isinstance(e, Recalled)] == [()]
