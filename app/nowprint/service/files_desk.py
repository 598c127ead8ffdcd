"""Answers the requests of memory files, of imports and of the conversations that they bring."""

from __future__ import annotations

from typing import Any

from nowprint.chat.chat import Chat
from nowprint.memory.memory import Memory
from nowprint.service import memory_requests as m


class FilesDesk:
    """What reads or writes whole files is called on a thread of its own, the rest on the memory thread."""

    def __init__(self, memory: Memory, chat: Chat) -> None:
        self._files = memory.files
        self._chat = chat

    def answer(self, request: m.FileRequest) -> Any:
        files = self._files
        match request:
            case m.ExportMemory(path, filter, options):
                return files.export(path, filter, options)
            case m.ReviewImport(path, passphrase):
                return files.review(path, passphrase)
            case m.ReviewText(text):
                return files.review_text(text)
            case m.ReviewItems(id, group, offset, limit):
                return files.items(id, group, offset, limit)
            case m.ApplyImport(id, choices, read):
                return files.apply(id, choices, read=read)
            case m.DropReview(id):
                return files.drop(id)
            case m.UndoImport(id):
                return files.undo(id).episodes
            case m.ListImports():
                return files.imports()
            case m.ListReadings():
                return files.readings.all()
            case m.PauseReading(id, paused):
                return files.readings.pause(id, paused)
            case m.EndReading(id):
                return files.readings.end(id)

    def stop(self) -> None:
        """The core closes."""
        self._files.stop(for_good=True)
