"""Exports as a stranger to the code wrote them, each with what a reader should find in it
(data/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from nowprint.errors import UserError
from nowprint.memory.chat_files.chat import Chat, ChatMessage
from nowprint.memory.files.opening import open_file
from nowprint.memory.files.staging import Contents, Staged
from nowprint.memory.formats.task import Work

DATA = Path(__file__).with_name("data")
_END = ".expected.json"
_DAY = 24 * 3600.0


def exports_in(folder: Path) -> list[Path]:
    """The exports that have expectations beside them."""
    found = sorted(folder.glob(f"*{_END}"))
    return [one.with_name(one.name.removesuffix(_END)) for one in found]


class Met:
    """An export that was read, and ``wrong``: what differs from what was expected."""

    def __init__(self, path: Path) -> None:
        self._want: dict[str, Any] = json.loads(path.with_name(path.name + _END).read_text())
        self.form: str = self._want["form"]
        self.wrong: list[str] = []
        work = Work("Reading", lambda _: None, Event())
        contents: Contents | None = None
        try:
            contents = open_file(path, "", work)
            self.notes = contents.notes
        except UserError as problem:
            self.notes = [str(problem)]
        found = contents.chats if contents else None
        chats = list(found.source.chats(work)) if found else []
        facts = contents.episodes if contents else []
        self._compare_numbers(len(found) if found else 0, found.messages if found else 0, facts)
        self._compare_texts(chats, facts)
        if self._want["left_out"] and not self.notes:
            self.wrong.append("nothing is said of what was left out")

    def _compare_numbers(self, chats: int, messages: int, facts: list[Staged]) -> None:
        detail = self._want.get("conversations_detail", ())
        damaged = [one for one in detail if one.get("damaged")]  # each may be left out, and counted
        empty = sum(not one["messages"] for one in detail)
        self._number("conversations", chats, less=len(damaged) + empty)
        self._number("messages", messages, less=sum(one["messages"] for one in damaged))
        self._number("facts", len(facts))

    def _number(self, name: str, found: int, less: int = 0) -> None:
        exact = self._want.get(name)
        least, most = self._want.get(f"{name}_min", exact), self._want.get(f"{name}_max", exact)
        if least is not None and not least - less <= found:
            self.wrong.append(f"{found} {name}, at least {least - less} are right")
        if most is not None and not found <= max(most, exact or 0):
            self.wrong.append(f"{found} {name}, at most {most} are right")

    def _compare_texts(self, chats: list[Chat], facts: list[Staged]) -> None:
        every = [one for chat in chats for one in chat.messages]
        shown = [chat.messages[at].text for chat in chats for at in chat.branch()]
        kept = [one.text for one in facts]
        told = [one.text for one in every] + kept
        if not self._want.keys() & {"card", "lore_entries"}:  # nothing of these is taken over
            self._holds("sample_texts", told)
        self._holds("fact_texts", kept)
        self._holds("saved_memory_texts", kept)
        self._holds("branch_only_texts", [one.text for one in every])
        self._lacks("branch_only_texts", shown)
        self._lacks("absent_texts", told)
        for text in self._want.get("absent_whole_texts", ()):
            if text in map(str.strip, kept):
                self.wrong.append(f"{text!r} is no fact")
        self._compare_times(every, facts)

    def _holds(self, name: str, texts: list[str]) -> None:
        self.wrong += [
            f"{name}: {text!r} is missing"
            for text in self._want.get(name, ())
            if not any(text in one for one in texts)
        ]

    def _lacks(self, name: str, texts: list[str]) -> None:
        self.wrong += [
            f"{name}: {text!r} is there"
            for text in filter(None, self._want.get(name, ()))
            if any(text in one for one in texts)
        ]

    def _compare_times(self, every: list[ChatMessage], facts: list[Staged]) -> None:
        said: Iterable[ChatMessage | Staged] = [*every, *facts]
        for one in self._want.get("times", ()):
            at = datetime.fromisoformat(one["utc"]).replace(tzinfo=UTC).timestamp()
            near = 1.0 if "T" in one["utc"] else _DAY
            found = [other.created for other in said if one["text"] in other.text]
            if not any(abs(time - at) <= near for time in found):
                self.wrong.append(f"the time of {one['text']!r} is {found}")
