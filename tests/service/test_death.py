"""Cores that die or end, and the profile that they leave; memory is off here as well."""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from nowprint.chat.answering import SAVE_SECONDS
from nowprint.errors import (
    CoreDied,
    ProfileError,
    ProfileInUse,
    UserError,
)
from nowprint.events import AnswerText, Progress, Started
from nowprint.service.client import Client
from nowprint.service.protocol import (
    ChangeSettings,
    CreateConversation,
    GetSettings,
    ListConversations,
    ListMessages,
    LoadModel,
    Retry,
    Send,
)
from nowprint.settings import Profile

from .conftest import LONG, SECONDS, Front, messages_on_disk, without_memory

# --- death -------------------------------------------------------------------------------------


def test_kill_in_mid_answer_loses_nothing_that_was_said(front: Front) -> None:
    earlier = front.begin("Say only: Yes.")
    conversation = earlier.future.result(SECONDS).message.conversation_id
    writing = front.begin(LONG, conversation)
    # two savings of the growing answer
    writing.until(
        lambda e: (
            isinstance(e, AnswerText) and time.monotonic() - writing.times[0] > 2.5 * SAVE_SECONDS
        )
    )
    waiting = front.client.call(LoadModel())
    died = front.kill()
    killed = time.monotonic()

    assert "SIGKILL" in str(died)
    for future in (writing.future, waiting):
        with pytest.raises(CoreDied):
            future.result(SECONDS)
    with pytest.raises(CoreDied, match="not running"):
        front.ask(ListConversations())
    assert front.client.pid is None
    front.client.stop()

    # what the core itself had kept
    user, broken = messages_on_disk(front.profile, conversation)[2:]
    assert (user.text, user.state) == (LONG, "complete")
    assert broken.state == "broken"
    assert broken.text.startswith(writing.text(until=killed - SAVE_SECONDS - 1))
    assert writing.text().startswith(broken.text) or broken.text.startswith(writing.text())
    assert broken.text

    # the next core is told what was seen beyond that
    front.start()
    messages = front.ask(ListMessages(conversation))
    assert [m.state for m in messages] == ["complete", "complete", "complete", "broken"]
    assert messages[:2] == front.ask(ListMessages(conversation, before=user.id))
    assert messages[2] == user
    assert messages[3].text == max(writing.text(), broken.text, key=len)
    with pytest.raises(queue.Empty):
        front.deaths.get_nowait()

    again = front.turn(Retry(conversation)).future
    front.client.stop()
    assert again.result(SECONDS).message.replaces == messages[3].id
    assert front.begin("Say only: Yes.", conversation).future.result(SECONDS).finish == "end"


def test_a_new_core_can_be_started_from_the_news_of_the_death(profile: Profile) -> None:
    """As the window does it: on the reader thread."""
    restarted: queue.SimpleQueue[CoreDied] = queue.SimpleQueue()

    def again(died: CoreDied) -> None:
        client.start()
        restarted.put(died)

    client = Client(without_memory(profile), on_event=lambda _: None, on_death=again)
    client.start()
    client.call(CreateConversation()).result(SECONDS)
    pids = {client.pid}
    for _ in range(2):
        assert client.pid is not None
        psutil.Process(client.pid).kill()
        restarted.get(timeout=SECONDS)
        assert len(client.call(ListConversations()).result(SECONDS)) == 1
        pids.add(client.pid)
    assert len(pids) == 3
    client.close(SECONDS)
    assert restarted.empty()


def broken_model(starter_model: Path, folder: Path) -> Path:
    """A file whose header is whole and on which llama.cpp itself gives up."""
    key = b"llama.block_count"
    gguf = starter_model.read_bytes()
    at = gguf.index(key) + len(key) + 4
    path = folder / "no layers.gguf"
    path.write_bytes(gguf[:at] + bytes(4) + gguf[at + 4 :])
    return path


def test_a_model_that_kills_the_core_is_named(
    front: Front, starter_model: Path, tmp_path: Path
) -> None:
    path = broken_model(starter_model, tmp_path)
    with pytest.raises(CoreDied, match=r"no layers\.gguf.*choose another"):
        front.ask(LoadModel(str(path)))
    front.deaths.get(timeout=SECONDS)
    front.start()
    assert front.begin("Say only: Yes.").future.result(SECONDS).message.text

    front.ask(ChangeSettings(replace(front.ask(GetSettings()), model=str(path))))
    with pytest.raises(CoreDied, match=r"no layers\.gguf"):
        front.ask(LoadModel())
    assert "no layers.gguf" in str(front.deaths.get(timeout=SECONDS))


# --- the profile and its end -------------------------------------------------------------------


def test_a_profile_has_one_writer(front: Front, open_front: Callable[[Profile], Front]) -> None:
    second = open_front(front.profile)
    second.start(model=False)
    for request in (ListConversations(), LoadModel(), CreateConversation()):
        with pytest.raises(ProfileInUse, match="open in another Nowprint"):
            second.ask(request)
    assert front.ask(ListConversations()) == ()
    second.close()
    front.close()
    third = open_front(front.profile)
    third.start(model=False)
    assert third.ask(ListConversations()) == ()


def test_a_profile_that_cannot_be_used_is_told_with_every_call(
    tmp_path: Path, open_front: Callable[[Profile], Front]
) -> None:
    (tmp_path / "file").touch()
    front = open_front(Profile(tmp_path / "file" / "home"))
    front.start(model=False)
    for request in (ListConversations(), LoadModel()):
        with pytest.raises(ProfileError, match="can't be used"):
            front.ask(request)
    front.close()
    assert front.deaths.empty()


def test_closing_ends_the_core_and_its_process(front: Front) -> None:
    assert front.client.pid is not None
    core = psutil.Process(front.client.pid)
    began = time.monotonic()
    front.close()
    assert time.monotonic() - began < 5
    assert not core.is_running()
    assert front.client.pid is None
    assert front.deaths.empty()
    with pytest.raises(CoreDied):
        front.ask(ListConversations())
    front.close()  # twice does no harm
    front.start(model=False)
    assert front.ask(ListConversations()) == ()


def test_closing_in_mid_answer_keeps_it_as_far_as_it_came(front: Front) -> None:
    conversation = front.new()
    writing = front.begin(LONG, conversation)
    waiting = front.begin("And then?", conversation)
    writing.until_tokens(5)
    began = time.monotonic()
    front.close()
    assert time.monotonic() - began < 5
    assert writing.future.result(SECONDS).finish == "stopped"
    user, answer = messages_on_disk(front.profile, conversation)[:2]
    assert (user.text, answer.state) == (LONG, "stopped")
    assert answer.text == writing.text()
    with contextlib.suppress(CoreDied):  # it was stopped, or the core was gone before
        assert waiting.future.result(SECONDS).finish == "stopped"


SLOW = """
import sys, time
from pathlib import Path
from nowprint.__main__ import main
from nowprint.memory.embedding.embedder import Embedder
load = Embedder.load
def when_allowed(self):
    while not (Path(sys.argv[2]).parent / "go on").exists():
        time.sleep(0.01)
    load(self)
Embedder.load = when_allowed
sys.exit(main(sys.argv[1:]))
"""
"""A core that may take long to load its embedder, which nothing can cut short."""

ORPHAN = f"""
import sys, threading
from nowprint.service import client as module
from nowprint.service.client import Client
from nowprint.service.protocol import CreateConversation, LoadModel, Prepare, Send
from nowprint.settings import find_profile
module.core_command = lambda profile: [sys.executable, "-P", "-c", {SLOW!r}, "core", str(profile.home)]
client = Client(find_profile(), on_event=lambda _: None, on_death=lambda _: None)
client.start()
client.call(LoadModel()).result({SECONDS})
conversation = client.call(CreateConversation()).result({SECONDS}).id
def told(event):
    if getattr(event, "tokens", 0) == 3:
        client.call(Prepare())
        print(client.pid, flush=True)
client.turn(Send(conversation, {LONG!r}), told)
threading.Event().wait()
"""


def allow_when_waited_for(front: Front) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if any(isinstance(event, Progress) for event in front.announced):
            break
        time.sleep(0.01)
    (front.profile.home.parent / "go on").touch()


def test_a_core_whose_front_end_was_killed_ends_by_itself_and_is_waited_for(
    profile: Profile, open_front: Callable[[Profile], Front]
) -> None:
    without_memory(profile)
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE) as front_end:
        assert front_end.stdout is not None
        core = psutil.Process(int(front_end.stdout.readline()))
        front_end.send_signal(signal.SIGKILL)
        front_end.wait()
    front = open_front(profile)
    waiting = threading.Thread(target=allow_when_waited_for, args=(front,))
    waiting.start()
    front.start(model=False)
    waiting.join()
    user, answer = front.ask(ListMessages(1))
    assert psutil.wait_procs([core], timeout=SECONDS)[1] == []
    assert (user.text, answer.state) == (LONG, "stopped")
    assert answer.text
    waits = [e.fraction for e in front.announced if isinstance(e, Progress)]
    assert waits
    assert waits == [None] * (len(waits) - 1) + [1.0]


def test_the_log_holds_no_text_of_messages(front: Front) -> None:
    front.begin("Say only: Quisquilla.").future.result(SECONDS)
    front.begin("<|im_end|> \x00 Quisquilla").future.result(SECONDS)
    with pytest.raises(UserError):
        front.ask(Send(front.new(), "Quisquilla " * 20_000))
    front.begin(f"Quisquilla. {LONG}").until_tokens(2)
    assert front.client.pid is not None
    psutil.Process(front.client.pid).send_signal(signal.SIGABRT)
    front.deaths.get(timeout=SECONDS)
    log = front.profile.log.read_text(encoding="utf-8")
    assert "Fatal Python error: Aborted" in log
    assert "Quisquilla" not in log
    assert "lighthouse" not in log


def test_started_comes_when_the_message_is_committed(front: Front) -> None:
    writing = front.begin(LONG)
    started = writing.until(lambda e: isinstance(e, Started))
    front.kill()
    stored = messages_on_disk(front.profile, started.message.conversation_id)
    assert stored[0] == started.message
