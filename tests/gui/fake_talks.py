"""Conversations and their messages, as the fake client keeps them."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from fake_memory import NOW, FakeMemory

from nowprint import records as r
from nowprint.errors import NotFound
from nowprint.memory.storage.conversations import title_of
from nowprint.service import protocol as p
from nowprint.service.requests import arranging as a
from nowprint.service.requests import branches as b

MODEL = r.ModelInfo(
    "fake", "Fake 135M", "/models/fake.gguf", 4096, 8192, 49152, 134_500_000, 98_000_000
)


class FakeTalks(FakeMemory):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.conversations: dict[int, r.Conversation] = {}
        self.temporary: dict[int, r.Conversation] = {}
        self._parents: dict[int, int] = {}
        self.leaves: dict[int, int] = {}
        """The last message of the branch that each conversation shows."""
        self.writer = MODEL.name
        """The model that its answers are said to be of."""

    def say(self, conversation_id: int, role: r.Role, text: str, **more: Any) -> r.Message:
        message = r.Message(
            next(self._ids), conversation_id, role, text, more.pop("created", NOW), "complete",
            "" if role == "user" else self.writer, more.pop("sources", ()), more.pop("replaces", None),
            more.pop("parent", self.leaves.get(conversation_id, 0)),
        )  # fmt: skip
        self.messages[message.id] = message
        self._parents[message.id] = message.parent
        self.leaves[conversation_id] = message.id
        return self._message(message.id)

    def converse(self, title: str, *, updated: float = NOW, **more: Any) -> r.Conversation:
        made = r.Conversation(next(self._ids), title, updated, updated, **more)
        self.conversations[made.id] = made
        return made

    # --- its replies -----------------------------------------------------------------------

    def reply(self, request: Any) -> Any:
        match request:
            case p.ListConversations():
                last_first = sorted(self.conversations.values(), key=lambda c: -c.updated)
                return tuple(last_first)
            case p.CreateConversation(temporary):
                return self._create(r.NewConversation(temporary))
            case p.RenameConversation(id, title):
                return self._alter(id, title=title)
            case a.PinConversations(ids, pinned):
                return tuple(
                    self._alter(id, pinned=pinned, archived=self._talk(id).archived and not pinned)
                    for id in ids
                )
            case a.ArchiveConversations(ids, archived):
                return tuple(
                    self._alter(
                        id, archived=archived, pinned=self._talk(id).pinned and not archived
                    )
                    for id in ids
                )
            case p.ListMessages(cid, before, limit):
                mine = self._said(cid, before and self._message(before).parent)
                return tuple([m for m in mine if before is None or m.id < before][-limit:])
            case p.GetMessage(id):
                return self._message(id)
            case b.ShowBranch(id):
                cid = self._message(id).conversation_id
                self.leaves[cid] = max(self._below(id))
                return self._alter(cid)
            case b.ForkConversation(id):
                last = self._message(id)
                old = self._talk(last.conversation_id)
                made = self.converse(old.title, project=old.project, persona=old.persona)
                for one in self._said(old.id, id):
                    self.say(made.id, one.role, one.text)
                return self._alter(made.id)
            case b.GetTree(id):
                cid = self._talk(id).id
                mine = [one for one in self.messages.values() if one.conversation_id == cid]
                return tuple(self._message(one.id) for one in mine)
        return super().reply(request)

    def _detail(self, episode: r.Episode) -> r.EpisodeDetail:
        places = [one for one in episode.sources if one.message_id in self.messages]
        shown = [m.id for one in places for m in self._said(one.conversation_id)]
        off = places and not any(one.message_id in shown for one in places)
        return dataclasses.replace(super()._detail(episode), aside=places[-1] if off else None)

    def _talk(self, id: int) -> r.Conversation:
        if talk := self.conversations.get(id) or self.temporary.get(id):
            return talk
        raise NotFound(f"There is no conversation {id}: it may have been deleted.")

    def _said(self, id: int, leaf: int | None = None) -> list[r.Message]:
        """The branch that ends with ``leaf``, or that is shown."""
        at = self.leaves.get(self._talk(id).id, 0) if leaf is None else leaf
        branch: list[r.Message] = []
        while at:
            if at in self.messages:
                branch.insert(0, self._message(at))
            at = self._parents[at]
        return branch

    def _below(self, id: int) -> list[int]:
        after = [one.id for one in self.messages.values() if one.parent == id]
        return [id, *(each for one in after for each in self._below(one))]

    def _alter(self, id: int, **fields: Any) -> r.Conversation:
        changed = dataclasses.replace(self._talk(id), **fields)
        (self.conversations if id in self.conversations else self.temporary)[id] = changed
        return changed

    def _create(self, new: r.NewConversation) -> r.Conversation:
        title, kept = ("Temporary chat" if new.temporary else ""), not new.temporary
        self._known(new.project)
        made = r.Conversation(
            next(self._ids), title, time.time(), time.time(), new.project,
            new.recalls and kept, new.captures and kept,
            self.settings.think if new.thinks is None else new.thinks, new.persona,
        )  # fmt: skip
        (self.temporary if new.temporary else self.conversations)[made.id] = made
        return made

    def _begin(self, request: p.Send, id: int) -> r.Message:
        """What a user says; the first words name the conversation."""
        talk = self._talk(id)
        title = talk.title or title_of(request.text)
        message = self.say(talk.id, "user", request.text)
        self._alter(talk.id, title=title, updated=time.time())
        return message
