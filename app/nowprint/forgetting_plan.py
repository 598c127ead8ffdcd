"""What forgetting would remove, with texts that let the user see what that is before anything goes."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.backup_records import CopyElsewhere
from nowprint.records import Episode


@dataclass(frozen=True, slots=True)
class PlannedMessage:
    """A message that would go, with the beginning of its text and the title of its conversation. ``answer``:
    it is one of the plan's answers."""

    id: int
    conversation_id: int
    title: str
    text: str
    created: float
    answer: bool


@dataclass(frozen=True, slots=True)
class EmptiedChat:
    """A conversation that would have no message left. ``messages`` and ``answers``: it has some of these that
    go only if the user chooses so."""

    id: int
    title: str
    messages: bool
    answers: bool


@dataclass(frozen=True, slots=True)
class ForgettingPlan:
    """Exactly what would go.

    ``ids`` are the episodes. ``made`` counts others that hold the same text: those they were merged or split
    from or into. ``messages`` are the source messages, and the user's other messages that repeat the text,
    ask about it or asked to forget it (for a time span or everything: all messages of it); ``answers`` are
    those that repeat the text. Messages and answers go, whole, if the user chooses so; those in ``own``, of
    ``Forgetting.conversation`` and ``Forgetting.messages``, go in any case. ``emptied`` are conversations
    that both choices would leave without a message; they go if the user chooses that, too.

    ``samples`` are some of the episodes. ``said`` are the first of the messages and of the answers, without
    those of ``Forgetting.conversation``. ``sourceless`` are episodes that stay, but were made from a message
    that may go. ``copies`` names the damaged databases that were set aside; the purge deletes those that hold
    forgotten bytes. ``backups`` counts those in the profile, from which it goes, too; ``elsewhere`` are those
    that may hold some of it, and that Nowprint can't reach.
    """

    ids: tuple[int, ...]
    made: int
    messages: tuple[int, ...]
    answers: tuple[int, ...]
    samples: tuple[Episode, ...]
    own: tuple[int, ...] = ()
    emptied: tuple[EmptiedChat, ...] = ()
    said: tuple[PlannedMessage, ...] = ()
    sourceless: tuple[Episode, ...] = ()
    copies: tuple[str, ...] = ()
    backups: int = 0
    elsewhere: tuple[CopyElsewhere, ...] = ()
