"""Opens a file for import: finds out from its content what it is, and reads it.

A zip is a memory file or a data export; JSON holds conversations or facts; everything else is read as a
table or a list of facts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from nowprint.errors import MemoryFileError
from nowprint.language.prompt_injection import visible
from nowprint.memory.files import file_format
from nowprint.memory.files.archive import MOST_BYTES, Archive
from nowprint.memory.files.foreign import chats, facts
from nowprint.memory.files.foreign.json_elements import elements
from nowprint.memory.files.reading import read
from nowprint.memory.files.staging import Contents
from nowprint.memory.files.task import Work
from nowprint.memory.files.validation import MOST_TEXT_BYTES, fault, loads
from nowprint.memory.storage.conversations import clean

MOST_ENTRIES = 50_000
"""The most entries of a zip: a data export brings every picture along."""
MOST_MESSAGES = 2_000_000
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_ZIPS = (".nowprint", ".zip")
_CONVERSATIONS = "conversations.json"
_MEMORIES = "memories.json"
_NOTHING = MemoryFileError(
    "Nothing was found in the file that could be remembered: Nowprint reads its own memory files, "
    "conversations.json of ChatGPT and Claude, mem0's JSON, and lists of facts (text, Markdown, CSV)."
)


def open_file(path: Path, passphrase: str, work: Work) -> Contents:
    """What the file holds. UserError if it can't be read, or Nowprint doesn't read files of its kind;
    PassphraseNeeded if it is locked."""
    try:
        if not path.is_file():
            raise MemoryFileError(f"There is no file {path}: choose another one.")
        with open(path, "rb") as file:
            return _contents(file, visible(clean(path.name)), passphrase, work)
    except OSError as problem:
        raise MemoryFileError(
            f"{path} can't be read ({problem.strerror or problem}): choose another file."
        ) from problem
    except MemoryError as problem:
        raise fault("it needs more memory than there is") from problem


def open_text(text: str) -> Contents:
    """What a pasted list of facts, or pasted JSON, holds."""
    if len(text) > facts.MOST_LIST_BYTES:
        raise fault("it is far too long for a list of facts")
    contents = Contents("a list of facts", "pasted text")
    found: Iterable[facts.Fact] = ()
    if text.lstrip()[:1] in ("[", "{"):
        found = _facts_of_json(text)
    contents.episodes = facts.staged(found or facts.from_text(text), time.time())
    return _told(contents)


def _facts_of_json(text: str) -> list[facts.Fact]:
    """The facts in pasted JSON. Empty if it isn't valid JSON, since a plain list may begin with a bracket."""
    try:
        return list(facts.from_json(loads(text.encode(), "it")))
    except (MemoryFileError, UnicodeEncodeError):
        return []


def _contents(file: BinaryIO, name: str, passphrase: str, work: Work) -> Contents:
    size = file.seek(0, 2)
    file.seek(0)
    if size > MOST_BYTES:
        raise fault("it is larger than 2 GB")
    head = file.read(4)
    file.seek(0)
    if head in (_ZIP, _EMPTY_ZIP):
        return _zip(file, name, passphrase, work)
    if name.lower().endswith(_ZIPS):
        raise fault("it is no memory file, nor another zip")
    beginning = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    if beginning[:1] in (b"[", b"{") and not name.lower().endswith((".md", ".csv")):
        return _told(_json(_counted(file.read, size, work), name, size))
    if size > facts.MOST_LIST_BYTES:
        raise fault("it is far too long for a list of facts")
    return _told(_list(file.read(), name))


def _told(contents: Contents) -> Contents:
    if not (contents.episodes or contents.conversations):
        raise _NOTHING
    return contents


def _counted(read_some: Callable[[int], bytes], size: int, work: Work) -> Callable[[int], bytes]:
    done = 0

    def counted(most: int) -> bytes:
        nonlocal done
        data = read_some(most)
        done += len(data)
        work.tick(done / max(1, size))
        return data

    return counted


# --- zips --------------------------------------------------------------------------------------


def _zip(file: BinaryIO, name: str, passphrase: str, work: Work) -> Contents:
    archive = Archive(file, most_entries=MOST_ENTRIES)
    by_name: dict[str, list[str]] = {}
    for path in archive.names:
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    chosen = [found for known in (_CONVERSATIONS, _MEMORIES) for found in by_name.get(known, [])]
    if file_format.MANIFEST in archive.names or not chosen:
        file.seek(0)
        return read(file, name, passphrase, work)
    if len(chosen) > len({PurePosixPath(one).name for one in chosen}):
        raise fault("two of its parts have the same name")
    contents = Contents("", name)
    for part in chosen:
        with archive.open(part) as entry:
            found = _json(_counted(entry.read, entry.size, work), name, entry.size)
        contents.source = contents.source or found.source
        contents.episodes += found.episodes
        contents.conversations += found.conversations
        contents.notes += found.notes
    return _told(contents)


# --- JSON --------------------------------------------------------------------------------------


def _json(read_some: Callable[[int], bytes], name: str, size: int) -> Contents:
    """Conversations if the JSON is an array that begins with one, otherwise facts."""
    first = read_some(4096)
    if not first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return _facts(loads(_whole(first, read_some, size), "the file"), name)
    rest = [first]

    def read_again(most: int) -> bytes:
        return rest.pop() if rest else read_some(most)

    found = elements(read_again, "the file")
    begun = next(found, None)
    if chats.is_conversation(begun):
        return _conversations(chain([begun], found), name)
    return _facts(_limited(chain([begun], found)), name)


def _limited(found: Iterable[Any]) -> list[Any]:
    values = []
    for value in found:
        values.append(value)
        if len(values) > facts.MOST_FACTS:
            raise fault(f"it has more than {facts.MOST_FACTS:,} facts")
    return values


def _whole(first: bytes, read_some: Callable[[int], bytes], size: int) -> bytes:
    if size > MOST_TEXT_BYTES:
        raise fault("it is far too long for a list of facts")
    parts = [first]
    while data := read_some(1 << 20):
        parts.append(data)
    return b"".join(parts)


def _conversations(found: Iterable[Any], name: str) -> Contents:
    contents = Contents("", name)
    told = chats.Omissions()
    messages = 0
    for number, element in enumerate(found, 1):
        if not chats.is_conversation(element):
            raise fault(f"part {number:,} of the file is no conversation")
        one = chats.conversation(element, f"conversation {number:,}", told)
        if one is not None:
            contents.conversations.append(one)
            messages += len(one.messages)
        if messages > MOST_MESSAGES:
            raise fault(f"it has more than {MOST_MESSAGES:,} messages")
    contents.source = " and ".join(sorted(told.sources))
    contents.notes = told.notes()
    return contents


def _facts(value: Any, name: str) -> Contents:
    contents = Contents(_source_of(value), name)
    contents.episodes = facts.staged(facts.from_json(value), time.time())
    return contents


def _source_of(value: Any) -> str:
    one = value[0] if isinstance(value, list) and value else value
    if isinstance(one, dict) and "conversations_memory" in one:
        return "Claude"
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        return "mem0"
    return "mem0" if isinstance(one, dict) and "memory" in one else "a list of facts"


# --- lists -------------------------------------------------------------------------------------


def _list(data: bytes, name: str) -> Contents:
    if b"\0" in data[:4096]:
        raise _NOTHING
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fault("it is no zip, and not UTF-8 text either") from None
    contents = Contents("a list of facts", name)
    is_table = name.lower().endswith((".csv", ".tsv"))
    found = facts.from_table(text) if is_table else facts.from_text(text)
    contents.episodes = facts.staged(found, time.time())
    return contents
