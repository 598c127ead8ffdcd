"""Opens a file for import: finds out from its content what it is, and reads it.

A zip is a memory file or a data export, a folder an export that was unpacked; JSON holds chats or facts;
everything else is read as a table or a list of facts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from nowprint.errors import MemoryFileError
from nowprint.language.prompt_injection import visible
from nowprint.memory.chat_files.chat import LeftOut
from nowprint.memory.chat_files.parts import MOST_PARTS, ZIPS
from nowprint.memory.chat_files.reading import recognised
from nowprint.memory.files import file_format
from nowprint.memory.files.foreign import facts
from nowprint.memory.files.reading import read
from nowprint.memory.files.staging import Contents, FoundChats
from nowprint.memory.formats.archive import MOST_BYTES, Archive
from nowprint.memory.formats.json_elements import elements
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import MOST_TEXT_BYTES, fault, loads
from nowprint.memory.storage.conversations import clean

MOST_MESSAGES = 2_000_000
_LISTS = (".md", ".csv", ".tsv", ".txt")
_ZIPS = (".nowprint", ".zip")
_MEMORIES = "memories.json"
_NOTHING = MemoryFileError(
    "Nothing was found in the file that could be brought in: Nowprint reads its own files, chats of ChatGPT, "
    "Claude, Gemini (JSON), LM Studio, Jan and Open WebUI, mem0's JSON, and lists of facts (text, "
    "Markdown, CSV)."
)


def open_file(path: Path, passphrase: str, work: Work) -> Contents:
    """What the file holds. UserError if it can't be read, or Nowprint doesn't read files of its kind;
    PassphraseNeeded if it is locked."""
    try:
        if not path.exists():
            raise MemoryFileError(f"There is no file {path}: choose another one.")
        name = visible(clean(path.name))
        chats = None if path.suffix.lower() in _LISTS else _chats(path, work)
        if path.is_dir():
            return _told(Contents("", name), chats)
        with open(path, "rb") as file:
            return _told(_contents(file, name, passphrase, work, chats is not None), chats)
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
    return _told(contents, None)


def _facts_of_json(text: str) -> list[facts.Fact]:
    """The facts in pasted JSON. Empty if it isn't valid JSON, since a plain list may begin with a bracket."""
    try:
        return list(facts.from_json(loads(text.encode(), "it")))
    except (MemoryFileError, UnicodeEncodeError):
        return []


def _contents(file: BinaryIO, name: str, passphrase: str, work: Work, chats: bool) -> Contents:
    """What the file holds besides chats; ``chats``: it holds some."""
    size = file.seek(0, 2)
    file.seek(0)
    if size > MOST_BYTES:
        raise fault("it is larger than 2 GB")
    head = file.read(4)
    file.seek(0)
    if head in ZIPS:
        return _zip(file, name, passphrase, work, chats)
    if chats:
        return Contents("", name)
    if name.lower().endswith(_ZIPS):
        raise fault("it is no memory file, nor another zip")
    beginning = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    file.seek(0)
    if beginning[:1] in (b"[", b"{") and not name.lower().endswith((".md", ".csv")):
        return _json(_counted(file.read, size, work), name, size)
    if size > facts.MOST_LIST_BYTES:
        raise fault("it is far too long for a list of facts")
    return _list(file.read(), name)


def _chats(path: Path, work: Work) -> tuple[FoundChats, LeftOut] | None:
    """The chats of a file, counted and checked; None if it isn't a file of chats."""
    source = recognised(path)
    if source is None:
        return None
    found, left_out, branched = FoundChats(source), LeftOut(), 0
    for chat in source.read(work, left_out):
        found.begun.append(chat.created)
        found.messages += len(chat.branch())
        branched += chat.branches > 1
        if found.messages > MOST_MESSAGES:
            raise fault(f"it has more than {MOST_MESSAGES:,} messages")
    left_out.branched = branched
    return found, left_out


def _told(contents: Contents, chats: tuple[FoundChats, LeftOut] | None) -> Contents:
    """The contents with the chats. MemoryFileError if there is nothing."""
    if chats is not None:
        found, left_out = chats
        contents.notes += left_out.notes()
        if found.begun:
            contents.chats = found
            contents.source = contents.source or found.source.program
    if not (contents.episodes or contents.chats):
        if contents.notes:
            raise MemoryFileError(
                f"No chat could be read from the file. {' '.join(contents.notes)}"
            )
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


def _zip(file: BinaryIO, name: str, passphrase: str, work: Work, chats: bool) -> Contents:
    archive = Archive(file, most_entries=MOST_PARTS)
    told = [path for path in archive.names if PurePosixPath(path).name == _MEMORIES]
    if file_format.MANIFEST in archive.names or not (told or chats):
        file.seek(0)
        return read(file, name, passphrase, work)
    if len(told) > 1:
        raise fault("two of its parts have the same name")
    contents = Contents("", name)
    for part in told:
        with archive.open(part) as entry:
            contents = _json(_counted(entry.read, entry.size, work), name, entry.size)
    return contents


# --- JSON --------------------------------------------------------------------------------------


def _json(read_some: Callable[[int], bytes], name: str, size: int) -> Contents:
    """The facts in JSON."""
    first = read_some(4096)
    if not first.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        return _facts(loads(_whole(first, read_some, size), "the file"), name)
    rest = [first]

    def read_again(most: int) -> bytes:
        return rest.pop() if rest else read_some(most)

    return _facts(_limited(elements(read_again, "the file")), name)


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
