"""What fails where nobody waits for it: behind a committed answer, or while nothing else is done."""

from __future__ import annotations

import sys


def log(fault: Exception) -> None:
    """Where the core's own bugs go: its standard error is the profile's log."""
    sys.excepthook(type(fault), fault, fault.__traceback__)
