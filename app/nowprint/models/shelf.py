"""The models of one profile: offered, found, and on their way.

Downloads outlive the core: ``downloads.json`` in the models' folder names them, and after a restart they
are paused, so that nothing is contacted before the user asks.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import psutil

from nowprint.errors import Interrupted, NotFound, UserError
from nowprint.model_records import (
    DownloadChanged,
    FoundModel,
    HubListing,
    HubModelFile,
    HubRepository,
    ModelDownload,
    ModelOffer,
    ModelShelf,
)
from nowprint.models import hub, hub_client
from nowprint.models.catalogue import CatalogueModel, catalogue
from nowprint.models.downloads import Download, DownloadProgress
from nowprint.models.fit import (
    check_fit,
    estimate_from_size,
    estimate_need,
    estimate_speed,
    recommended,
    this_memory,
)
from nowprint.models.local import find_local_models, gguf_models, may_chat
from nowprint.saving import replacing

AT_ONCE = 2
"""Downloads that run side by side; others wait."""


@dataclass(slots=True)
class _Running:
    files: hub.HubFileSet
    record: ModelDownload
    stop: Event = field(default_factory=Event)
    discarded: bool = False
    again: bool = False
    """The user wants to go on with what is about to pause."""


class Shelf:
    """Thread-safe. ``close`` pauses what runs."""

    def __init__(
        self,
        folder: Path,
        announce: Callable[[DownloadChanged], None],
        card: Callable[[], int] = lambda: 0,
    ) -> None:
        """``card`` tells the free bytes of the graphics card that computes; 0 for none."""
        self._folder = folder
        self._card = card
        self._journal = folder / "downloads.json"
        self._announce = announce
        self._lock = threading.RLock()
        self._pool = ThreadPoolExecutor(AT_ONCE, "download")
        self._downloads = {one.record.id: one for one in self._read()}
        self._next = 1 + max(self._downloads, default=0)

    # --- what there is ---------------------------------------------------------------------

    def shelf(self, context: int) -> ModelShelf:
        """``context``: tokens of the conversation's context, for the memory that a model needs."""
        found = tuple(self._found())
        memory, cores = this_memory(), psutil.cpu_count(logical=False) or 1
        best = recommended(catalogue(), memory, self._card(), cores, context=context)
        offers = []
        for model in catalogue():
            need = estimate_need(model.size, model.layers, min(context, model.context))
            fit = check_fit(need, memory, self._card())
            offers.append(
                ModelOffer(
                    key=model.key,
                    name=model.name,
                    repository=model.repository,
                    file=model.file,
                    size=model.size,
                    licence=model.licence,
                    parameters=model.parameters,
                    thinks=model.thinks,
                    languages=model.languages,
                    good_at=model.good_at,
                    memory=need.total,
                    verdict=fit.verdict,
                    recommended=model is best,
                    path=_path_of(model, found),
                    speed=estimate_speed(model.bytes_per_token, fit, cores),
                )
            )
        with self._lock:
            downloads = tuple(one.record for one in self._downloads.values())
        return ModelShelf(_host(), tuple(offers), found, downloads)

    def _found(self) -> Iterable[FoundModel]:
        own = sorted(gguf_models(self._folder, "Nowprint"), key=lambda one: one.path)
        for one in (*own, *find_local_models()):
            yield FoundModel(str(one.path), one.name, one.program, one.size)

    def search(self, text: str) -> tuple[HubRepository, ...]:
        return tuple(HubRepository(**asdict(one)) for one in hub.search_models(text))

    def files(self, name: str, context: int) -> HubListing:
        """The models in the repository that ``name`` names; ``context`` as for ``shelf``."""
        repository, found = hub.read_repository(hub.repository_named(name))
        memory = this_memory()
        files = []
        for one in _chat_models(found):
            need = estimate_from_size(one.size, context)
            verdict = check_fit(need, memory, self._card()).verdict
            files.append(
                HubModelFile(
                    one.files[0].repository,
                    one.path,
                    one.size,
                    len(one.files),
                    need.total,
                    verdict,
                )
            )
        return HubListing(HubRepository(**asdict(repository)), tuple(files))

    # --- downloads -------------------------------------------------------------------------

    def get(self, name: str, file: str = "") -> ModelDownload:
        """Begin, or go on with, the download of this model."""
        files = self._named(name, file)
        path = str(Download(files, self._folder).path)
        with self._lock:
            for one in self._downloads.values():
                if one.record.path == path:
                    if one.record.state == "done" and not Path(path).exists():
                        self._change(one, state="paused", done=0)  # somebody has deleted it
                    return self.resume(one.record.id)
            record = ModelDownload(
                id=self._next,
                name=files.name,
                repository=files.files[0].repository,
                file=files.path,
                path=path,
                total=files.size,
            )
            self._downloads[record.id] = _Running(files, record)
            self._next += 1
        return self.resume(record.id)

    def resume(self, id: int) -> ModelDownload:
        with self._lock:
            one = self._one(id)
            if one.record.state == "running" and one.stop.is_set():
                one.again, one.discarded = True, False  # as soon as it has paused
            elif one.record.state not in ("running", "done"):
                one.stop, one.again = Event(), False
                self._change(one, state="running", fault="")
                self._pool.submit(self._run, one)
            return one.record

    def pause(self, id: int) -> ModelDownload:
        """It ends within half a second."""
        with self._lock:
            one = self._one(id)
            one.again = False
            one.stop.set()
            return one.record

    def cancel(self, id: int) -> None:
        with self._lock:
            one = self._one(id)
            one.discarded = True
            one.stop.set()
            if one.record.state != "running":
                self._discard(one)

    def remove(self, path: str) -> None:
        """Delete a model of Nowprint's own folder."""
        target = Path(path).resolve()
        home = self._folder.resolve()
        if home not in target.parents or not target.is_file():
            raise UserError(
                f"{path} is not one that Nowprint downloaded: delete it where it came from."
            )
        with self._lock:
            for one in list(self._downloads.values()):
                if Path(one.record.path).resolve() == target:
                    for part in Download(one.files, self._folder).paths:
                        part.unlink(missing_ok=True)
                    del self._downloads[one.record.id]
            target.unlink(missing_ok=True)
            self._write()

    def close(self) -> None:
        """Pause what runs, and wait for it."""
        with self._lock:
            for one in self._downloads.values():
                one.stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _run(self, one: _Running) -> None:
        def tell(progress: DownloadProgress) -> None:
            self._change(
                one,
                done=progress.done,
                bytes_per_second=progress.bytes_per_second,
                seconds_left=progress.seconds_left,
            )

        try:
            Download(one.files, self._folder).run(one.stop, tell)
        except Interrupted:
            self._change(one, state="paused", bytes_per_second=0.0, seconds_left=None)
        except UserError as fault:
            self._change(one, state="failed", fault=str(fault), bytes_per_second=0.0)
        else:
            self._change(one, state="done", done=one.record.total, seconds_left=0.0)
        with self._lock:
            if one.discarded and one.record.state != "done":
                self._discard(one)
            elif one.again and one.record.state == "paused":
                self.resume(one.record.id)

    def _discard(self, one: _Running) -> None:
        Download(one.files, self._folder).discard()
        self._downloads.pop(one.record.id, None)
        self._write()
        self._announce(DownloadChanged(replace(one.record, state="cancelled")))

    def _named(self, name: str, file: str) -> hub.HubFileSet:
        for model in catalogue():
            if name == model.key:
                one = hub.HubFile(
                    model.repository, model.revision, model.file, model.size, model.sha256
                )
                return hub.HubFileSet((one,))
        found = _chat_models(hub.list_files(hub.repository_named(name)))
        chosen = [one for one in found if one.path == file or not file]
        if len(chosen) == 1:
            return chosen[0]
        if not found:
            raise UserError(f"{name} holds no GGUF model: choose another repository.")
        names = ", ".join(one.path for one in found[:12])
        raise UserError(f"{name} holds several models: name one of {names}.")

    def _one(self, id: int) -> _Running:
        if id not in self._downloads:
            raise NotFound(f"There is no download {id}: it may have been cancelled.")
        return self._downloads[id]

    def _change(self, one: _Running, **fields: object) -> None:
        with self._lock:
            before = one.record.state
            one.record = replace(one.record, **fields)  # type: ignore[arg-type]
            if one.record.state != before:
                self._write()
        self._announce(DownloadChanged(one.record))

    # --- over restarts ---------------------------------------------------------------------

    def _read(self) -> list[_Running]:
        """What was on its way, paused; nothing if the file is missing or damaged: the parts stay."""
        try:
            stored = json.loads(self._journal.read_text(encoding="utf-8"))
            return [self._stored(one["files"], one["record"]) for one in stored]
        except (OSError, ValueError, TypeError, KeyError, UserError):
            return []

    def _stored(self, files: list[dict[str, Any]], record: dict[str, Any]) -> _Running:
        read = hub.HubFileSet(tuple(hub.HubFile(**file) for file in files))
        one = _Running(read, ModelDownload(**record))
        if one.record.state != "done":  # a core that was killed has not noted how far it came
            done = Download(read, self._folder).arrived()
            one.record = replace(one.record, done=done)
        return one

    def _write(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        stored = []
        for one in self._downloads.values():
            state = "paused" if one.record.state == "running" else one.record.state
            record = replace(one.record, state=state, bytes_per_second=0.0, seconds_left=None)
            stored.append(
                {"record": asdict(record), "files": [asdict(file) for file in one.files.files]}
            )
        with replacing(self._journal) as file:
            file.write(json.dumps(stored, indent=1).encode())


def _chat_models(found: Iterable[hub.HubFileSet]) -> list[hub.HubFileSet]:
    return [one for one in found if may_chat(Path(one.path).name)]


def _path_of(model: CatalogueModel, found: Iterable[FoundModel]) -> str:
    """Where a file of the catalogue's name and size is."""
    name = Path(model.file).name
    return next(
        (one.path for one in found if Path(one.path).name == name and one.size == model.size), ""
    )


def _host() -> str:
    """The hub's, or that of its mirror; "" if HF_ENDPOINT is no address, which a request will tell."""
    try:
        return urlsplit(hub_client.endpoint()).netloc
    except UserError:
        return ""
