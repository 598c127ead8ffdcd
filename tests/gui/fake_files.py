"""Memory files as the fake client knows them: what an export was asked for, one file to import."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from fake_memory import NOW
from fake_projects import FakeProjects

from nowprint import inspection as i
from nowprint.errors import MemoryFileError, NotFound, PassphraseNeeded, UserError
from nowprint.service.requests import chat_files as cf
from nowprint.service.requests import memory as m

CHOICES: dict[i.ImportGroupName, i.ImportChoice] = {
    "new": "import",
    "duplicate": "skip",
    "conflicting": "import",
    "forgotten": "skip",
    "suspicious": "hold back",
}
SAMPLES = 3


class FakeFiles(FakeProjects):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.items: dict[i.ImportGroupName, list[i.ImportItem]] = {}
        """What any file that is reviewed holds."""
        self.talks = (0, 0)
        """How many conversations, and messages in them, it holds."""
        self.notes: tuple[str, ...] = ()
        self.character: tuple[str, str] | None = None
        self.passphrase = ""
        self.reviews: dict[int, str] = {}
        """The names of the files that are looked at."""
        self.imports: list[i.Import] = []
        self.imported: dict[int, list[int]] = {}
        self.replays: list[i.Replay] = []

    def reply(self, request: Any) -> Any:
        match request:
            case m.ExportMemory(path, filter, _):
                try:
                    Path(path).write_bytes(b"memory file")
                except OSError as fault:
                    raise UserError(f"{path} can't be written: choose another place.") from fault
                found = {one.id for one in self.found(filter)}
                return i.Exported(path, len(found | self._kin(found)), 11)
            case cf.ExportChats(path, ids, format, _):
                return self._export_chats(path, ids, format)
            case cf.RenderChat(id, form, _):
                told = "\n\n".join(one.text for one in self._said(self._talk(id).id))
                return told if form == "markdown" else f"<html><body><p>{told}</p></body></html>"
            case m.ReviewImport(path, passphrase):
                return self._review(path, passphrase)
            case m.ReviewText(text):
                if not text.strip():
                    raise MemoryFileError("Nothing was found that could be remembered.")
                facts = [i.ImportItem(line, NOW, "", None) for line in text.splitlines()]
                self.items = {"new": facts}
                return self._review("", "")
            case m.ReviewItems(id, group, offset, limit):
                return tuple(self._items(id).get(group, ())[offset : offset + limit])
            case m.ApplyImport():
                return self._apply(request)
            case m.DropReview(id):
                self.reviews.pop(id, None)
                return None
            case m.UndoImport(id):
                return self._undo_import(id)
            case m.ListImports():
                return tuple(map(self._listed_import, reversed(self.imports)))
            case m.ListReplays():
                return tuple(self.replays)
            case m.PauseReplay(id, paused):
                return self.go_on(id, paused=paused)
            case m.EndReplay(id):
                self._reading(id)
                self.replays = [reading for reading in self.replays if reading.id != id]
                return None
        return super().reply(request)

    def _export_chats(
        self, path: str, ids: tuple[int, ...] | None, format: i.ChatFormat
    ) -> i.ExportedChats:
        chosen = [id for id in self.conversations if ids is None or id in ids]
        if not chosen:
            raise UserError("There is no chat to export.")
        try:
            Path(path).write_bytes(b"chats")
        except OSError as fault:
            raise UserError(f"{path} can't be written: choose another place.") from fault
        said = {id: self._said(id) for id in chosen}
        if format == "json":
            said = {
                id: [one for one in self.messages.values() if one.conversation_id == id]
                for id in chosen
            }
        return i.ExportedChats(path, len(chosen), sum(map(len, said.values())), 5)

    def go_on(self, id: int, **fields: Any) -> i.Replay:
        """A reading changes, and that is told."""
        at = self._reading(id)
        self.replays[at] = dataclasses.replace(self.replays[at], **fields)
        self.on_event(i.ReplayProgress(self.replays[at]))
        return self.replays[at]

    def _reading(self, id: int) -> int:
        for at, reading in enumerate(self.replays):
            if reading.id == id:
                return at
        raise NotFound(f"There is no reading {id}: it may be done.")

    def _items(self, review: int) -> dict[i.ImportGroupName, list[i.ImportItem]]:
        if review not in self.reviews:
            raise NotFound("This file is no longer looked at: open it again.")
        return self.items

    def _review(self, path: str, passphrase: str) -> i.ImportReview:
        if self.passphrase and not passphrase:
            raise PassphraseNeeded("This file is locked: enter its passphrase.")
        if self.passphrase != passphrase:
            raise PassphraseNeeded("The passphrase doesn't fit: enter it again.")
        id = next(self._ids)
        self.reviews[id] = Path(path).name or "pasted text"
        groups = tuple(
            i.ImportGroup(name, len(items), CHOICES[name], tuple(items[:SAMPLES]))
            for name, items in self.items.items()
        )
        return i.ImportReview(
            id, path, "memory file", groups, *self.talks, self.notes, self.character
        )

    def _apply(self, request: m.ApplyImport) -> i.Import:
        choices = {**CHOICES, **dict(request.choices)}
        id = next(self._ids)
        brought = [
            self.keep(
                item.text, origin=id, confirmed=False, kind="remembered",
                held_back=item.reason if choices[group] == "hold back" else "",
            ).id
            for group, items in self._items(request.id).items() if choices[group] != "skip"
            for item in items
        ]  # fmt: skip
        name = self.reviews.pop(request.id)
        self.imported[id] = brought
        chats = self.talks[0] if request.chats else 0
        for number in range(chats):
            self.say(self.converse(f"Imported {number + 1}").id, "user", "Hello.")
        made = i.Import(id, NOW, name, "memory file", len(brought), False, chats)
        self.imports.append(made)
        if request.read:
            self.replays.append(i.Replay(id, name, 0, self.talks[1], 0, False, None))
            self.on_event(i.ReplayProgress(self.replays[-1]))
        return self._listed_import(made)

    def _listed_import(self, made: i.Import) -> i.Import:
        brought = self.imported.get(made.id)
        if brought is None:
            return made
        there = set(brought) - self.hidden
        held_back = sum(bool(self.episodes[id].held_back) for id in there)
        return dataclasses.replace(made, episodes=len(there), held_back=held_back)

    def _undo_import(self, id: int) -> int:
        if id not in self.imported:
            raise NotFound(f"There is no import {id}.")
        self.hidden.update(self.imported[id])
        self.imports = [
            dataclasses.replace(one, undone=True) if one.id == id else one for one in self.imports
        ]
        return len(self.imported[id])
