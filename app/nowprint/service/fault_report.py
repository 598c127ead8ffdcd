"""The report that a user may save and send when something broke: versions, findings, logs.

It holds no text of messages or memories, and nothing that identifies the user: the logs are written
without these (logs.py), log lines of any other form are left out, and paths are shortened.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nowprint import __version__
from nowprint.logs import is_ours
from nowprint.records import DoctorFinding
from nowprint.settings import Profile, is_frozen, portable_home, starter_model

MOST_LOG = 64 * 1024
"""How many bytes of each log's end are included."""
PRIVATE = "holds no text of messages or memories, no names of files or folders of yours"


def report(
    profile: Profile,
    happened: str,
    findings: Sequence[DoctorFinding] | None,
    window: Mapping[str, str] | None = None,
) -> str:
    """The text of the report.

    ``happened`` is one of Nowprint's own sentences, "" if the user asked for the report by hand.
    ``findings`` are doctor's, None if no core could be asked. ``window`` has the versions that the window
    adds (Qt's, the platform's).
    """
    parts = [
        f"Nowprint's report of {time.strftime('%Y-%m-%d %H:%M:%S %z')}",
        f"(it {PRIVATE})",
        "",
        "What happened",
        f"  {cleaned(happened, profile) or 'Asked for by hand.'}",
        "",
        "Versions",
        *(f"  {name}: {what}" for name, what in versions(profile, window or {}).items()),
        "",
        "Self-check",
        *(f"  {line}" for line in _findings(findings, profile)),
    ]
    for path in (profile.window_log, profile.log):
        parts += ["", f"{path.name}, its end", *(f"  {line}" for line in _log(path, profile))]
    return "\n".join(parts) + "\n"


def versions(profile: Profile, window: Mapping[str, str]) -> dict[str, str]:
    kind = "packaged" if is_frozen() else "from source"
    if profile.home == portable_home():
        kind += ", portable"
    return {
        "Nowprint": f"{__version__} ({kind})",
        "Python": platform.python_version(),
        **window,
        "llama-cpp-python": _version("llama_cpp_python"),
        "System": f"{_system()}, {platform.machine()}, {os.cpu_count()} processors",
        "Encoding": sys.getfilesystemencoding(),
    }


def cleaned(text: str, profile: Profile) -> str:
    """The text without the user's folders and name, and without the names of the user's own models."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home raises where there is none
    for place, name in ((str(profile.home), "PROFILE"), (home, "~")):
        if len(place) > 1:
            text = text.replace(place, name)
    starter = starter_model().name
    own = re.compile(r"(?:[^\s\"'“”]*[/\\])?[^\s/\\\"'“”]*\.gguf", re.IGNORECASE)
    text = own.sub(lambda m: starter if m[0].endswith(starter) else "MODEL.gguf", text)
    return re.sub(r"(/home/|/Users/|\\Users\\)[^/\\\s]+", r"\1USER", text)


def _findings(findings: Sequence[DoctorFinding] | None, profile: Profile) -> Iterable[str]:
    if findings is None:
        yield "could not be run"
        return
    for finding in findings:
        detail = cleaned(finding.detail, profile)
        if finding.check == "chosen model":
            bundled = str(starter_model()) in finding.detail
            detail = "the bundled one" if bundled else "one of the user's own"
            detail += "" if finding.ok else ", which can't be used"
        yield f"{'ok ' if finding.ok else 'BAD'} {finding.check}: {detail}"


def _log(path: Path, profile: Profile) -> Iterable[str]:
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - MOST_LOG))
            lines = file.read().decode("utf-8", "replace").splitlines()
        lines = [line for sealed in lines for line in _opened(sealed, profile)]
    except OSError:
        lines = []
    kept = [line for line in lines if is_ours(line)]
    if not lines:
        yield "there is nothing in it"
    if left_out := len(lines) - len(kept):
        what = "1 line" if left_out == 1 else f"{left_out} lines"
        yield f"(left out: {what} of another form)"
    for line in kept:
        yield cleaned(line, profile)


def _opened(line: str, profile: Profile) -> list[str]:
    """The lines that one of an encrypted profile holds; none if it is cut off."""
    try:
        return profile.cipher.unseal_line(line).splitlines() if profile.cipher else [line]
    except ValueError:
        return []


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:  # a packaged program may lack the metadata
        return "unknown"


def _system() -> str:
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
            return f"{name}, Linux {platform.release()}"
    return platform.platform()
