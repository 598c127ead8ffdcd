"""Models that other programs have on this computer. They are used where they lie: nothing here writes.

Each program keeps them in folders of its own, in a layout of its own:

- LM Studio: ``models/PUBLISHER/REPOSITORY/FILE`` in its home, which ``~/.lmstudio-home-pointer`` names.
- Jan: a ``model.yml`` a model in its data folder, which names the file, in that folder or elsewhere.
- GPT4All: files in its data folder.
- Ollama: manifests in JSON, at paths that are the models' names, with the digest of a blob.
- llama.cpp and Hugging Face: caches; in the latter's snapshots links with names lead to blobs without.

Files are told apart by their names alone; whether one is a chat model is found out when it is looked into
or loaded. A search is bounded in depth and number, goes into no folder twice, and passes over what it may not
read.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from platformdirs.api import PlatformDirsABC

DEPTH = 6
"""Folders below one another that a search goes down."""
DOWNLOADS_DEPTH = 2
ENTRIES = 20_000
"""Files and folders that a search looks at, of one folder and what is in it."""
SMALL = 1 << 20
"""Bytes that are read at most of a manifest, a ``model.yml`` or a pointer."""

OLLAMA_SERVICE = Path("/usr/share/ollama/.ollama/models")
"""Where Ollama has its models on Linux when it runs as a service."""
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_OLLAMA_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_PART = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.IGNORECASE)
"""How llama.cpp names the parts of a model that it splits (``llama_split_path``)."""
_NO_MODEL = re.compile(r"mmproj|^(?:ggml-vocab-|imatrix|incomplete-|downloading_)", re.IGNORECASE)
"""Image encoders, vocabularies without weights, statistics for quantising, and what is on its way."""
_UNDER_WAY = (".aria2", ".part", ".incomplete", ".crdownload")
"""A file with such a neighbour is not all there yet."""
_YAML_LINE = re.compile(r"""(\w+):\s+(["']?)(.+?)\2\s*""")


@dataclass(frozen=True, slots=True)
class LocalModel:
    """``path`` is what llama.cpp is to open: of a split model the first part. ``size`` in bytes, of all
    parts."""

    path: Path
    name: str
    program: str
    size: int


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of this user that programs keep models in."""

    home: Path
    data: Path
    roaming_data: Path
    """Differs from ``data`` on Windows."""
    cache: Path
    downloads: Path


def system_places(system: type[PlatformDirsABC] = platformdirs.PlatformDirs) -> Places:
    """Those of this system; RuntimeError if this user has no home folder."""
    local = system(appauthor=False, opinion=False)
    return Places(
        home=Path.home(),
        data=local.user_data_path,
        roaming_data=system(appauthor=False, roaming=True).user_data_path,
        cache=local.user_cache_path,
        downloads=local.user_downloads_path,
    )


def find_local_models(
    places: Places | None = None, environment: Mapping[str, str] | None = None
) -> tuple[LocalModel, ...]:
    """All models that are found, by name; a file that several programs name counts once."""
    environment = os.environ if environment is None else environment
    try:
        places = places or system_places()
    except RuntimeError:  # without a home folder no program keeps anything
        return ()
    found: dict[str, LocalModel] = {}
    for model in _all(places, environment):
        found.setdefault(os.path.realpath(model.path), model)
    return tuple(sorted(found.values(), key=lambda model: (model.name.casefold(), model.program)))


def _all(places: Places, environment: Mapping[str, str]) -> Iterator[LocalModel]:
    def named(variable: str) -> Iterator[Path]:
        """The folder that a variable names, if it is set."""
        if value := environment.get(variable):
            yield places.home / value.removeprefix("~/")

    for folder in _lm_studio_homes(places):
        yield from gguf_models(folder / "models", "LM Studio")
    yield from _jan_models(places)
    yield from gguf_models(places.data / "nomic.ai" / "GPT4All", "GPT4All")
    ollama = (*named("OLLAMA_MODELS"), places.home / ".ollama" / "models", OLLAMA_SERVICE)
    for folder in ollama:
        yield from _ollama_models(folder)
    for folder in (*named("LLAMA_CACHE"), places.cache / "llama.cpp"):
        yield from gguf_models(folder, "llama.cpp")
    cache_home = next(named("XDG_CACHE_HOME"), places.home / ".cache")
    hubs = (
        *named("HF_HUB_CACHE"),
        *(folder / "hub" for folder in named("HF_HOME")),
        cache_home / "huggingface" / "hub",
    )
    for folder in hubs:
        yield from gguf_models(folder, "Hugging Face")
    yield from gguf_models(places.downloads, "Downloads", DOWNLOADS_DEPTH)


# --- programs ----------------------------------------------------------------------------------


def _lm_studio_homes(places: Places) -> Iterator[Path]:
    pointed = _read(places.home / ".lmstudio-home-pointer").strip()
    if pointed:
        yield places.home / pointed
    yield places.home / ".lmstudio"
    yield places.home / ".cache" / "lm-studio"


def _jan_models(places: Places) -> Iterator[LocalModel]:
    data = places.roaming_data / "Jan" / "data"
    for folder in (data / "llamacpp" / "models", data / "models", places.home / "jan" / "models"):
        files = list(_files(folder, DEPTH))
        for path in files:
            if path.name == "model.yml":
                told = dict(_yaml(_read(path)))
                model = data / told.get("model_path", "")
                yield from _models([model], "Jan", told.get("name", path.parent.name))
        yield from _models(files, "Jan")


def _ollama_models(folder: Path) -> Iterator[LocalModel]:
    manifests = folder / "manifests"
    for path in sorted(_files(manifests, DEPTH)):
        *_, namespace, model, tag = ("", "", *path.relative_to(manifests).parts)
        if digest := _model_digest(_read(path)):
            blob = folder / "blobs" / digest.replace(":", "-")
            if size := _size((blob,)):
                yield LocalModel(blob, f"{namespace}/{model}:{tag}", "Ollama", size)


def _model_digest(manifest: str) -> str:
    """Of the blob with the weights; "" where there is none, as for models that aren't GGUF files."""
    try:
        told: Any = json.loads(manifest)
    except (ValueError, RecursionError):
        return ""
    layers = told.get("layers") if isinstance(told, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == _OLLAMA_MODEL:
            digest = layer.get("digest")
            if isinstance(digest, str) and _OLLAMA_DIGEST.fullmatch(digest):
                return digest
    return ""


# --- files -------------------------------------------------------------------------------------


def gguf_models(folder: Path, program: str, depth: int = DEPTH) -> Iterator[LocalModel]:
    """The models in a folder of this program's, and in so many folders below one another in it."""
    return _models(list(_files(folder, depth)), program)


def may_chat(name: str) -> bool:
    """Whether a file of this name may be a chat model."""
    return name.lower().endswith(".gguf") and not _NO_MODEL.search(name)


def _models(paths: Iterable[Path], program: str, name: str = "") -> Iterator[LocalModel]:
    """Those of the files that are models by their names, and all there. ``name``: what the program
    calls them."""
    for path in paths:
        if not may_chat(path.name):
            continue
        part = _PART.fullmatch(path.name)
        if part and int(part[2]) != 1:
            continue
        files = _parts(path, part[1], int(part[3])) if part else (path,)
        if size := _size(files):
            yield LocalModel(path, name or (part[1] if part else path.stem), program, size)


def _parts(first: Path, name: str, count: int) -> Iterator[Path]:
    for number in range(1, count + 1):
        yield first.with_name(f"{name}-{number:05}-of-{count:05}{first.suffix}")


def _size(files: Iterable[Path]) -> int:
    """Of all files together, in bytes; 0 if one is missing, empty or on its way."""
    total = 0
    for file in files:
        try:
            found = file.stat()
        except OSError:  # there is none, or a link leads nowhere
            return 0
        under_way = any(file.with_name(file.name + end).exists() for end in _UNDER_WAY)
        if not stat.S_ISREG(found.st_mode) or not found.st_size or under_way:
            return 0
        total += found.st_size
    return total


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """The files in a folder and so many below one another, the nearest first."""
    folders = deque([(folder, depth)])
    seen: set[tuple[int, int]] = set()
    left = ENTRIES
    while folders:
        folder, depth = folders.popleft()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            found = folder.stat()
            if (found.st_dev, found.st_ino) in seen:  # a link that leads back
                continue
            seen.add((found.st_dev, found.st_ino))
            for entry in entries:
                left -= 1
                if left < 0:
                    return
                with contextlib.suppress(OSError):  # a link to itself
                    if entry.is_file():
                        yield Path(entry.path)
                    elif depth and entry.is_dir():
                        folders.append((Path(entry.path), depth - 1))


def _read(path: Path) -> str:
    """The text of a small file; "" where there is none. What holds a NUL is no text, nor a path."""
    try:
        if not path.is_file():  # a pipe would be waited for without end
            return ""
        with open(path, "rb") as file:
            text = file.read(SMALL).decode("utf-8", "replace")
    except OSError:
        return ""
    return "" if "\0" in text else text


def _yaml(text: str) -> Iterator[tuple[str, str]]:
    """The plain values of a ``model.yml``: lines ``key: value``, the value quoted or not."""
    for line in text.splitlines():
        if found := _YAML_LINE.fullmatch(line):
            yield found[1], found[3]
