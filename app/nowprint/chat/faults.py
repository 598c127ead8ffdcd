"""Faults in work that no request waits for: after a committed answer, or in idle time."""

from __future__ import annotations

import sys


def log(fault: Exception) -> None:
    """Hand the fault to ``sys.excepthook``; in the core this writes it to the profile's log (logs.py)."""
    sys.excepthook(type(fault), fault, fault.__traceback__)
