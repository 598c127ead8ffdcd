"""Files that somebody made to do harm: each gives one sentence, and the profile is as it was."""

from __future__ import annotations

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
from nowprint.memory.files.opening import open_file
from nowprint.memory.formats.task import Work

from .mutating import changed, parts_of, replaced, zipped

MB = 2**20
Refused = Callable[[bytes], str]


# --- the zip -----------------------------------------------------------------------------------


def test_cut_at_every_byte(file: bytes, refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "cut.nowprint"
    for at in range(len(file)):
        path.write_bytes(file[:at])
        with pytest.raises(MemoryFileError, match=r"^The file can't be used: .*\.$"):
            open_file(path, "", Work("Reading", lambda _: None, Event()))
    for at in range(0, len(file), 500):
        refused(file[:at])


def test_a_file_of_no_length_or_another_kind(refused: Refused) -> None:
    for data in (b"", b"PK", b"\x7fELF\0\0\0\0", b"- a list\n- of facts\n", b'{"results": []}'):
        assert "no memory file" in refused(data)
    assert "damaged or not complete" in refused(b"PK\x03\x04" + b"\0" * 100)
    assert "no memory file" in refused(_zip({"holiday.jpg": b"x"}))


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "C:\\evil", "a/b", "evil.py", "e\0"])
def test_other_names_are_never_opened(name: str, file: bytes, refused: Refused) -> None:
    assert "belong" in refused(_zip(parts_of(file) | {name: b"x"}))


def test_two_parts_of_a_name(file: bytes, refused: Refused) -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = _zip(parts_of(file), ("episodes.jsonl", b"{}"))
    assert "same name" in refused(twice)


def test_a_link_in_the_place_of_a_part(file: bytes, refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts_of(file).items():
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, data)
    assert "link" in refused(buffer.getvalue())


def test_a_bomb_by_ratio(file: bytes, refused: Refused) -> None:
    bomb = zipped(parts_of(file) | {"episodes.jsonl": b"\n" * (64 * MB)})
    tracemalloc.start()
    try:
        assert "many times its size" in refused(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 * MB
    finally:
        tracemalloc.stop()


def test_a_bomb_by_count(refused: Refused) -> None:
    many = _zip({f"{n}.jsonl": b"" for n in range(100)})
    assert "far too many parts" in refused(many)


def test_a_bomb_by_a_list_that_lies_about_its_length(file: bytes, refused: Refused) -> None:
    end = file.rindex(b"PK\x05\x06")
    for offset, value in ((12, 2**31), (16, 2**31), (10, 9), (8, 9), (12, 0)):
        form = "<L" if offset >= 12 else "<H"
        lying = bytearray(file)
        struct.pack_into(form, lying, end + offset, value)
        refused(bytes(lying))


def test_a_zip_in_a_zip_is_not_opened(file: bytes, refused: Refused) -> None:
    assert "belong" in refused(_zip(parts_of(file) | {"inner.nowprint": file}))
    inner = _zip({"manifest.json": b'{"format":"nowprint","format_version":1,"locked":{}}'})
    assert "has no usable" in refused(inner)


def test_lengths_that_the_zip_lies_about(file: bytes, refused: Refused) -> None:
    """The list says less than there is, or more."""
    at = file.index(b"PK\x01\x02")
    for size in (1, 2**30, 2**31 + 5):
        lying = bytearray(file)
        struct.pack_into("<L", lying, at + 24, size)
        refused(bytes(lying))


def _zip(parts: dict[str, bytes], *more: tuple[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in (*parts.items(), *more):
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


# --- the manifest ------------------------------------------------------------------------------


def test_a_newer_version_is_told(file: bytes, refused: Refused) -> None:
    assert "newer version" in refused(changed(file, "manifest.json", 0, format_version=2))
    for locked in ({"kdf": "argon2id", "n": 2**15}, {"kdf": "scrypt", "n": 2**15, "r": 64, "p": 1}):
        manifest = {"format": "nowprint", "format_version": 1, "locked": locked}
        assert "doesn't know" in refused(_zip({"manifest.json": json.dumps(manifest).encode()}))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"format": "other"}, "no memory file"),
        ({"format_version": 0}, "format_version"),
        ({"format_version": "1"}, "format_version"),
        ({"entries": {}}, "other parts"),
        ({"entries": []}, "entries"),
        ({"counts": None}, "counts"),
        ({"embedder": 7}, "embedder"),
    ],
)
def test_a_manifest_that_lies(
    fields: dict[str, Any], told: str, file: bytes, refused: Refused
) -> None:
    manifest = json.loads(parts_of(file)["manifest.json"]) | fields
    assert told in refused(
        replaced(file, fitting=False, manifest_json=json.dumps(manifest).encode())
    )


def test_hashes_lengths_and_counts_are_compared(file: bytes, refused: Refused) -> None:
    parts = parts_of(file)
    same_length = parts["episodes.jsonl"].replace(b"Pickwick", b"Whiskers")
    assert "SHA-256" in refused(zipped(parts | {"episodes.jsonl": same_length}, fitting=False))
    longer = parts["episodes.jsonl"] + b"\n"
    assert "another length" in refused(zipped(parts | {"episodes.jsonl": longer}, fitting=False))
    for change, told in ((1, "fewer lines"), (-1, "more lines"), (10_000_000, "the most")):
        manifest = json.loads(parts["manifest.json"])
        manifest["counts"]["episodes"] += change
        lying = parts | {"manifest.json": json.dumps(manifest).encode()}
        assert told in refused(zipped(lying, fitting=False))
