"""The Hugging Face hub: which models it has as GGUF files, which files these are, how one is asked for.

Nothing is contacted unless one of these functions is called. https://huggingface.co/docs/hub/api
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nowprint.errors import UserError
from nowprint.models.hub_client import HUB, asking, endpoint, no_repository, request_headers

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

MOST_ENTRIES = 10_000
"""Of a repository's list of files."""
SHORT_HUB = "https://hf.co"
"""Leads to the hub."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SPLIT = re.compile(r"(.+)-(\d{5})-of-(\d{5})(\.gguf)", re.IGNORECASE)
"""How llama.cpp names the parts that it splits a model into (``llama_split_path``)."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository that holds GGUF files. ``downloads``: of the last 30 days; ``licence``: as the hub
    names it ("apache-2.0"), "" if it names none; ``changed``: seconds since 1970, 0 if unknown."""

    repository: str
    downloads: int
    licence: str
    gated: bool
    changed: float


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file. ``revision`` is the commit's hash, so that it stays the same; ``size`` in bytes."""

    repository: str
    revision: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HubFileSet:
    """The files of one model, in their order: mostly one, else the parts that llama.cpp split it into."""

    files: tuple[HubFile, ...]

    @property
    def path(self) -> str:
        """Of the first file, which is the one that llama.cpp is to open."""
        return self.files[0].path

    @property
    def name(self) -> str:
        """What the model is called: the file's name without its ending and the number of a part."""
        name = self.path.rpartition("/")[2]
        split = _SPLIT.fullmatch(name)
        return split[1] if split else name.rpartition(".")[0]

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class FileRequest:
    """How a file is asked for. ``headers`` may go to any host, ``authorization`` to ``url``'s alone."""

    url: str
    headers: Mapping[str, str]
    authorization: str


# --- what can be asked -------------------------------------------------------------------------


def search_models(words: str, limit: int = 50) -> tuple[HubModel, ...]:
    """Models with GGUF files whose names match ``words``, the most downloaded first. UserError if the
    hub can't be reached or refuses."""
    with asking() as api:
        found = api.list_models(
            filter="gguf",
            search=words.strip() or None,
            sort="downloads",
            limit=limit,
            expand=["downloads", "gated", "lastModified", "tags"],
        )
        return tuple(map(_model, found))


def repository_named(text: str) -> str:
    """The repository that a text names: as owner/name, or by the address of one of its pages on the hub or on
    the mirror. UserError for another address, and for one that names none."""
    text = text.strip()
    bare = re.sub(r"^https?://", "", text, flags=re.IGNORECASE)
    for base in (endpoint(), HUB, SHORT_HUB):
        host = base.partition("://")[2] + "/"
        if bare.lower().startswith(host.lower()):
            owner, _, rest = re.split(r"[?#]", bare[len(host) :])[0].partition("/")
            name = rest.partition("/")[0]
            if not name or owner in ("datasets", "spaces"):
                raise no_repository(text)
            return f"{owner}/{name}"
    if bare != text:
        here = endpoint().partition("://")[2]
        raise UserError(f"{text[:100]!r} isn't on {here}: paste the address of a model there.")
    return text


def list_files(repository: str) -> tuple[HubFileSet, ...]:
    """The models in a repository, as ``read_repository`` gives them."""
    return read_repository(repository)[1]


def read_repository(repository: str) -> tuple[HubModel, tuple[HubFileSet, ...]]:
    """What the hub says of a repository (owner/name), and its GGUF files as they are now, by path. Left out
    is what has no SHA-256 (it isn't in LFS, so nothing could check it) and what lacks a part. UserError
    as for a search."""
    with asking(repository) as api:
        from huggingface_hub.hf_api import RepoFile

        told = api.model_info(
            repository, expand=["sha", "downloads", "gated", "lastModified", "tags"]
        )
        revision = told.sha
        if not revision:
            raise ValueError("no commit is named")
        entries = api.list_repo_tree(repository, recursive=True, revision=revision)
        files = [
            HubFile(repository, revision, entry.path, int(entry.lfs.size), entry.lfs.sha256)
            for entry in itertools.islice(entries, MOST_ENTRIES)
            if isinstance(entry, RepoFile)
            and entry.path.lower().endswith(".gguf")
            and entry.lfs
            and _SHA256.fullmatch(entry.lfs.sha256)
        ]
        return _model(told), _sets(files)


def file_request(file: HubFile) -> FileRequest:
    """How to ask the hub for the file; it mostly redirects to another host. UserError if the token
    or HF_ENDPOINT can't be used."""
    headers = request_headers()
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HFValidationError

    authorization = headers.pop("authorization", "")
    try:
        url = hf_hub_url(file.repository, file.path, revision=file.revision, endpoint=endpoint())
    except HFValidationError as fault:
        raise no_repository(file.repository) from fault
    return FileRequest(url, headers, authorization)


def _model(told: ModelInfo) -> HubModel:
    return HubModel(
        repository=told.id,
        downloads=told.downloads or 0,
        licence=_licence(told.tags or ()),
        gated=bool(told.gated),
        changed=told.last_modified.timestamp() if told.last_modified else 0.0,
    )


def _licence(tags: Sequence[str]) -> str:
    return next((tag.partition(":")[2] for tag in tags if tag.startswith("license:")), "")


def _sets(files: Sequence[HubFile]) -> tuple[HubFileSet, ...]:
    """Parts put together; those of a set that isn't complete are left out."""
    whole: list[HubFileSet] = []
    split: dict[tuple[str, ...], dict[int, HubFile]] = {}
    for file in files:
        if named := _SPLIT.fullmatch(file.path):
            name, number, count, ending = named.groups()
            split.setdefault((name, count, ending), {})[int(number)] = file
        else:
            whole.append(HubFileSet((file,)))
    for (_, count, _), parts in split.items():
        numbers = range(1, int(count) + 1)
        if parts.keys() == set(numbers):
            whole.append(HubFileSet(tuple(parts[number] for number in numbers)))
    return tuple(sorted(whole, key=lambda files: files.path))
