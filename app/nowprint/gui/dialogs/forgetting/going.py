"""What goes of a plan with the choices that the user made, in numbers and words."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.forgetting_plan import EmptiedChat, ForgettingPlan
from nowprint.gui.widgets.time_words import count, listing, moment, shortened
from nowprint.inspection import Forgetting
from nowprint.records import Episode

NAMED = 3
"""Memories that lose a message that they came from, of which the text is shown."""
LONGEST_NAMED = 80


@dataclass(frozen=True, slots=True)
class Going:
    """A plan for ``what``, and whether its messages, answers and emptied chats go, too."""

    what: Forgetting
    plan: ForgettingPlan
    messages: bool = False
    answers: bool = False
    chats: bool = False

    @property
    def said(self) -> frozenset[int]:
        """The ids of the messages and answers that go."""
        messages = self.plan.messages if self.messages else ()
        return frozenset(self.plan.own).union(messages, self.plan.answers if self.answers else ())

    @property
    def emptied(self) -> tuple[EmptiedChat, ...]:
        """The chats that have no message left then."""
        return tuple(
            chat
            for chat in self.plan.emptied
            if (self.messages or not chat.messages) and (self.answers or not chat.answers)
        )

    @property
    def sourceless(self) -> tuple[Episode, ...]:
        """The memories that stay, but lose a message that they came from."""
        said = self.said
        return tuple(
            episode
            for episode in self.plan.sourceless
            if any(source.message_id in said for source in episode.sources)
        )

    def counts(self) -> list[str]:
        """``2 messages``, ``1 answer``, ``1 chat``: what goes besides the memories."""
        answers = len(self.said.intersection(self.plan.answers))
        chats = len(self.emptied) if self.chats or self.what.everything else 0
        chats += self.what.conversation is not None
        numbers = (len(self.said) - answers, "message"), (answers, "answer"), (chats, "chat")
        return [count(number, one) for number, one in numbers if number]

    def in_short(self) -> str:
        """``1 memory, 2 messages and 1 chat``: all that goes; empty if nothing does."""
        memories = len(self.plan.ids) + self.plan.made
        return listing(
            [*([count(memories, "memory", "memories")] if memories else ()), *self.counts()]
        )

    def told(self) -> str:
        """A sentence with all that goes; empty if nothing does."""
        plan, parts = self.plan, []
        if plan.ids:
            parts.append(count(len(plan.ids), "memory", "memories"))
        if plan.made:
            are = "is" if plan.made == 1 else "are"
            them = "it" if len(plan.ids) == 1 else "them"
            parts.append(f"{plan.made:,} more that {are} linked to {them} by merging or splitting")
        parts += self.counts()
        if plan.made and len(parts) > 2:  # a comma before "and": a part before it has an "or"
            return f"This would be forgotten: {', '.join(parts[:-1])}, and {parts[-1]}."
        return f"This would be forgotten: {listing(parts)}." if parts else ""

    def warning(self) -> str:
        """A sentence about memories that stay without the message that they came from; mostly empty."""
        losing = self.sourceless
        if not losing:
            return ""
        named = [f"“{shortened(one.text, LONGEST_NAMED)}”" for one in losing[:NAMED]]
        if len(losing) > NAMED:
            named.append(f"{len(losing) - NAMED:,} more")
        memories = count(len(losing), "memory that stays loses", "memories that stay lose")
        they = "it" if len(losing) == 1 else "they"
        return f"{memories} a message that {they} came from: {listing(named)}"


def of_backups(plan: ForgettingPlan) -> str:
    """Sentences about the backups that hold it; empty if there are none."""
    told = ""
    if plan.backups:
        there = "the backup" if plan.backups == 1 else f"all {plan.backups:,} backups"
        told = f" It goes from {there} in the profile, too; one that can't be rewritten is deleted."
    for copy in plan.elsewhere:
        told += (
            f" The backup made on {moment(copy.made)} at {copy.path} may hold it, and Nowprint can't "
            "reach that: delete it yourself."
        )
    return told
