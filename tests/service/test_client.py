"""The client and a real core: two things at once, stopping, and faults that are told.

Memory is off here, so that no core waits for the embedder; test_core.py has it on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nowprint.errors import (
    InternalError,
    NotFound,
    UserError,
)
from nowprint.events import Progress
from nowprint.service import client
from nowprint.service.protocol import (
    ChangeSettings,
    CreateConversation,
    DeleteConversation,
    GetMessage,
    GetSettings,
    ListConversations,
    ListMessages,
    LoadModel,
    MemoryStatistics,
    RenameConversation,
    Retry,
    Send,
)
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile

from .conftest import LONG, SECONDS, Front

QUICK = (FindEpisodes(), ListConversations(), MemoryStatistics())


# --- two things at once ------------------------------------------------------------------------


def test_the_core_answers_other_calls_while_it_writes_and_stops_at_once(front: Front) -> None:
    conversation = front.new()
    writing = front.begin(LONG, conversation)
    writing.until_tokens(3)
    for request in (*QUICK, GetMessage(writing.started.message.id)):
        front.ask(request)
    assert not writing.future.done()
    # a second conversation can be made, renamed and deleted meanwhile, and this one goes on
    front.ask(DeleteConversation(front.new(), forget=False))
    last = writing.until_tokens(8)
    assert not writing.future.done()

    asked = time.monotonic()
    front.client.stop()
    answer = writing.future.result(SECONDS)
    assert time.monotonic() - asked < 2
    assert (answer.finish, answer.message.state) == ("stopped", "stopped")
    assert last.tokens <= answer.tokens < 100
    assert writing.text() == answer.message.text
    assert writing.events[-1] == answer
    assert front.until_stored(writing.started.message) == ()
    assert front.ask(GetMessage(answer.message.id)) == answer.message


def test_stop_is_for_the_turns_that_were_asked_for_and_for_no_later_one(front: Front) -> None:
    conversation = front.new()
    front.client.stop()
    first = front.begin(LONG, conversation)
    second = front.begin(LONG, conversation)  # waits its turn
    first.until_tokens(2)
    front.client.stop()
    third = front.begin("Say only: Yes.", conversation)
    assert first.future.result(SECONDS).finish == "stopped"
    stopped = second.future.result(SECONDS)
    assert (stopped.finish, stopped.tokens) == ("stopped", 0)
    assert third.future.result(SECONDS).finish == "end"
    roles = [m.role for m in front.ask(ListMessages(conversation))]
    assert roles == ["user", "assistant"] * 3


def test_deleting_a_conversation_ends_the_answer_in_it(front: Front) -> None:
    conversation = front.new()
    writing = front.begin(LONG, conversation)
    writing.until_tokens(3)
    front.ask(DeleteConversation(conversation, forget=False))
    assert writing.future.result(SECONDS).finish == "stopped"
    with pytest.raises(NotFound):
        front.ask(ListMessages(conversation))
    assert front.ask(ListConversations()) == ()


def test_calls_from_many_threads_get_each_their_own_reply(front: Front) -> None:
    made = [front.ask(CreateConversation()) for _ in range(8)]
    futures: list[Future[Any]] = [
        front.client.call(ListMessages(c.id) if n % 2 else GetSettings())
        for n in range(5)
        for c in made
    ]
    settings = front.ask(GetSettings())
    for n, future in enumerate(futures):
        assert future.result(SECONDS) == (() if (n // 8) % 2 else settings)


def test_a_call_cannot_be_taken_back(front: Front) -> None:
    """A cancelled future would end the reader when its reply came."""
    future = front.client.call(ListConversations())
    assert future.cancel() is False
    assert future.result(SECONDS) == ()


def test_faults_come_as_themselves_and_the_core_lives_on(front: Front, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF")
    for request, fault in (
        (ListMessages(99), NotFound),
        (LoadModel(str(bad)), UserError),
        (Send(99, "Hello."), NotFound),
        (Retry(front.new()), UserError),
    ):
        with pytest.raises(fault) as raised:
            front.ask(request)
        assert str(raised.value).endswith(".")
    told = [e for e in front.announced if isinstance(e, Progress) and "bad.gguf" in e.task]
    assert told[-1].fraction == 1.0
    assert front.begin("Say only: Yes.").future.result(SECONDS).message.text


def test_a_bug_becomes_a_sentence_and_a_line_of_the_log(front: Front) -> None:
    """Of its kind and place: its words may quote what was said."""
    title = ["Quisquilla"]
    with pytest.raises(InternalError, match=r"(TypeError|AttributeError).*try again") as raised:
        front.ask(RenameConversation(front.new(), title))  # type: ignore[arg-type]
    log = front.profile.log.read_text(encoding="utf-8")
    assert "Error\n" in log
    assert "nowprint/service/handlers.py:" in log
    assert "Quisquilla" not in log + str(raised.value)
    assert front.ask(ListConversations())


def test_settings_are_kept_and_used(front: Front, open_front: Callable[[Profile], Front]) -> None:
    settings = replace(front.ask(GetSettings()), answer_tokens=3, theme="dark")
    assert front.ask(ChangeSettings(settings)) == settings
    answer = front.begin(LONG).future.result(SECONDS)
    assert (answer.tokens, answer.finish) == (3, "length")
    front.close()
    again = open_front(front.profile)
    again.start(model=False)
    assert again.ask(GetSettings()) == settings


def test_a_core_that_lacks_a_library_says_which(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that another try would end in the same way."""
    lacks = "raise ImportError('libgomp.so.1: cannot open shared object file: No such file')"
    monkeypatch.setattr(client, "core_command", lambda _: [sys.executable, "-c", lacks])
    profile.home.mkdir()
    front = Front(profile)
    front.start(model=False)
    died = front.deaths.get(timeout=SECONDS)
    assert str(died).startswith("The model process needs libgomp.so.1, which this system lacks")
    assert "libgomp1" in str(died)
    assert (died.how, died.for_good) == ("exit code 1", True)
    assert "libgomp.so.1" in profile.log.read_text(encoding="utf-8")
    front.close()
