"""``nowprint chats export`` and ``import``: chats as files."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import cast

from nowprint.cli.files import read
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import counted, dim, harmless, memories, print_json, size
from nowprint.errors import UserError
from nowprint.inspection import (
    ChatFormat,
    ExportedChats,
    Import,
    ImportChoice,
    ImportGroupName,
    ImportReview,
)
from nowprint.service.requests.chat_files import ExportChats
from nowprint.service.requests.memory import ApplyImport, DropReview, ReviewImport


def chats(options: Options) -> int:
    with CommandSession(options.profile) as session:
        (_export if options.action == "export" else _import)(session, options)
    return 0


def _export(session: CommandSession, options: Options) -> None:
    path = str(Path(options.file).expanduser().absolute())  # the core may have another folder
    form = cast(ChatFormat, options.format)
    made: ExportedChats = session.ask(
        ExportChats(path, options.ids or None, form, options.thoughts)
    )
    if options.json:
        print_json(asdict(made))
    else:
        held = f"{counted(made.chats, 'chat')} with {counted(made.messages, 'message')}"
        print(f"{held}, {size(made.bytes)}: {harmless(made.path)}")


def _import(session: CommandSession, options: Options) -> None:
    """Bring in the chats of a file, and nothing else that it holds."""
    path = str(Path(options.file).expanduser().absolute())
    review: ImportReview = session.ask(ReviewImport(path))
    if not review.conversations:
        session.ask(DropReview(review.id))
        raise UserError(f"{path} holds no chats: nowprint memory import reads what it holds.")
    skipped: tuple[tuple[ImportGroupName, ImportChoice], ...] = tuple(
        (group.name, "skip") for group in review.groups
    )
    made: Import = session.ask(ApplyImport(review.id, skipped, options.read, chats=True))
    if options.read:
        read(session, options)
    if options.json:
        print_json({"import": asdict(made), "notes": review.notes})
        return
    print(f"Import {made.id}, {made.source}: {counted(made.chats, 'chat')} brought in.")
    for note in review.notes:
        print(dim(harmless(note)))
    kept = sum(group.count for group in review.groups)
    if kept:
        print(
            dim(
                f"It holds {memories(kept)}, too: nowprint memory import with the same file reviews them."
            )
        )
