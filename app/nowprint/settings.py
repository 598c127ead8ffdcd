"""Typed settings, and the only finder of user paths and of ``resources/``.

A profile is one folder. Its settings are one small JSON file that people may edit; whatever is
missing or of the wrong type falls back to the default here, and unknown keys are kept.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nowprint.errors import ProfileError

HOME_VARIABLE = "NOWPRINT_HOME"
PORTABLE = "portable"
"""A file beside the frozen program: the profile is to be beside it, too."""
PORTABLE_PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may set. Every default is a value that the tests run with."""

    model: str = ""
    """Path of the GGUF to load; empty for the bundled starter model."""
    memory: bool = True
    """Capture and recall; off, nothing is kept and nothing comes back."""
    recall_limit: int = 3
    """How many recollections may enter a prompt; small models confuse more than a few."""
    keep: float = 0.75
    """The share of what is said that may be kept (0..1). Up to here only what is worth keeping is;
    above it more and more of the rest, and with 1 everything."""
    resonance_ms: int = 400
    """The time that functional resonance may take before an answer; 0 switches it off."""
    resonate_while_writing: bool = False
    """Compare what the model expects at each token with stored signatures."""
    contrast: float = 1.0
    """How strongly an answer is drawn toward what its recollections make likelier; 0 switches it off."""
    context: int = 4096
    """Tokens of context to ask for; never more than the model was trained on."""
    threads: int = 0
    """Threads for llama.cpp; 0 for as many as are fastest, one per physical core at most."""
    device: str = "automatic"
    """What computes: "automatic", "CPU", or a word of a graphics card's name."""
    answer_tokens: int = 768
    """The longest answer, in tokens."""
    temperature: float = 0.2
    """0 is greedy."""
    seed: int = 0
    """Seed of the sampler; 0 for a new one each time."""
    theme: Literal["system", "light", "dark"] = "system"
    window: str = ""
    """The window's geometry and splitters, as the front end last saved them."""


RANGES: dict[str, tuple[float, float]] = {
    "recall_limit": (0, 20),
    "keep": (0, 1),
    "resonance_ms": (0, 10_000),
    "contrast": (0, 4),
    "context": (512, 1 << 20),
    "threads": (0, 256),
    "answer_tokens": (1, 1 << 16),
    "temperature": (0, 5),
    "seed": (0, (1 << 32) - 1),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """The places inside one profile folder."""

    home: Path

    @property
    def settings_file(self) -> Path:
        return self.home / "settings.json"

    @property
    def database(self) -> Path:
        return self.home / "memory.db"

    @property
    def index(self) -> Path:
        return self.home / "index.hnsw"

    @property
    def engine(self) -> Path:
        """What was found out about the engine on the machines that this profile was used on."""
        return self.home / "engine.json"

    @property
    def lock(self) -> Path:
        return self.home / "profile.lock"

    @property
    def closing(self) -> Path:
        """There while a core ends whose front end is gone: the next one waits for it."""
        return self.home / "closing"

    @property
    def bench(self) -> Path:
        """What benches keep between two runs, and where one that runs has a profile of its own."""
        return self.home / "bench"

    @property
    def log(self) -> Path:
        """Faults of the core; never any text of messages or episodes. Older ones are ``core.log.1`` …"""
        return self.home / "core.log"

    @property
    def window_log(self) -> Path:
        """The same of the window's process."""
        return self.home / "window.log"

    @property
    def crash(self) -> Path:
        """Where the window's process was when it was torn down; empty as long as it never was."""
        return self.home / "window.crash"

    @property
    def running(self) -> Path:
        """There while a window has this profile open, and after one that did not end cleanly."""
        return self.home / "window.running"


def find_profile(home: str | None = None) -> Profile:
    """The profile that ``--home`` names, else NOWPRINT_HOME, else the one beside a portable program,
    else the platform's place for user data. ProfileError if there is no such place."""
    if chosen := home or os.environ.get(HOME_VARIABLE):
        try:
            return Profile(Path(chosen).expanduser().absolute())
        except (OSError, RuntimeError) as fault:  # "~" of nobody, or no current folder
            raise ProfileError(f"{chosen} names no folder here: give its whole path.") from fault
    if portable := portable_home():
        return Profile(portable)
    import platformdirs  # here, because the window is to be on screen before anything else loads

    try:
        place = Path(platformdirs.user_data_dir("Nowprint", appauthor=False))
        if not place.is_absolute():  # the XDG specification: such a variable counts as not set
            place = Path.home() / ".local" / "share" / "Nowprint"
    except RuntimeError:
        place = Path()
    if not place.is_absolute():
        raise ProfileError(
            "There is no home folder to keep the profile in: set HOME, or name a folder with --home."
        )
    return Profile(place)


def portable_home() -> Path | None:
    """The profile beside the frozen program, if a file says that it is to be there."""
    if not is_frozen():
        return None
    folder = Path(sys.executable).resolve().parent
    return folder / PORTABLE_PROFILE if (folder / PORTABLE).exists() else None


def is_frozen() -> bool:
    """Is this the packaged program, rather than a checkout?"""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str) -> list[str]:
    """How this program starts itself again, from source or frozen into one binary."""
    program = [sys.executable] if is_frozen() else [sys.executable, "-P", "-m", "nowprint"]
    return [*program, *arguments]


def prepare_profile(profile: Profile) -> None:
    """Make the profile folder and see that it can be written to, or raise ProfileError."""
    try:
        profile.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=profile.home):
            pass
    except OSError as fault:
        raise ProfileError(
            f"The profile folder {profile.home} can't be used ({fault.strerror or fault}): "
            "choose another with --home, or make this one writable."
        ) from fault


def load_settings(profile: Profile) -> Settings:
    """The profile's settings; defaults for whatever is missing, unreadable or of the wrong type."""
    stored = _read(profile)
    fields = {f.name: f for f in dataclasses.fields(Settings)}
    usable: dict[str, Any] = {
        name: _usable(name, value, fields[name].default)
        for name, value in stored.items()
        if name in fields
    }
    return Settings(**usable)


def _usable(name: str, value: Any, default: Any) -> Any:
    """A stored value of the right type and within its range, or the default."""
    if type(default) is float and type(value) is int:
        value = float(value)
    if type(value) is not type(default) or (isinstance(value, float) and math.isnan(value)):
        return default
    if name in RANGES:
        least, most = RANGES[name]
        return type(default)(min(max(value, least), most))
    if name == "theme" and value not in ("system", "light", "dark"):
        return default
    return value


def save_settings(profile: Profile, settings: Settings) -> None:
    """Write beside and rename, so that a crash leaves the old file or the new one."""
    text = json.dumps(_read(profile) | dataclasses.asdict(settings), indent=2) + "\n"
    beside = profile.settings_file.with_suffix(".json.new")
    try:
        with open(beside, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, profile.settings_file)
    except OSError as fault:
        raise ProfileError(
            f"The settings could not be saved in {profile.home} ({fault.strerror or fault})."
        ) from fault


def _read(profile: Profile) -> dict[str, Any]:
    try:
        stored = json.loads(profile.settings_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def resources() -> Path:
    """The folder of icons, prompts and bundled models, in a checkout or a frozen build."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) / "resources" if frozen else Path(__file__).parents[2] / "resources"


def starter_model() -> Path:
    return resources() / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def bundled_embedder() -> Path:
    return resources() / "models" / "all-MiniLM-L6-v2"
