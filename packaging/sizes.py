"""What takes how much room in the package: by part, installed and packed."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PARTS = (
    (r"nowprint$", "the program: bootloader, our modules and Python's"),
    (r"_internal/resources/models/.*\.gguf$", "starter model"),
    (r"_internal/resources/models/all-MiniLM", "embedder"),
    (r"_internal/resources/models/multilingual-e5", "encoder"),
    (r"_internal/resources/licences/", "licences"),
    (r"_internal/resources/", "icons, styles, corpus"),
    (r"_internal/(PySide6|shiboken6)/", "Qt and PySide6"),
    (r"_internal/llama_cpp", "llama.cpp"),
    (r"_internal/onnxruntime", "ONNX Runtime"),
    (r"_internal/scipy", "SciPy"),
    (r"_internal/(sklearn|scikit_learn)", "scikit-learn"),
    (r"_internal/numpy", "NumPy"),
    (r"_internal/tokenizers", "tokenizers"),
    (r"_internal/cryptography", "cryptography"),
    (r"_internal/sqlcipher3", "SQLCipher, with OpenSSL"),
    (
        r"_internal/(libpython|python3|base_library|lib(ssl|crypto|sqlite|ffi|bz2|lzma|uuid))",
        "Python",
    ),
    (r"", "the rest"),
)
"""The first pattern that a file's path in the bundle begins with names its part."""


def of(folder: Path) -> int:
    """Bytes of all files below it, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def report(bundle: Path, tree: Path, packages: Iterable[Path]) -> str:
    """A table in plain text, largest parts first, then the packages and what the .deb installs."""
    files = [path for path in bundle.rglob("*") if path.is_file() and not path.is_symlink()]
    with ThreadPoolExecutor(2) as pool:  # zlib works without Python's lock
        packed = list(pool.map(deflated, files))
    rows: dict[str, tuple[int, int]] = {}
    for path, small in zip(files, packed, strict=True):
        part = part_of(path.relative_to(bundle).as_posix())
        installed, before = rows.get(part, (0, 0))
        rows[part] = (installed + path.stat().st_size, before + small)
    lines = [f"{'part':50}{'installed MB':>13}{'deflated MB':>13}"]
    for part, (installed, small) in sorted(rows.items(), key=lambda row: -row[1][0]):
        lines.append(f"{part:50}{installed / 1e6:13.1f}{small / 1e6:13.1f}")
    lines.append("")
    lines += [f"{path.name:50}{path.stat().st_size / 1e6:13.1f}" for path in packages]
    lines.append(f"{'installed by the .deb':50}{of(tree) / 1e6:13.1f}")
    return "\n".join(lines) + "\n"


def part_of(name: str) -> str:
    return next(part for pattern, part in PARTS if re.match(pattern, name))


def deflated(path: Path) -> int:
    """Bytes after zlib's usual compression, without keeping them."""
    packer = zlib.compressobj(6)
    total = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            total += len(packer.compress(block))
    return total + len(packer.flush())
