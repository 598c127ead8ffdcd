"""Who answers requests about the memory's work on itself, and when that work is done."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import psutil

from nowprint.chat.chat import Chat
from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.inspection import Announcement
from nowprint.memory.memory import Memory
from nowprint.service.requests import sleep as sl
from nowprint.service.router import Router
from nowprint.sleep_records import TIDYING, SleepState


class SleepHandlers:
    """Requests come on the memory thread, ``idle`` is called on the generating thread."""

    def __init__(
        self, memory: Memory, chat: Chat, announce: Callable[[Announcement], None]
    ) -> None:
        self._memory = memory
        self._chat = chat
        self._announce = announce
        self._asked = False

    def register(self, router: Router) -> None:
        router.on(sl.GetSleepState, self._state)
        router.on(sl.GetNight, self._memory.sleep.report)
        router.on(sl.UndoNightChanges, self._memory.sleep.undo)
        router.on(sl.SleepNow, self._now)
        router.on(sl.ArchiveEpisodes, self._archive)

    def idle(self, wanted: Event) -> None:
        """Let the memory sleep until all is done or a request waits, if it may."""
        settings, asked = self._chat.settings, self._asked
        if wanted.is_set() or not settings.memory or (not asked and self._held_up()):
            return
        try:
            done = self._memory.sleep.run(wanted, settings, self._tell, at_once=asked)
            if asked:
                self._asked = not done
        finally:
            if asked:
                self._announce(Progress(TIDYING, 1.0))  # somebody may wait for it

    def _tell(self, progress: Progress) -> None:
        if self._asked:  # maybe since it began by itself
            self._announce(progress)

    def _now(self) -> None:
        if not self._chat.settings.memory:
            raise UserError("The memory is switched off: switch it on first.")
        self._asked = True

    def _state(self) -> SleepState:
        return self._memory.sleep.state("" if self._asked else self._held_up())

    def _held_up(self) -> str:
        """Why no work is done now, in words for the user; empty if it is."""
        if not self._chat.settings.memory:
            return "The memory is switched off."
        if not self._chat.settings.sleep:
            return "Tidying up is switched off in the settings."
        return "The computer runs on its battery." if _on_battery() else ""

    def _archive(self, ids: tuple[int, ...], archived: bool = True) -> int:
        change = self._memory.archive.archive if archived else self._memory.archive.bring_back
        return len(change(ids))


def _on_battery() -> bool:
    """Whether the computer has a battery and no other power."""
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return battery is not None and battery.power_plugged is False
