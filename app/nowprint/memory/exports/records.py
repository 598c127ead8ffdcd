"""What is read from an export: chats and facts; and what is left out of it, counted with its reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeAlias

from nowprint.memory.chat_files.chat import Chat


@dataclass(frozen=True, slots=True)
class Fact:
    """What another program remembered. ``created`` is when it did (0: unknown)."""

    text: str
    created: float = 0.0
    project: str | None = None


@dataclass(frozen=True, slots=True)
class Character:
    """A character that somebody invented: no fact about the user, but a persona can be made of it."""

    name: str
    description: str


Record: TypeAlias = Chat | Fact | Character


class Damaged(Exception):
    """A chat can't be read; the other records of its file can. The text follows on "chat that"."""


class LeftOut:
    """Counts what is left out, each with its reason, and holds what else the user is told."""

    def __init__(self) -> None:
        self.branched = 0
        """Chats with several branches. Nothing of them is left out, but the user is told."""
        self.counts: Counter[tuple[str, str]] = Counter()
        self._sentences: dict[str, None] = {}

    def add(self, one: str, many: str = "", count: int = 1) -> None:
        """``count`` more of ``one``; ``many`` is the plural where "s" at its end is none."""
        if count:
            self.counts[one, many or f"{one}s"] += count

    def say(self, sentence: str) -> None:
        """Tell the user this, once."""
        self._sentences[sentence] = None

    def notes(self) -> list[str]:
        """Sentences for the user; of what was left out, what is most comes first."""
        talks = "chat has" if self.branched == 1 else "chats have"
        branches = (
            f"{self.branched:,} {talks} several branches (edited messages, answers written again): all come "
            "along; memories are read from the one that was last shown."
        )
        return (
            list(self._sentences)
            + ([branches] if self.branched else [])
            + [
                f"Left out: {count:,} {one if count == 1 else many}."
                for (one, many), count in self.counts.most_common()
            ]
        )
