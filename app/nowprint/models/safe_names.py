"""Names for downloaded files that Linux, macOS and Windows all take, and that lead nowhere else.

https://learn.microsoft.com/windows/win32/fileio/naming-a-file
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from nowprint.errors import UserError
from nowprint.models.hub import HubFile

_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{n}{i}" for n in ("com", "lpt") for i in "0123456789¹²³"),
}
"""What Windows lets no file be called, with any ending."""
_MOST_NAME_BYTES = 150
"""Most systems take 255; the part's and the journal's names are longer."""
_ENDING = re.compile(r"(.*?)((?:-\d{5}-of-\d{5})?\.gguf)", re.IGNORECASE | re.DOTALL)


def safe_path(file: HubFile) -> Path:
    """Where it goes below the folder of models, by names that every system takes. UserError if its path
    is one that leads elsewhere."""
    path = file.path
    pieces = path.split("/")
    odd = any(c in "\\\0" or unicodedata.category(c) == "Cs" for c in path)
    if odd or {"", ".", ".."} & set(pieces) or re.match("[A-Za-z]:/", path):
        raise UserError(
            f"{file.repository} has a file with an unsafe name ({path[:100]!r}), which isn't downloaded: "
            "choose another repository."
        )
    *folders, name = pieces
    split = _ENDING.fullmatch(name)
    stem, ending = split.groups() if split else (name, "")
    return Path(
        _safe(file.repository.replace("/", "--")), *map(_safe, folders), _safe(stem) + ending
    )


def _safe(name: str) -> str:
    """The name, if every system takes it; else one that resembles it and is nothing else's."""
    name = unicodedata.normalize("NFC", name)
    safe = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in name)
    safe = safe.encode("utf-8", "replace")[:_MOST_NAME_BYTES].decode("utf-8", "ignore").rstrip(" .")
    if safe[:1] in ("", ".") or safe.partition(".")[0].strip().lower() in _RESERVED:
        safe = f"_{safe}"
    if safe == name:
        return safe
    return f"{safe}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
