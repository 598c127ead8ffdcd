"""What the memory does with itself when nothing else happens: merges, links changes, replays, archives.

It looks at one episode after the other, new ones first, then those that it looked at longest ago, each once a
month: merges it with what tells the same (merging.py), links it with what it changes (linking.py) and asks
for it (replay.py). When it has looked at all, what is to leave goes to the archive (archive.py). All of that
is done in pieces of at most some 100 ms on two slow cores, between which a request ends it at once; an
episode that it was looking at is looked at again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, wait
from threading import Thread
from typing import TypeVar

from nowprint.errors import UserError
from nowprint.events import Progress
from nowprint.memory.capture.writing import CaptureWriter
from nowprint.memory.embedding.encoded import Wanted
from nowprint.memory.embedding.encoder import Encoder
from nowprint.memory.embedding.index_sync import IndexSync
from nowprint.memory.embedding.vectors import Vectors
from nowprint.memory.retrieval.retrieval import Retrieval
from nowprint.memory.sleep.archive import Archive, Due
from nowprint.memory.sleep.linking import Linking
from nowprint.memory.sleep.merging import Merging
from nowprint.memory.sleep.nights import Change, Nights
from nowprint.memory.sleep.replay import Replay
from nowprint.memory.storage.database import Database
from nowprint.memory.storage.episodes import Episodes
from nowprint.settings import Settings
from nowprint.sleep_records import TIDYING, NightReport, SleepState

TELL_SECONDS = 1.0
ARCHIVED_AT_ONCE = 200
"""How many episodes are archived in one piece."""
REST = 6 * 3600.0
"""For how many seconds, when all is done, nobody looks for episodes whose month is over, or that are to be
archived. New ones are looked at in between."""

PIECE_SECONDS = 0.05

Pieces = Generator[None, None, None]
R = TypeVar("R")


class Sleeper:
    """Works through one profile's memory. One thread calls ``run``; the rest is thread-safe."""

    def __init__(
        self,
        database: Database,
        episodes: Episodes,
        vectors: Vectors,
        index_sync: IndexSync,
        writer: CaptureWriter,
        encoder: Encoder,
        retrieval: Retrieval,
        archive: Archive,
        clock: Callable[[], float],
    ) -> None:
        self._database = database
        self._index_sync = index_sync
        self._archive = archive
        self._clock = clock
        nights = self._nights = Nights(database, episodes, clock)
        self._merging = Merging(database, episodes, vectors, index_sync, nights, clock)
        self._linking = Linking(
            database, episodes, vectors, index_sync, writer, encoder, nights, clock
        )
        self.replay = Replay(database, episodes, retrieval, nights)
        self._left: deque[int] = deque()
        self._last = 0
        """The newest episode that was there when it was looked for what waits."""
        self._found = self._archived = -REST
        """When it was last looked for all that waits, and for what is to be archived."""
        self._given_up: set[int] = set()
        """Episodes that a fault came up with, until the next start."""

    def run(
        self,
        wanted: Wanted,
        settings: Settings,
        tell: Callable[[Progress], None] = lambda _: None,
        *,
        at_once: bool = False,
    ) -> bool:
        """Work until all is done, or ``wanted`` is set. Returns whether all is done. ``tell`` is told, each
        second, how far it is. ``at_once``: don't rest."""
        told, whole = time.monotonic(), 0
        for _ in self._work(settings, at_once=at_once):
            if wanted.is_set():
                return False
            whole = max(whole, len(self._left))
            if time.monotonic() - told >= TELL_SECONDS:
                told = time.monotonic()
                tell(Progress(TIDYING, 1 - len(self._left) / whole if whole else None))
        return True

    def _work(self, settings: Settings, *, at_once: bool) -> Pieces:
        yield
        whole = at_once or self._clock() - self._found >= REST
        yield from self._find(0 if whole else self._last)
        if (
            not whole and not self._left and self._any_wait()
        ):  # some were confirmed, or brought back
            whole = True
            yield from self._find(0)
        if whole:
            self._found = self._clock()
        if self._left and not self._index_sync.load():
            return  # without an embedder nobody sees what tells the same, or has changed
        faults: list[Exception] = []
        while self._left:
            id = self._left[0]
            try:
                yield from self._look_at(id)
            except UserError:  # a full disk, say: it is no fault of this episode
                raise
            except Exception as fault:  # noqa: BLE001 - one episode must not hold up the others
                self._given_up.add(id)
                faults.append(fault)
            self._left.popleft()
        if at_once or self._clock() - self._archived >= REST:
            yield from self._archive_due(settings)
            self._nights.drop_old()
            self._archived = self._clock()
        if faults:
            raise faults[0]

    def _find(self, after: int) -> Pieces:
        """Find what waits, from the id ``after`` on; when all is read, also what the encoder was missing
        for, if it is there now."""
        unlinked = not after and self._nights.any_unlinked() and self._linking.ready()
        fresh: list[int] = []
        long_ago = []
        while True:
            new, old, last = self._nights.waiting(after, unlinked=unlinked)
            if last == after:
                break
            fresh += new
            long_ago += old
            after = last
            yield
        known = self._given_up.union(self._left)
        self._left.extendleft(id for id in reversed(fresh) if id not in known)
        self._left.extend(id for _, id in sorted(long_ago) if id not in known)
        self._last = max(self._last, after)

    def _any_wait(self) -> bool:
        with self._database.lock:
            return self._waiting(self._archive.counts()[0]) > 0

    def _look_at(self, id: int) -> Pieces:
        if not self._nights.may_be_looked_at(id):  # it was forgotten or merged meanwhile
            return
        linked = self._nights.linked(id)
        self._merging.merge(id)
        yield
        found = None
        if self._nights.may_be_looked_at(id):  # it didn't go behind another one
            if not linked:
                linked = yield from self._linking.link(id, again=linked is not None)
            found = yield from self.replay.ask_for(id)
        self._nights.looked_at(id, found, linked=linked is not False)
        yield

    def _archive_due(self, settings: Settings) -> Pieces:
        due = yield from _aside(
            lambda: self._archive.due(
                archive_below=settings.archive_below,
                most_episodes=settings.most_episodes,
                most_megabytes=settings.most_megabytes,
                now=self._clock(),
            )
        )
        for first in range(0, len(due), ARCHIVED_AT_ONCE):
            self._put_aside(due[first : first + ARCHIVED_AT_ONCE])
            yield

    def _put_aside(self, due: Iterable[Due]) -> None:
        wanted = {one.id: one for one in due}
        with self._database.lock, self._database.writing():
            for id in self._archive.archive(wanted):
                one = wanted[id]
                detail = {"retrievability": one.retrievability, "reason": one.reason}
                self._nights.note("archived", id, detail=detail)

    # --- what the user sees, and takes back ------------------------------------------------

    def report(self, night: int) -> NightReport:
        """NotFound if there is no such night any more."""
        return self._nights.report(night)

    def state(self, held_up: str) -> SleepState:
        with self._database.lock:
            active, archived = self._archive.counts()
            waiting = self._waiting(active)
        return SleepState(
            nights=self._nights.nights(),
            active=active,
            archived=archived,
            waiting=waiting,
            bytes=self._archive.bytes(),
            held_up=held_up,
        )

    def _waiting(self, active: int) -> int:
        """How many of the ``active`` episodes were never looked at."""
        return max(0, self._nights.count_waiting(active) - len(self._given_up))

    def undo(self, night: int, changes: Iterable[int]) -> NightReport:
        """Take back those of the changes that still can be, some at a time, so that nothing waits for all of
        them; returns the night as it is then."""
        self._nights.report(night)  # NotFound if there is none
        left = self._nights.to_undo(night, changes)
        archived = [change for change in left if change.kind == "archived"]
        for first in range(0, len(archived), ARCHIVED_AT_ONCE):
            some = {
                change.episode: change.id for change in archived[first : first + ARCHIVED_AT_ONCE]
            }
            with self._database.lock, self._database.writing():
                for id in self._archive.bring_back(some):
                    self._nights.undone(some[id])
        for change in left:
            with self._database.lock, self._database.writing():
                if self._undo(change):
                    self._nights.undone(change.id)
        return self._nights.report(night)

    def _undo(self, change: Change) -> bool:
        if change.kind == "merged":
            return self._merging.undo(change)
        if change.kind == "changed":
            return self._linking.undo(change)
        return False  # of what wasn't found nothing was changed


def _aside(work: Callable[[], R]) -> Generator[None, None, R]:
    """Do what takes seconds on a thread of its own, which goes on for nothing if the caller leaves."""
    done: Future[R] = Future()

    def do() -> None:
        try:
            done.set_result(work())
        except Exception as fault:  # noqa: BLE001 - it is the caller's
            done.set_exception(fault)

    Thread(target=do, name="archiving", daemon=True).start()
    while not done.done():
        wait([done], PIECE_SECONDS)
        yield
    return done.result()
