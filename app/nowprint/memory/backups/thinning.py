"""Which backups are kept: the newest of each of the last days, weeks and months that have one.

It is the rule of well-kept backup programs (restic and borg call it keep-daily, keep-weekly, keep-monthly).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from nowprint.backup_records import Backup

DAYS, WEEKS, MONTHS = 7, 4, 6
SAFE_DAYS = 30
"""How long a backup that was made before restoring is kept in any case."""
_RULES: tuple[tuple[int, Callable[[datetime], tuple[int, ...]]], ...] = (
    (DAYS, lambda day: (day.year, day.month, day.day)),
    (WEEKS, lambda day: day.isocalendar()[:2]),
    (MONTHS, lambda day: (day.year, day.month)),
)


def superfluous(backups: Iterable[Backup], now: float) -> list[Backup]:
    """Those that the rule doesn't keep. What the user made by hand is always kept, and so is the newest."""
    backups = sorted(backups, key=lambda one: -one.made)
    kept = {one.path for one in backups[:1]}
    kept |= {one.path for one in backups if one.kind == "by hand"}
    kept |= {
        one.path
        for one in backups
        if one.kind == "before restoring" and one.made > now - SAFE_DAYS * 86400
    }
    for most, period in _RULES:
        newest: dict[tuple[int, ...], str] = {}
        for one in backups:
            newest.setdefault(period(datetime.fromtimestamp(one.made)), one.path)
        kept |= set(list(newest.values())[:most])
    return [one for one in backups if one.path not in kept]
