"""Handlers for forgetting: plan, forget, undo, and forget at once with a receipt.

An episode that the user forgets may have been worth keeping and be out of date, so that forgetting
teaches the episodic head less than "not worth keeping". It learns only from episodes that the user chose
one by one or with a filter; forgetting a conversation, a span of time or everything is no opinion on
single episodes, and neither is a rule.
"""

from __future__ import annotations

from dataclasses import replace

from nowprint.chat.chat import Chat
from nowprint.inspection import Forgetting, Forgotten, Receipt
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service import protocol as p
from nowprint.service.requests import memory as m
from nowprint.service.requests import retention as rt
from nowprint.service.router import Router

WEIGHTS: dict[m.Lesson, float] = {"forgotten": 0.3, "not worth": 1.0}
MOST_TAUGHT = 500
"""The most episodes that one step of learning takes into account: the newest."""


class ForgettingHandlers:
    """Handlers that are called on the core's memory, planning and generating threads."""

    def __init__(self, store: ConversationStore, memory: Memory, chat: Chat) -> None:
        self._store = store
        self._memory = memory
        self._chat = chat
        self._taught: dict[int, tuple[int, ...]] = {}
        """Batch -> the episodes that the head learned from, for undo."""

    def register(self, router: Router) -> None:
        router.on(m.PlanForgetting, self._memory.forgetting.plan)
        router.on(m.Forget, self._forget)
        router.on(m.UndoForgetting, self._undo)
        router.on(m.ForgetNow, self._now)
        router.on(m.ListReceipts, self._memory.purging.receipts.all)
        router.on(rt.GetRetention, self._memory.retention.rules)
        router.on(rt.PlanRetention, self._memory.retention.preview)
        router.on(rt.UseRetention, self._memory.retention.use)
        router.on(rt.ForgetByRules, self._memory.retention.apply)
        router.on(p.ForgetEpisodes, lambda ids: self._forget(Forgetting(ids)).episodes)
        router.on(p.NotWorthKeeping, self._not_worth_keeping)
        router.on(p.UndoForget, self._undo_episodes)
        router.on(p.PurgeForgotten, lambda: self._memory.purge(all=True))
        router.on(p.DeleteConversation, self._delete_conversation)

    def _forget(
        self,
        what: Forgetting,
        messages: bool = False,
        answers: bool = False,
        chats: bool = False,
        teaches: m.Lesson = "forgotten",
    ) -> Forgotten:
        """Forget, and then teach the head: if forgetting raises, nothing must be learned."""
        chosen = self._memory.forgetting.named(what)
        done = self._memory.forgetting.forget(
            replace(what, ids=chosen, filter=None),
            messages=messages,
            answers=answers,
            chats=chats,
        )
        if chosen:
            taught = chosen[:MOST_TAUGHT]
            self._taught[done.batch] = taught
            self._chat.judge.teach(taught, worth=False, weight=WEIGHTS[teaches])
        return done

    def _not_worth_keeping(self, ids: tuple[int, ...]) -> int:
        return self._forget(Forgetting(ids), teaches="not worth").episodes

    def _undo(self, batch: int) -> Forgotten:
        """Bring a batch back, then take back what the head learned from it. After the minute ``undo`` raises,
        and the head keeps what it learned."""
        back = self._memory.forgetting.undo(batch)
        self._chat.judge.unteach(self._taught.pop(batch, ()))
        return back

    def _undo_episodes(self, ids: tuple[int, ...]) -> int:
        back = self._memory.undo_forget(ids)
        if back:
            self._chat.judge.unteach(ids)
        return back

    def _now(self, what: Forgetting, messages: bool, answers: bool, chats: bool) -> Receipt:
        done = self._forget(what, messages, answers, chats)
        if not done.batch:
            raise self._memory.forgetting.nothing()
        self._memory.purging.purge(batch=done.batch)
        return self._memory.purging.receipts.get(done.batch)

    def _delete_conversation(self, id: int, forget: bool) -> Forgotten:
        store = self._chat.store_of(id)
        if store is self._store:
            return self._memory.delete_conversation(id, forget)
        store.delete_conversation(id)
        return Forgotten(0, 0, 0, 0)
