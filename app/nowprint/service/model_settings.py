"""Each model's settings: what is recommended for it, what the user has set, and the memory that they need.

A value is the user's own for this model; else the maker's, from the catalogue or from the model's file; else
the profile's. A profile's value that isn't the default stands above the maker's: the user chose it for all
models.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from nowprint.chat.chat import Chat
from nowprint.engine.gguf.check import fingerprint
from nowprint.engine.gguf.file_kind import file_kind
from nowprint.engine.gguf.header import Header, read_header
from nowprint.errors import ModelFileError, UserError
from nowprint.model_records import MemoryNeed, ModelSettingsPage
from nowprint.model_settings import (
    ModelSettings,
    Own,
    OwnModelSettings,
    ResolveSettings,
    changed,
    of_profile,
    usable,
)
from nowprint.models.catalogue import catalogue
from nowprint.models.file_layers import layers_of
from nowprint.models.fit import check_fit, estimate_need, this_memory
from nowprint.settings import Profile, Settings

_IN_FILE = {
    "temp": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "min_p": "min_p",
    "penalty_repeat": "repeat_penalty",
}
"""llama.cpp's ``general.sampling.…`` and our names."""


class ModelSettingsStore:
    def __init__(self, profile: Profile, chat: Chat, card: Callable[[], int] = lambda: 0) -> None:
        """``card`` tells the free bytes of the graphics card that computes; 0 for none."""
        self._card = card
        self._own = OwnModelSettings(profile.model_settings_file, profile.cipher)
        self._chat = chat

    def of(self, path: str) -> ResolveSettings:
        """What holds for this model. Nothing of its own if the file can't be used, which loading it tells."""
        try:
            file, size = self._file(path)
            advice, _ = _advice(file, size, read_header(file))
            own = self._own.of(fingerprint(file, file.stat().st_size))
        except (ModelFileError, OSError):
            return of_profile
        return lambda settings: replace(_recommended(settings, advice), **own)  # type: ignore[arg-type]

    def page(self, path: str = "") -> ModelSettingsPage:
        """``path`` as for ``Chat.load_model``. ModelFileError says why the file is no chat model."""
        file, size = self._file(path)
        header = read_header(file)
        advice, source = _advice(file, size, header)
        recommended = _recommended(self._chat.settings, advice)
        id = fingerprint(file, file.stat().st_size)
        own = self._own.of(id)
        return ModelSettingsPage(
            path=str(file),
            id=id,
            name=file.stem,
            recommended=recommended,
            source=source,
            settings=replace(recommended, **own),  # type: ignore[arg-type]
            trained_context=header.context_length or recommended.context,
            layers=(header.block_count or 0) + 1,
        )

    def change(self, path: str, settings: ModelSettings) -> ModelSettingsPage:
        """Set them for this model. If it is loaded, they hold from the next message on, those of
        ``model_settings.LOADING`` from the next loading on."""
        if settings.cache != "f16" and settings.flash_attention == "off":
            raise UserError(
                "A smaller cache needs flash attention: switch it on, or choose the exact cache."
            )
        page = self.page(path)
        own = usable(changed(page.recommended, settings))
        self._own.put(page.id, page.name, own)
        page = self.page(path)
        if self._chat.loaded == page.id:
            self._chat.tune(self.of(path))
        return page

    def need(self, path: str, settings: ModelSettings) -> MemoryNeed:
        """What the model takes with these settings."""
        file, size = self._file(path)
        header = read_header(file)
        longest = header.context_length or settings.context
        if settings.rope_scaling != "none":
            longest = int(longest * settings.rope_factor)
        context = min(settings.context, longest)
        need = estimate_need(size, layers_of(header), context, settings.cache)
        verdict = check_fit(need, this_memory(), self._card() if settings.layers else 0).verdict
        return MemoryNeed(need.total, need.weights, need.cache, verdict)

    def _file(self, path: str) -> tuple[Path, int]:
        """The file that llama.cpp opens, and the bytes of the whole set."""
        found = file_kind(self._chat.chosen(path))
        if not found.usable:
            raise ModelFileError(found.sentence)
        return found.files[0], sum(one.stat().st_size for one in found.files)


def _advice(file: Path, size: int, header: Header) -> tuple[Own, str]:
    """The sampling that is recommended, and who recommends it: "maker", "file" or "" for nobody."""
    for model in catalogue():
        if Path(model.file).name == file.name and model.size == size:
            # makers publish no penalty, which means that they sample without one
            return usable(asdict(model.sampling) | {"repeat_penalty": 1.0}), "maker"
    told = {name: header.metadata.get(f"general.sampling.{key}") for key, name in _IN_FILE.items()}
    found = usable(told)
    return found, "file" if found else ""


def _recommended(settings: Settings, advice: Own) -> ModelSettings:
    base = of_profile(settings)
    chosen = base.temperature != Settings().temperature
    return replace(
        base,
        **{k: v for k, v in advice.items() if not (chosen and k == "temperature")},  # type: ignore[arg-type]
    )
