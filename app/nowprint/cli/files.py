"""``nowprint memory export``, ``import``, ``imports``, ``undo-import`` and ``readings``: memory files."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import cast

from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import (
    ago,
    bold,
    complain,
    counted,
    dim,
    harmless,
    memories,
    one_line,
    print_json,
    print_table,
    size,
)
from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.inspection import (
    EpisodeFilter,
    Exported,
    ExportFormat,
    ExportOptions,
    Import,
    ImportChoice,
    ImportGroupName,
    ImportReview,
    Project,
    Replay,
)
from nowprint.service.protocol import GetSettings, PurgeForgotten
from nowprint.service.requests.memory import (
    ApplyImport,
    DropReview,
    ExportMemory,
    ListImports,
    ListProjects,
    ListReplays,
    ReviewImport,
    ReviewText,
    UndoImport,
)
from nowprint.settings import memory_question


def export(session: CommandSession, options: Options) -> None:
    wanted = EpisodeFilter(
        text=options.match, meaning=options.meaning, project=project_id(session, options.project)
    )
    chosen = ExportOptions(
        format=cast(ExportFormat, options.format),
        messages=not options.no_messages,
        audit=not options.no_audit,
        vectors=not options.no_vectors,
        passphrase=_passphrase(options),
    )
    path = str(Path(options.file).expanduser().absolute())  # the core may have another folder
    done: Exported = session.ask(ExportMemory(path, wanted, chosen))
    if options.json:
        print_json(asdict(done))
    else:
        print(f"{memories(done.episodes)}, {size(done.bytes)}: {harmless(done.path)}")


def project_id(session: CommandSession, name: str) -> int | None:
    if not name:
        return None
    projects: tuple[Project, ...] = session.ask(ListProjects())
    for project in projects:
        if project.name.casefold() == " ".join(name.split()).casefold():
            return project.id
    there = ", ".join(project.name for project in projects) or "none yet"
    raise UserError(f"There is no project {name!r} (there are: {there}).")


def _passphrase(options: Options) -> str:
    """The passphrase from the first line of the file. It is never given on the command line, where other
    users of the machine could see it."""
    if not options.passphrase_file:
        return ""
    try:
        text = Path(options.passphrase_file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(
            f"The passphrase file {options.passphrase_file} can't be read: see that it is there, "
            "and holds the passphrase as its first line."
        ) from fault
    passphrase = text.split("\n", 1)[0].rstrip("\r")
    if not passphrase:
        raise UserError(
            f"The passphrase file {options.passphrase_file} is empty: write one into its first line."
        )
    return passphrase


# --- importing ---------------------------------------------------------------------------------


def print_question() -> None:
    """Print what makes another assistant list what it remembers; the rest goes to stderr, out of pipes."""
    print(memory_question())
    complain("Put this to the other assistant, and its answer into: nowprint memory import -")


def import_file(session: CommandSession, options: Options) -> None:
    review: ImportReview
    if options.file == "-":
        review = session.ask(ReviewText(sys.stdin.read()))
    else:
        path = str(Path(options.file).expanduser().absolute())
        review = session.ask(ReviewImport(path, _passphrase(options)))
    choices = _choices(options)
    if options.dry_run:
        session.ask(DropReview(review.id))
        if options.json:
            print_json({"review": asdict(review)})
        else:
            _print_review(review, dict(choices))
        return
    if review.character:
        session.ask(DropReview(review.id))
        name = one_line(review.character[0])
        raise UserError(
            f"{review.path} describes the character “{name}”, and nothing about you: nowprint persona add "
            "with its name and --system makes a persona of it, and so does the window when you import it."
        )
    if not review.groups and not options.read:
        session.ask(DropReview(review.id))
        raise UserError(
            f"{review.path} holds chats and no memories: --read reads memories from the chats, and "
            "nowprint chats import brings the chats in."
        )
    made: Import = session.ask(ApplyImport(review.id, choices, options.read))
    if options.json:
        if options.read:
            read(session, options)
        print_json({"review": asdict(review), "import": asdict(made)})
        return
    _print_review(review, dict(choices))
    print(f"Import {made.id}: {memories(made.episodes)} taken over.")
    if review.conversations and not options.read:
        print(dim("its chats were not read: --read reads memories from them with the model"))
        print(dim("nowprint chats import with the same file brings the chats in"))
    if options.read:
        read(session, options)


def _choices(options: Options) -> tuple[tuple[ImportGroupName, ImportChoice], ...]:
    """The choice for each group that the options name. ``--take`` wins over ``--hold-back``, and that over
    ``--skip``."""
    choices: dict[ImportGroupName, ImportChoice] = {}
    choices.update(dict.fromkeys(options.skip, "skip"))
    choices.update(dict.fromkeys(options.hold_back, "hold back"))
    choices.update(dict.fromkeys(options.take, "import"))
    return tuple(choices.items())


def _print_review(review: ImportReview, choices: dict[ImportGroupName, ImportChoice]) -> None:
    print(bold(f"{review.source}: {harmless(review.path or 'what was piped in')}"))
    for group in review.groups:
        choice = choices.get(group.name, group.choice)
        print(f"\n{group.count:,} {group.name}: {choice}")
        print_table(
            ("why", "text"),
            [
                (item.reason or "your memory holds nothing like it", item.text)
                for item in group.samples
            ],
        )
    if review.character:
        print(f"\nthe character “{one_line(review.character[0])}”, and nothing about you")
    if review.conversations:
        told = counted(review.conversations, "conversation")
        print(f"\n{told} with {counted(review.messages, 'message')}")
    for note in review.notes:
        print(dim(harmless(note)))


def read(session: CommandSession, options: Options) -> None:
    """Show the progress of all replays that aren't paused until they are done. If the user interrupts this,
    nothing is lost: they go on when Nowprint is open the next time."""
    if not session.ask(GetSettings()).memory:
        raise UserError(
            "The memory is switched off, so that nothing is read: switch it on in the settings; "
            "the conversations wait."
        )
    session.make_ready(options.model, temporary=False)
    waiting: tuple[Replay, ...] = session.ask(ListReplays())
    left = {reading.id for reading in waiting if not reading.paused}
    last: dict[int, Replay] = {}
    while left:
        reading = session.next_replay()
        last[reading.id] = reading
        task = f"Reading {one_line(reading.name)}{_time_left(reading.seconds_left)}"
        session.progress.clear()
        session.progress.show(Progress(task, reading.done / max(1, reading.total)))
        if reading.done >= reading.total:
            left.discard(reading.id)
    session.progress.clear()
    if not options.json:
        for reading in last.values():
            read = counted(reading.total, "message")
            print(f"Read {read}, kept {memories(reading.kept)}.")


def _time_left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    return f" (about {minutes} min left)" if minutes else " (less than a minute left)"


def readings(session: CommandSession, options: Options) -> None:
    """Print the replays that are not finished; with ``--read`` finish them first."""
    if options.read:
        read(session, options)
    found: tuple[Replay, ...] = session.ask(ListReplays())
    if options.json:
        print_json({"readings": [asdict(reading) for reading in found]})
    elif not found:
        print("Nothing waits to be read.")
    else:
        print_table(
            ("id", "done", "kept", "state", "name"),
            [
                (
                    str(one.id),
                    f"{one.done:,} of {one.total:,}",
                    str(one.kept),
                    "paused" if one.paused else "waits",
                    one.name,
                )
                for one in found
            ],
        )


def imports(session: CommandSession, options: Options) -> None:
    found: tuple[Import, ...] = session.ask(ListImports())
    if options.json:
        print_json({"imports": [asdict(one) for one in found]})
    elif not found:
        print("Nothing has been imported yet.")
    else:
        print_table(
            ("id", "age", "from", "memories", "state", "name"),
            [
                (
                    str(one.id),
                    ago(one.at),
                    one.source,
                    str(one.episodes),
                    "undone" if one.undone else "",
                    one.name,
                )
                for one in found
            ],
        )


def undo_import(session: CommandSession, options: Options) -> None:
    """Undo an import. As with forgetting, its episodes are purged before the result is printed."""
    count: int = session.ask(UndoImport(options.ids[0]))
    session.ask(PurgeForgotten())
    if options.json:
        print_json({"forgotten": count})
    else:
        were = "was" if count == 1 else "were"
        print(f"Import {options.ids[0]} was undone: {memories(count)} {were} removed.")
