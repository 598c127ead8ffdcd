"""Kills inside the engine's proof and inside the first decode: ``pytest tests/end_to_end/kill_proofs.py``.

Twenty fresh cores, each on a machine that has proved nothing yet, are killed by ``kill -9`` at a random
moment: the even ones while the proof runs (its process too, every second time), the odd ones as soon as
their first message was heard. Each next core comes up and answers, and what was acknowledged is there.

Not part of the usual tests: it takes some minutes.
"""

from __future__ import annotations

import os
import random
import signal
import time

import psutil
import pytest

from nowprint.events import Started
from nowprint.records import Message
from nowprint.service.proofs import INITIAL_PROOFS
from nowprint.service.protocol import CreateConversation, Doctor, ListMessages, LoadModel, Send
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

from .killing_cores import SECONDS, Front

KILLS = 20


@pytest.mark.timeout(0)
@pytest.mark.usefixtures("starter_model")
def test_twenty_kills_in_the_proof_and_in_the_first_decode(
    profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(INITIAL_PROOFS)
    prepare_profile(profile)
    save_settings(profile, Settings(memory=False, answer_tokens=24, context=1024))
    front, chance = Front(profile), random.Random(7)
    told: dict[int, Message] = {}
    for n in range(KILLS):
        profile.engine.unlink(missing_ok=True)
        front.client.start()
        loading = front.client.call(LoadModel())
        if n % 2:
            loading.result(SECONDS)
            _kill_in_the_first_decode(front, told)
        else:
            _kill_in_the_proof(front, chance, process_too=n % 4 == 0)
        front.client.start()
        front.client.call(LoadModel()).result(SECONDS)
        _answers(front, told, f"Say yes, for the {n + 1}th time.")
        front.client.close(SECONDS)
    front.client.start()
    assert all(finding.ok for finding in front.ask(Doctor()))
    for message in told.values():
        listed = front.ask(ListMessages(message.conversation_id))
        assert message.text in [one.text for one in listed if one.id == message.id]
    front.client.close(SECONDS)
    print(f"\n{KILLS} kills, {len(told)} messages acknowledged, all there")


def _answers(front: Front, told: dict[int, Message], text: str) -> None:
    conversation = front.ask(CreateConversation()).id
    turn, events = front.send(conversation, text)
    started = events.get(timeout=SECONDS)
    assert isinstance(started, Started)
    told[started.message.id] = started.message
    answer = turn.result(SECONDS)
    assert answer.tokens
    told[answer.message.id] = answer.message


def _kill_in_the_first_decode(front: Front, told: dict[int, Message]) -> None:
    conversation = front.ask(CreateConversation()).id
    _, take = front.promised.listener()
    heard: list[Message] = []

    def listen(event: object) -> None:
        if isinstance(event, Started):
            heard.append(event.message)
        take(event)

    front.client.turn(Send(conversation, "Tell me about the sea."), listen)
    while not heard:
        time.sleep(0.001)
    told[heard[0].id] = heard[0]
    time.sleep(random.Random(heard[0].id).uniform(0, 0.3))
    _kill(front.client.pid)
    front.deaths.get(timeout=SECONDS)


def _kill_in_the_proof(front: Front, chance: random.Random, *, process_too: bool) -> None:
    core = psutil.Process(front.client.pid)
    while not (proofs := core.children()):
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 1.0))
    if process_too:
        for proof in proofs:
            _kill(proof.pid)
    _kill(core.pid)
    front.deaths.get(timeout=SECONDS)
    psutil.wait_procs(proofs, SECONDS)


def _kill(pid: int | None) -> None:
    assert pid
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
