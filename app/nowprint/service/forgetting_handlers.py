"""Answers requests of forgetting: plan, forget, undo, at once and with a receipt.

What is forgotten may have been worth keeping, and be over: it teaches the episodic head less than "not
worth keeping". Only what the user chose teaches, by itself or by what it says: a conversation, a time
or everything is no opinion on single episodes.
"""

from __future__ import annotations

from dataclasses import replace

from nowprint.chat.chat import Chat
from nowprint.inspection import Forgetting, Forgotten, Receipt
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.service import memory_requests as m
from nowprint.service import protocol as p
from nowprint.service.router import Router

WEIGHTS: dict[m.Lesson, float] = {"forgotten": 0.3, "not worth": 1.0}
MOST_TAUGHT = 500
"""Of one lesson, which is the mean of them: the newest say enough."""


class ForgettingHandlers:
    """Called on the core's memory and planning threads."""

    def __init__(self, store: ConversationStore, memory: Memory, chat: Chat) -> None:
        self._store = store
        self._memory = memory
        self._chat = chat
        self._taught: dict[int, tuple[int, ...]] = {}
        """The episodes of each batch that taught something."""

    def register(self, router: Router) -> None:
        router.on(m.PlanForgetting, self._memory.forgetting.plan)
        router.on(m.Forget, self._forget)
        router.on(m.UndoForgetting, self._undo)
        router.on(m.ForgetNow, self._now)
        router.on(m.ListReceipts, self._memory.purging.receipts.all)
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
        teaches: m.Lesson = "forgotten",
    ) -> Forgotten:
        """Forget first: what isn't there forgets nothing, so that it must teach nothing."""
        chosen = self._memory.forgetting.named(what)
        done = self._memory.forgetting.forget(
            replace(what, ids=chosen, filter=None), messages=messages, answers=answers
        )
        if chosen:
            taught = chosen[:MOST_TAUGHT]
            self._taught[done.batch] = taught
            self._chat.judge.teach(taught, worth=False, weight=WEIGHTS[teaches])
        return done

    def _not_worth_keeping(self, ids: tuple[int, ...]) -> int:
        return self._forget(Forgetting(ids), teaches="not worth").episodes

    def _undo(self, batch: int) -> Forgotten:
        """After the minute the lesson stays, as what was forgotten stays forgotten."""
        back = self._memory.forgetting.undo(batch)
        self._chat.judge.unteach(self._taught.pop(batch, ()))
        return back

    def _undo_episodes(self, ids: tuple[int, ...]) -> int:
        back = self._memory.undo_forget(ids)
        if back:
            self._chat.judge.unteach(ids)
        return back

    def _now(self, what: Forgetting, messages: bool, answers: bool) -> Receipt:
        done = self._forget(what, messages, answers)
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
