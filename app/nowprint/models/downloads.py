"""Downloading a model: what has arrived stays, and nothing has its name before it is whole and right.

On its way a file is ``NAME.part``, and ``NAME.part.json`` beside it is its journal: what it is to become,
and the ETag of the server that it comes from, with which the rest is asked for (RFC 9110: Range,
If-Range). So a download goes on where it was after a pause, a kill or a lost line. When the SHA-256 of
every file was found right they get their names, the first one last: llama.cpp opens that one, and the
model is there when it is.

The hub redirects to another host for the bytes. Redirects are followed here, not by httpx, because the
user's token is for the hub alone. The requests run in an event loop, because there every wait can be
broken off: for a name server, for a handshake, for bytes that don't come.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import ssl
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from nowprint.errors import Interrupted, UserError
from nowprint.models import hub_client
from nowprint.models.hub import FileRequest, HubFileSet, file_request
from nowprint.models.partial_file import PartialFile, on_disk
from nowprint.models.safe_names import safe_path

if TYPE_CHECKING:
    import httpx2

RESERVE = 1 << 29
"""Bytes that a download leaves free on the disk."""
TRIES = 5
"""In a row that bring less than ``WORTH`` bytes each; then a sentence ends the download."""
WORTH = 1 << 20
FIRST_WAIT = 1.0
"""Seconds before the second try; each later one waits twice as long."""
LONGEST_WAIT = 120.0
"""Seconds; a server that asks for more isn't waited for."""
MOST_REDIRECTS = 10

_WATCH_SECONDS = 0.1
_TELL_SECONDS = 0.25
_SPEED_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """``done`` and ``total`` in bytes; ``seconds_left`` is None while nothing arrives. ``checking``: what
    is there is being read, to find its SHA-256."""

    done: int
    total: int
    bytes_per_second: float
    seconds_left: float | None
    checking: bool = False


class Download:
    """One model on its way from the hub into ``folder``, below the name of its repository. One at a time
    for a model: the caller sees to that."""

    def __init__(self, files: HubFileSet, folder: Path) -> None:
        """UserError if a name would lead out of ``folder``."""
        self._folder = folder
        self._parts = [PartialFile(file, folder / safe_path(file)) for file in files.files]

    @property
    def path(self) -> Path:
        """Where the model is, or will be: the file that llama.cpp is to open."""
        return self.paths[0]

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where each of its files is, or will be."""
        return tuple(part.target for part in self._parts)

    def arrived(self) -> int:
        """Count the bytes of it that are there."""
        for part in self._parts:
            with contextlib.suppress(OSError, UserError):  # running it will tell
                part.look()
        return sum(part.done for part in self._parts)

    def run(self, stop: Event, on_progress: Callable[[DownloadProgress], None]) -> Path:
        """Download what is missing, on this thread; the path when the model is there.

        ``stop`` pauses it within half a second, with Interrupted: run it again to go on, or discard it.
        UserError for whatever else ends it. What has arrived stays, but for a file that is wrong.
        """
        watch = _Watch(self._parts, stop, on_progress)
        with on_disk(self._folder):
            for part in self._parts:
                part.target.parent.mkdir(parents=True, exist_ok=True)
                part.look()
            self._check_room()
        for part in self._parts:
            watch.tick()
            if part.done < part.file.size:
                _run(_fetch(part, file_request(part.file)), watch)
            part.check(lambda: watch.tick(checking=True))
        with on_disk(self.path):
            for part in reversed(self._parts):
                part.place()
            for part in self._parts:
                part.forget()
        watch.tell()
        return self.path

    def discard(self) -> None:
        """Delete what is there of a download that was broken off; a model that is there stays."""
        whole = all(path.exists() for path in self.paths)
        with on_disk(self._folder):
            for part in self._parts:
                part.forget() if whole else part.discard()
            for part in self._parts:
                for parent in part.target.relative_to(self._folder).parents[:-1]:
                    with contextlib.suppress(OSError):  # it is gone, or something else is in it
                        (self._folder / parent).rmdir()

    def _check_room(self) -> None:
        missing = sum(part.file.size - part.done for part in self._parts)
        free = shutil.disk_usage(self._folder).free
        if missing and free < missing + RESERVE:
            raise UserError(
                f"{self.path.name} needs {_gigabytes(missing + RESERVE)} more on the disk, and "
                f"{_gigabytes(free)} are free: free some space, or choose a smaller model."
            )


# --- the line ----------------------------------------------------------------------------------


class _Lost(Exception):
    """A try failed in a way that another may not; ``fault`` is told if none does. ``wait``: the seconds
    that the server asked for."""

    def __init__(self, fault: UserError, wait: float | None = None) -> None:
        super().__init__(str(fault))
        self.fault = fault
        self.wait = wait


async def _fetch(part: PartialFile, request: FileRequest) -> None:
    """What is missing of a file, in as many tries as bring something."""
    import httpx2

    with hub_client.network_settings():
        client = httpx2.AsyncClient(timeout=hub_client.timeout())
    tries = 0
    async with client:
        while (before := part.done) < part.file.size:
            try:
                await _try(client, part, request)
            except _Lost as lost:
                tries = 1 if part.done - before >= WORTH else tries + 1
                wait = FIRST_WAIT * 2 ** (tries - 1) if lost.wait is None else lost.wait
                if tries >= TRIES or wait > LONGEST_WAIT:
                    raise lost.fault from lost
                await asyncio.sleep(wait)


async def _try(client: httpx2.AsyncClient, part: PartialFile, request: FileRequest) -> None:
    import httpx2

    url = httpx2.URL(request.url)
    headers = {**request.headers, "accept-encoding": "identity", **part.wanted(request.url)}
    if request.authorization:
        headers["authorization"] = request.authorization
    try:
        for _ in range(MOST_REDIRECTS):
            async with client.stream("GET", url, headers=headers) as response:
                if not response.next_request:
                    await _receive(response, part, request)
                    return
                target = response.next_request.url
            if target.origin != url.origin:  # and not even when it leads back to the hub
                headers.pop("authorization", None)
            if (url.scheme, target.scheme) == ("https", "http"):
                raise UserError(f"{url.host} leads away from https: try later, or another mirror.")
            url = target
    except (httpx2.TransportError, ssl.SSLError) as fault:
        raise _Lost(hub_client.unreachable(url.host, fault)) from fault
    raise hub_client.unreachable(url.host, httpx2.TooManyRedirects(""))


async def _receive(response: httpx2.Response, part: PartialFile, request: FileRequest) -> None:
    """Write what a response brings; _Lost if it isn't all."""
    host, status = response.url.host, response.status_code
    at_hub = response.url.origin == response.url.join(request.url).origin
    refusal = hub_client.refusal(response, part.file.repository if at_hub else "")
    if status in (408, 429) or response.is_server_error:
        raise _Lost(refusal, hub_client.wait_asked(response.headers))
    if status not in (200, 206, 416):
        raise refusal
    etag = response.headers.get("etag", "")
    with part.writing(_start(response, part), request.url, etag) as write:
        async for data in response.aiter_raw():
            write(data)
    if part.done < part.file.size:
        raise _Lost(
            UserError(
                f"{host} sends only {part.done} of the {part.file.size} bytes of {part.target.name}: try "
                "again later, or another mirror."
            )
        )


def _start(response: httpx2.Response, part: PartialFile) -> int:
    """Where the bytes belong that follow; UserError if they are of a file of another size."""
    size = part.file.size
    if response.status_code == 416:
        raise part.another("its file is shorter")
    if response.status_code == 206:
        told = response.headers.get("content-range", "")
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", told)
        if not found or int(found[1]) != part.done or found[2] not in (str(size), "*"):
            raise part.another(f"it sends {told!r}")
        return part.done
    length = response.headers.get("content-length", str(size))
    if length != str(size):
        raise part.another(f"it is of {length} bytes and not of {size}")
    return 0


# --- while it runs -----------------------------------------------------------------------------


class _Watch:
    """Tells how far a download is, and ends it when ``stop`` is set."""

    def __init__(
        self,
        parts: Sequence[PartialFile],
        stop: Event,
        on_progress: Callable[[DownloadProgress], None],
    ) -> None:
        self._parts = parts
        self._stop = stop
        self._on_progress = on_progress
        self._total = sum(part.file.size for part in parts)
        self._told = 0.0
        self._samples: deque[tuple[float, int]] = deque()

    def tick(self, *, checking: bool = False) -> None:
        """To be called several times a second."""
        if self._stop.is_set():
            raise Interrupted("The download was broken off; what has arrived is kept.")
        if time.monotonic() - self._told >= _TELL_SECONDS:
            self.tell(checking=checking)

    def tell(self, *, checking: bool = False) -> None:
        now, done = time.monotonic(), sum(part.done for part in self._parts)
        self._told = now
        while len(self._samples) > 1 and self._samples[0][0] < now - _SPEED_SECONDS:
            self._samples.popleft()
        self._samples.append((now, done))
        since, had = self._samples[0]
        speed = max(0, done - had) / (now - since) if now > since else 0.0
        left = (self._total - done) / speed if speed else None
        if done == self._total and not checking:
            left = 0.0
        self._on_progress(DownloadProgress(done, self._total, speed, left, checking))


class _Impatient(ThreadPoolExecutor):
    """Where name servers are waited for: a download that was broken off doesn't wait along."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(False, cancel_futures=cancel_futures)


def _run(work: Coroutine[Any, Any, None], watch: _Watch) -> None:
    """Run ``work`` to its end, or until the watch ends it."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_Impatient())
        runner.run(_watched(work, watch))


async def _watched(work: Coroutine[Any, Any, None], watch: _Watch) -> None:
    task = asyncio.ensure_future(work)
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=_WATCH_SECONDS)
            watch.tick()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)  # its connection is closed then
    task.result()


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
