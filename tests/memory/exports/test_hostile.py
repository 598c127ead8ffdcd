"""Exports that are small, and would be large or endless once they are read."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nowprint.errors import MemoryFileError
from nowprint.memory.exports import elements, gemini_page, parts
from nowprint.memory.exports.records import LeftOut
from nowprint.memory.files.opening import open_file
from nowprint.memory.files.staging import Contents
from nowprint.memory.formats.task import Work

MB = 2**20
Opened = Callable[[str, bytes], Contents]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """A file of that name with that content, opened."""

    def open_one(name: str, data: bytes) -> Contents:
        (tmp_path / name).write_bytes(data)
        return open_file(tmp_path / name, "", Work("Reading", lambda _: None, Event()))

    return open_one


def texts(contents: Contents) -> list[str]:
    return [one.text for one in contents.episodes]


def fact(text: str, **more: Any) -> bytes:
    return json.dumps({"id": text, "memory": text, **more}).encode()


def test_a_gzip_unpacks_piece_by_piece(opened: Opened) -> None:
    line = fact("Likes coffee", state="deleted", more="x" * 10_000) + b"\n"
    packed = gzip.compress(line * 3_000 + fact("Likes tea") + b"\n")
    tracemalloc.start()
    try:
        assert texts(opened("memories.jsonl.gz", packed)) == ["Likes tea"]
        assert tracemalloc.get_traced_memory()[1] < 10 * MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("cut", [1, 20, -8])
def test_a_gzip_that_breaks_off_gives_what_it_had(cut: int, opened: Opened) -> None:
    packed = gzip.compress(b"\n".join(fact(f"Fact {n}") for n in range(6_000)))
    if cut > 0:
        with pytest.raises(MemoryFileError, match="gzip is not complete"):
            opened("memories.jsonl.gz", packed[:cut])
    else:
        assert "Fact 5000" in texts(opened("memories.jsonl.gz", packed[:cut]))


def test_a_line_without_an_end_is_refused(opened: Opened) -> None:
    with pytest.raises(MemoryFileError, match="far too long"):
        opened("memories.jsonl", b'{"memory": "' + b"x" * 25 * MB)


def test_a_page_with_a_tag_without_an_end_is_refused() -> None:
    page = io.BytesIO(b"<div class='outer-cell'><div " + b"x" * 4 * MB)
    with pytest.raises(MemoryFileError, match="tag that is far too long"):
        list(gemini_page.activities(page.read))


def test_an_activity_without_an_end_is_refused() -> None:
    head = b"<div class='outer-cell'><div class='content-cell'>Prompted x<br>"
    page = io.BytesIO(head + (b"x" * 10_000 + b"<br>") * 900)
    with pytest.raises(MemoryFileError, match="activity that is far too long"):
        list(gemini_page.activities(page.read))


@pytest.mark.parametrize("size", [0, 5, 2**31, 2**32 - 1])
def test_a_picture_that_lies_about_its_parts_holds_no_card(size: int, opened: Opened) -> None:
    chunk = struct.pack(">I", size) + b"tEXtchara\0e30="
    with pytest.raises(MemoryFileError):
        opened("card.png", b"\x89PNG\r\n\x1a\n" + chunk)


def zipped(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("_", "."), data)
    return buffer.getvalue()


def test_zips_within_a_zip_are_read_once_and_no_deeper(opened: Opened) -> None:
    memories = zipped(memories_jsonl=fact("Likes tea"))
    assert texts(opened("one.zip", zipped(inner_zip=memories))) == ["Likes tea"]
    deep = zipped(a_zip=zipped(b_zip=memories))
    with pytest.raises(MemoryFileError, match="unpack it, and import the folder"):
        opened("two.zip", deep)


def test_large_zips_within_a_zip_are_not_held(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    memories = zipped(memories_jsonl=fact("Likes tea"))
    monkeypatch.setattr(parts._in_zip, "__defaults__", (len(memories) - 1,))
    with pytest.raises(MemoryFileError, match="1 zip within it"):
        opened("one.zip", zipped(inner_zip=memories))


def test_zips_of_a_folder_are_read_together(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.zip").write_bytes(zipped(memories_jsonl=fact(f"Fact {name}")))
    contents = open_file(tmp_path, "", Work("Reading", lambda _: None, Event()))
    assert texts(contents) == ["Fact a", "Fact b"]


def test_a_list_that_breaks_off_gives_the_records_before(opened: Opened) -> None:
    contents = opened("mem0.json", b"[" + fact("Likes tea") + b", " + fact("Has a cat")[:-3])
    assert texts(contents) == ["Likes tea"]
    assert contents.notes == ["Left out: 1 rest of a file that is damaged."]


@pytest.mark.parametrize("piece", [1, 3, 1000])
def test_lines_are_cut_where_they_end(piece: int) -> None:
    data = io.BytesIO(b"a\n\nbc\r\n\xff\nlast")
    assert list(elements.split(lambda _: data.read(piece), "it")) == [
        b"a", b"", b"bc\r", b"\xff", b"last",
    ]  # fmt: skip


def test_thousands_of_reasons_are_counted_not_listed() -> None:
    told = LeftOut()
    told.add("line", count=3)
    told.add("line")
    told.add("memory that is there twice", "memories that are there twice", 0)
    told.say("Look elsewhere.")
    assert told.notes() == ["Look elsewhere.", "Left out: 4 lines."]
