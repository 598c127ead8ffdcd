"""Kills of the core at random moments, over one profile.

It shows that whatever the process was doing (loading, reading a message, writing an answer, judging
what was said, doing nothing), what an event had acknowledged is there afterwards, that what was heard
but not judged yet is judged by the next core, and that doctor finds no fault with what is left. It
can't show what a power cut does: the system still writes what a killed process has handed to it. Most
of these cores have their memory off, because a core that keeps episodes first needs seconds for the
embedder; every sixth one has it on.
"""

from __future__ import annotations

import os
import queue
import random
import signal
import time
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import Any

from nowprint.errors import CoreDied
from nowprint.events import Answer, AnswerText, CoreEvent, Started, Stored, TurnEvent
from nowprint.records import Episode, Message
from nowprint.service.client import Client
from nowprint.service.protocol import (
    ChangeSettings,
    CreateConversation,
    Doctor,
    GetMessage,
    GetSettings,
    ListConversations,
    ListMessages,
    LoadModel,
    Prepare,
    Request,
    SearchEpisodes,
    Send,
)
from nowprint.service.requests.memory import FindEpisodes
from nowprint.settings import Profile, Settings, prepare_profile, save_settings

LATEST = 1.5
"""Seconds after a message was sent in which its core may be killed."""
SHORT, LONG = 12, 250
"""Tokens of an answer: with memory on the end of a turn is wanted, else its middle."""
SECONDS = 60.0
FACTS = (
    "My cat Pickwick has kidney disease and needs the low phosphorus food.",
    "I'm allergic to penicillin and to cashew nuts.",
    "My sister Ingrid lives in Tromsø and works on a ferry.",
    "We are getting married on 14 September in a lighthouse.",
    "Our landlord, Mr Okafor, raises the rent to 1,240 euros in May.",
    "I play bass in a band called The Wet Cardigans.",
    "My thesis is about moss on the roofs of Kyoto temples.",
    "My son Teo is afraid of the dark and sleeps with a blue lamp.",
)


class Acknowledged:
    """What the events of all turns have promised."""

    def __init__(self) -> None:
        self.messages: dict[int, Message] = {}
        self.answers: dict[int, Message] = {}
        self.unfinished: dict[int, str] = {}
        self.episodes: dict[int, Episode] = {}

    def listener(self) -> tuple[queue.SimpleQueue[TurnEvent], Any]:
        """A turn's listener, and the queue in which its events can be waited for."""
        events: queue.SimpleQueue[TurnEvent] = queue.SimpleQueue()
        answer: list[int] = []

        def take(event: TurnEvent) -> None:
            match event:
                case Started(message, started):
                    self.messages[message.id] = message
                    self.unfinished[started.id] = ""
                    answer.append(started.id)
                case AnswerText(text):
                    self.unfinished[answer[0]] += text
                case Answer(message):
                    self.answers[message.id] = message
                    del self.unfinished[message.id]
            events.put(event)

        return events, take

    def store(self, stored: Stored) -> None:
        self.episodes |= {kept.episode.id: kept.episode for kept in stored.kept}


class Front:
    """The front end of all these cores."""

    def __init__(self, profile: Profile) -> None:
        self.deaths: queue.SimpleQueue[CoreDied] = queue.SimpleQueue()
        self.announced: queue.SimpleQueue[CoreEvent] = queue.SimpleQueue()
        self.client = Client(profile, on_event=self.tell, on_death=self.deaths.put)
        self.promised = Acknowledged()
        self.heard: set[str] = set()
        """Facts that a core had read to their end, with its memory on."""

    def tell(self, event: CoreEvent) -> None:
        if isinstance(event, Stored):
            self.promised.store(event)
        self.announced.put(event)

    def ask(self, request: Request) -> Any:
        return self.client.call(request).result(SECONDS)

    def start(self, *, memory: bool) -> None:
        self.client.start()
        settings = replace(
            self.ask(GetSettings()), memory=memory, answer_tokens=SHORT if memory else LONG
        )
        self.ask(ChangeSettings(settings))
        loading = self.client.call(LoadModel())
        if memory:
            self.see_doctor()
        loading.result(SECONDS)
        if memory:
            self.see_judged()

    def send(self, conversation: int, text: str) -> tuple[Future[Answer], Any]:
        events, take = self.promised.listener()
        return self.client.turn(Send(conversation, text), take), events

    def kill(self) -> None:
        pid = self.client.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        self.deaths.get(timeout=SECONDS)

    def hear(self, conversation: int, text: str) -> Future[Answer]:
        """Tell it a fact; back as soon as the first word of the answer came."""
        answer, events = self.send(conversation, text)
        while not isinstance(events.get(timeout=SECONDS), AnswerText):
            pass
        self.heard.add(text)
        return answer

    def see_judged(self) -> None:
        """What was heard is kept, if not by the core that was killed, then by this one."""
        kept = {e.text for e in self.ask(FindEpisodes(limit=1000)).episodes}
        while self.heard - kept:
            event = self.announced.get(timeout=SECONDS)
            if isinstance(event, Stored):
                kept |= {k.episode.text for k in event.kept}

    def see_doctor(self) -> None:
        assert [finding for finding in self.ask(Doctor()) if not finding.ok] == []

    def check(self) -> None:
        """Every promise is kept by the store that the new core has opened."""
        for message in (*self.promised.messages.values(), *self.promised.answers.values()):
            stored = self.ask(GetMessage(message.id))
            assert (stored.text, stored.state) == (message.text, message.state)
        for id, seen in self.promised.unfinished.items():
            broken = self.ask(GetMessage(id))
            # finished after all, if the kill came between the store and the event
            assert broken.state in ("broken", "complete")
            assert broken.text.startswith(seen)
        there = {e.id: e.text for e in self.ask(FindEpisodes(limit=1000)).episodes}
        for id, episode in self.promised.episodes.items():
            assert there[id] == episode.text


def begin(profile: Profile) -> Front:
    prepare_profile(profile)
    save_settings(profile, Settings(context=1024, temperature=0))
    return Front(profile)


def kill_again_and_again(front: Front, kills: int, seed: int = 20) -> None:
    """Nothing is lost that was acknowledged."""
    draw = random.Random(seed)
    facts = iter(FACTS)
    conversation = 0
    for kill in range(kills):
        memory = kill % 6 == 5
        front.start(memory=memory)
        front.check()
        if not kill % 4:
            conversation = front.ask(CreateConversation()).id
        if memory:
            front.hear(conversation, next(facts)).result(SECONDS)
            front.see_judged()
            assert front.promised.episodes
            front.hear(conversation, next(facts))
            time.sleep(draw.uniform(0, LATEST))  # the rest of a short answer, and the judging
        else:
            if kill % 6 == 1:
                front.client.call(Prepare())
            first, _ = front.send(
                conversation, f"Write a very long story about a lighthouse keeper and {kill} ships."
            )
            second, _ = front.send(conversation, "Write another one, about a heron.")
            # not the answers' end is waited for, but the moment
            wait([first, second], draw.choice((0.05, 1, 1)) * draw.uniform(0, LATEST))
        front.kill()

    front.start(memory=True)
    front.check()
    assert len(front.heard) == 2 * (kills // 6)
    promised = front.promised
    assert len(promised.messages) >= kills // 2
    assert promised.answers
    assert any(promised.unfinished.values())
    assert len(promised.episodes) >= kills // 6
    assert promised.episodes.keys() & {r.episode.id for r in front.ask(SearchEpisodes("my cat"))}
    conversations = front.ask(ListConversations())
    stored = [m for c in conversations for m in front.ask(ListMessages(c.id, limit=1000))]
    assert not [m for m in stored if m.state == "writing"]
    answer, _ = front.send(conversation, "Are you still there?")
    assert answer.result(SECONDS).message.state == "complete"
