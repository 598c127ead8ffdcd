"""Forgetting as the fake client does it: plans, batches that can be undone, receipts."""

from __future__ import annotations

import dataclasses
import itertools
import time
from typing import Any

from fake_talks import FakeTalks

from nowprint import forgetting_plan as f
from nowprint import inspection as i
from nowprint import records as r
from nowprint.errors import UserError
from nowprint.memory.storage.conversations import title_of
from nowprint.service import protocol as p
from nowprint.service.requests import arranging as a
from nowprint.service.requests import branches as b
from nowprint.service.requests import memory as m
from nowprint.service.requests import retention as rt

MONTH = 365.25 / 12 * 86_400
SAMPLES = 8
"""How many of a plan's episodes are shown; the core shows more."""


@dataclasses.dataclass
class Batch:
    """What is hidden, and what stood there before."""

    episodes: set[int]
    messages: dict[int, r.Message]
    talks: dict[int, r.Conversation]
    """Those that are gone, and those with another title."""
    head: tuple[r.HeadState, r.HeadState]
    """Before the lesson and after it."""

    def told(self, id: int) -> i.Forgotten:
        answers = sum(message.role == "assistant" for message in self.messages.values())
        return i.Forgotten(id, len(self.episodes), len(self.messages) - answers, answers)


class FakeForgetting(FakeTalks):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.batches: dict[int, Batch] = {}
        self._batch_ids = itertools.count(1)
        self.receipts: list[i.Receipt] = []
        self.rules = f.RetentionRules()
        self._seen: f.RetentionRules | None = None
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
            case rt.GetRetention():
                return self.rules
            case rt.PlanRetention(rules):
                self._checked(rules)
                self._seen = dataclasses.replace(rules, on=False)
                told = self._counted(rules)
                return f.RetentionPlan(rules, told, self._spared(rules), self._by_rule(rules))
            case rt.UseRetention(rules):
                self._checked(rules)
                if rules.on:
                    self._see_seen(rules)
                self.rules = rules
                return rules
            case rt.ForgetByRules(rules):
                self._see_seen(rules)
                what = i.Forgetting(self._by_rule(rules).ids)
                along = rules.messages, rules.answers, rules.chats
                head = self.head
                done = self._forget(m.Forget(what, *along))
                self.head = head  # a rule teaches nothing
                return done
            case m.ListReceipts():
                return tuple(reversed(self.receipts))
            case p.DeleteConversation(id, forget):
                return self._delete(id, forget)
            case a.DeleteConversations(ids):
                return self._delete_several(ids)
            case b.DeleteBranch(id):
                return self._delete_branch(self._message(id))
        return super().reply(request)

    # --- by rule ---------------------------------------------------------------------------

    @staticmethod
    def _checked(rules: f.RetentionRules) -> None:
        if max(rules.older, rules.unrecalled, *(many for _, many in rules.projects), 0) > 240:
            raise UserError("A rule takes 1 to 240 months.")
        if rules.on and not rules.told:
            raise UserError("There is no rule to apply.")

    def _see_seen(self, rules: f.RetentionRules) -> None:
        seen = self._seen
        if seen is None or (seen.older, seen.unrecalled, seen.projects) != (
            rules.older, rules.unrecalled, rules.projects
        ):  # fmt: skip
            raise UserError("First look at what these rules would forget.")

    def _taken(self, rules: f.RetentionRules) -> list[set[int]]:
        """The episodes that each rule takes, pinned ones included."""

        def older(months: int, recalled: bool, project: int | None) -> set[int]:
            until = time.time() - months * MONTH
            return {
                one.id for one in self.there()
                if one.updated < until and (not recalled or (one.last_recalled or 0) < until)
                and project in {None, one.project}
            }  # fmt: skip

        taken = [older(rules.older, False, None)] if rules.older else []
        taken += [older(rules.unrecalled, True, None)] if rules.unrecalled else []
        return taken + [older(months, False, id) for id, months in rules.projects]

    def _counted(self, rules: f.RetentionRules) -> tuple[int, ...]:
        pinned = {one.id for one in self.there() if one.pinned}
        return tuple(len(ids - pinned) for ids in self._taken(rules))

    def _spared(self, rules: f.RetentionRules) -> int:
        pinned = {one.id for one in self.there() if one.pinned}
        return len(pinned.intersection(*[set().union(*self._taken(rules))]))

    def _by_rule(self, rules: f.RetentionRules) -> f.ForgettingPlan:
        pinned = {one.id for one in self.there() if one.pinned}
        return self._plan(i.Forgetting(tuple(sorted(set().union(*self._taken(rules)) - pinned))))

    def _delete_branch(self, first: r.Message) -> i.Forgotten:
        lost = {id: self.messages.pop(id) for id in self._below(first.id)}
        others = [id for id in first.siblings if id != first.id]
        self.leaves[first.conversation_id] = max(
            self._below(others[-1]) if others else [first.parent]
        )
        if first.conversation_id in self.temporary:
            return i.Forgotten(0, 0, 0, 0)
        batch = next(self._batch_ids)
        self.batches[batch] = Batch(set(), lost, self._leave(lost), (self.head, self.head))
        return self.batches[batch].told(batch)

    def _meant(self, what: i.Forgetting) -> set[int]:
        found = {self._episode(id).id for id in what.ids}
        if what.filter is not None:
            found.update(one.id for one in self.found(what.filter))
        if what.everything:
            found = self.episodes.keys() - self.hidden
        for episode in self.there():
            near = any(source.conversation_id == what.conversation for source in episode.sources)
            then = what.span is not None and what.span[0] <= episode.created < what.span[1]
            if near or then:
                found.add(episode.id)
        return found

    def _plan(self, what: i.Forgetting) -> f.ForgettingPlan:
        ids = self._meant(what)
        asked = {source.message_id for id in ids for source in self._episode(id).sources}
        answers = {one.id for one in self.messages.values() if ids.intersection(one.sources)}
        for id in what.messages:
            (answers if self._message(id).role == "assistant" else asked).add(id)
        if what.conversation is not None:
            self._talk(what.conversation)
        for one in self.messages.values():
            then = what.span is not None and what.span[0] <= one.created < what.span[1]
            if what.everything or then or one.conversation_id == what.conversation:
                (answers if one.role == "assistant" else asked).add(one.id)
        mine = [one for one in self.messages.values() if one.conversation_id == what.conversation]
        own = {one.id for one in mine} | set(what.messages)
        left = {one.conversation_id for one in self.messages.values()}
        left -= {
            one.conversation_id for one in self.messages.values() if one.id not in asked | answers
        }
        left -= {what.conversation}
        emptied = [
            f.EmptiedChat(
                id, self.conversations[id].title,
                any(one.id in asked - own for one in self._said(id)),
                any(one.id in answers - own for one in self._said(id)),
            )
            for id in sorted(left & self.conversations.keys())
        ]  # fmt: skip
        staying = [one for one in self.there() if one.id not in ids | self._kin(ids)]
        sourceless = [
            one
            for one in staying
            if any(s.message_id in asked | answers | own for s in one.sources)
        ]
        samples = [self._episode(id) for id in sorted(ids, reverse=True)[:SAMPLES]]
        shown = (own - set(what.messages)) if what.conversation is not None else set()
        return f.ForgettingPlan(
            tuple(sorted(ids)), len(self._kin(ids)), tuple(sorted(asked)), tuple(sorted(answers)),
            tuple(samples), tuple(sorted(own)), tuple(emptied),
            (*self._planned(asked - shown, answer=False), *self._planned(answers - shown, answer=True)),
            tuple(sourceless),
        )  # fmt: skip

    def _planned(self, ids: set[int], *, answer: bool) -> list[f.PlannedMessage]:
        said = [self.messages[id] for id in sorted(ids)]
        return [
            f.PlannedMessage(
                one.id, one.conversation_id, self._talk(one.conversation_id).title, one.text,
                one.created, answer,
            )
            for one in said
        ]  # fmt: skip

    def _kin(self, ids: set[int]) -> set[int]:
        """What these were made from, and what was made from them."""
        found = set(ids)
        families = [{child, *parents} - self.hidden for child, parents in self.made.items()]
        while more := {id for one in families if one & found for id in one} - found:
            found |= more
        return found - ids

    def _delete(self, id: int, forget: bool) -> i.Forgotten:
        if not self._said(id) or id in self.temporary:
            for message in self._said(id):
                del self.messages[message.id]
            self.conversations.pop(id, None)
            self.temporary.pop(id, None)
            return i.Forgotten(0, 0, 0, 0)
        return self._forget(m.Forget(i.Forgetting(conversation=id)), keep=not forget)

    def _delete_several(self, ids: tuple[int, ...]) -> i.Forgotten:
        for id in ids:
            self._talk(id)
            if id in self.temporary or not self._said(id):
                self._delete(id, False)
        mine = [one.id for one in self.messages.values() if one.conversation_id in ids]
        if not mine:
            return i.Forgotten(0, 0, 0, 0)
        lost = {id: self.messages.pop(id) for id in mine}
        batch = next(self._batch_ids)
        self.batches[batch] = Batch(set(), lost, self._leave(lost), (self.head, self.head))
        return self.batches[batch].told(batch)

    def _forget(self, request: m.Forget, *, keep: bool = False) -> i.Forgotten:
        """``keep`` the episodes."""
        what = request.what
        plan = self._plan(what)
        ids = set() if keep else {*plan.ids, *self._kin(set(plan.ids))}
        gone = {
            *(plan.messages if request.messages else ()),
            *(plan.answers if request.answers else ()),
        }
        gone |= set(what.messages)
        if what.conversation is not None:
            gone |= {
                one.id for one in self.messages.values() if one.conversation_id == what.conversation
            }
        if not ids and not gone:
            return i.Forgotten(0, 0, 0, 0)
        before = self.head
        if what.ids or what.filter is not None:
            self.teach(plan.ids, worth=False)
        self.hidden |= ids
        lost = {id: self.messages.pop(id) for id in gone if id in self.messages}
        batch = next(self._batch_ids)
        emptied = request.chats or what.everything
        talks = self._leave(lost, {what.conversation}, emptied=emptied)
        self.batches[batch] = Batch(ids, lost, talks, (before, self.head))
        return self.batches[batch].told(batch)

    def _leave(
        self, lost: dict[int, r.Message], going: Any = (), *, emptied: bool = True
    ) -> dict[int, r.Conversation]:
        """A conversation without messages goes if it is one of ``going``, or if ``emptied`` ones do; a title
        that one of these gave is given anew."""
        before = {}
        for id in {
            message.conversation_id for message in lost.values()
        } & self.conversations.keys():
            talk = self.conversations[id]
            given = {title_of(one.text) for one in lost.values() if one.conversation_id == id}
            left = self._said(id)
            if not left and (emptied or id in going):
                before[id] = self.conversations.pop(id)
            elif talk.title in given:
                before[id] = talk
                first = next((one.text for one in left if one.role == "user"), "")
                self._alter(id, title=title_of(first))
        return before

    def _undo(self, id: int) -> i.Forgotten:
        if self.too_late or id not in self.batches:
            raise UserError("The minute is over: what was forgotten is gone for good.")
        batch = self.batches.pop(id)
        self.hidden -= batch.episodes
        self.messages = dict(sorted((self.messages | batch.messages).items()))
        self.conversations |= batch.talks
        if self.head is batch.head[1]:
            self.head = batch.head[0]
        return batch.told(id)
