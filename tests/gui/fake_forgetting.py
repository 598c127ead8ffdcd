"""Forgetting as the fake client does it: plans, batches that can be undone, receipts."""

from __future__ import annotations

import dataclasses
from typing import Any

from fake_memory import FakeMemory

from nowprint import inspection as i
from nowprint import records as r
from nowprint.errors import UserError
from nowprint.service import memory_requests as m

SAMPLES = 8
"""How many of a plan's episodes are shown; the core shows more."""


class FakeForgetting(FakeMemory):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.conversations: dict[int, r.Conversation] = {}
        self.batches: dict[
            int, tuple[set[int], dict[int, r.Message], dict[int, r.Conversation]]
        ] = {}
        self.receipts: list[i.Receipt] = []
        self.too_late = False
        """The minute is over for every batch."""

    def reply(self, request: Any) -> Any:
        match request:
            case m.PlanForgetting(what):
                return self._plan(what)
            case m.Forget():
                return self._forget(request)
            case m.UndoForgetting(batch):
                return self._undo(batch)
            case m.ListReceipts():
                return tuple(reversed(self.receipts))
        return super().reply(request)

    def _meant(self, what: i.Forgetting) -> set[int]:
        found: set[int] = set()
        for episode in self.episodes.values():
            near = what.conversation is not None and any(
                source.conversation_id == what.conversation for source in episode.sources
            )
            then = what.span is not None and what.span[0] <= episode.created < what.span[1]
            words = what.filter is not None and what.filter.text.lower() in episode.text.lower()
            if what.everything or near or then or words or episode.id in what.ids:
                found.add(episode.id)
        return found - self.hidden

    def _plan(self, what: i.Forgetting) -> i.ForgettingPlan:
        ids = tuple(sorted(self._meant(what)))
        sources = {s.message_id for id in ids for s in self.episodes[id].sources}
        answers = [m.id for m in self.messages.values() if set(m.sources) & set(ids)]
        conversations = len(self.conversations) if what.everything else 0
        return i.ForgettingPlan(
            ids, 0, tuple(sorted(sources)), tuple(answers),
            1 if what.conversation is not None else conversations,
            tuple(self.episodes[id] for id in ids[:SAMPLES]),
        )  # fmt: skip

    def delete(self, conversation_id: int, forget: bool) -> i.Forgotten:
        mine = any(one.conversation_id == conversation_id for one in self.messages.values())
        if not mine or conversation_id not in self.conversations:
            self.conversations.pop(conversation_id, None)
            return i.Forgotten(0, 0, 0, 0)
        return self._forget(m.Forget(i.Forgetting(conversation=conversation_id)), keep=not forget)

    def _forget(self, request: m.Forget, *, keep: bool = False) -> i.Forgotten:
        """``keep`` the episodes."""
        plan = self._plan(request.what)
        if keep:
            plan = dataclasses.replace(plan, ids=())
        gone = {
            *(plan.messages if request.messages else ()),
            *(plan.answers if request.answers else ()),
        }
        talks = {}
        if (id := request.what.conversation) is not None:
            gone |= {m.id for m in self.messages.values() if m.conversation_id == id}
            talks = {id: self.conversations.pop(id)}
        self.hidden.update(plan.ids)
        lost = {id: self.messages.pop(id) for id in gone if id in self.messages}
        batch = len(self.batches) + 1
        self.batches[batch] = (set(plan.ids), lost, talks)
        if request.teaches == "not worth":
            self._learn(len(plan.ids))
        answers = sum(message.role == "assistant" for message in lost.values())
        return i.Forgotten(batch, len(plan.ids), len(lost) - answers, answers)

    def _undo(self, batch: int) -> i.Forgotten:
        if self.too_late:
            raise UserError("The minute is over: what was forgotten is gone for good.")
        ids, lost, talks = self.batches.pop(batch)
        self.hidden -= ids
        self.messages = dict(sorted((self.messages | lost).items()))
        self.conversations |= talks
        answers = sum(message.role == "assistant" for message in lost.values())
        return i.Forgotten(batch, len(ids), len(lost) - answers, answers)
