"""Answers requests of forgetting: plan, forget, undo, at once and with a receipt.

What is forgotten may have been worth keeping, and be over: it teaches the episodic head less than "not
worth keeping". Only what the user chose teaches, by itself or by what it says: a conversation, a time
or everything is no opinion on single episodes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nowprint.chat.chat import Chat
from nowprint.inspection import Forgetting, Forgotten, Receipt
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import Store
from nowprint.service import memory_requests as m
from nowprint.service import protocol as p

FORGOTTEN_WEIGHT = 0.3
NOT_WORTH_WEIGHT = 1.0
MOST_TAUGHT = 500
"""Of one lesson, which is the mean of them: the newest say enough."""

_One = p.ForgetEpisodes | p.NotWorthKeeping | p.UndoForget | p.DeleteConversation
Request = m.ForgettingRequest | _One | p.PurgeForgotten


class ForgettingDesk:
    """Its methods are called on the core's threads."""

    def __init__(self, store: Store, memory: Memory, chat: Chat) -> None:
        self._store = store
        self._memory = memory
        self._chat = chat
        self._taught: dict[int, tuple[int, ...]] = {}
        """The episodes of each batch that taught something."""

    def answer(self, request: Request) -> Any:
        """The request's result, of the type that its class names."""
        match request:
            case m.PlanForgetting(what):
                return self._memory.forgetting.plan(what)
            case m.Forget():
                return self._forget(request)
            case m.UndoForgetting(batch):
                return self._undo(batch)
            case m.ForgetNow(what, messages, answers):
                return self._now(what, messages=messages, answers=answers)
            case m.ListReceipts():
                return self._memory.purging.receipts.all()
            case p.ForgetEpisodes(ids):
                return self._forget(m.Forget(Forgetting(ids))).episodes
            case p.NotWorthKeeping(ids):
                return self._forget(m.Forget(Forgetting(ids), teaches="not worth")).episodes
            case p.UndoForget(ids):
                return self._undo_episodes(ids)
            case p.PurgeForgotten():
                return self._memory.purge(all=True)
            case p.DeleteConversation(id, forget):
                return self._delete_conversation(id, forget)

    def _forget(self, request: m.Forget) -> Forgotten:
        """Forget first: what isn't there forgets nothing, so that it must teach nothing."""
        chosen = self._memory.forgetting.named(request.what)
        what = replace(request.what, ids=chosen, filter=None)
        done = self._memory.forgetting.forget(
            what, messages=request.messages, answers=request.answers
        )
        if chosen:
            weight = NOT_WORTH_WEIGHT if request.teaches == "not worth" else FORGOTTEN_WEIGHT
            taught = chosen[:MOST_TAUGHT]
            self._taught[done.batch] = taught
            self._chat.judge.teach(taught, worth=False, weight=weight)
        return done

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

    def _now(self, what: Forgetting, *, messages: bool, answers: bool) -> Receipt:
        done = self._forget(m.Forget(what, messages, answers))
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
