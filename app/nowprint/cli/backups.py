"""``nowprint backup`` and ``nowprint restore``: copies of the profile."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path

from nowprint.backup_records import Backup, BackupList, Contents, Restored, RestorePreview
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import (
    complain,
    counted,
    harmless,
    memories,
    print_json,
    print_table,
    size,
)
from nowprint.errors import ProfileInUse
from nowprint.service.requests.backups import (
    GetRestored,
    ListBackups,
    MakeBackup,
    PreviewRestore,
    Restore,
)


def backup(options: Options) -> int:
    if options.action == "list":
        _print_list(_listed(options), options)
        return 0
    path = str(Path(options.file).expanduser().absolute()) if options.file else ""
    try:
        with CommandSession(options.profile) as session:
            made: Backup = session.ask(MakeBackup(path))
    except ProfileInUse:  # the window has it open, and has no port; the files can be read beside it
        from nowprint.service.backup_handlers import back_up_beside

        made = back_up_beside(options.profile, path)
    if options.json:
        print_json(asdict(made))
    else:
        print(f"{_held(made.contents)}, {size(made.bytes)}: {harmless(made.path)}")
    return 0


def _listed(options: Options) -> BackupList:
    try:
        with CommandSession(options.profile) as session:
            return session.ask(ListBackups())
    except ProfileInUse:
        from nowprint.service.backup_handlers import listed_beside

        return listed_beside(options.profile)


def restore(options: Options) -> int:
    """Let one core check the backup, and the next one put it into place as it opens the profile."""
    with CommandSession(options.profile) as session:
        path = _absolute(session, options.file)
        preview: RestorePreview = session.ask(PreviewRestore(path))
        if not options.json:
            _print_preview(preview)
        if options.dry_run:
            if options.json:
                print_json(asdict(preview))
            return 0
        session.ask(Restore(path))
    with CommandSession(options.profile) as session:
        told = session.ask(GetRestored())
    done = told[0] if told else Restored(path, fault="Another Nowprint restored it: look there.")
    if done.fault:
        complain(done.fault)
        return 1
    if options.json:
        print_json({"preview": asdict(preview), "restored": asdict(done)})
    else:
        kept = f" What was there before is kept as {harmless(done.kept)}" if done.kept else ""
        print(f"Restored.{kept}")
    return 0


def _absolute(session: CommandSession, name: str) -> str:
    """The path of a file; a backup in the profile may be named without its folder."""
    listed: BackupList = session.ask(ListBackups())
    if any(Path(one.path).name == name for one in listed.backups):
        return name
    return str(Path(name).expanduser().absolute())


def _print_list(listed: BackupList, options: Options) -> None:
    if options.json:
        print_json(asdict(listed))
        return
    print(
        f"{counted(len(listed.backups), 'backup')}, {size(listed.bytes)}: {harmless(listed.path)}"
    )
    print_table(
        ("made", "kind", "holds", "size", "name"),
        [
            (_date(one.made), one.kind, _held(one.contents), size(one.bytes), Path(one.path).name)
            for one in listed.backups
        ],
    )
    for name in listed.damaged:
        print(f"Damaged: {harmless(name)}")
    for place in listed.elsewhere:
        print(f"Elsewhere, made {_date(place.made)}: {harmless(place.path)}")


def _print_preview(preview: RestorePreview) -> None:
    told = preview.backup
    print(
        f"Backup of {_date(told.made)}, by Nowprint {harmless(told.program)}: {_held(told.contents)}"
    )
    print(f"There now: {_held(preview.now)}")
    if preview.newer:
        print(f"  {memories(preview.newer)} of now would not be there")
    if preview.forgotten:
        stay = counted(
            preview.forgotten,
            "memory or message of the backup stays",
            "memories and messages of the backup stay",
        )
        print(f"  {stay} forgotten")


def _held(contents: Contents) -> str:
    return (
        f"{counted(contents.chats, 'chat')}, {counted(contents.messages, 'message')}, "
        f"{memories(contents.memories)}"
    )


def _date(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
