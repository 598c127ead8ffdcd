"""One file of a download, as far as it is on the disk: the part, its journal, its SHA-256, its name.

The part is of use only with a journal of the same content. Once it is whole, and its SHA-256 was found
right, the journal says so, and it isn't read again: it may wait for the rest of its set.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Generator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from nowprint.errors import UserError
from nowprint.models.hub import HubFile
from nowprint.saving import keep_name, replacing

_CHUNK = 1 << 20
_SYNC_BYTES = 1 << 25
"""So many are synchronised at a time: all of them at the end would take long, and a pause would wait."""
_STRONG_ETAG = re.compile(r'"[!#-~]*"')


class PartialFile:
    """``done`` counts the bytes that are there."""

    def __init__(self, file: HubFile, target: Path) -> None:
        self.file = file
        self.target = target
        self.done = 0
        self._part = target.with_name(f"{target.name}.part")
        self._journal = target.with_name(f"{target.name}.part.json")
        self._url = self._etag = ""
        self._verified = False
        self._digest: hashlib._Hash | None = None
        """Of what is there, if all of it came since ``look``."""

    def look(self) -> None:
        """Find out what is there. OSError if that can't be read."""
        told = self._read_journal()
        self._url, self._etag = str(told.get("url", "")), str(told.get("etag", ""))
        self._verified = told.get("verified") is True
        self._digest = None
        if self.target.exists():
            self.done = self.target.stat().st_size
            if self.done != self.file.size:
                raise self._taken()
            return
        self.done = self._part.stat().st_size if told and self._part.exists() else 0
        if self.done > self.file.size or (self._verified and self.done < self.file.size):
            self.done, self._verified = 0, False  # somebody else wrote it

    def wanted(self, url: str) -> dict[str, str]:
        """The headers that ask for what is missing. Where there is no ETag of this address, the SHA-256
        alone tells whether the pieces belong together."""
        if not self.done:
            return {}
        headers = {"range": f"bytes={self.done}-"}
        if self._url == url and _STRONG_ETAG.fullmatch(self._etag):  # RFC 9110, 13.1.5
            headers["if-range"] = self._etag
        return headers

    @contextlib.contextmanager
    def writing(
        self, start: int, url: str, etag: str
    ) -> Generator[Callable[[bytes], None], None, None]:
        """What takes the bytes that come from ``start`` on; they are on the disk when this ends."""
        if start == 0:
            self.done, self._digest = 0, hashlib.sha256()
        self._url, self._etag = url, etag
        with on_disk(self.target):
            file: BinaryIO = open(self._part, "r+b" if start else "wb", buffering=0)  # noqa: SIM115
        try:
            self._write_journal()  # after an old part is gone, which it might not belong to
            with on_disk(self.target):
                file.seek(start)
            yield partial(self._write, file)
        finally:
            with on_disk(self.target), file:
                os.fsync(file.fileno())

    def _write(self, file: BinaryIO, data: bytes) -> None:
        if self.done + len(data) > self.file.size:
            raise self.another("more bytes came than were told")
        rest = memoryview(data)
        with on_disk(self.target):
            while rest:  # a disk that is almost full takes a part
                rest = rest[file.write(rest) :]
            if (self.done + len(data)) // _SYNC_BYTES > self.done // _SYNC_BYTES:
                os.fsync(file.fileno())
        if self._digest:
            self._digest.update(data)
        self.done += len(data)

    def check(self, on_chunk: Callable[[], None]) -> None:
        """See that the SHA-256 is right; a file that is wrong is deleted."""
        if self._verified:
            return
        there = self.target.exists()
        digest = self._digest or self._read(self.target if there else self._part, on_chunk)
        if digest.hexdigest() != self.file.sha256:
            if there:
                raise self._taken()
            with on_disk(self.target):
                self.discard()
            raise UserError(
                f"{self.target.name} came damaged (its SHA-256 is wrong) and was deleted: download it "
                "again."
            )
        self._verified = True
        if not there:
            self._write_journal()

    def _read(self, path: Path, on_chunk: Callable[[], None]) -> hashlib._Hash:
        digest = hashlib.sha256()
        with on_disk(path), open(path, "rb") as file:
            while data := file.read(_CHUNK):
                on_chunk()
                digest.update(data)
        return digest

    def place(self) -> None:
        """Give it its name, which is on the disk then."""
        if self.target.exists():
            return
        os.replace(self._part, self.target)
        keep_name(self.target.parent)

    def forget(self) -> None:
        self._journal.unlink(missing_ok=True)

    def discard(self) -> None:
        self._part.unlink(missing_ok=True)
        if self._journal.exists():  # else the file was there before
            self.target.unlink(missing_ok=True)
        self.forget()

    def another(self, why: str) -> UserError:
        return UserError(
            f"The server has another {self.target.name} than the hub tells of ({why}): look up the files "
            "again, or try later."
        )

    def _taken(self) -> UserError:
        return UserError(
            f"{self.target} is there already and is another file: move it away or delete it first."
        )

    def _read_journal(self) -> dict[str, Any]:
        """Empty unless it is of the same content: then what is there can't be used."""
        try:
            told = json.loads(self._journal.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        wanted = (self.file.size, self.file.sha256)
        ours = isinstance(told, dict) and (told.get("size"), told.get("sha256")) == wanted
        return told if ours else {}

    def _write_journal(self) -> None:
        told = {
            "url": self._url,
            "revision": self.file.revision,
            "size": self.file.size,
            "sha256": self.file.sha256,
            "etag": self._etag,
            "verified": self._verified,
        }
        with replacing(self._journal) as file:
            file.write((json.dumps(told, indent=1) + "\n").encode())


@contextlib.contextmanager
def on_disk(path: Path) -> Generator[None, None, None]:
    """What the disk refuses, in a sentence."""
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise UserError(
                f"The disk is full: free some space for {path} and go on; what has arrived is kept."
            ) from fault
        if fault.errno == errno.EFBIG:
            raise UserError(
                f"The disk takes no file as large as {path.name}: choose a smaller model, or a profile on "
                "another disk."
            ) from fault
        raise UserError(
            f"{path} can't be used ({fault.strerror or fault}): see that the folder is there and that "
            "you may write to it."
        ) from fault
