"""What the fake client's memory did with itself: its nights, the archive, and what can be taken back."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from fake_people import FakePeople

from nowprint.errors import NotFound
from nowprint.events import Progress
from nowprint.service import protocol as p
from nowprint.service.requests import sleep as sl
from nowprint.sleep_records import TIDYING, UNDO_DAYS, Night, NightChange, NightReport, SleepState

DAY = 86400.0


class FakeNights(FakePeople):
    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.nights: list[NightReport] = []
        """The newest first."""
        self.unslept = 0
        """How many episodes it has not looked at since they were told."""
        self.held_up = ""
        self.cannot_return: set[int] = set()
        """Changes that can't be taken back any more."""
        self.coming: list[NightReport] = []
        """What it does when it is asked to work now; each state that is asked for then is one further."""
        self._asleep = False

    def slept(self, *changes: NightChange, begun: float | None = None) -> NightReport:
        """A night that made these changes; it is the newest."""
        report = self.night_of(*changes, begun=begun)
        self.nights.insert(0, report)
        return report

    def night_of(self, *changes: NightChange, begun: float | None = None) -> NightReport:
        begun = time.time() - 60 if begun is None else begun
        counts = {one.kind: sum(other.kind == one.kind for other in changes) for one in changes}
        night = Night(next(self._ids), begun, begun + 30, 12, 4, 3, tuple(counts.items()))
        return NightReport(night, changes, begun + UNDO_DAYS * DAY)

    def reply(self, request: Any) -> Any:
        match request:
            case sl.GetSleepState():
                return self._sleep_state()
            case sl.GetNight(id):
                return self._night(id)
            case sl.UndoNightChanges(id, changes):
                return self._take_back(self._night(id), set(changes) - self.cannot_return)
            case sl.SleepNow():
                self._asleep = True
                return None
            case p.PinEpisodes(ids, pinned) if pinned:
                for id in ids:
                    self._change(id, archived=False)
            case p.EditEpisode(id, _):
                self._change(id, archived=False)
            case sl.ArchiveEpisodes(ids, archived):
                there = [one for one in self.there() if one.id in ids]
                changed = [one.id for one in there if one.archived != archived]
                for id in changed:
                    if not (archived and self._episode(id).pinned):
                        self._change(id, archived=archived)
                return sum(self._episode(id).archived == archived for id in changed)
        return super().reply(request)

    def _sleep_state(self) -> SleepState:
        if self._asleep and self.unslept:
            self.unslept -= 1
            self.on_event(Progress(TIDYING, 0.5))
        elif self._asleep:
            self.nights[:0] = self.coming
            self.coming, self._asleep = [], False
            self.on_event(Progress(TIDYING, 1.0))
        archived = sum(one.archived for one in self.there())
        active = len(self.there()) - archived
        nights = tuple(one.night for one in self.nights)
        return SleepState(nights, active, archived, self.unslept, active * 2400, self.held_up)

    def _night(self, id: int) -> NightReport:
        found = next((one for one in self.nights if one.night.id == id), None)
        if found is None:
            raise NotFound(f"There is no night {id}: its week may be over.")
        return found

    def _take_back(self, report: NightReport, ids: set[int]) -> NightReport:
        changes = tuple(
            dataclasses.replace(one, undone=one.undone or one.id in ids) for one in report.changes
        )
        place = self.nights.index(report)
        self.nights[place] = dataclasses.replace(report, changes=changes)
        return self.nights[place]
