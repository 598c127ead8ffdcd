"""Reads a memory file (``.nowprint``), which may come from anybody.

All of the file is read and checked before any of it is used: the hashes and counts of the manifest, the
form of each line, and the range of each id and place. Sizes are checked before memory is allocated for them.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from nowprint.errors import MemoryFileError
from nowprint.language.prompt_injection import suspicion
from nowprint.memory.files import file_format, locked, parsing
from nowprint.memory.files.file_format import FileConversation, FileLink
from nowprint.memory.files.staging import Bytes, Contents, Staged
from nowprint.memory.formats.archive import Archive, Entry
from nowprint.memory.formats.task import Work
from nowprint.memory.formats.validation import (
    MOST_NAME,
    MOST_TEXT_BYTES,
    Fields,
    fault,
    loads,
)

MOST_ENTRIES = 32
MOST_MANIFEST = 2**20
MOST_EPISODES = 400_000
MOST_LINKS = 400_000
MOST_LINES = 2_000_000
"""The most messages with their conversations, the most lines of history, and the most sources of episodes."""
MOST_EPISODE_LINE = 2**22
MOST_DIMENSION = 65_536
_JSONL = (file_format.EPISODES, file_format.LINKS, file_format.SOURCES, file_format.AUDIT)
_KNOWN = (file_format.MANIFEST, *_JSONL, file_format.EMBEDDINGS)
_EVERY = 500


def read(file: BinaryIO, name: str, passphrase: str, work: Work) -> Contents:
    """The contents of a memory file. MemoryFileError for whatever is wrong with it; PassphraseNeeded if it is
    locked and ``passphrase`` is empty or wrong."""
    archive = Archive(file, most_entries=MOST_ENTRIES)
    try:
        if file_format.MANIFEST not in archive.names:
            raise fault("it is a zip, but no memory file")
        manifest = _whole(archive, file_format.MANIFEST, MOST_MANIFEST)
        fields = _manifest(manifest)
        if not fields.has("locked"):
            return _Reader(archive, fields, name, work).read()
        plain = locked.unlock(archive, manifest, passphrase, work.tick)
    finally:
        archive.close()
    inner = Archive(plain, most_entries=MOST_ENTRIES)
    fields = _manifest(_whole(inner, file_format.MANIFEST, MOST_MANIFEST))
    if fields.has("locked"):
        raise fault("it is locked twice")
    return _Reader(inner, fields, name, work).read()


def _whole(archive: Archive, name: str, most: int) -> bytes:
    with archive.open(name) as entry:
        return bytes(entry.whole(most))


def _manifest(data: bytes) -> Fields:
    fields = Fields(loads(data, file_format.MANIFEST), file_format.MANIFEST)
    if fields.get("format") != file_format.FORMAT:
        raise fault("it is a zip, but no memory file")
    if fields.whole("format_version", 1) > file_format.VERSION:
        raise MemoryFileError(
            "The memory file was written by a newer version of Nowprint: update Nowprint to read it."
        )
    return fields


class _Reader:
    """Reads one archive with the manifest that describes it."""

    def __init__(self, archive: Archive, manifest: Fields, name: str, work: Work) -> None:
        self._archive = archive
        self._manifest = manifest
        self._work = work
        self._contents = Contents("Nowprint", name)
        self._size = 0
        self._read_bytes = 0
        self._places = array("q")
        """Message, start and end of each source of an episode, one after the other."""
        self._lengths = array("q")
        """The lengths of the messages, in code points."""
        self._conversations: set[int] = set()
        self._told_in: list[int] = []

    def read(self) -> Contents:
        archive, contents = self._archive, self._contents
        archive.only(_KNOWN)
        self._compare_entries()
        self._manifest.text("app_version", MOST_NAME)
        self._manifest.text("model", MOST_NAME)
        contents.embedder = self._manifest.text("embedder", MOST_NAME)
        self._lines(file_format.EPISODES, MOST_EPISODE_LINE, MOST_EPISODES, self._episode)
        self._lines(file_format.LINKS, 1000, MOST_LINKS, self._link)
        self._lines(file_format.SOURCES, MOST_TEXT_BYTES, MOST_LINES, self._told)
        self._lines(file_format.AUDIT, 10_000, MOST_LINES, self._audit)
        self._check_links()
        self._check_places()
        parsing.check_acyclic(contents.links)
        contents.vectors = self._vectors()
        return contents

    def _compare_entries(self) -> None:
        """See that the manifest lists exactly the entries that there are, with their lengths."""
        told = self._manifest.object("entries")
        there = set(self._archive.names) - {file_format.MANIFEST}
        listed = self._manifest.get("entries")
        if not isinstance(listed, dict) or set(listed) != there:
            raise fault("its manifest lists other parts than it has")
        if not {file_format.EPISODES, file_format.LINKS} <= there:
            raise fault("its episodes are missing")
        for info in self._archive.entries:
            if info.filename == file_format.MANIFEST:
                continue
            entry = told.object(info.filename)
            if entry.whole("bytes") != info.file_size:
                raise fault(f"{info.filename} has another length than its manifest says")
            self._size += info.file_size

    def _checked(self, name: str, entry: Entry) -> None:
        told = self._manifest.object("entries").object(name)
        if entry.read_bytes != entry.size:
            raise fault(f"{name} is not complete")
        if told.text("sha256", 64).lower() != entry.sha256:
            raise fault(f"{name} was changed after it was written (its SHA-256 differs)")

    def _lines(
        self, name: str, longest: int, most: int, take: Callable[[Fields, bytes], None]
    ) -> None:
        if name not in self._archive.names:
            return
        count = self._manifest.object("counts").whole(name.removesuffix(".jsonl"))
        if count > most:
            raise fault(f"{name} has {count:,} lines, where {most:,} are the most that can be read")
        number = 0
        with self._archive.open(name) as entry:
            for number, line in enumerate(entry.lines(longest), 1):
                if number > count:
                    raise fault(f"{name} has more lines than its manifest says")
                if number % _EVERY == 1 or len(line) > _EVERY * 1000:
                    self._work.tick((self._read_bytes + entry.read_bytes) / max(1, self._size))
                where = f"line {number:,} of {name}"
                take(Fields(loads(line, where), where), line)
            self._checked(name, entry)
            self._read_bytes += entry.read_bytes
        if number != count:
            raise fault(f"{name} has fewer lines than its manifest says")

    # --- lines -----------------------------------------------------------------------------

    def _episode(self, fields: Fields, line: bytes) -> None:
        one = parsing.read_episode(fields)
        if one.id != len(self._contents.episodes) + 1:
            raise fields.wrong("id")
        beside = (one.gist, *(text for _, text in one.old_texts))
        said = (one.text, *(text for text in beside if text not in one.text))
        for place in one.sources:
            self._places.extend((place.message, place.start, place.end))
        if len(self._places) > 3 * MOST_LINES:
            raise fault(f"its episodes were read from more than {MOST_LINES:,} places")
        self._contents.episodes.append(
            Staged(
                id=one.id,
                created=one.created,
                line=line,
                held_back=one.held_back or next(filter(None, map(suspicion, said)), ""),
                vector=one.vector,
                merged=one.merged,
                conversation=one.conversation,
                messages=tuple({place.message for place in one.sources}),
            )
        )

    def _link(self, fields: Fields, _: bytes) -> None:
        self._contents.links.append(parsing.read_link(fields))

    def _told(self, fields: Fields, line: bytes) -> None:
        told = parsing.read_source(fields)
        if isinstance(told, FileConversation):
            if told.id in self._conversations:
                raise fields.wrong("id")
            self._conversations.add(told.id)
        else:
            if told.id != len(self._lengths) + 1:
                raise fields.wrong("id")
            if told.conversation not in self._conversations:
                raise fields.wrong("conversation")
            if told.parent and self._told_in[told.parent - 1] != told.conversation:
                raise fields.wrong("parent")
            self._told_in.append(told.conversation)
            self._lengths.append(len(told.text))
        self._contents.sources += line + b"\n"

    def _audit(self, fields: Fields, line: bytes) -> None:
        if parsing.read_audit(fields).episode > len(self._contents.episodes):
            raise fields.wrong("episode")
        self._contents.audit += line + b"\n"

    def _check_links(self) -> None:
        last = len(self._contents.episodes)
        replacing: set[int] = set()
        seen: set[FileLink] = set()
        for link in self._contents.links:
            if max(link.newer, link.older) > last:
                raise fault("one of its links leads to an episode that isn't there")
            if link in seen or (link.type == "replaces" and link.newer in replacing):
                raise fault("one of its links is there twice")
            seen.add(link)
            if link.type == "replaces":
                replacing.add(link.newer)

    def _check_places(self) -> None:
        lengths = np.array(self._lengths, np.int64)
        places = np.array(self._places, np.int64).reshape(-1, 3)
        message, start, end = places.T
        if (message > len(lengths)).any():
            raise fault("an episode was read from a message that isn't there")
        if (start > end).any() or (end > lengths[message - 1]).any():
            raise fault("an episode was read from a place that isn't in its message")

    def _vectors(self) -> Bytes | None:
        """The encoded vectors, shape (vectors, dimension), int8; None if the file has none."""
        used = [one.vector for one in self._contents.episodes if one.vector is not None]
        if file_format.EMBEDDINGS not in self._archive.names:
            if used:
                raise fault("its embeddings are missing")
            return None
        told = self._manifest.object("entries").object(file_format.EMBEDDINGS)
        told.one_of("dtype", ("int8",))
        count, dimension = told.wholes("shape", 2, 1, MOST_LINES)
        if dimension > MOST_DIMENSION or count * dimension != told.whole("bytes"):
            raise fault("its embeddings have another shape than their length allows")
        if used != list(range(count)):
            raise fault("its embeddings don't belong to its episodes one by one")
        with self._archive.open(file_format.EMBEDDINGS) as entry:
            data = entry.whole(entry.size, self._work.tick)
            self._checked(file_format.EMBEDDINGS, entry)
        vectors = np.frombuffer(data, dtype=np.int8).reshape(count, dimension)
        if not vectors.any(axis=1).all():
            raise fault("one of its embeddings is empty")
        return vectors
