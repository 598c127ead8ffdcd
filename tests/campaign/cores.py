"""Kills of the core at random moments while chats are edited, answered again, forked, pinned, deleted and
brought in.

It shows that what a reply had promised is there afterwards, an import is there whole or not at all, and
doctor finds no fault with what is left.
"""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

from nowprint.records import Conversation, Message
from nowprint.service import protocol as p
from nowprint.service.requests import arranging as a
from nowprint.service.requests import branches as b
from nowprint.service.requests.memory import ApplyImport, ReviewImport
from nowprint.settings import Profile

from ..end_to_end.killing_cores import SECONDS, Front, begin, kill_again_and_again
from .kills import Tally

CHATS = 40
"""In each file that is brought in."""
TOKENS = 24
LATEST = 0.6
"""Seconds after the last request in which the core may be killed."""


class Chatting:
    """A front end that sends requests without waiting, and what their replies have promised."""

    def __init__(self, front: Front, folder: Path, seed: int) -> None:
        self.front = front
        self._folder = folder
        self._draw = random.Random(seed)
        self._asked: list[tuple[Future[Any], Any]] = []
        self.talk = 0
        self.deleted: set[int] = set()
        self.pinned: dict[int, bool | None] = {}
        """As far as is known; None while a change wasn't acknowledged."""
        self.forks: dict[int, tuple[str, ...]] = {}
        self.files: dict[str, bool] = {}
        """Whether bringing a file in was acknowledged, by the beginning of its chats' titles."""
        self.done = 0

    def begin(self) -> None:
        self.front.client.start()
        self.front.ask(
            p.ChangeSettings(
                replace(self.front.ask(p.GetSettings()), memory=False, answer_tokens=TOKENS)
            )
        )
        self.front.ask(p.LoadModel())
        self.check()
        if not self.talk:
            self.talk = self.front.ask(p.CreateConversation()).id
            self.front.send(self.talk, "Name a bird.")[0].result(SECONDS)

    def act(self) -> None:
        """Some things at once, one of them cut off by the kill that follows."""
        acts = [self._edit, self._retry, self._delete, self._fork, self._pin, self._bring]
        for act in self._draw.sample(acts, 3):
            act()
        time.sleep(self._draw.uniform(0, LATEST))

    def _messages(self) -> tuple[Message, ...]:
        return tuple(self.front.ask(b.GetTree(self.talk)))

    def _turn(self, request: Any) -> None:
        _, take = self.front.promised.listener()
        self._ask(self.front.client.turn(request, take))

    def _ask(self, future: Future[Any], promise: Any = lambda _: None) -> None:
        self._asked.append((future, promise))

    def _edit(self) -> None:
        said = [one for one in self._messages() if one.role == "user"]
        one = self._draw.choice(said)
        self._turn(p.Edit(one.id, f"Name bird number {len(said)}."))

    def _retry(self) -> None:
        answers = [one for one in self._messages() if one.role == "assistant"]
        self._turn(p.Retry(self.talk, self._draw.choice(answers).id))

    def _delete(self) -> None:
        """An answer that has others beside it and nothing after it."""
        there = self._messages()
        followed = {one.parent for one in there}
        ends = [
            one
            for one in there
            if one.role == "assistant" and len(one.siblings) > 1 and one.id not in followed
        ]
        if ends:
            self.deleted.add(ends[0].id)
            self._ask(self.front.client.call(b.DeleteBranch(ends[0].id)))

    def _fork(self) -> None:
        one = self._draw.choice(self._messages())

        def made(fork: Conversation) -> None:
            self.forks[fork.id] = ()

        self._ask(self.front.client.call(b.ForkConversation(one.id)), made)

    def _pin(self) -> None:
        on = not self.pinned.get(self.talk)
        self.pinned[self.talk] = None
        self._ask(
            self.front.client.call(a.PinConversations((self.talk,), on)),
            lambda _: self.pinned.__setitem__(self.talk, on),
        )

    def _bring(self) -> None:
        name = f"File {len(self.files)},"
        path = self._folder / f"{len(self.files)}.json"
        path.write_text(json.dumps([_chat(name, i) for i in range(CHATS)]), encoding="utf-8")
        review = self.front.ask(ReviewImport(str(path)))
        self.files[name] = False
        self._ask(
            self.front.client.call(ApplyImport(review.id, (), chats=True)),
            lambda _: self.files.__setitem__(name, True),
        )

    def kill(self) -> None:
        self.front.kill()
        for future, promise in self._asked:
            if future.done() and not future.exception():
                promise(future.result())
                self.done += 1
        self._asked.clear()

    def check(self) -> None:
        promised = self.front.promised
        for kind in (promised.messages, promised.answers, promised.unfinished):
            for id in self.deleted:
                kind.pop(id, None)
        self.front.check()
        there = {one.id: one for one in self.front.ask(p.ListConversations())}
        for id, pinned in self.pinned.items():
            assert pinned is None or there[id].pinned == pinned
            self.pinned[id] = there[id].pinned
        for id, texts in self.forks.items():
            read = tuple(one.text for one in self.front.ask(p.ListMessages(id)))
            assert read
            assert not texts or read == texts
            self.forks[id] = read
        for name, acknowledged in self.files.items():
            brought = [one for one in there.values() if one.title.startswith(name)]
            assert len(brought) in ((CHATS,) if acknowledged else (0, CHATS)), name
            if brought:
                self.files[name] = True
                assert len(self.front.ask(p.ListMessages(brought[-1].id))) == 2


def _chat(name: str, number: int) -> dict[str, Any]:
    """A chat as Claude exports it. It is told apart from others by when it began."""
    minutes = int(name.split()[1].strip(",")) * CHATS + number
    at = f"2025-{1 + minutes // 1440:02}-05T{minutes // 60 % 24:02}:{minutes % 60:02}:00Z"
    return {
        "uuid": f"{name}-{number}",
        "name": f"{name} chat {number}",
        "created_at": at,
        "updated_at": at,
        "chat_messages": [
            {"uuid": f"{name}-{number}-{i}", "sender": who, "text": f"{who} {i}", "created_at": at}
            for i, who in enumerate(("human", "assistant"))
        ],
    }


def kill_keeping_cores(profile: Profile, kills: int, seed: int, tally: Tally) -> None:
    """Kill real cores that answer at length, or keep memories with the real embedder."""
    front = begin(profile)
    try:
        kill_again_and_again(front, kills, seed)
        front.see_doctor()
    finally:
        front.client.close(SECONDS)
        promised = front.promised
        tally.injected += kills
        tally.acknowledged += len(promised.messages) + len(promised.answers)
        tally.acknowledged += len(promised.episodes)


def kill_chatting_cores(
    profile: Profile, folder: Path, kills: int, seed: int, tally: Tally
) -> None:
    """Kill real cores with the starter model. What doctor finds is checked by each fifth one."""
    chatting = Chatting(begin(profile), folder, seed)
    for kill in range(kills):
        chatting.begin()
        if not kill % 5:
            chatting.front.see_doctor()
        chatting.act()
        chatting.kill()
        tally.injected += 1
    chatting.begin()
    chatting.front.see_doctor()
    tally.acknowledged += chatting.done
    chatting.front.client.close(SECONDS)
