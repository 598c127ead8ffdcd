"""The campaign's table: what was injected, how often, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from .kills import Tally

HEAD = ("injected", "times", "acknowledged", "also there", "lost or half", "doctor")
MOST_SHOWN = 12


def show(tallies: Mapping[str, Tally]) -> list[str]:
    """Print the table, what the user would have been told, and each fault. Returns the faults."""
    rows = [
        (
            name, f"{one.injected:,}", f"{one.acknowledged:,}", f"{one.kept:,}",
            str(len(one.faults)), f"{sum(one.doctor.values())} findings",
        )
        for name, one in tallies.items()
    ]  # fmt: skip
    total = [sum(getattr(one, name) for one in tallies.values())
             for name in ("injected", "acknowledged", "kept")]  # fmt: skip
    faults = [fault for one in tallies.values() for fault in one.faults]
    found: Counter[str] = sum((one.doctor for one in tallies.values()), Counter())
    rows.append(("in all", *(f"{number:,}" for number in total), str(len(faults)),
                 f"{sum(found.values())} findings"))  # fmt: skip
    widths = [max(len(row[n]) for row in (HEAD, *rows)) for n in range(len(HEAD))]
    print()
    for row in (HEAD, *rows):
        cells = [cell.ljust(wide) if not n else cell.rjust(wide)
                 for n, (cell, wide) in enumerate(zip(row, widths, strict=True))]  # fmt: skip
        print("  ".join(cells))
    told: Counter[str] = sum((one.told for one in tallies.values()), Counter())
    if told:
        print("\nWhat the user was told:")
        for sentence, number in told.most_common(MOST_SHOWN):
            print(f"{number:6,} × {sentence}")
    for title, lines in (("What doctor found:", [f"{n:6,} × {one}" for one, n in found.most_common()]),
                         ("Faults:", faults)):  # fmt: skip
        if lines:
            print(f"\n{title}")
            for line in lines:
                print(line)
    return faults
