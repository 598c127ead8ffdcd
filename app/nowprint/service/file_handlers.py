"""Handlers for memory files, imports and replays."""

from __future__ import annotations

from nowprint.memory.files.files import MemoryFiles
from nowprint.service.requests import memory as m
from nowprint.service.router import Router


def register(router: Router, files: MemoryFiles) -> None:
    """Register the handlers. Those that read or write whole files are called on the core's files thread,
    the others on its memory thread."""
    router.on(m.ExportMemory, files.export)
    router.on(m.ReviewImport, files.review)
    router.on(m.ReviewText, files.review_text)
    router.on(m.ReviewItems, files.items)
    router.on(m.ApplyImport, files.apply)
    router.on(m.DropReview, files.drop)
    router.on(m.UndoImport, lambda id: files.undo(id).episodes)
    router.on(m.ListImports, files.imports)
    router.on(m.ListReplays, files.replays.all)
    router.on(m.PauseReplay, files.replays.pause)
    router.on(m.EndReplay, files.replays.end)
