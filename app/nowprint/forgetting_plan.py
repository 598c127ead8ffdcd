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


# --- by rule -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Rules by which memories are forgotten without being named; 0 months: no such rule. None of them touches
    a pinned memory.

    A memory's age counts from when it was told, last repeated or edited, or imported, whichever was last.
    ``older``: it is older than so many months. ``unrecalled``: it is older than that, and was not recalled
    in that time. ``projects``: pairs of a project's id and months; it is of this project, and older.

    ``messages``, ``answers`` and ``chats`` go along as with ``Forget``. ``on``: the rules are applied once a
    day, when the core is idle.
    """

    older: int = 0
    unrecalled: int = 0
    projects: tuple[tuple[int, int], ...] = ()
    messages: bool = False
    answers: bool = False
    chats: bool = False
    on: bool = False

    @property
    def told(self) -> tuple[str, ...]:
        """Each rule in words, without a project's name: receipts hold nothing that the user wrote."""
        rules = [(f"older than {_months(self.older)}", self.older)]
        rules.append((f"not recalled for {_months(self.unrecalled)}", self.unrecalled))
        rules += [(f"of a project, older than {_months(many)}", many) for _, many in self.projects]
        return tuple(words for words, months in rules if months)


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """What rules would forget now. ``counts`` has the number of episodes that each of ``rules.told`` takes,
    in its order; one episode may count for several. ``spared`` counts pinned ones that only their pin
    keeps."""

    rules: RetentionRules
    counts: tuple[int, ...]
    spared: int
    plan: ForgettingPlan


def _months(many: int) -> str:
    return "1 month" if many == 1 else f"{many} months"
