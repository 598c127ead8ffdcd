"""Records of models: what the catalogue and the hub offer, what is on this computer, what is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nowprint.model_settings import ModelSettings

Verdict = Literal["fits", "tight", "too large"]
READING_SPEED = 6.0
"""Tokens a second: somewhat faster than people read."""
DownloadState = Literal["running", "paused", "failed", "done", "cancelled"]


@dataclass(frozen=True, slots=True)
class ModelOffer:
    """A model of the catalogue. ``size`` and ``memory``, which it needs in all, are in bytes; ``speed`` is a
    low estimate of its tokens a second here; ``path`` is where it is on this computer, "" if it isn't."""

    key: str
    name: str
    repository: str
    file: str
    size: int
    licence: str
    parameters: int
    thinks: str
    languages: tuple[str, ...]
    good_at: str
    memory: int
    verdict: Verdict
    recommended: bool
    path: str
    speed: float

    @property
    def slowness(self) -> str:
        """What to tell of the speed where people would wait for each word; empty elsewhere."""
        if self.verdict == "too large" or self.speed >= READING_SPEED:
            return ""
        return f"slow here: about {max(self.speed, 0.1):.1f} tokens a second"


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model file on this computer, of Nowprint's own or of another program's. ``size`` is in bytes."""

    path: str
    name: str
    program: str
    size: int


@dataclass(frozen=True, slots=True)
class ModelDownload:
    """A model on its way, or one that has arrived. ``file`` is its path in the repository, ``path`` where it
    is, or will be, on this computer. ``done`` and ``total`` are in bytes; ``seconds_left`` is None while
    nothing arrives; ``fault`` is the sentence that it ended with."""

    id: int
    name: str
    repository: str
    file: str
    path: str
    total: int
    done: int = 0
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    state: DownloadState = "paused"
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ModelShelf:
    """All of it. ``host`` is what would be contacted for a search or a download."""

    host: str
    offers: tuple[ModelOffer, ...]
    found: tuple[FoundModel, ...]
    downloads: tuple[ModelDownload, ...]


@dataclass(frozen=True, slots=True)
class HubRepository:
    """A repository on the hub. ``downloads`` are those of a month; ``changed`` is in seconds since 1970."""

    repository: str
    downloads: int
    licence: str
    gated: bool
    changed: float


@dataclass(frozen=True, slots=True)
class HubModelFile:
    """A model in a repository: a file, or a set of ``parts`` files. ``size`` is in bytes, and so is
    ``memory``, which it needs in all; that and ``verdict`` are estimates from the size."""

    repository: str
    file: str
    size: int
    parts: int
    memory: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class HubListing:
    """A repository, and the models in it."""

    repository: HubRepository
    files: tuple[HubModelFile, ...]


@dataclass(frozen=True, slots=True)
class ModelSettingsPage:
    """One model's settings. ``source``: who recommends what is recommended, "maker" or "file", "" for
    nobody; ``settings``: what holds; ``trained_context`` is in tokens; ``layers`` counts the output layer."""

    path: str
    id: str
    name: str
    recommended: ModelSettings
    source: str
    settings: ModelSettings
    trained_context: int
    layers: int


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """What a model takes in bytes: in all, for its weights, for the cache of its contexts."""

    total: int
    weights: int
    cache: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DownloadChanged:
    """An event: how far a download is, or how it ended."""

    download: ModelDownload
