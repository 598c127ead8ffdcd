"""How nights, what they changed, and how full the memory is are put in words."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nowprint.gui.widgets.time_words import count, day, file_size

if TYPE_CHECKING:
    from nowprint.records import Episode
    from nowprint.sleep_records import Night, NightChange, NightKind, NightReport, SleepState

TITLE = "Recent nights"
ABOUT = "How Nowprint tidied up your memories while nothing else was going on."
NOTHING = (
    "Nothing yet. While nothing else is going on and the computer has power, Nowprint tidies up your "
    "memories: it joins those that tell the same, checks that each is found when it is needed, and "
    "archives what is over. For a week this page shows what it did, and you can take it back. Nothing "
    "is deleted."
)
QUIET_NIGHT = "Nothing had to be changed."
GONE = "What this night changed can no longer be taken back."
EVENING, MORNING, DAYS = 20, 6, 7
"""Hours between which work was done at night; and how many days back a weekday's name is enough."""
KINDS: tuple[tuple[NightKind, str, str], ...] = (
    (
        "merged",
        "Merged",
        "Two memories told the same; the older one stands behind the newer.",
    ),
    (
        "changed",
        "Changed",
        "The newer memory says what became of the older one, and took its place.",
    ),
    (
        "archived",
        "Put into the archive",
        "No longer recalled, so that they don't stand in the way. A search still finds them.",
    ),
    (
        "not found",
        "Not found",
        "Nowprint asked for them and didn't find them. Nothing changed: you may put them in other words.",
    ),
)
"""In the order of the report: the kind, its heading, and what it means."""


def name(night: Night, now: float | None = None) -> str:
    """ "Last night", "Today", "Yesterday", "Tuesday" or "3 Mar 2026"."""
    now = time.time() if now is None else now
    begun = time.localtime(night.begun)
    days = _days_before(night.begun, now)
    late = begun.tm_hour >= EVENING
    if (days == 0 and begun.tm_hour < MORNING) or (days == 1 and late):
        return "Last night"
    if days < 2:
        return "Yesterday" if days else "Today"
    return time.strftime("%A", begun) if days < DAYS else day(night.begun)


def _days_before(at: float, now: float) -> int:
    then, today = time.localtime(at), time.localtime(now)
    noon = [
        time.mktime((t.tm_year, t.tm_mon, t.tm_mday, 12, 0, 0, 0, 0, -1)) for t in (then, today)
    ]
    return round((noon[1] - noon[0]) / 86_400)


def in_list(night: Night) -> str:
    """The line below a night's name: when it began, and what it did."""
    return f"{time.strftime('%H:%M', time.localtime(night.begun))} · {done(night)}"


def done(night: Night) -> str:
    """ "3 merged, 1 archived"."""
    counts = dict(night.changes)
    parts = [f"{counts[kind]:,} {kind}" for kind, _, _ in KINDS if counts.get(kind)]
    return ", ".join(parts) or "nothing changed"


def can_be_undone(change: NightChange) -> bool:
    return change.kind != "not found" and not change.undone


def about(report: NightReport, now: float | None = None) -> str:
    """The lines below the name of the night: what it looked at, and until when it can be taken back."""
    night = report.night
    looked = f"{day(night.begun)}, {_clock(night.begun)} to {_clock(night.ended)}. Looked at "
    looked += count(night.looked_at, "memory", "memories")
    if night.replayed:
        looked += f", asked for {night.replayed:,} of them, found {night.found:,}"
    looked += "."
    if not report.changes:
        return f"{looked} {QUIET_NIGHT}"
    if (time.time() if now is None else now) > report.until:
        return f"{looked} {GONE}"
    if any(map(can_be_undone, report.changes)):
        return f"{looked} You can take it back until {day(report.until)}."
    return looked


def _clock(at: float) -> str:
    return time.strftime("%H:%M", time.localtime(at))


def fullness(state: SleepState) -> str:
    """ "1,204 memories can be recalled (3.1 MB), 311 are in the archive, 12 are not looked at yet."."""

    def are(number: int) -> str:
        return f"{number:,} {'is' if number == 1 else 'are'}"

    size = f" ({file_size(state.bytes)})" if state.bytes else ""
    parts = [f"{count(state.active, 'memory', 'memories')} can be recalled{size}"]
    if state.archived:
        parts.append(f"{are(state.archived)} in the archive")
    if state.waiting:
        parts.append(f"{are(state.waiting)} not looked at yet")
    return f"{', '.join(parts)}."


def why(change: NightChange, at: float) -> str:
    """Why it was done; ``at`` is when the night began."""
    if change.kind == "archived":
        return {
            "replaced": "A newer one took its place",
            "over": "What it tells of is over",
            "faded": _faded(change.episode, at),
            None: "",
        }[change.reason]
    return ""


def _faded(episode: Episode, at: float) -> str:
    told = span(at - episode.updated)
    if episode.influential:
        return f"Seldom needed in the {told} since it was told"
    return f"Not needed in the {told} since it was told"


def span(seconds: float) -> str:
    """ "5 days", "8 months", "2 years"."""
    days = max(1, int(seconds / 86_400))
    if days < 60:
        return count(days, "day")
    if days < 730:
        return count(round(days / 30.4), "month")
    return count(round(days / 365.25), "year")


def not_taken_back(stayed: int, of: int) -> str:
    what = "This" if of == 1 else f"{stayed:,} of {of:,} changes"
    return f"{what} couldn't be taken back: a memory was changed or forgotten since."
