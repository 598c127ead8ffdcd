"""Reads the values of options; a wrong one is an ArgumentTypeError, which argparse tells with the usage."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import datetime

from nowprint.cli.terminal import valid

LARGEST_ID = 2**63 - 1


def text(argument: str) -> str:
    text = valid(argument)
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty")
    return text


def id(argument: str) -> int:
    number = _count(argument.removeprefix("#"))
    if not 1 <= number <= LARGEST_ID:
        raise argparse.ArgumentTypeError(f"{argument} is no episode's number")
    return number


def date(argument: str) -> float:
    """Seconds since the epoch of a date, or date and time, in local time."""
    try:
        return datetime.fromisoformat(argument).timestamp()
    except (ValueError, OverflowError, OSError):
        raise argparse.ArgumentTypeError(
            f"{argument} is no date such as 2026-11-21 or 2026-11-21T14:30"
        ) from None


def share(argument: str) -> float:
    try:
        share = float(argument)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{argument} is not between 0 and 1")
    return share


def number(least: int, most: int) -> Callable[[str], int]:
    def read(argument: str) -> int:
        number = _count(argument)
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{argument} is not between {least:,} and {most:,}")
        return number

    return read


def _count(argument: str) -> int:
    if not (argument.isascii() and argument.isdigit() and len(argument) <= 19):
        raise argparse.ArgumentTypeError(f"{argument!r} is no number")
    return int(argument)
