"""``nowprint memory forget`` and ``receipts``. In the terminal there is no undo: everything is purged at
once."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict

from nowprint.backup_records import CopyElsewhere
from nowprint.cli.options import Options
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import bold, counted, dim, harmless, print_json, print_table
from nowprint.errors import UserError
from nowprint.forgetting_plan import ForgettingPlan
from nowprint.inspection import EpisodeFilter, Forgetting, Forgotten, Receipt
from nowprint.service.protocol import PurgeForgotten
from nowprint.service.requests.memory import Forget, ForgetNow, ListReceipts, PlanForgetting

END_OF_TIME = 253_402_300_800.0
"""The beginning of the year 10000, in seconds since the epoch."""
REPEATING = ("answer that repeats it", "answers that repeat it")


def forget(session: CommandSession, options: Options) -> None:
    what = asked(options)
    if options.dry_run:
        print_plan(session.ask(PlanForgetting(what)), options)
    elif options.now or options.verify:
        receipt: Receipt = session.ask(ForgetNow(what, *_options(options)))
        if options.json:
            print_json(asdict(receipt))
        else:
            print(f"Forgotten for good: {counts(receipt)}")
            print_receipt(receipt, checks=options.verify)
        if options.verify and any(check.hits for check in receipt.checks):
            advice = "delete those of these files that Nowprint doesn't need"
            if len(receipt.found_in) == 1:
                advice = "delete this file if Nowprint doesn't need it"
            raise UserError(f"Traces are still in {', '.join(receipt.found_in)}: {advice}.")
    else:
        done: Forgotten = session.ask(Forget(what, *_choice(session, what, options)))
        session.ask(PurgeForgotten())
        written: tuple[Receipt, ...] = session.ask(ListReceipts())
        kept = next((one.kept_in for one in written if one.batch == done.batch), ())
        if options.json:
            also = {"messages": done.messages, "answers": done.answers}
            print_json({"forgotten": done.episodes, **also, "kept_in": kept})
        else:
            print(f"Forgotten for good: {counts(done)}")
            _print_kept(kept)


def _options(options: Options) -> tuple[bool, bool, bool]:
    return options.messages, options.answers, options.chats


def _choice(session: CommandSession, what: Forgetting, options: Options) -> tuple[bool, bool, bool]:
    """Whether the messages and the answers that say the same go, too, and chats that are then empty: as the
    options say. At a terminal the user is asked if they say nothing; a script is told afterwards what
    stayed."""
    at_terminal = sys.stdin.isatty() and not options.json
    if options.messages or options.answers or not at_terminal:
        return _options(options)
    plan = session.ask(PlanForgetting(what))
    said = {*plan.messages, *plan.answers}.difference(plan.own)
    if not said:
        return _options(options)
    print_plan(plan, options)
    them = "it" if len(said) == 1 else "them"
    asked = f"Still in {counted(len(said), 'message or answer', 'messages and answers')}."
    answer = input(f"{asked} Forget {them}, too? [y/N] ")
    both = answer.strip().casefold() in ("y", "yes")
    return both, both, options.chats


def asked(options: Options) -> Forgetting:
    """What the options ask to forget."""
    wanted = None
    if options.match or options.meaning:
        wanted = EpisodeFilter(text=options.match, meaning=options.meaning)
    span = None
    if options.since is not None or options.until is not None:
        span = (options.since or 0.0, END_OF_TIME if options.until is None else options.until)
    return Forgetting(
        options.ids, wanted, options.conversation, span, options.everything, options.message
    )


def receipts(session: CommandSession, options: Options) -> None:
    found: tuple[Receipt, ...] = session.ask(ListReceipts())
    if options.json:
        print_json({"receipts": [asdict(receipt) for receipt in found]})
    elif not found:
        print("Nothing was forgotten yet.")
    for receipt in () if options.json else found:
        print(bold(f"{_date(receipt.removed)}  {counts(receipt)}"))
        print_receipt(receipt, checks=False)


def print_plan(plan: ForgettingPlan, options: Options) -> None:
    """Print what the given options would remove, and what would stay without further ones."""
    if options.json:
        print_json(asdict(plan))
        return
    print(f"Would be forgotten: {counted(len(plan.ids) + plan.made, 'episode')}")
    if not (plan.ids or plan.made or plan.messages or plan.answers or plan.emptied):
        return
    for ids, what, chosen, flag in (
        (plan.messages, ("message that it came from or that repeats it",
                         "messages that it came from or that repeat it"), options.messages, "--messages"),
        (plan.answers, REPEATING, options.answers, "--answers"),
    ):  # fmt: skip
        goes = chosen or options.conversation is not None
        print(f"  {counted(len(ids), *what)}" + ("" if goes else f" would stay without {flag}"))
    for chat in plan.emptied:
        stays = "" if options.chats or options.everything else ", and would stay without --chats"
        print(f"  chat {chat.id} {chat.title!r} is empty if both go{stays}")
    if plan.sourceless:
        losing = ", ".join(f"#{one.id}" for one in plan.sourceless)
        print(f"  without a message that it came from would stay: {losing}")
    if options.everything and options.messages:
        print("  names of projects and imports that are then empty")
    if plan.copies:
        print(f"  and of {', '.join(plan.copies)} what holds any of it: damaged, and set aside")
    if plan.backups:
        print(f"  and of {counted(plan.backups, 'backup')} in the profile what holds any of it")
    _print_elsewhere(plan.elsewhere)
    print_table(("id", "text"), [(str(one.id), one.text) for one in plan.samples])
    print_table(("message", "text"), [(str(one.id), one.text) for one in plan.said])
    if len(plan.samples) < len(plan.ids):
        print(dim(f"{len(plan.samples)} of {len(plan.ids)}"))


def print_receipt(receipt: Receipt, *, checks: bool) -> None:
    if not receipt.checks:
        print(
            "Not checked: Nowprint was closed in between, and the data was erased at the next start."
        )
        _print_rule(receipt)
        _print_elsewhere(receipt.elsewhere)
        _print_kept(receipt.kept_in)
        return
    hits = sum(check.hits for check in receipt.checks)
    pieces = sum(check.pieces for check in receipt.checks)
    print(
        f"Written anew: {', '.join(receipt.files)}. Searched {counted(receipt.searched, 'file')} for "
        f"{counted(pieces, 'piece')} of it: {hits} found."
    )
    _print_rule(receipt)
    if receipt.deleted:
        it = "it" if len(receipt.deleted) == 1 else "they"
        print(f"Also deleted, because {it} contained some of it: {', '.join(receipt.deleted)}")
    if receipt.rewritten:
        print(f"Also removed from {counted(len(receipt.rewritten), 'backup')} in the profile.")
    _print_elsewhere(receipt.elsewhere)
    if receipt.left_out:
        out = counted(receipt.left_out, "piece that stands", "pieces that stand")
        print(f"Not counted: {out} in what was not forgotten.")
    _print_kept(receipt.kept_in)
    if checks:
        print_table(
            ("found", "kept", "pieces", "form"),
            [
                (str(check.hits), str(check.kept), str(check.pieces), check.form)
                for check in receipt.checks
            ],
        )
    if receipt.found_in:
        print(f"Found in: {', '.join(receipt.found_in)}")


def _print_rule(receipt: Receipt) -> None:
    if receipt.rule:
        print(f"Forgotten by your rule: {receipt.rule}.")


def _print_elsewhere(copies: tuple[CopyElsewhere, ...]) -> None:
    for one in copies:
        print(
            f"  The backup made on {_date(one.made)} at {harmless(one.path)} may hold it, and Nowprint "
            "can't reach that."
        )


def _print_kept(messages: tuple[int, ...]) -> None:
    """Say that messages and answers still hold what was forgotten, and how to forget those."""
    if messages:
        they = "it" if len(messages) == 1 else "them"
        print(f"Still in {counted(len(messages), 'message')} that you kept. To forget {they}, too:")
        print(f"  nowprint memory forget --message {' '.join(map(str, messages))}")


def counts(done: Forgotten | Receipt) -> str:
    none = not (done.messages or done.answers)
    said = [counted(done.episodes, "episode")] if done.episodes or none else []
    said += [counted(done.messages, "message")] if done.messages else []
    said += [counted(done.answers, "answer")] if done.answers else []
    return ", ".join(said)


def _date(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
