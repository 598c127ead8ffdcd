"""What Claude's export holds beside the chats: its memory of the user, projects, and the list of links.

The memory is text with headings ("**Work context**"), which are no facts; that of a project is under the
project's id. Newer accounts have it as files. What was exported since 2026 is a list of links, one for each
zip.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from nowprint.memory.exports.beside import Beside
from nowprint.memory.exports.lists import from_text
from nowprint.memory.exports.records import Fact, LeftOut, Record
from nowprint.memory.exports.text import name_of
from nowprint.memory.formats.validation import time_of

_KEYS = ("conversations_memory", "project_memories", "memory_files")
_PROJECTS = re.compile(r"(?:.*/)?projects(?:-\d+\.zip/projects)?(?:\.json|/[^/]+\.json)")
_TAG = re.compile(r"^\[(?:stated|inferred)\]\s*", re.IGNORECASE)
MOST_LINKS = 30


def is_memory(element: Any) -> bool:
    return isinstance(element, dict) and any(key in element for key in _KEYS)


def records(elements: Iterable[Any], beside: Beside, told: LeftOut) -> Iterator[Record]:
    names: dict[str, str] | None = None
    for element in elements:
        if not is_memory(element):
            told.add("record that is no memory", "records that are no memories")
            continue
        yield from _facts(element.get("conversations_memory"), told)
        within = element.get("project_memories")
        if within and names is None:
            names = _names(beside)
        for id, text in within.items() if isinstance(within, dict) else ():
            yield from _facts(text, told, project=(names or {}).get(id))
        files = element.get("memory_files")
        for file in files if isinstance(files, list) else ():
            if isinstance(file, dict):
                at = time_of(file.get("updated_at"))
                yield from _facts(file.get("content"), told, at)
            else:
                told.add("damaged memory", "damaged memories")


def _facts(text: Any, told: LeftOut, at: float = 0.0, project: str | None = None) -> Iterator[Fact]:
    if isinstance(text, str):
        for fact in from_text(text, told):
            yield Fact(_TAG.sub("", fact.text), fact.created or at, project)
    elif text is not None:
        told.add("damaged memory", "damaged memories")


def _names(beside: Beside) -> dict[str, str]:
    """The names of the projects by their ids."""
    names: dict[str, str] = {}
    for value in beside.named(_PROJECTS):
        for one in value if isinstance(value, list) else [value]:
            if is_project(one) and isinstance(one.get("name"), str):
                names[str(one.get("uuid"))] = name_of(one["name"])
    return names


# --- projects ----------------------------------------------------------------------------------


def is_project(element: Any) -> bool:
    return (
        isinstance(element, dict)
        and "uuid" in element
        and ("prompt_template" in element or "is_starter_project" in element)
    )


def project(element: dict[str, Any], told: LeftOut) -> Iterator[Record]:
    """A project's own text is no chat and no fact about the user: it is counted."""
    docs = element.get("docs")
    if element.get("is_starter_project"):
        told.add("example project of Claude's", "example projects of Claude's")
        return
    if element.get("prompt_template"):
        told.add("project's instructions", "instructions of projects")
    told.add("document of a project", "documents of projects", _count(docs))
    yield from ()


def _count(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


# --- links instead of data ---------------------------------------------------------------------


def is_manifest(element: Any) -> bool:
    files = element.get("data_files") if isinstance(element, dict) else None
    return isinstance(files, list) and any(
        isinstance(one, dict) and "export_url" in one for one in files
    )


def links(elements: Iterable[Any], beside: Beside, told: LeftOut) -> Iterator[Record]:
    for element in elements:
        files = element["data_files"] if is_manifest(element) else []
        names = [
            name_of(one["filename"])
            for one in files[:MOST_LINKS]
            if isinstance(one, dict) and isinstance(one.get("filename"), str)
        ]
        missing = [name for name in names if not beside.has_zip(name)]
        if missing:
            told.say(
                "This is Claude's list of links, not the data itself: open each link in the browser in "
                "which you are signed in to Claude, and import the files that come "
                f"({', '.join(missing)})."
            )
            told.add("link to data elsewhere", "links to data elsewhere", len(missing))
    yield from ()
