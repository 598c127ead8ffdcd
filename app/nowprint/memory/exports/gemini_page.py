"""Google Takeout's ``My Activity.html``: each activity a cell, read as the same object that the JSON has.

A cell has a head with the program's name, and a body: the prompt, files that were attached, the time on a
line of its own, and behind it the answer.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from nowprint.memory.exports.parts import Read
from nowprint.memory.exports.shown_times import iso, shown_time
from nowprint.memory.formats.archive import CHUNK
from nowprint.memory.formats.validation import MOST_MESSAGE, fault

MOST_TAG = 2**20
"""The most characters of one tag."""
_CLOCK = re.compile(r"\d{1,2}:\d\d:\d\d")
_COUNT = re.compile(r"\D*\d+\D*")


def activities(read: Read) -> Iterator[Any]:
    """The activities, as they are read. MemoryFileError for a page that is none, or a cell that is far too
    long."""
    page = _Page()
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    while data := read(CHUNK):
        page.feed(decode(data))
        if len(page.rawdata) > MOST_TAG:
            raise fault("it has a tag that is far too long")
        yield from page.taken()
    page.close()
    page.end()
    yield from page.taken()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._done: list[Any] = []
        self._depth = self._cell = self._inner = 0
        """How many blocks are open; and at which depth the activity and the part of it stand (0: none)."""
        self._into = ""
        self._size = 0
        self._begin()

    def _begin(self) -> None:
        self._header: list[str] = []
        self._line: list[str] = []
        self._lines: list[str] = []
        self._files: list[str] = []
        self._link = ""
        self._time = ""
        self._answer: list[str] = []
        self._size = 0

    def taken(self) -> list[Any]:
        done, self._done = self._done, []
        return done

    def end(self) -> None:
        """The activity ends, if one has begun."""
        if self._cell:
            self._break()
            if self._header or self._lines:
                answer = "".join(self._answer)
                self._done.append(
                    {
                        "header": "".join(self._header).strip(),
                        "title": "\n".join(self._lines).strip(),
                        "time": self._time,
                        "attachedFiles": self._files,
                        "safeHtmlItem": [{"html": answer}] if answer.strip() else [],
                    }
                )
        self._cell = self._inner = 0
        self._begin()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div":
            self._depth += 1
            kind = f" {dict(attrs).get('class') or ''} "
            if " outer-cell " in kind:
                self.end()
                self._cell = self._depth
                return
            if self._cell and not self._inner:
                self._into = _part(kind)
                self._inner = self._depth if self._into else 0
                return
        if not self._inner or self._into != "body":
            return
        if self._time:
            self._add(self.get_starttag_text() or "")
        elif tag == "br" or tag in ("p", "div"):
            self._break()
        elif tag == "a":
            self._link = dict(attrs).get("href") or "-"

    def handle_endtag(self, tag: str) -> None:
        if tag == "div":
            if self._depth == self._inner:
                self._inner = 0
            elif self._depth == self._cell:
                self.end()
            self._depth = max(0, self._depth - 1)
        if self._inner and self._into == "body" and self._time:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._inner and self._into == "head":
            self._count(data)
            self._header.append(data)
        elif self._inner and self._into == "body":
            if self._time:
                self._add(html.escape(data, quote=False))
            else:
                self._count(data)
                self._line.append(data)

    def _add(self, piece: str) -> None:
        self._count(piece)
        self._answer.append(piece)

    def _count(self, piece: str) -> None:
        self._size += len(piece)
        if self._size > 4 * MOST_MESSAGE:
            raise fault("it has an activity that is far too long")

    def _break(self) -> None:
        """A line of the body ends."""
        line, self._line = "".join(self._line).strip(), []
        link, self._link = self._link, ""
        if self._lines and _CLOCK.search(line) and (at := shown_time(line)):
            self._time = iso(at)
        elif link and line.startswith("-"):
            if not self._files and len(self._lines) > 1 and _COUNT.fullmatch(self._lines[-1]):
                self._lines.pop()  # "Attached 2 files."
            self._files.append(link)
        elif line:
            self._lines.append(line)


def _part(kind: str) -> str:
    if " header-cell " in kind:
        return "head"
    told = " content-cell " in kind and "text-right" not in kind and "caption" not in kind
    return "body" if told else ""
