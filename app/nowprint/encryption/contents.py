"""Which files of a profile hold what the user said or set, and in which form each is encrypted.

Left plain are: key.json; appearance.json (the theme); engine.json (what computes here); frames.npz (texts of
ours, as the model has read them); the lock, the marks of running and closing processes, and window.crash
(where in the code a crash was); the lists of backups; bench/ and models/, which hold nothing of the user's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Form = Literal["whole", "lines", "database", "set aside", "backup"]
"""A sealed file; a log of sealed lines; the database; a damaged database that was set aside, or a part
of it; a zip of such files."""
BACKUPS = "backups"
"""The folder of backups in a profile."""

_FORMS: tuple[tuple[str, Form], ...] = (
    (r"(settings|model-settings|drafts)\.json|index\.hnsw(\.json)?|forgotten\.key", "whole"),
    (r"(core|window)\.log(\.\d+)?", "lines"),
    (r"memory\.db", "database"),
    (r"memory\.db\.damaged-.+", "set aside"),
)
_PLAIN = (
    r"(key|appearance|engine|restore)\.json|profile\.lock|closing|window\.(running|crash)"
    r"|memory\.db-(wal|shm)|frames\.npz"
)


def contents(home: Path) -> Iterator[tuple[Path, Form]]:
    """The files that are encrypted in an encrypted profile, in the order of their names."""
    for path in sorted(home.iterdir()):
        for pattern, form in _FORMS:
            if re.fullmatch(pattern, path.name) and path.is_file():
                yield path, form
    for path in sorted((home / BACKUPS).glob("[!.]*.zip")):
        yield path, "backup"


def strangers(home: Path) -> tuple[str, ...]:
    """The files in the profile's folder that Nowprint doesn't know, and so doesn't encrypt."""
    known = {path for path, _ in contents(home)}
    others = (path for path in sorted(home.iterdir()) if path.is_file() and path not in known)
    return tuple(path.name for path in others if not re.fullmatch(_PLAIN, path.name))
