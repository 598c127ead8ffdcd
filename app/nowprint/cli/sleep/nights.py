"""``nowprint memory nights``, ``sleep`` and ``archive``: the memory's work on itself, and the archive."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, counted, dim, one_line, print_json, print_table
from nowprint.errors import UserError
from nowprint.service.requests.sleep import (
    ArchiveEpisodes,
    GetNight,
    GetSleepState,
    SleepNow,
    UndoNightChanges,
)
from nowprint.sleep_records import (
    TIDYING,
    ArchiveReason,
    Night,
    NightChange,
    NightKind,
    NightReport,
    SleepState,
)

_KINDS: dict[NightKind, str] = {
    "merged": "merged",
    "changed": "changed",
    "archived": "archived",
    "not found": "not found",
}
_REASONS: dict[ArchiveReason, str] = {
    "replaced": "a newer one took its place",
    "over": "it is over",
    "faded": "faded",
}


def nights(session: CommandSession, options: Options) -> None:
    """Without a night, list those of the last week."""
    if not options.ids:
        if options.undo:
            raise UserError("Say the night whose changes are to be taken back, too.")
        _print_state(session.ask(GetSleepState()), options)
        return
    (night,) = options.ids
    report: NightReport = session.ask(GetNight(night))
    if options.undo:
        before = {one.id for one in report.changes if one.undone}
        report = session.ask(UndoNightChanges(night, options.undo))
    if options.json:
        print_json(asdict(report))
        return
    _print_report(report)
    if options.undo:
        undone = {one.id for one in report.changes if one.undone}
        print(f"Taken back: {counted(len(undone - before), 'change')}.")
        if left := [str(id) for id in options.undo if id not in undone]:
            print(f"Not taken back, since it can't be any more: {', '.join(left)}.")


def sleep(session: CommandSession, options: Options) -> None:
    session.make_ready(options.model, temporary=False)
    session.ask(SleepNow())
    session.until_ended(TIDYING)
    _print_state(session.ask(GetSleepState()), options)


def archive(session: CommandSession, options: Options) -> None:
    changed: int = session.ask(ArchiveEpisodes(options.ids, not options.bring_back))
    if options.json:
        print_json({"brought_back" if options.bring_back else "archived": changed})
    else:
        print(
            f"{'Brought back' if options.bring_back else 'Archived'}: {counted(changed, 'episode')}."
        )
        if changed < len(set(options.ids)):
            back = "The others aren't in the archive."
            print(back if options.bring_back else "The others are pinned, archived, or not there.")


def _print_state(state: SleepState, options: Options) -> None:
    if options.json:
        print_json(asdict(state))
        return
    waiting = f", {state.waiting} not looked at yet" if state.waiting else ""
    print(f"{counted(state.active, 'episode')}, {state.archived} in the archive{waiting}")
    if state.held_up:
        print(dim(state.held_up))
    if not state.nights:
        print("No night in the last week.")
        return
    print_table(
        ("night", "begun", "looked at", "found", "changes"),
        [
            (str(one.id), _date(one.begun), str(one.looked_at), f"{one.found} of {one.replayed}",
             _counts(one))
            for one in state.nights
        ],
    )  # fmt: skip


def _counts(night: Night) -> str:
    return ", ".join(f"{number} {_KINDS[kind]}" for kind, number in night.changes)


def _print_report(report: NightReport) -> None:
    night = report.night
    print(bold(f"Night {night.id}, {_date(night.begun)} to {_date(night.ended)}"))
    print(
        f"{counted(night.looked_at, 'episode')} looked at, {night.found} of {night.replayed} found"
    )
    for change in report.changes:
        back = dim(" (taken back)") if change.undone else ""
        print(f"{change.id:>5}  {_KINDS[change.kind]}: {_words(change)}{back}")
    if report.changes:
        print(dim(f"--undo N takes changes back until {_date(report.until)}"))


def _words(change: NightChange) -> str:
    words = f"#{change.episode.id} {one_line(change.episode.text)}"
    if change.other is not None:
        words += f" ← #{change.other.id} {one_line(change.other.text)}"
    if change.reason is not None:
        words += f" ({_REASONS[change.reason]}, retrievability {change.retrievability:.2f})"
    return words


def _date(at: float) -> str:
    return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
