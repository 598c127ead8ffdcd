"""The command line of ``nowprint memory nights``, ``sleep`` and ``archive``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from nowprint.cli.parsing import values


def add_sleep(actions: Any, add: Callable[[Any, str, str], argparse.ArgumentParser]) -> None:
    nights = add(actions, "nights", "what the memory did with itself when nothing else happened")
    nights.add_argument("id", metavar="NIGHT", type=values.id, nargs="?", default=None,
                        help="all that this one changed")  # fmt: skip
    nights.add_argument("--undo", metavar="N", type=values.id, nargs="+",
                        help="take back these changes of it")  # fmt: skip
    add(actions, "sleep", "merge, link, test and archive now, to the end")
    archive = add(actions, "archive", "recall episodes no longer; a search still finds them")
    archive.add_argument("ids", metavar="ID", type=values.id, nargs="+")
    archive.add_argument("--bring-back", action="store_true", help="recall them again")
