"""The core as the window sees it: started, a model loaded, ready, dead and started again.

The session is in one ``State`` at a time, and only ``_become`` changes it. ``reason`` says in one sentence
why the user can't send a message now, and is empty when the user can.
"""

from __future__ import annotations

import dataclasses
import enum
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from nowprint.errors import CoreDied, ProfileError, UserError
from nowprint.gui.core.bridge import Bridge
from nowprint.settings import Settings, starter_model

if TYPE_CHECKING:
    from nowprint.inspection import Announcement
    from nowprint.records import ModelInfo
    from nowprint.service.protocol import ChangeSettings

DEATHS = 3
DEATH_SECONDS = 60.0
"""After ``DEATHS`` deaths of the core within this time, and no answer in between, the window gives up."""


class State(enum.Enum):
    NOT_STARTED = enum.auto()
    """The window is still being built."""
    LOADING = enum.auto()
    """The core is starting, or loading a model."""
    READY = enum.auto()
    NO_MODEL = enum.auto()
    REFUSED = enum.auto()
    """The profile can't be opened."""
    GIVEN_UP = enum.auto()
    """The core died too often, or it needs a library that the system lacks."""


REASONS = {
    State.NOT_STARTED: "The model is loading. You can already write.",
    State.LOADING: "The model is loading. You can already write.",
    State.READY: "",
    State.NO_MODEL: "No model is loaded: open one with Ctrl+O.",
    State.REFUSED: "This profile can't be opened.",
    State.GIVEN_UP: "The model process isn't running.",
}


class CoreSession(QObject):
    changed = Signal()
    """``state`` or ``model`` has changed."""
    model_ready = Signal(object)
    conversations = Signal(tuple)
    progress = Signal(object)
    map_laid_out = Signal()
    """Episodes have better places on the map than before."""
    influence = Signal(object)
    """InfluenceMeasured, some time after the answer."""
    retitled = Signal(object)
    """Conversation: a model has made a title for it."""
    stored = Signal(object)
    """Stored, some time after the answer, or after the start of the next core."""
    reading = Signal(object)
    """inspection.Replay: how far a replay is."""
    forgotten_by_rule = Signal(object)
    """Forgotten: what the user's rules have forgotten just now."""
    download = Signal(object)
    """ModelDownload: how far one is, or how it ended."""
    settings_changed = Signal()
    said = Signal(str, str, object)
    """A sentence for the notice bar, the text of its action, and what that does (or None)."""
    silenced = Signal(str)
    """This sentence in the notice bar is no longer true."""
    died = Signal()
    broke = Signal(str)
    """How the core died (``SIGSEGV``); not emitted if it was loading a model that the user chose, or if the
    system lacks a library."""

    def __init__(self, bridge: Bridge, settings: Settings, model: str | None) -> None:
        super().__init__(bridge)
        self.bridge = bridge
        self.settings = settings
        self.model: ModelInfo | None = None
        self._path = model or ""  # of the model that is loaded, or is to be
        self._asked = ("", False)  # path and ``keep`` of the model that the core was asked for last
        self._keep = False  # ``_path`` goes into the settings, too, once it is loaded
        self.state = State.NOT_STARTED
        self._known = False  # the core has sent the settings that it works with
        self._tries = 0  # counts tries: replies from the core of an earlier try are dropped
        self._deaths: list[float] = []
        self._changes = 0  # counts changes: replies to requests from before the last one are stale
        self._passing: set[str] = set()
        bridge.announced.connect(self._on_event)
        bridge.died.connect(self._on_death)
        bridge.fault.connect(self._on_fault)

    @property
    def reason(self) -> str:
        return REASONS[self.state]

    @property
    def loading(self) -> bool:
        return self.state in (State.NOT_STARTED, State.LOADING)

    @property
    def usable(self) -> bool:
        """The core takes requests, with or without a model."""
        return self.state not in (State.REFUSED, State.GIVEN_UP)

    def begin(self) -> None:
        self.bridge.start()
        self._prepare()

    def try_again(self) -> None:
        """Start the core again, after it refused the profile or the window gave up."""
        self._tries += 1
        self._deaths.clear()
        self.bridge.restart()
        self._prepare()

    def open_model(self, path: str) -> None:
        """Load another model; if that fails, the previous one stays.

        If the core isn't running, it starts with this model.
        """
        if self._runs:
            self._load(path, keep=True)
            return
        self._path, self._keep = path, True
        if not self.usable:
            self._silence()
            self.try_again()

    def compute_on(self, device: str) -> None:
        """Let this device compute from now on: a graphics card's name, "CPU" or "automatic"."""
        self.change(device=device)
        self.load_again()

    def load_again(self) -> None:
        """Load the model anew: something that belongs to loading has changed."""
        if self._runs:
            path, keep = self._asked if self.loading else (self._path, False)
            self._load(path, keep=keep)

    @property
    def _runs(self) -> bool:
        return self.usable and self.state is not State.NOT_STARTED

    def answered(self) -> None:
        """A turn went through: the core is well."""
        self._deaths.clear()
        self._silence()

    def say_for_now(
        self, sentence: str, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """Say a sentence that the notice bar withdraws once a model is ready or an answer went through."""
        self._passing.add(sentence)
        self.said.emit(sentence, action, act)

    def _silence(self) -> None:
        for sentence in self._passing:
            self.silenced.emit(sentence)
        self._passing.clear()

    def refresh_conversations(self) -> None:
        from nowprint.service.protocol import ListConversations

        self.bridge.call(ListConversations(), self.conversations.emit)

    def change(self, **fields: Any) -> None:
        """Change settings, here at once and in the profile soon."""
        from nowprint.service.protocol import ChangeSettings

        self.settings = dataclasses.replace(self.settings, **fields)
        self._changes += 1
        change = self._changes

        def failed(error: UserError) -> None:
            if not isinstance(error, CoreDied):
                self._on_fault(error)
                if change == self._changes:
                    self._get_settings()

        if self.usable:
            self.bridge.call(ChangeSettings(self.settings), self._taker(), failed)
        self.settings_changed.emit()

    def last_request(self, **fields: Any) -> ChangeSettings | None:
        """The request that saves the settings when the window closes; None if the core never sent its
        own, which this would overwrite."""
        from nowprint.service.protocol import ChangeSettings

        return ChangeSettings(dataclasses.replace(self.settings, **fields)) if self._known else None

    # --- steps -----------------------------------------------------------------------------

    def _prepare(self) -> None:
        from nowprint.service.protocol import ListConversations, Prepare

        refuse = self._in_this_try(self._refuse)
        self.bridge.call(ListConversations(), self.conversations.emit, refuse)
        self._get_settings()
        self._load(self._path, keep=self._keep)
        self.bridge.call(Prepare(), None, self._tell_unless_refused)

    def _load(self, path: str, *, keep: bool = False) -> None:
        from nowprint.service.protocol import LoadModel

        self._asked = (path, keep)
        self._become(State.LOADING)

        def loaded(model: ModelInfo) -> None:
            self.model = model
            self._path, self._keep = path, False
            if keep and path != self.settings.model:
                self.change(model=path)
            self._silence()
            self._become(State.READY)
            self.model_ready.emit(model)

        def failed(error: UserError) -> None:
            if isinstance(error, CoreDied):
                return
            if isinstance(error, ProfileError):
                self._refuse(error)
                return
            if self.usable:
                self._become(State.READY if self.model else State.NO_MODEL)
            if not self.model and (path or self.settings.model):
                self.say_for_now(str(error), "Use the bundled model", self._use_bundled)
            else:
                self.say_for_now(str(error))

        in_time = self._in_this_try
        self.bridge.call(LoadModel(path), in_time(loaded), in_time(failed))

    def _become(self, state: State) -> None:
        self.state = state
        self.changed.emit()

    def _in_this_try(self, take: Callable[[Any], object]) -> Callable[[Any], object]:
        tries = self._tries
        return lambda reply: take(reply) if tries == self._tries else None

    def _use_bundled(self) -> None:
        self.open_model(str(starter_model()))

    def _get_settings(self) -> None:
        from nowprint.service.protocol import GetSettings

        self.bridge.call(GetSettings(), self._taker(), self._ignore)

    def _taker(self) -> Callable[[Settings], None]:
        """A callback that takes over the core's settings, unless they were changed again meanwhile."""
        change = self._changes

        def take(settings: Settings) -> None:
            self._known = True
            if change == self._changes:
                self.settings = settings
                self.settings_changed.emit()

        return take

    def _refuse(self, error: UserError) -> None:
        """The store can't be opened: nothing works until another try."""
        if isinstance(error, CoreDied) or self.state is State.REFUSED:
            return
        self._become(State.REFUSED)
        self.say_for_now(str(error), "Try again", self.try_again)

    def _tell_unless_refused(self, error: UserError) -> None:
        if not isinstance(error, (CoreDied, ProfileError)):
            self.said.emit(str(error), "", None)

    @staticmethod
    def _ignore(_: UserError) -> None:
        """The request before this one fails in the same way, and tells the user."""

    # --- what the core says ----------------------------------------------------------------

    def _on_event(self, event: Announcement) -> None:
        from nowprint.events import InfluenceMeasured, Notice, Stored
        from nowprint.inspection import Forgotten, MapLaidOut, ReplayProgress, Retitled
        from nowprint.model_records import DownloadChanged

        if isinstance(event, Notice):
            self.said.emit(event.text, "", None)
        elif isinstance(event, InfluenceMeasured):
            self.influence.emit(event)
        elif isinstance(event, Stored):
            self.stored.emit(event)
        elif isinstance(event, ReplayProgress):
            self.reading.emit(event.reading)
        elif isinstance(event, Forgotten):
            self.forgotten_by_rule.emit(event)
        elif isinstance(event, DownloadChanged):
            self.download.emit(event.download)
        elif isinstance(event, Retitled):
            self.retitled.emit(event.conversation)
        elif isinstance(event, MapLaidOut):
            self.map_laid_out.emit()
        else:
            self.progress.emit(event)

    def _on_fault(self, error: UserError) -> None:
        if self.state is not State.REFUSED:
            self.said.emit(str(error), "", None)

    def _on_death(self, death: CoreDied) -> None:
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < DEATH_SECONDS] + [now]
        model = self._path or self.settings.model
        culprit = self.loading and model not in ("", str(starter_model()))
        tried = self._asked[0] or self.settings.model
        own = self.loading and tried not in ("", str(starter_model()))
        self.died.emit()
        if not own and not death.for_good:
            self.broke.emit(death.how)
        if death.for_good or len(self._deaths) >= DEATHS:
            self._tries += 1  # a model that was still asked for must not become the loaded one
            self.model = None
            self._become(State.GIVEN_UP)
        if death.for_good:
            self.say_for_now(str(death), "Try again", self.try_again)
            return
        if self.state is State.GIVEN_UP:
            self.say_for_now(
                f"The model process stopped {DEATHS} times in a row and won't be restarted "
                "automatically. Nothing that was saved is lost.",
                *(
                    ("Use the bundled model", self._use_bundled)
                    if culprit
                    else ("Try again", self.try_again)
                ),
            )
            return
        self.say_for_now(f"{death} The process is being restarted.")
        self.begin()
