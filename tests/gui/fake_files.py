"""Memory files as the fake client knows them: what an export was asked for, one file to import."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from fake_memory import NOW
from fake_projects import FakeProjects

from nowprint import inspection as i
from nowprint.errors import NotFound, PassphraseNeeded, UserError
from nowprint.service import memory_requests as m

CHOICES: dict[i.ImportGroupName, i.ImportChoice] = {
    "new": "import",
    "duplicate": "skip",
    "conflicting": "import",
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
        self.passphrase = ""
        self.reviews: set[int] = set()
        self.imports: list[i.Import] = []
        self.imported: dict[int, list[int]] = {}
        self.readings: list[i.Reading] = []

    def reply(self, request: Any) -> Any:
        match request:
            case m.ExportMemory(path, filter, _):
                Path(path).write_bytes(b"memory file")
                episodes = len(filter.ids) if filter.ids is not None else len(self.episodes)
                return i.Exported(path, episodes, 11)
            case m.ReviewImport(path, passphrase):
                return self._review(path, passphrase)
            case m.ReviewText(text):
                facts = [i.ImportItem(line, NOW, "", None) for line in text.splitlines()]
                self.items = {"new": facts}
                return self._review("", "")
            case m.ReviewItems(_, group, offset, limit):
                return tuple(self.items[group][offset : offset + limit])
            case m.ApplyImport():
                return self._apply(request)
            case m.DropReview(id):
                self.reviews.discard(id)
                return None
            case m.UndoImport(id):
                return self._undo_import(id)
            case m.ListImports():
                return tuple(reversed(self.imports))
            case m.ListReadings():
                return tuple(self.readings)
            case m.PauseReading(id, paused):
                return self.go_on(id, paused=paused)
            case m.EndReading(id):
                self.readings = [reading for reading in self.readings if reading.id != id]
                return None
        return super().reply(request)

    def go_on(self, id: int, **fields: Any) -> i.Reading:
        """A reading changes, and that is told."""
        at = next(n for n, reading in enumerate(self.readings) if reading.id == id)
        self.readings[at] = dataclasses.replace(self.readings[at], **fields)
        self.on_event(i.ReadingProgress(self.readings[at]))
        return self.readings[at]

    def _review(self, path: str, passphrase: str) -> i.ImportReview:
        if self.passphrase and not passphrase:
            raise PassphraseNeeded("This file is locked: enter its passphrase.")
        if self.passphrase != passphrase:
            raise UserError("The passphrase doesn't fit: enter it again.")
        id = next(self._ids)
        self.reviews.add(id)
        groups = tuple(
            i.ImportGroup(name, len(items), CHOICES[name], tuple(items[:SAMPLES]))
            for name, items in self.items.items()
        )
        return i.ImportReview(id, path, "memory file", groups, *self.talks, self.notes)

    def _apply(self, request: m.ApplyImport) -> i.Import:
        if request.id not in self.reviews:
            raise NotFound("That review is closed: open the file again.")
        self.reviews.discard(request.id)
        id = next(self._ids)
        self.imported[id] = [
            self.keep(item.text, origin=id, confirmed=False).id
            for group, choice in request.choices if choice != "skip"
            for item in self.items.get(group, ())
        ]  # fmt: skip
        made = i.Import(id, NOW, "memories", "memory file", len(self.imported[id]), False)
        self.imports.append(made)
        if request.read:
            self.readings.append(i.Reading(id, "memories", 0, self.talks[1], 0, False, None))
            self.on_event(i.ReadingProgress(self.readings[-1]))
        return made

    def _undo_import(self, id: int) -> int:
        self.hidden.update(self.imported[id])
        self.imports = [
            dataclasses.replace(one, undone=True) if one.id == id else one for one in self.imports
        ]
        return len(self.imported[id])
