"""The handlers for one open profile: which object answers which request."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import TypeVar

import filelock

from nowprint.backup_records import Restored
from nowprint.chat.chat import Chat
from nowprint.errors import ProfileError, ProfileInUse, ProfileLocked, UserError
from nowprint.events import Answer, Notice, Progress, TurnEvent
from nowprint.inspection import Announcement
from nowprint.memory.backups.restoring import at_opening
from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.models.shelf import Shelf
from nowprint.records import (
    Conversation,
    DoctorFinding,
    Episode,
    Kept,
    Message,
    ModelInfo,
    NewConversation,
    Source,
)
from nowprint.salience.episodes import added_draft
from nowprint.service import (
    arranging_handlers,
    backup_handlers,
    branch_handlers,
    chat_file_handlers,
    context_handlers,
    file_handlers,
    persona_handlers,
)
from nowprint.service import protocol as p
from nowprint.service.doctor import machine_findings
from nowprint.service.encryption.findings import finding
from nowprint.service.forgetting_handlers import ForgettingHandlers
from nowprint.service.hardware import Hardware
from nowprint.service.memory_handlers import browse_handlers
from nowprint.service.memory_handlers.sleep_handlers import SleepHandlers
from nowprint.service.model_settings import ModelSettingsStore
from nowprint.service.proofs import frames_file
from nowprint.service.request import Request
from nowprint.service.requests import models as mr
from nowprint.service.router import Router
from nowprint.settings import (
    Profile,
    Settings,
    bundled_embedder,
    bundled_encoder,
    load_settings,
    prepare_profile,
    save_settings,
)

R = TypeVar("R")

LOCK_SECONDS = 1.0
CLOSING_SECONDS = 15.0
"""How long to wait for the profile's previous core to end: it may be loading the embedder, which can't be
interrupted."""


def open_profile(
    profile: Profile, announce: Callable[[Announcement], None], wanted: Event
) -> Handlers:
    """Open the profile as its only writer; ProfileError says why that isn't possible.

    ``wanted`` is set while a request waits for the generating thread.
    """
    prepare_profile(profile)
    lock = _taken(profile, announce)
    try:
        _see_key(profile)
        profile.closing.unlink(missing_ok=True)
        restored = at_opening(profile.home, time.time, profile.cipher)
        store = ConversationStore(profile.database, profile.cipher)
        embedder = Embedder(bundled_embedder())
        encoder = Embedder(bundled_encoder())
        memory = Memory(store, embedder, profile.index, announce, encoder=encoder)
    except BaseException:
        lock.release()
        raise
    return Handlers(profile, lock, store, embedder, encoder, memory, restored, announce, wanted)


def _taken(profile: Profile, announce: Callable[[Announcement], None]) -> filelock.BaseFileLock:
    """Acquire the profile's lock, and wait for it while the previous core is closing. ProfileInUse if another
    Nowprint has the profile open, ProfileError if the folder can't be used."""
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


def _see_key(profile: Profile) -> None:
    """ProfileError unless there is a key if one is needed, and only then."""
    if not profile.key_file.exists():
        if profile.cipher:
            raise ProfileError(
                f"The profile {profile.home} is not encrypted any more: start again."
            )
        return
    from nowprint.encryption import key_file

    file = key_file.read(profile.key_file)
    if profile.cipher is None:
        raise ProfileLocked(f"The profile {profile.home} is encrypted: its passphrase is needed.")
    if file.state != "encrypted" or not file.fits(profile.cipher.key):
        raise ProfileError(f"The key of the profile {profile.home} has changed: start again.")


class Handlers:
    """The handlers and what they work with. They are called on the core's threads: turns and loading models
    on the generating thread only, ``obey`` on any."""

    def __init__(
        self,
        profile: Profile,
        lock: filelock.BaseFileLock,
        store: ConversationStore,
        embedder: Embedder,
        encoder: Embedder,
        memory: Memory,
        restored: Restored | None,
        announce: Callable[[Announcement], None],
        wanted: Event,
    ) -> None:
        self.profile = profile
        self._lock = lock
        self._store = store
        self.embedder = embedder
        self.encoder = encoder
        self._memory = memory
        assert memory.backups is not None
        self._backups = memory.backups
        self._automatic = backup_handlers.AutomaticBackups(memory.backups, announce)
        self.announce = announce
        self._wanted = wanted
        self.chat = Chat(store, memory, load_settings(profile), announce, wanted)
        self.chat.judge.frames_file = frames_file(profile)
        self._hardware = Hardware(profile, announce)
        self._shelf = Shelf(profile.models, announce, lambda: self._hardware.free)
        self._model_settings = ModelSettingsStore(profile, self.chat, lambda: self._hardware.free)
        self.chat.load_path = self._load_model
        self._sleep = SleepHandlers(memory, self.chat, announce)
        self.router = Router()
        backup_handlers.register(self.router, memory.backups, restored)
        self._register()

    def _register(self) -> None:
        router, chat, memory = self.router, self.chat, self._memory
        browse_handlers.register(router, memory, chat)
        file_handlers.register(router, memory.files)
        chat_file_handlers.register(router, memory.chat_files, chat)
        branch_handlers.register(router, self._store, memory, chat)
        persona_handlers.register(router, memory, chat)
        arranging_handlers.register(router, memory, chat)
        self._sleep.register(router)
        context_handlers.register(router, chat)
        ForgettingHandlers(self._store, memory, chat).register(router)
        router.on(mr.GetShelf, lambda: self._shelf.shelf(chat.settings.context))
        router.on(mr.SearchHub, self._shelf.search)
        router.on(
            mr.ListHubFiles,
            lambda repository: self._shelf.files(repository, chat.settings.context),
        )
        router.on(mr.GetModel, self._shelf.get)
        router.on(mr.PauseDownload, self._shelf.pause)
        router.on(mr.ResumeDownload, self._shelf.resume)
        router.on(mr.CancelDownload, self._shelf.cancel)
        router.on(mr.RemoveModel, self._shelf.remove)
        router.on(mr.GetModelSettings, self._model_settings.page)
        router.on(mr.ChangeModelSettings, self._model_settings.change)
        router.on(mr.EstimateMemory, self._model_settings.need)
        router.on(p.KeepBroken, chat.keep_broken)
        router.on(p.LoadModel, self._load_model)
        router.on(p.ListConversations, self._store.conversations)
        router.on(p.CreateConversation, self._create_conversation)
        router.on(
            p.RenameConversation, lambda id, title: chat.store_of(id).rename_conversation(id, title)
        )
        router.on(p.ListMessages, self._messages)
        router.on(p.GetMessage, lambda id: chat.store_of(id).message(id))
        router.on(p.SearchEpisodes, memory.retrieval.search)
        router.on(p.ShowEpisode, memory.detail)
        router.on(p.Remember, self._remember)
        router.on(p.PreviewKeep, chat.preview)
        router.on(p.GetHead, chat.judge.state)
        router.on(p.ResetHead, chat.judge.reset)
        router.on(p.GetInfluence, memory.measurements.influence)
        router.on(p.SayNeeded, memory.measurements.say_needed)
        router.on(p.EditEpisode, memory.edit)
        router.on(p.PinEpisodes, self._pin)
        router.on(p.MemoryStatistics, memory.stats)
        router.on(p.GetSettings, lambda: chat.settings)
        router.on(p.ChangeSettings, self._keep_settings)
        router.on(p.Prepare, memory.prepare)
        router.on(p.ListDevices, self._hardware.devices)
        router.on(p.Doctor, self._findings)

    def answer(self, request: Request[R]) -> R:
        """The reply to a request that is not a turn."""
        return self.router.answer(request)

    def turn(
        self, request: p.TurnRequest, stop: Event, emit: Callable[[TurnEvent], None]
    ) -> Answer:
        """Run a turn and return its answer. ``stop`` stops the answer; ``emit`` is called with the events."""

        def note(event: TurnEvent) -> None:
            if isinstance(event, Answer):
                self._hardware.answered()
            emit(event)

        if isinstance(request, p.Send):
            return self.chat.send(request.conversation, request.text, stop, note)
        if isinstance(request, p.Edit):
            return self.chat.edit(request.message_id, request.text, stop, note)
        if isinstance(request, p.Continue):
            return self.chat.go_on(request.answer_id, stop, note)
        return self.chat.retry(
            request.conversation_id, stop, note, request.answer_id, request.otherwise
        )

    def answer_now(self) -> None:
        self.chat.answer_now()

    def obey(self, settings: Settings) -> None:
        """Put settings into force from now on, even if they can't be saved."""
        self.chat.settings = settings

    def idle(self) -> bool:
        """Do idle work until it is done or a request waits. Returns whether something was forgotten."""
        self.chat.idle()
        if self.chat.settings.memory:
            self._memory.retrieval.encoded.read_all(self._wanted)
        self._automatic.begin(self.chat.settings.backup_days)
        done = None if self._wanted.is_set() else self._memory.retention.daily()
        if done is not None and done.batch:
            self.announce(done)
        return done is not None and bool(done.batch)

    def sleep(self) -> None:
        """Let the memory work on itself until that is done or a request waits."""
        self._sleep.idle(self._wanted)

    @property
    def unload_seconds(self) -> float:
        """After how long without work the model's memory is to be freed; 0 for never."""
        return 60.0 * self.chat.model_settings.unload_minutes

    def purge(self) -> None:
        """Purge what was forgotten more than a minute ago; if that fails, announce a notice."""
        try:
            self._memory.purge()
        except UserError as fault:
            self.announce(Notice(str(fault)))

    def settle(self) -> None:
        """Leave nothing in the write-ahead log; if that fails now, it is tried again."""
        with contextlib.suppress(UserError):
            self._store.database.settle()

    def begin_closing(self) -> None:
        """Break off reading and writing memory files, and leave a mark for the next core that this one is
        about to end."""
        self._memory.files.tasks.stop(for_good=True)
        with contextlib.suppress(OSError):
            self.profile.closing.touch()

    def _pin(self, ids: tuple[int, ...], pinned: bool) -> tuple[Episode, ...]:
        there = {e.id for e in self._memory.episodes(ids) if e.pinned}
        changed = self._memory.pin(ids, pinned)
        if pinned:
            self.chat.judge.teach(set(ids) - there, worth=True)
        return changed

    def _remember(
        self, text: str, message_id: int | None = None, start: int = 0, end: int = 0
    ) -> Kept:
        if not text.strip():
            raise UserError("There is nothing to remember: choose or write some text.")
        source = None
        if message_id is not None:
            message = self.chat.store_of(message_id).message(message_id)
            if self.chat.store_of(message.id) is self._store:
                start = min(max(start, 0), len(message.text))
                end = min(max(end, start), len(message.text))
                source = Source(message.id, message.conversation_id, message.role, start, end)
        kept = self._memory.keep(added_draft(text, source))
        if source is not None:
            self.chat.judge.teach_place(source)
        return kept

    def _create_conversation(self, temporary: bool = False) -> Conversation:
        return self.chat.create_conversation(NewConversation(temporary))

    def _load_model(self, path: str = "") -> ModelInfo:
        chat = self.chat
        device = self._hardware.ready(chat.settings.device)
        return chat.load_model(path, self.announce, device, self._model_settings.of(path))

    def _messages(
        self, conversation_id: int, before: int | None = None, limit: int = 50
    ) -> tuple[Message, ...]:
        return self.chat.store_of(conversation_id).messages(conversation_id, before, limit)

    def _keep_settings(self, settings: Settings) -> Settings:
        if not settings.memory:
            self.chat.let_go()
        save_settings(self.profile, settings)
        return settings

    def _findings(self, repair: bool = False, prove: bool = False) -> tuple[DoctorFinding, ...]:
        device = self.chat.settings.device
        if prove:
            self._hardware.prove_again(device)
        return (
            *machine_findings(self.profile),
            *self._hardware.findings(device),
            finding(self.profile, self._store.database),
            *self._memory.findings(repair),
            *self._backups.findings(self.chat.settings.backup_days),
        )

    def close(self) -> None:
        self._shelf.close()
        self.chat.close()
        self._automatic.end()
        self._memory.close()
        with contextlib.suppress(OSError):
            self.profile.closing.unlink(missing_ok=True)
        self._lock.release()
