"""The command line of ``nowprint memory retention``, and what goes along with any forgetting."""

from __future__ import annotations

import argparse

from nowprint.cli.parsing import values

MOST_MONTHS = 240


def add_along(forget: argparse.ArgumentParser) -> None:
    for name, summary in (
        ("messages", "and the messages that it was read from"),
        ("answers", "and the answers that repeat it"),
        ("chats", "and the chats that are then empty"),
    ):
        forget.add_argument(f"--{name}", action="store_true", help=summary)


def add_retention(rules: argparse.ArgumentParser) -> None:
    months = values.number(1, MOST_MONTHS)
    rules.description = (
        "Says what the rules would forget now. Rules that are given take the place of those before. "
        "Pinned episodes always stay."
    )
    rules.add_argument("--older", metavar="MONTHS", type=months,
                       help="what is older, and was not repeated or edited since")  # fmt: skip
    rules.add_argument("--unrecalled", metavar="MONTHS", type=months,
                       help="what is older, and was not recalled since")  # fmt: skip
    rules.add_argument("--project", metavar=("NAME", "MONTHS"), nargs=2, dest="projects",
                       type=values.text, action="append", help="what is older, of this project")  # fmt: skip
    add_along(rules)
    does = rules.add_mutually_exclusive_group()
    does.add_argument("--on", action="store_const", const="on", dest="switch",
                      help="apply the rules from now on, once a day")  # fmt: skip
    does.add_argument("--off", action="store_const", const="off", dest="switch",
                      help="no longer apply them; they are kept")  # fmt: skip
    does.add_argument("--now", action="store_true", help="forget by them once, now")
