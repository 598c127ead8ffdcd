"""The model in memory: the one in use, which the user chose, or another for the answers that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nowprint.chat.influence import InfluenceMeter
from nowprint.chat.loading import load_engine
from nowprint.chat.prompt.builder import PromptBuilder
from nowprint.chat.prompt.contexts import Contexts
from nowprint.chat.prompt.wording_choice import WordingChoice
from nowprint.chat.who_answers import WhoAnswers
from nowprint.engine.backends import Device
from nowprint.engine.engine import Engine
from nowprint.errors import ModelFileError, UserError
from nowprint.events import Notice, Progress
from nowprint.inspection import Announcement
from nowprint.memory.memory import Memory
from nowprint.memory.storage.conversations import ConversationStore
from nowprint.model_settings import ModelSettings, ResolveSettings, of_profile
from nowprint.records import ModelInfo
from nowprint.settings import Settings, starter_model


class LoadedModel:
    """What ``Chat`` loads, frees and answers with."""

    settings: Settings

    def __init__(
        self, store: ConversationStore, memory: Memory, announce: Callable[[Announcement], None]
    ) -> None:
        self._announce = announce
        self._influence = InfluenceMeter(memory, announce)
        self._wordings = WordingChoice(store)
        self.contexts = Contexts()
        self._engine: Engine | None = None
        self._own: ResolveSettings = of_profile
        self._loaded = ""
        self._load_again: Callable[[], ModelInfo] | None = None
        self._prompts: PromptBuilder | None = None
        self._borrowed = False
        self._told_of_no_room = False
        self._path = self._in_use = Path()
        """The file that was loaded last, and the one of the model in use."""
        self._gone: set[tuple[int, str]] = set()
        """Personas, with their models, of which the user was told that they are gone."""
        self.load_path: Callable[[str], object] = lambda path: self.load_model(path, announce)
        """Loads a file with its own settings, on the profile's device."""

    @property
    def model_settings(self) -> ModelSettings:
        """Of the loaded model."""
        return self._own(self.settings)

    def tune(self, own: ResolveSettings) -> None:
        """Give the loaded model other settings: in force from the next message on, what belongs to loading
        from the next loading on."""
        self._own = own

    def load_model(
        self,
        path: str,
        on_progress: Callable[[Progress], None],
        device: Device | None = None,
        own: ResolveSettings = of_profile,
    ) -> ModelInfo:
        """Load a GGUF file in place of the loaded one, as the model in use: ``path``, else the settings'
        model, else the bundled one. The CPU computes what doesn't fit onto the graphics ``device``. ``own``
        gives the model's settings.

        ModelFileError if the file can't be used; then the loaded model stays.
        """
        settings = self.settings
        mine = own(settings)
        chosen = self.chosen(path)
        engine = load_engine(chosen, mine, settings.threads, device, on_progress, self._announce)
        self._own = own
        self._take(engine, chosen, borrowed=False)
        self._load_again = lambda: self.load_model(str(chosen), on_progress, device, self._own)
        return engine.info

    def chosen(self, path: str) -> Path:
        """The model file that ``load_model`` would load."""
        return Path(path or self.settings.model or starter_model()).expanduser()

    def answer_with(self, who: WhoAnswers) -> None:
        """Load the model that answers, unless it is there; the one in use stays that. If a persona's model is
        gone, one sentence says so, and the model in use answers. ModelFileError for any other."""
        in_use = self._in_use
        try:
            try:
                self._ready(Path(who.model).expanduser() if who.model else in_use)
            except ModelFileError:
                if who.otherwise.model or not who.persona or not who.model:
                    raise
                self._ready(in_use)
                self._tell_gone(who.persona.id, who.name, who.model)
        finally:
            self._in_use = in_use

    def _ready(self, wanted: Path) -> None:
        if wanted not in (self._path, Path()):
            self.load_path(str(wanted))
        elif self.unloaded and self._load_again:
            self._load_again()

    def _tell_gone(self, persona: int, name: str, model: str) -> None:
        if (persona, model) not in self._gone and self._engine:
            self._gone.add((persona, model))
            there = self._engine.info.name
            self._announce(
                Notice(
                    f"{Path(model).name}, the model of “{name}”, can't be loaded: {there} answers."
                )
            )

    def unload(self) -> None:
        """Free the model's memory; the next message loads it again."""
        engine = self._engine
        if engine and self._load_again and not self._borrowed:
            self._influence.clear()
            self.contexts.caches.empty(None)
            self._engine = self._prompts = None
            engine.close()

    @property
    def loaded(self) -> str:
        """The fingerprint of the model that was loaded last, "" for none. On any thread."""
        return self._loaded

    @property
    def unloaded(self) -> bool:
        return self._engine is None and self._load_again is not None

    def borrow(self, engine: Engine) -> None:
        """Use an engine that the caller has loaded, and that the caller closes."""
        self._load_again = None
        self._take(engine, Path(engine.info.path), borrowed=True)

    def _take(self, engine: Engine, path: Path, *, borrowed: bool) -> None:
        before = None if self._borrowed else self._engine
        self._influence.clear()
        self.contexts.caches.empty(None)
        self._told_of_no_room = False
        self._prompts = PromptBuilder(engine, answer_tokens=self.model_settings.answer_tokens)
        self._prompts.recalled = self._wordings.of(engine)
        self._engine, self._borrowed, self._loaded = engine, borrowed, engine.model.id
        self._path = self._in_use = path
        if before:
            before.close()  # last: ``preview``, on the memory thread, may still hold the old one

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise UserError("No model is loaded: open a GGUF model file first.")
        return self._engine

    @property
    def builder(self) -> PromptBuilder:
        if self._prompts is None:
            raise UserError("No model is loaded: open a GGUF model file first.")
        return self._prompts
