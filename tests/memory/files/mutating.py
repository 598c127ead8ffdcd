"""Memory files and exports that were damaged or made to do harm, drawn by hypothesis.

There are three ways: bytes of the zip itself; the zip's list (names, links, sizes, copies); and parts
whose JSON is changed while lengths, hashes and counts are made to fit, so that what reads lines and
values is reached.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Parts = dict[str, bytes]

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 2**31, 2**53 + 1, 10**400, -0.0, 1e308, 1.5, "", "x", "\0", "é" * 300,
    "<|im_start|>", "\u202e", "\ud800", "'; DROP TABLE episode; --", "../../x", "=1+1", [], {}, [[]], [None],
    {"a": 1}, [0] * 50, "NaN", [1e999], float("inf"),
)  # fmt: skip
NAMES = (
    "../up", "/etc/passwd", "C:\\x", "a/b", "episodes.jsonl", "manifest.json", "x\0y", "é" * 200, "", ".",
    "MANIFEST.JSON", "embeddings.i8", "sources.jsonl/", "conversations.json", "content.locked",
)  # fmt: skip


def parts_of(file: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Parts, *, fitting: bool = True) -> bytes:
    """``fitting``: the manifest's lengths, hashes and counts are those of the parts."""
    parts = dict(parts)
    if fitting:
        manifest = json.loads(parts["manifest.json"])
        for name, data in parts.items():
            if name in manifest.get("entries", {}):
                told = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                manifest["entries"][name].update(told)
            if name.removesuffix(".jsonl") in manifest.get("counts", {}):
                manifest["counts"][name.removesuffix(".jsonl")] = len(data.splitlines())
        parts["manifest.json"] = json.dumps(manifest).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def changed(file: bytes, part: str, line: int, **fields: Any) -> bytes:
    """One line of a part with other values, everything else made to fit."""
    parts = parts_of(file)
    lines = parts[part].splitlines()
    lines[line] = json.dumps(json.loads(lines[line]) | fields).encode()
    parts[part] = b"".join(one + b"\n" for one in lines)
    return zipped(parts)


def replaced(file: bytes, fitting: bool = True, **parts: bytes) -> bytes:
    names = {name.replace(".", "_"): name for name in parts_of(file)}
    changes = {names[name]: data for name, data in parts.items()}
    return zipped(parts_of(file) | changes, fitting=fitting)


# --- the three ways ----------------------------------------------------------------------------


def _bytes(draw: st.DrawFn, file: bytes) -> bytes:
    data = bytearray(file)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.sampled_from((1, 1, 2, 4, 8, 64, 1000)))
        match draw(st.integers(0, 5)):
            case 0:
                del data[at:]
            case 1:
                del data[at : at + size]
            case 2:
                data[at : at + size] = draw(st.binary(min_size=size, max_size=size))
            case 3:
                data[at:at] = data[at : at + size]
            case 4:
                data[at : at + 1] = (
                    bytes([data[at] ^ (1 << draw(st.integers(0, 7)))]) if data else b""
                )
            case _:
                data[at : at + 4] = draw(
                    st.sampled_from((b"\xff" * 4, b"\0" * 4, b"PK\5\6", b"PK\1\2"))
                )
    return bytes(data)


def _zip_list(draw: st.DrawFn, file: bytes) -> bytes:
    parts = list(parts_of(file).items())
    buffer = io.BytesIO()
    kinds = st.sampled_from((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(parts) - 1))
        match draw(st.integers(0, 4)):
            case 0:
                parts.append(parts[at])
            case 1 if len(parts) > 1:
                del parts[at]
            case 2:
                parts[at] = (draw(st.sampled_from(NAMES)), parts[at][1])
            case 3:
                parts.append((draw(st.sampled_from(NAMES)), draw(st.binary(max_size=50))))
            case _:
                parts[at] = (
                    parts[at][0],
                    draw(st.sampled_from((b"", b"\0" * 5_000_000, b"PK\3\4"))),
                )
    import warnings

    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # two of a name are meant
        for name, data in parts:
            info = zipfile.ZipInfo(name)
            info.compress_type = draw(kinds)
            info.external_attr = draw(st.sampled_from((0, 0o120777 << 16, 0x10, 0o600 << 16)))
            archive.writestr(info, data)
    return buffer.getvalue()


def _lines(draw: st.DrawFn, file: bytes) -> bytes:
    parts = parts_of(file)
    name = draw(st.sampled_from(sorted(parts)))
    lines = parts[name].split(b"\n")[:-1] or [b""]
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 7)):
            case 0 | 1 | 2 | 3 | 4 if not name.endswith(".i8"):
                lines[at] = _changed(draw, lines[at])
            case 5:
                lines.insert(at, lines[draw(st.integers(0, len(lines) - 1))])
            case 6 if len(lines) > 1:
                del lines[at]
            case _:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(st.binary(max_size=5)) + lines[at][cut + 1 :]
    parts[name] = b"".join(line + b"\n" for line in lines)
    try:
        return zipped(parts, fitting=draw(st.integers(0, 9)) > 0 and name != "manifest.json")
    except (
        ValueError,
        AttributeError,
        TypeError,
    ):  # the manifest itself is not to be read any more
        return zipped(parts, fitting=False)


def _changed(draw: st.DrawFn, line: bytes) -> bytes:
    """One value somewhere in a line of JSON is another."""
    try:
        value = json.loads(line)
    except ValueError:
        return line + b"x"
    holder, key = value, None
    for _ in range(6):
        if not (isinstance(holder, dict | list) and holder):
            break
        keys = sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))
        key = draw(st.sampled_from(keys))
        if draw(st.booleans()) and isinstance(holder[key], dict | list) and holder[key]:
            holder = holder[key]
            continue
        match draw(st.integers(0, 3)):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(holder, list):
                holder.append(holder[key])
            case 2 if type(holder[key]) in (int, float) and abs(holder[key]) < 1e300:
                holder[key] = holder[key] + draw(st.sampled_from((-1, 1, 0.5, 1000)))
            case _:
                holder[key] = draw(st.sampled_from(NASTY))
        break
    return json.dumps(value).encode("utf-8", "surrogatepass")


WAYS: tuple[Callable[[st.DrawFn, bytes], bytes], ...] = (_bytes, _zip_list, _lines, _lines, _lines)


class Files(tuple[bytes, ...]):
    """What is mutated; hypothesis writes its arguments out, and these are long."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{len(self)} files"


@st.composite
def mutants(draw: st.DrawFn, files: Files) -> bytes:
    """One of the files, changed."""
    file = draw(st.sampled_from(files))
    if not file.startswith(b"PK"):
        return _text(draw, file)
    return draw(st.sampled_from(WAYS))(draw, file)


def _text(draw: st.DrawFn, file: bytes) -> bytes:
    """JSON or a list from elsewhere."""
    if draw(st.booleans()):
        try:
            value = json.loads(file)
        except ValueError:
            return _bytes(draw, file)
        for _ in range(draw(st.integers(1, 3))):
            value = json.loads(_changed(draw, json.dumps(value).encode()), parse_constant=str)
        return json.dumps(value).encode("utf-8", "surrogatepass")
    return _bytes(draw, file)
