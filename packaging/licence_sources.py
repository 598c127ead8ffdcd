"""What the licence inventory reads: wheels' metadata, bills of materials, Debian's packages, manifests."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

SPDX = re.compile(r"[A-Za-z0-9][\w.+-]*( (OR|AND|WITH) [\w.+-]+)*")
JOINING = {"or": "OR", "and": "AND", "with": "WITH"}
VAGUE = {"BSD", "Apache", "GPL", "LGPL", "UNKNOWN", "Dual"}


def matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def is_python(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        name == "base_library.zip"
        or "lib-dynload" in path.parts
        or path.parts[0] == "Python.framework"
        or re.fullmatch(r"(libpython3[\d.]*(\.so|\.dylib).*|python3\d*\.dll|Python)", path.name)
        is not None
    )


def python_files() -> Iterator[str]:
    """Names of the libraries that Python's own installation brings (on Windows and macOS)."""
    base = Path(sys.base_prefix)
    if sys.platform.startswith("linux"):
        return
    for folder in (base, base / "DLLs", base / "lib"):
        if folder.is_dir():
            yield from (p.name for p in folder.iterdir() if p.suffix in (".dll", ".pyd", ".dylib"))


def is_text_of_wheel(path: PurePosixPath) -> bool:
    """Its own licence files: in the metadata, or on top of the package."""
    if path.suffix in (".py", ".pyc", ".json", ".so"):
        return False
    return ".dist-info" in path.parts[0] or len(path.parts) == 2


def declared(distribution: Distribution) -> str:
    metadata = distribution.metadata
    for field in ("License-Expression", "License"):
        words = str((metadata.get_all(field) or [""])[0]).strip()
        if SPDX.fullmatch(words) and words not in VAGUE:
            return words
    return ""


def licence_of_entry(entry: dict[str, object]) -> str:
    licences = entry.get("licenses")
    if not isinstance(licences, list) or not licences:
        return ""
    first = licences[0]
    found = first.get("expression") or first.get("license", {}).get("id")
    return re.sub(r"\s+", " ", str(found or ""))


def licence_of_debian(copyright: str) -> str:
    """The licence of a machine-readable copyright file's first paragraph of files; "" for others."""
    found = re.search(
        r"^Files:\s*\*\s*$.*?^License:[ \t]*([^\n]+)", copyright, re.DOTALL | re.MULTILINE
    )
    if not found or not copyright.lstrip().startswith("Format"):
        return ""
    words = re.findall(r"[()]|[^\s(),]+", found[1])
    return " ".join(JOINING.get(word) or _spdx(word) for word in words)


def _spdx(name: str) -> str:
    """Debian's short name of a licence by SPDX's."""
    gnu = re.fullmatch(r"(L?GPL|GFDL)-(\d)(\.\d)?(\+?)", name)
    if gnu:
        return f"{gnu[1]}-{gnu[2]}{gnu[3] or '.0'}-{'or-later' if gnu[4] else 'only'}"
    return {"expat": "MIT", "bsd-3-clause": "BSD-3-Clause"}.get(name.lower(), name)


def model_files(manifest: Path) -> dict[str, dict[str, str]]:
    if not manifest.is_file():
        return {}
    models = tomllib.loads(manifest.read_text(encoding="utf-8")).get("model", ())
    return {f"resources/{file['path']}": model for model in models for file in model["file"]}


def debian_packages(names: set[str]) -> dict[str, str]:
    """File name → the Debian package whose library has that name."""
    try:
        answer = subprocess.run(
            ["dpkg", "-S", *(f"*/{name}" for name in sorted(names))], capture_output=True, text=True
        ).stdout
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for line in answer.splitlines():
        packages, _, path = line.rpartition(": ")
        if re.match(r"(/usr)?/lib(/[a-z0-9_]+-linux-gnu)?(/|$)", path):
            found.setdefault(Path(path).name, packages.split(", ")[0])
    return found


def described(package: str) -> tuple[str, str, str, str, str]:
    """Name, version, source package, its version, and one line on what it is for."""
    form = "${Package}\t${Version}\t${source:Package}\t${source:Version}\t${binary:Summary}"
    command = ["dpkg-query", "-W", "-f", form, package]
    answer = subprocess.run(command, capture_output=True, text=True).stdout.split("\t")
    name, version, source, source_version, summary = answer
    return name, version, source, source_version, summary
