"""Requests of the models page. None of them contacts anybody but SearchHub, ListHubFiles, GetModel and
ResumeDownload, which contact the hub that ``ModelShelf.host`` names."""

from __future__ import annotations

from dataclasses import dataclass

from nowprint.model_records import (
    HubListing,
    HubRepository,
    MemoryNeed,
    ModelDownload,
    ModelSettingsPage,
    ModelShelf,
)
from nowprint.model_settings import ModelSettings
from nowprint.service.request import Request


@dataclass(frozen=True, slots=True)
class GetShelf(Request[ModelShelf]):
    """The catalogue, what is on this computer, and the downloads."""


@dataclass(frozen=True, slots=True)
class SearchHub(Request[tuple[HubRepository, ...]]):
    """Repositories with GGUF files whose names match, the most downloaded first."""

    text: str


@dataclass(frozen=True, slots=True)
class ListHubFiles(Request[HubListing]):
    """The models in a repository: owner/name, or the address of any of its pages."""

    repository: str


@dataclass(frozen=True, slots=True)
class GetModel(Request[ModelDownload]):
    """Begin a download; ``DownloadChanged`` events tell how it goes on. ``name`` is a key of the catalogue,
    or a repository, as for ``ListHubFiles``, with the ``file`` in it."""

    name: str
    file: str = ""


@dataclass(frozen=True, slots=True)
class PauseDownload(Request[ModelDownload]):
    """What has arrived stays."""

    id: int


@dataclass(frozen=True, slots=True)
class ResumeDownload(Request[ModelDownload]):
    id: int


@dataclass(frozen=True, slots=True)
class CancelDownload(Request[None]):
    """Delete what has arrived of a download that is not done."""

    id: int


@dataclass(frozen=True, slots=True)
class RemoveModel(Request[None]):
    """Delete a model that Nowprint has downloaded. UserError for any other file."""

    path: str


@dataclass(frozen=True, slots=True)
class GetModelSettings(Request[ModelSettingsPage]):
    """``path`` as in LoadModel: "" for the model that the settings name. ModelFileError for other files."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class ChangeModelSettings(Request[ModelSettingsPage]):
    """Set them for this model. If it is loaded they hold from the next message on; those of
    ``model_settings.LOADING`` after another LoadModel."""

    path: str
    settings: ModelSettings


@dataclass(frozen=True, slots=True)
class EstimateMemory(Request[MemoryNeed]):
    """The memory that the model needs with these settings; nothing is loaded."""

    path: str
    settings: ModelSettings
