"""``nowprint memory retention``: rules by which episodes are forgotten without being named."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace

from nowprint.cli.forgetting import counts, print_plan
from nowprint.cli.options import Options
from nowprint.cli.parsing.retention import MOST_MONTHS
from nowprint.cli.session import CommandSession
from nowprint.cli.terminal import counted, harmless, print_json
from nowprint.errors import NotFound, UserError
from nowprint.forgetting_plan import RetentionPlan, RetentionRules
from nowprint.service.protocol import PurgeForgotten
from nowprint.service.requests.memory import ListProjects
from nowprint.service.requests.retention import (
    ForgetByRules,
    GetRetention,
    PlanRetention,
    UseRetention,
)


def retention(session: CommandSession, options: Options) -> None:
    """Show the rules with what they would forget, then do what the options say. At a terminal the user is
    asked before anything goes; a script has said so by ``--on`` or ``--now``."""
    before = session.ask(GetRetention())
    rules = _wanted(session, before, options)
    plan: RetentionPlan = session.ask(PlanRetention(rules))
    if not options.json:
        _print(plan, options)
    if options.now and plan.plan.ids and _agreed("Forget this now?", options):
        done = session.ask(ForgetByRules(rules))
        session.ask(PurgeForgotten())
        if not options.json:
            print(f"Forgotten for good: {counts(done)}")
    elif not options.now and rules != before:
        if rules.on and not _agreed(
            "Forget this, and once a day what the rules say then?", options
        ):
            return
        rules = session.ask(UseRetention(rules))
    if options.json:
        print_json({"rules": asdict(rules), "counts": plan.counts, "spared": plan.spared,
                    "would_go": plan.plan.ids})  # fmt: skip
    elif rules.told and not options.now:
        print("The rules are on." if rules.on else "The rules are off.")


def _wanted(session: CommandSession, before: RetentionRules, options: Options) -> RetentionRules:
    """The rules that the options give; without any, those that there are."""
    rules = RetentionRules(
        options.older,
        options.unrecalled,
        tuple(_of_project(session, *pair) for pair in options.projects),
        options.messages,
        options.answers,
        options.chats,
    )
    if not rules.told:
        rules = before
    return replace(rules, on=before.on if not options.switch else options.switch == "on")


def _of_project(session: CommandSession, name: str, months: str) -> tuple[int, int]:
    known = {one.name.lower(): one.id for one in session.ask(ListProjects())}
    if name.lower() not in known:
        raise NotFound(f"There is no project “{name}”.")
    if not (months.isascii() and months.isdigit() and 1 <= int(months) <= MOST_MONTHS):
        raise UserError(f"{months!r} is no number of months: choose 1 to {MOST_MONTHS}.")
    return known[name.lower()], int(months)


def _print(seen: RetentionPlan, options: Options) -> None:
    if not seen.rules.told:
        print("There is no rule: nothing is forgotten unless you say so.")
        return
    for rule, number in zip(seen.rules.told, seen.counts, strict=True):
        print(harmless(f"  {rule}: {counted(number, 'episode')}"))
    if seen.spared:
        print(f"  spared, since pinned: {counted(seen.spared, 'episode')}")
    messages, answers, chats = seen.rules.messages, seen.rules.answers, seen.rules.chats
    print_plan(seen.plan, replace(options, messages=messages, answers=answers, chats=chats))


def _agreed(question: str, options: Options) -> bool:
    if options.json or not sys.stdin.isatty():
        return True
    return input(f"{question} [y/N] ").strip().casefold() in ("y", "yes")
