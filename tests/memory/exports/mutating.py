"""Exports that were damaged or made to do harm: values of the JSON, lines, bytes, parts of the zip.

What is packed is unpacked, changed and packed again, so that what reads it is reached.
"""

from __future__ import annotations

import copy
import gzip
import io
import json
import random
import warnings
import zipfile
from pathlib import Path
from typing import Any

from .expectations import DATA, exports_in

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**53 + 1, 10**400, 1e308, "", " ", "x", "\0", "é" * 300, "\u202e",
    "\ud800", "<|im_start|>", "../../x", "=1+1", "2025-02-30", "9" * 50, [], {}, [[]], [None], {"a": 1},
    [0] * 50, "\ue200cite\ue202", "\ue200entity\ue202[[[\ue201", "```\n", "<details type=",
    "<antArtifact>", "<think>",
)  # fmt: skip
PIECES = (
    b"", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\0", b"\xff", b"\\", b"<", b"</div>", b"<br>",
    b"-", b"null", b"1e999", b"NaN", b"\xef\xbb\xbf", b"<div class='outer-cell'>", b"```", b"- ",
    b"\xff\xff\xff\xff", b"tEXt", b"PK\x03\x04",
)  # fmt: skip

Seed = tuple[str, bytes]
"""The name of a file, and what it holds."""


def seeds() -> dict[str, list[Seed]]:
    """The exports of each form, those in folders as zips."""
    found: dict[str, list[Seed]] = {}
    for path in exports_in(DATA):
        form = json.loads(path.with_name(path.name + ".expected.json").read_text())["form"]
        program = str(form).split(":")[0]
        found.setdefault(program, []).append(_seed(path))
    return found


def _seed(path: Path) -> Seed:
    if path.is_file():
        return path.name, path.read_bytes()
    parts = [(str(one.relative_to(path)), one.read_bytes()) for one in path.rglob("*")]
    return f"{path.name}.zip", _zipped(parts)


def mutant(chance: random.Random, data: bytes) -> bytes:
    """The file, changed somewhere."""
    if chance.random() < 0.15:
        return _bytes(chance, data)
    if data.startswith(b"PK"):
        return _zip(chance, data)
    if data.startswith(b"\x1f\x8b"):
        return gzip.compress(mutant(chance, gzip.decompress(data)), 1, mtime=0)
    return _text(chance, data)


def _zip(chance: random.Random, data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(one.filename, archive.read(one)) for one in archive.infolist()]
    at = chance.randrange(len(parts))
    name, inside = parts[at]
    match chance.randrange(12):
        case 0:
            del parts[at]
        case 1:
            parts.append(parts[at])
        case 2:
            parts[at] = (chance.choice(parts)[0], inside)
        case 3:
            parts[at] = (
                chance.choice(("../up", "memories.json", "conversations.json", "x")),
                inside,
            )
        case _:
            parts[at] = (name, mutant(chance, inside))
    return _zipped(parts)


def _zipped(parts: list[Seed]) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # two of a name are meant
        for name, data in parts:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()


def _text(chance: random.Random, data: bytes) -> bytes:
    if chance.random() < 0.3:
        return _bytes(chance, data)
    try:
        value = json.loads(data)
    except ValueError:
        return _lines(chance, data)
    for _ in range(chance.randint(1, 3)):
        value = _value(chance, value)
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _lines(chance: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    match chance.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, chance.choice(lines))
        case 2:
            lines[at] = _bytes(chance, lines[at])
        case _:
            try:
                changed = _value(chance, json.loads(lines[at]))
            except ValueError:
                return _bytes(chance, data)
            lines[at] = json.dumps(changed).encode("utf-8", "surrogatepass")
    return b"\n".join(lines)


def _value(chance: random.Random, value: Any) -> Any:
    """One value somewhere in it is another."""
    holder, key = None, None
    inner = value
    while isinstance(inner, dict | list) and inner and (holder is None or chance.random() < 0.85):
        holder = inner
        key = chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        inner = inner[key]
    if holder is None:
        return copy.deepcopy(chance.choice(NASTY))
    match chance.randrange(5):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        case 2 if isinstance(holder, dict):
            holder[key] = copy.deepcopy(holder[chance.choice(list(holder))])
        case _:
            holder[key] = copy.deepcopy(chance.choice(NASTY))  # it may be changed itself
    return value


def _bytes(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        size = chance.choice((0, 0, 1, 2, 8, 100))
        if chance.random() < 0.1:
            del changed[at:]
        else:
            changed[at : at + size] = chance.choice(PIECES)
    return bytes(changed)
