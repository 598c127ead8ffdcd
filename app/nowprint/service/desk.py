"""Answers requests over one open profile: which room does what."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import filelock

from nowprint.bench.run import run as run_bench
from nowprint.chat.chat import Chat
from nowprint.engine.bare import overhead, overhead_beside
from nowprint.errors import ProfileError, ProfileInUse, UserError
from nowprint.inspection import Announcement
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import Store
from nowprint.records import (
    Answer,
    Episode,
    Finding,
    Kept,
    Notice,
    Progress,
    Source,
    TurnEvent,
)
from nowprint.salience.episodes import added_draft
from nowprint.service import forgetting_desk
from nowprint.service import memory_requests as m
from nowprint.service import protocol as p
from nowprint.service.doctor import machine_findings
from nowprint.service.files_desk import FilesDesk
from nowprint.service.forgetting_desk import ForgettingDesk
from nowprint.service.hardware import Hardware
from nowprint.service.looking_desk import LookingDesk
from nowprint.settings import (
    Profile,
    Settings,
    bundled_embedder,
    load_settings,
    prepare_profile,
    save_settings,
)

LOCK_SECONDS = 1.0
CLOSING_SECONDS = 15.0
"""A core that ends may be in the middle of loading the embedder, which nothing can break off."""


def open_desk(profile: Profile, announce: Callable[[Announcement], None], wanted: Event) -> Desk:
    """Open the profile for writing, as the only one; ProfileError says why it can't be.

    ``wanted`` is set while a request waits for the generating thread.
    """
    prepare_profile(profile)
    lock = _taken(profile, announce)
    try:
        profile.closing.unlink(missing_ok=True)
        store = Store(profile.database)
        embedder = Embedder(bundled_embedder())
        memory = Memory(store, embedder, profile.index, announce)
    except BaseException:
        lock.release()
        raise
    return Desk(profile, lock, store, embedder, memory, announce, wanted)


def _taken(profile: Profile, announce: Callable[[Announcement], None]) -> filelock.BaseFileLock:
    """The profile's lock; one that is just being given back is waited for."""
    lock = filelock.FileLock(profile.lock, thread_local=False)
    until = time.monotonic() + CLOSING_SECONDS
    waiting = Progress("Waiting for the window before to end", None)
    waited = False
    while True:
        try:
            lock.acquire(timeout=LOCK_SECONDS)
        except filelock.Timeout as taken:
            if profile.closing.exists() and time.monotonic() < until:
                announce(waiting)
                waited = True
                continue
            raise ProfileInUse(
                f"The profile {profile.home} is open in another Nowprint: use that window, or "
                "close it and try again."
            ) from taken
        except OSError as fault:
            raise ProfileError(
                f"The profile folder {profile.home} can't be used ({fault.strerror or fault}): "
                "choose another with --home, or make this one writable."
            ) from fault
        if waited:
            announce(replace(waiting, fraction=1.0))
        return lock


class Desk:
    """Its methods are called on the core's threads; turns and models only on the generating one,
    ``obey`` on any."""

    def __init__(
        self,
        profile: Profile,
        lock: filelock.BaseFileLock,
        store: Store,
        embedder: Embedder,
        memory: Memory,
        announce: Callable[[Announcement], None],
        wanted: Event,
    ) -> None:
        self._profile = profile
        self._lock = lock
        self._store = store
        self._embedder = embedder
        self._memory = memory
        self._announce = announce
        self._chat = Chat(store, memory, load_settings(profile), announce, wanted)
        self._hardware = Hardware(profile, announce)
        self._looking = LookingDesk(memory, self._chat)
        self._forgetting = ForgettingDesk(store, memory, self._chat)
        self.files = FilesDesk(memory, self._chat)

    def answer(self, request: p.Request, stop: Event, emit: Callable[[TurnEvent], None]) -> Any:
        """The request's result, of the type that its class in ``protocol`` names."""
        chat, memory = self._chat, self._memory
        if isinstance(request, m.Looking):
            return self._looking.look(request)
        if isinstance(request, m.Changing):
            return self._looking.change(request)
        if isinstance(request, m.FileRequest):
            return self.files.answer(request)
        if isinstance(request, forgetting_desk.Request):
            return self._forgetting.answer(request)
        match request:
            case p.Send(conversation_id, text):
                return chat.send(conversation_id, text, stop, self._noting(emit))
            case p.Retry(conversation_id):
                return chat.retry(conversation_id, stop, self._noting(emit))
            case p.KeepBroken(message_id, text):
                return chat.keep_broken(message_id, text)
            case p.LoadModel(path):
                return chat.load_model(
                    path, self._announce, self._hardware.ready(chat.settings.device)
                )
            case p.ListConversations():
                return self._store.conversations()
            case p.CreateConversation(temporary):
                return chat.create_conversation(temporary)
            case p.RenameConversation(id, title):
                return chat.store_of(id).rename_conversation(id, title)
            case p.ListMessages(conversation_id, before, limit):
                return chat.store_of(conversation_id).messages(conversation_id, before, limit)
            case p.GetMessage(id):
                return chat.store_of(id).message(id)
            case p.SearchEpisodes(text, limit):
                return memory.search(text, limit)
            case p.ShowEpisode(id):
                return memory.detail(id)
            case p.Remember():
                return self._remember(request)
            case p.PreviewKeep(keep, limit):
                return chat.preview(keep, limit)
            case p.GetHead():
                return chat.judge.state()
            case p.ResetHead():
                return chat.judge.reset()
            case p.GetInfluence(answer_id):
                return memory.measuring.influence(answer_id)
            case p.EditEpisode(id, text):
                return memory.edit(id, text)
            case p.PinEpisodes(ids, pinned):
                return self._pin(ids, pinned)
            case p.MemoryStatistics():
                return memory.stats()
            case p.GetSettings():
                return chat.settings
            case p.ChangeSettings(settings):
                return self._keep_settings(settings)
            case p.Prepare():
                return memory.prepare()
            case p.ListDevices():
                return self._hardware.devices()
            case p.Doctor(repair, prove):
                return self._findings(repair, prove)
            case p.BenchOverhead(rounds, beside):
                if beside:
                    return overhead_beside(chat.engine, rounds, beside)
                return overhead(chat.engine, rounds)
            case p.Bench():
                return self._bench(request)

    def obey(self, settings: Settings) -> None:
        """From now on these settings hold, also if they can't be saved."""
        self._chat.settings = settings

    def idle(self) -> None:
        """What waits until nothing else does, until it is done or a request comes."""
        self._chat.idle()

    def purge(self) -> None:
        """Remove the bytes of what was forgotten more than a minute ago; tell it if that fails."""
        try:
            self._memory.purge()
        except UserError as fault:
            self._announce(Notice(str(fault)))

    def begin_closing(self) -> None:
        """Say to the next core that this one is about to end."""
        with contextlib.suppress(OSError):
            self._profile.closing.touch()

    def _pin(self, ids: tuple[int, ...], pinned: bool) -> tuple[Episode, ...]:
        there = {e.id for e in self._memory.episodes(ids) if e.pinned}
        changed = self._memory.pin(ids, pinned)
        if pinned:
            self._chat.judge.teach(set(ids) - there, worth=True)
        return changed

    def _remember(self, request: p.Remember) -> Kept:
        if not request.text.strip():
            raise UserError("There is nothing to remember: choose or write some text.")
        source = None
        if request.message_id is not None:
            message = self._chat.store_of(request.message_id).message(request.message_id)
            if self._chat.store_of(message.id) is self._store:
                start = min(max(request.start, 0), len(message.text))
                end = min(max(request.end, start), len(message.text))
                source = Source(message.id, message.conversation_id, message.role, start, end)
        kept = self._memory.keep(added_draft(request.text, source))
        if source is not None:
            self._chat.judge.teach_place(source)
        return kept

    def _bench(self, request: p.Bench) -> dict[str, Any]:
        return run_bench(
            request.name,
            None if request.file is None else Path(request.file),
            engine=self._chat.engine,
            embedder=self._embedder,
            settings=self._chat.settings,
            profile=self._profile,
            keep=request.keep,
            limit=request.limit,
            report=lambda task, fraction: self._announce(Progress(task, fraction)),
        )

    def _keep_settings(self, settings: Settings) -> Settings:
        if not settings.memory:
            self._chat.let_go()
        save_settings(self._profile, settings)
        return settings

    def _noting(self, emit: Callable[[TurnEvent], None]) -> Callable[[TurnEvent], None]:
        """A turn's events; an answer shows that what computes works."""

        def note(event: TurnEvent) -> None:
            if isinstance(event, Answer):
                self._hardware.answered()
            emit(event)

        return note

    def _findings(self, repair: bool, prove: bool) -> tuple[Finding, ...]:
        device = self._chat.settings.device
        if prove:
            self._hardware.prove_again(device)
        return (
            *machine_findings(self._profile),
            *self._hardware.findings(device),
            *self._memory.findings(repair),
        )

    def close(self) -> None:
        self._chat.close()
        self._memory.close()
        with contextlib.suppress(OSError):
            self._profile.closing.unlink(missing_ok=True)
        self._lock.release()
