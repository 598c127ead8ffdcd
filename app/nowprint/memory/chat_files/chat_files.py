"""Writes the chats of a profile to files, and shows one as Markdown or HTML. (Chats come in as a part of an
import: files/applying.py.)"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from nowprint.errors import NotFound, UserError
from nowprint.inspection import ChatForm, ChatFormat, ExportedChats
from nowprint.memory.chat_files import chat_json, html_file, markdown_file
from nowprint.memory.chat_files.chat import Chat
from nowprint.memory.chat_files.readable import UNTITLED
from nowprint.memory.chat_files.stored import StoredChats
from nowprint.memory.formats.task import Tasks
from nowprint.memory.storage.database import Database
from nowprint.saving import replacing


class ChatFiles:
    """Thread-safe. ``export`` may take long: call it on a thread of its own."""

    def __init__(self, database: Database, tasks: Tasks, clock: Callable[[], float]) -> None:
        self._stored = StoredChats(database)
        self._tasks = tasks
        self._clock = clock

    def export(
        self, path: str, ids: Sequence[int] | None, format: ChatFormat, thoughts: bool
    ) -> ExportedChats:
        """Write these chats (None: all) to a file; temporary chats are in none. ``thoughts``: Markdown and
        HTML have them, too. If anything fails, an old file of the same name stays. UserError if it can't be
        written."""
        target = Path(path).expanduser().absolute()
        if target.is_dir():
            raise UserError(f"{target} is a folder: name a file in it.")
        there = self._stored.ids(ids)
        if not there:
            raise UserError("There is no chat to export.")
        messages = count = 0
        with self._tasks.work("Writing the chats") as work, replacing(target) as file:

            def chats() -> Iterator[Chat]:
                nonlocal count, messages
                for chat in work.over(self._stored.chats(there), len(there), every=1):
                    yield chat
                    count += 1
                    messages += len(chat.messages if format == "json" else chat.branch())

            if format == "json":
                for data in chat_json.written(chats(), self._clock()):
                    file.write(data)
            else:
                for part in _readable(chats(), self._titles(there), format, thoughts):
                    file.write(part.encode("utf-8"))
            size = file.tell()
        return ExportedChats(str(target), count, messages, size)

    def _titles(self, ids: Sequence[int]) -> tuple[str, ...]:
        return tuple(" ".join(one.split()) or UNTITLED for one in self._stored.titles(ids))


def render(database: Database, id: int, form: ChatForm, thoughts: bool) -> str:
    """One chat, also a temporary one, as Markdown or HTML. NotFound if there is none."""
    for chat in StoredChats(database).chats([id]):
        title = " ".join(chat.title.split()) or UNTITLED
        return "".join(_readable(iter((chat,)), (title,), form, thoughts))
    raise NotFound(f"There is no conversation {id}: it may have been deleted.")


def _readable(
    chats: Iterator[Chat], titles: Sequence[str], form: ChatForm | ChatFormat, thoughts: bool
) -> Iterator[str]:
    if form == "markdown":
        return markdown_file.written(chats, thoughts=thoughts)
    return html_file.written(chats, titles, thoughts=thoughts, printed=form == "print")
