"""Typed settings, and the one place that knows the user's paths and ``resources/``.

A profile is one folder. Its settings are one small JSON file that users may edit: a setting that is missing
or of the wrong type gets its default, and unknown keys are kept.
"""

from __future__ import annotations

import dataclasses
import json
import math
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from nowprint.errors import ProfileError
from nowprint.saving import Cipher, read_file

HOME_VARIABLE = "NOWPRINT_HOME"
PORTABLE = "portable"
"""If a file of this name is beside the frozen program, the profile is there, too."""
DRAFTS = "drafts.json"
PORTABLE_PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user may set. The tests run with the defaults."""

    model: str = ""
    """Path of the GGUF to load; empty for the bundled starter model."""
    memory: bool = True
    """Whether the profile's memory is on; off, nothing is kept and nothing recalled."""
    recall_limit: int = 3
    """How many recollections may enter a prompt; small models mix up more than a few."""
    keep: float = 0.75
    """The share (0..1) of what the user says that may be kept. Up to .75 only spans worth keeping are kept;
    above that more and more of the others, and with 1 everything."""
    recall_from: float = 0.12
    """The least probability that a memory helps with a message from which on it is brought back."""
    resonance_ms: int = 400
    """Milliseconds that measuring functional resonance may take before an answer; 0 switches it off."""
    resonate_while_writing: bool = False
    """While an answer is written, compare what the model expects at each token with stored signatures."""
    contrast: float = 1.0
    """How strongly an answer is drawn toward what its recollections make likelier; 0 switches it off."""
    context: int = 4096
    """Tokens of context; the core never uses more than the model was trained on."""
    threads: int = 0
    """Threads for llama.cpp; 0 for the fastest number, at most one per physical core."""
    device: str = "automatic"
    """What computes: "automatic", "CPU", or a word from the name of a graphics card."""
    answer_tokens: int = 768
    """The longest answer, in tokens."""
    think: bool = True
    """Whether a model that can think before it answers does so, where it can be told."""
    thinking_tokens: int = 2048
    """The longest thought, in tokens; then the model has to answer."""
    temperature: float = 0.2
    """The sampler's temperature; 0 always takes the likeliest token."""
    seed: int = 0
    """Seed of the sampler; 0 for a new one each time."""
    theme: Literal["system", "light", "dark"] = "system"
    chat_order: Literal["used", "begun", "title"] = "used"
    """How the list of chats is sorted: by last use, by beginning, or by title."""
    text_size: float = 1.0
    """How large the window's text is, as a multiple of the system's."""
    backup_days: int = 1
    """An automatic backup is made every so many days; 0 for none."""
    sleep: bool = True
    """Whether the memory works on itself when nothing else happens (memory/sleep)."""
    archive_below: float = 0.0
    """Episodes whose retrievability (0..1) falls below this are archived; 0: none is for its age."""
    most_episodes: int = 100_000
    """More episodes than this are not recalled: the others are archived; 0 for any number."""
    most_megabytes: int = 0
    """The same for the room that the recalled ones take, in MB; 0 for any."""
    offered: bool = False
    """The user has answered the offer of the recommended model, which isn't made again."""
    window: str = ""
    """The window's geometry and splitters, as the window last saved them."""


RANGES: dict[str, tuple[float, float]] = {
    "recall_limit": (0, 20),
    "keep": (0, 1),
    "recall_from": (0, 1),
    "resonance_ms": (0, 10_000),
    "contrast": (0, 4),
    "context": (512, 1 << 20),
    "threads": (0, 256),
    "answer_tokens": (1, 1 << 16),
    "thinking_tokens": (1, 1 << 16),
    "temperature": (0, 5),
    "text_size": (0.7, 2.5),
    "backup_days": (0, 366),
    "archive_below": (0, 1),
    "most_episodes": (0, 10_000_000),
    "most_megabytes": (0, 1_000_000),
    "seed": (0, (1 << 32) - 1),
}
CHOICES = {"theme": ("system", "light", "dark"), "chat_order": ("used", "begun", "title")}


@dataclass(frozen=True, slots=True)
class Profile:
    """The paths of the files in one profile folder, and the key of those that are encrypted."""

    home: Path
    cipher: Cipher | None = field(default=None, repr=False, compare=False)
    """What this process reads and writes the files of an encrypted profile with."""

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
        """What the core found out about the engine on the machines where this profile was used."""
        return self.home / "engine.json"

    @property
    def frames(self) -> Path:
        """The frames as the judging model has read them (chat/kept_frames.py): nothing of the user's."""
        return self.home / "frames.npz"

    @property
    def models(self) -> Path:
        """The models that Nowprint has downloaded."""
        return self.home / "models"

    @property
    def key_file(self) -> Path:
        """Exists if the profile is encrypted, or being encrypted or decrypted (encryption/key_file.py)."""
        return self.home / "key.json"

    @property
    def appearance(self) -> Path:
        """How an encrypted profile's window looks while it asks for the passphrase; never encrypted."""
        return self.home / "appearance.json"

    @property
    def model_settings_file(self) -> Path:
        return self.home / "model-settings.json"

    @property
    def drafts(self) -> Path:
        """What the user has written in each chat and not sent."""
        return self.home / DRAFTS

    @property
    def lock(self) -> Path:
        return self.home / "profile.lock"

    @property
    def closing(self) -> Path:
        """Exists while a core is closing whose window or terminal is gone; the next core waits for that."""
        return self.home / "closing"

    @property
    def bench(self) -> Path:
        """The folder for what benches keep between runs, and for the profile that a running bench uses."""
        return self.home / "bench"

    @property
    def log(self) -> Path:
        """The core's log of faults, without text of messages or episodes. Older ones: ``core.log.1`` …"""
        return self.home / "core.log"

    @property
    def window_log(self) -> Path:
        """The same kind of log of the window's process."""
        return self.home / "window.log"

    @property
    def crash(self) -> Path:
        """Where the window's process crashed, as faulthandler writes it; empty if it didn't."""
        return self.home / "window.crash"

    @property
    def running(self) -> Path:
        """Exists while a window has this profile open, and after a window that did not end cleanly."""
        return self.home / "window.running"


def find_profile(home: str | None = None) -> Profile:
    """The profile in ``home`` (from ``--home``), otherwise in NOWPRINT_HOME, otherwise beside a portable
    program, otherwise in the platform's folder for user data. ProfileError if there is no such folder."""
    if chosen := home or os.environ.get(HOME_VARIABLE):
        try:
            return Profile(Path(chosen).expanduser().absolute())
        except (OSError, RuntimeError) as fault:  # "~" of an unknown user, or no current folder
            raise ProfileError(f"{chosen} names no folder here: give its whole path.") from fault
    if portable := portable_home():
        return Profile(portable)
    import platformdirs  # imported here, so that the window is on the screen sooner

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
    """The profile's folder beside the frozen program, if the file ``PORTABLE`` is there; otherwise None."""
    if not is_frozen():
        return None
    folder = Path(sys.executable).resolve().parent
    return folder / PORTABLE_PROFILE if (folder / PORTABLE).exists() else None


def is_frozen() -> bool:
    """Whether this is the frozen (packaged) program rather than a checkout."""
    return bool(getattr(sys, "frozen", False))


def own_command(*arguments: str) -> list[str]:
    """The command by which this program, frozen or from source, starts itself again with ``arguments``."""
    program = [sys.executable] if is_frozen() else [sys.executable, "-P", "-m", "nowprint"]
    return [*program, *arguments]


def prepare_profile(profile: Profile) -> None:
    """Create the profile folder. ProfileError if it can't be created or written to."""
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
    allowed = CHOICES.get(name)
    if allowed and value not in allowed:
        return default
    return value


def save_settings(profile: Profile, settings: Settings) -> None:
    """Write the settings to a second file and rename that, so that a crash leaves the old file or the new
    one. ProfileError if that fails."""
    text = json.dumps(_read(profile) | dataclasses.asdict(settings), indent=2) + "\n"
    shown = {"theme": settings.theme, "text_size": settings.text_size}
    try:
        if profile.cipher:
            _write(
                profile.settings_file,
                profile.cipher.seal(profile.settings_file.name, text.encode()),
            )
            if shown != _loaded(profile.appearance, None):
                _write(profile.appearance, json.dumps(shown).encode())
        else:
            _write(profile.settings_file, text.encode())
    except OSError as fault:
        raise ProfileError(
            f"The settings could not be saved in {profile.home} ({fault.strerror or fault})."
        ) from fault


def _write(path: Path, data: bytes) -> None:
    beside = path.with_suffix(f"{path.suffix}.new")
    with open(beside, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)


def _read(profile: Profile) -> dict[str, Any]:
    if profile.cipher is None and profile.key_file.exists():
        return _loaded(profile.appearance, None)
    return _loaded(profile.settings_file, profile.cipher)


def _loaded(path: Path, cipher: Cipher | None) -> dict[str, Any]:
    try:
        stored = json.loads(read_file(path, cipher))
    except (OSError, ValueError):
        return {}
    return stored if isinstance(stored, dict) else {}


def resources() -> Path:
    """The folder of icons, prompts and bundled models, in a checkout or a frozen build."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) / "resources" if frozen else Path(__file__).parents[2] / "resources"


def memory_question() -> str:
    """What a user may ask another assistant, so that it lists what it remembers."""
    return (resources() / "memory-question.txt").read_text(encoding="utf-8").strip()


def starter_model() -> Path:
    return resources() / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def bundled_embedder() -> Path:
    return resources() / "models" / "all-MiniLM-L6-v2"


def bundled_encoder() -> Path:
    """The model that reads texts of any language to judge them; recall's space is the embedder's."""
    return resources() / "models" / "multilingual-e5-small"
