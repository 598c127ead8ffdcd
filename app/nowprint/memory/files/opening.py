"""Opens a file for import: finds out from its content what it is, and reads it.

A zip is a memory file or another program's export, a folder an export that was unpacked; what isn't JSON, a
page or a picture of a known form is read as a table or as a list of facts.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from threading import Event
from typing import BinaryIO

from nowprint.errors import MemoryFileError
from nowprint.language.prompt_injection import visible
from nowprint.memory.exports import answers, lists, source, tables
from nowprint.memory.exports.parts import MOST_PARTS, ZIPS
from nowprint.memory.exports.records import Character, Fact, LeftOut
from nowprint.memory.files import file_format
from nowprint.memory.files.reading import read
from nowprint.memory.files.staging import Contents, FoundChats, Staged
from nowprint.memory.formats.archive import MOST_BYTES, Archive
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import fault
from nowprint.memory.storage.conversations import clean

MOST_MESSAGES = 2_000_000
_LISTS = (".md", ".csv", ".tsv")
_ZIPS = (".nowprint", ".zip")
_NOTHING = MemoryFileError(
    "Nothing was found in the file that could be brought in: Nowprint reads its own files, exports of "
    "ChatGPT, Claude, Gemini, LM Studio, Jan, Open WebUI, SillyTavern, mem0 and OpenMemory, and lists of "
    "facts (text, Markdown, CSV)."
)


def open_file(path: Path, passphrase: str, work: Work) -> Contents:
    """What the file holds. UserError if it can't be read, or Nowprint doesn't read files of its kind;
    PassphraseNeeded if it is locked."""
    try:
        if not path.exists():
            raise MemoryFileError(f"There is no file {path}: choose another one.")
        name, told = visible(clean(path.name)), LeftOut()
        if not path.is_dir():
            with open(path, "rb") as file:
                if file.seek(0, 2) > MOST_BYTES:
                    raise fault("it is larger than 2 GB")
                if _is_memory_file(file):
                    return read(file, name, passphrase, work)
                if name.lower().endswith(_ZIPS) and file.read(4) not in ZIPS:
                    raise fault("it is no memory file, nor another zip")
        export = None if path.suffix.lower() in _LISTS else source.recognised(path)
        if export is not None:
            return _told(_of_export(export, name, work, told), told)
        if path.is_dir():
            raise _NOTHING
        with open(path, "rb") as file:
            if file.read(4) in ZIPS:
                return read(file, name, passphrase, work)  # which says what is wrong with it
            return _told(_list(file, name, told), told)
    except OSError as problem:
        raise MemoryFileError(
            f"{path} can't be read ({problem.strerror or problem}): choose another file."
        ) from problem
    except MemoryError as problem:
        raise fault("it needs more memory than there is") from problem


def open_text(text: str) -> Contents:
    """What a pasted list of facts, pasted JSON, or the answer of another assistant holds."""
    if len(text) > lists.MOST_LIST_BYTES:
        raise fault("it is far too long for a list of facts")
    contents, told = Contents("a list of facts", "pasted text"), LeftOut()
    json = answers.json_in(text)
    export = source.pasted(json) if json else None
    if export is None:
        contents.episodes = _staged(answers.facts_of(text, told), told)
    else:
        contents.episodes = _staged(_facts_alone(export, told), told)
    return _told(contents, told)


def _facts_alone(export: source.Export, told: LeftOut) -> Iterable[Fact]:
    for record in export.read(Work("Reading", lambda _: None, Event()), told):
        if isinstance(record, Fact):
            yield record
        else:
            told.add(
                "chat or character (import it as a file)", "chats or characters (import the file)"
            )


def _is_memory_file(file: BinaryIO) -> bool:
    file.seek(0)
    is_zip = file.read(4) in ZIPS
    file.seek(0)
    if not is_zip:
        return False
    archive = Archive(file, most_entries=MOST_PARTS)
    try:
        names = set(archive.names)
    finally:
        archive.close()
        file.seek(0)
    return file_format.MANIFEST in names and bool(
        {file_format.EPISODES, file_format.LOCKED} & names
    )


def _of_export(export: source.Export, name: str, work: Work, told: LeftOut) -> Contents:
    """The facts of an export, and its chats, which are counted and checked."""
    contents, chats = Contents(export.program, name), FoundChats(export)
    characters = 0

    def facts() -> Iterable[Fact]:
        nonlocal characters
        for record in export.read(work, told):
            if isinstance(record, Fact):
                yield record
                continue
            if isinstance(record, Character):
                characters += 1
                contents.character = record.name, record.description
                continue
            chats.add(record)
            told.branched += record.branches > 1
            if chats.messages > MOST_MESSAGES:
                raise fault(f"it has more than {MOST_MESSAGES:,} messages")

    contents.episodes = _staged(facts(), told)
    told.add("chat that is there twice", "chats that are there twice", chats.again)
    if chats.begun:
        contents.chats = chats
    if contents.episodes or contents.chats or characters > 1:
        contents.character = None
        told.add(
            "character (import its card by itself to make a persona of it)",
            "characters (import the card of one by itself to make a persona of it)",
            characters,
        )
    return contents


def _list(file: BinaryIO, name: str, told: LeftOut) -> Contents:
    """The facts of a table or a text."""
    if file.seek(0, 2) > lists.MOST_LIST_BYTES:
        raise fault("it is far too long for a list of facts")
    file.seek(0)
    data = file.read()
    if b"\0" in data[:4096] or _is_json(data, name):
        raise _NOTHING
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fault("it is no zip, and not UTF-8 text either") from None
    contents = Contents("a list of facts", name)
    is_table = name.lower().endswith((".csv", ".tsv"))
    found = tables.from_table(text) if is_table else answers.facts_of(text, told)
    contents.episodes = _staged(found, told)
    return contents


def _is_json(data: bytes, name: str) -> bool:
    return name.lower().endswith((".json", ".jsonl", ".ndjson")) and data.lstrip()[:1] in (
        b"[",
        b"{",
        b"",
    )


def _staged(facts: Iterable[Fact], told: LeftOut) -> list[Staged]:
    """The facts as staged episodes, numbered from 1."""
    return [
        Staged(id, fact.created, fact.text, fact.project, held_back=held_back)
        for id, (fact, held_back) in enumerate(lists.staged_facts(facts, time.time(), told), 1)
    ]


def _told(contents: Contents, told: LeftOut) -> Contents:
    """The contents with what the user is told. MemoryFileError if there is nothing."""
    contents.notes += told.notes()
    if not (contents.episodes or contents.chats or contents.character):
        if contents.notes:
            raise MemoryFileError(
                f"Nothing was found that could be brought in. {' '.join(contents.notes)}"
            )
        raise _NOTHING
    return contents
