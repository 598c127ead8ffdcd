"""Logs of faults in the profile: where in the code and of which kind, but never a message or a value.

An exception's message may quote the user (``ValueError: could not convert … 'my PIN is'``), and so may
whatever a library prints. So a bug is logged as exception types and places in the code. Of the core's
standard error only lines are kept whose form can't hold content.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from nowprint.libraries import named_in
from nowprint.saving import Cipher

if TYPE_CHECKING:
    from logging import Logger

LOG_BYTES = 256 * 1024
KEPT = 3
"""How many older files are kept beside the newest one: ``core.log.1`` … ``core.log.3``."""
MOST_PLACES = 40
"""The most places logged of one exception, the innermost; endless recursion is cut short."""

INNERMOST = 3
"""How many lines of a thread's stack, innermost first, show what the thread was doing."""

_SAFE = r"""(?x)^(?:
      lib[\w.+-]+\.so[\w.]*:\ cannot\ open\ shared\ object\ file
    | Fatal\ Python\ error:\ [A-Z][\w ]*              # faulthandler, and the places after it
    | Windows\ fatal\ exception:\ [\w ]+
    | (?:Current\ thread|Thread)\ 0x[0-9a-f]+[^()]*\(most\ recent\ call\ first\):
    | \ \ File\ "[^"]+",\ line\ \d+\ in\ \S+
    | \S+\.(?:c|cc|cpp|cu|h|hpp):\d+:\ GGML_ASSERT\(.*\)\ failed
    | \S+\.(?:c|cc|cpp|cu|h|hpp):\d+:                 # the rest of such a line is dropped
    | terminate\ called\ after\ throwing\ an\ instance\ of\ '[\w:]+'
    | thread\ '[^']*'\ panicked\ at\ \S+\.rs:\d+:\d+
    | (?:double\ free\ or\ corruption|free\(\)|malloc\(\)|corrupted|realloc\(\))[\w :()!-]*
    | \*\*\*\ [\w ]+\ \*\*\*(?::\ terminated)?
    )"""

_OURS = r"""(?x)^(?:
      \d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d(?:,\d+)?\ (?:INFO|WARNING|ERROR)\ .*
    | (?:caused\ by|while\ handling|with)\ [\w.]+(?:\ \([\w.]+\))?
    | \ \ (?:\S+:\d+\ in\ [\w.<>]+|…\ \d+\ more)
    | sealed\ [A-Za-z0-9+/=]+                         # a line of an encrypted profile (saving.Cipher)
    )$"""
"""``_SAFE`` and ``_OURS`` are compiled when first used, so that the window is on the screen sooner."""


def open_log(path: Path, cipher: Cipher | None = None) -> Logger:
    """This process's log. It opens its file at the first line; a failing disk raises no error."""
    import logging
    from logging.handlers import RotatingFileHandler

    class Rotating(RotatingFileHandler):
        def _open(self) -> Any:
            return open(self.baseFilename, "a", encoding="utf-8", opener=_private)

        def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
            """Ignore what can't be written, because the disk is full or read-only."""

    class Sealed(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            line = super().format(record)
            return cipher.seal_line(line) if cipher else line

    _drop_foreign(path)
    log = logging.getLogger("nowprint")
    for old in log.handlers[:]:
        log.removeHandler(old)
        old.close()
    handler = Rotating(path, maxBytes=LOG_BYTES, backupCount=KEPT, delay=True)
    handler.setFormatter(Sealed("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
    return log


def _drop_foreign(path: Path) -> None:
    """Delete a log of an earlier version, which logged whole exceptions."""
    with contextlib.suppress(OSError):
        path.with_suffix(".old.log").unlink(missing_ok=True)
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.readline().rstrip("\n")
        if first and not is_ours(first):
            path.unlink()


def is_ours(line: str) -> bool:
    """Whether a line of a log has one of the forms that this module writes."""
    return bool(re.match(_OURS, line)) or last_words([line]) == [line]


def append(path: Path, text: str, cipher: Cipher | None = None) -> None:
    """Write an error into the log of another process, which has ended and can't write any more."""
    line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} ERROR {text}"
    with (
        contextlib.suppress(OSError),
        open(path, "a", encoding="utf-8", opener=_private) as file,
    ):
        file.write(f"{cipher.seal_line(line) if cipher else line}\n")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_log: Callable[[], Logger] | None = None


def note(bug: BaseException) -> None:
    """Log a bug that its place in the code has otherwise dealt with.

    A terminal also shows it in full, since only the user reads that, and nothing stores it.
    """
    with contextlib.suppress(Exception):
        if _log is not None:
            _log().error(reduced(bug))
        if _log is None or is_terminal(sys.stderr):
            sys.__excepthook__(type(bug), bug, bug.__traceback__)


def log_faults(
    log: Callable[[], Logger], told: Callable[[BaseException], object] = lambda _: None
) -> None:
    """From now on log uncaught exceptions and warnings. ``told`` is called with each exception that ended a
    thread, on that thread."""
    global _log  # noqa: PLW0603 - like the hooks below it belongs to the whole process
    _log = log

    def uncaught(
        kind: type[BaseException], bug: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, bug, trace)
        else:
            note(bug.with_traceback(trace))
            told(bug)

    def uncaught_in_thread(hooked: threading.ExceptHookArgs) -> None:
        if hooked.exc_value is not None and not issubclass(hooked.exc_type, SystemExit):
            note(hooked.exc_value)
            told(hooked.exc_value)

    def ignored(hooked: sys.UnraisableHookArgs) -> None:
        if hooked.exc_value is not None:
            note(hooked.exc_value)

    def warned(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        log().warning("%s at %s:%d", category.__name__, short(filename), lineno)

    sys.excepthook = uncaught
    threading.excepthook = uncaught_in_thread
    sys.unraisablehook = ignored
    warnings.showwarning = warned


def is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def reduced(bug: BaseException) -> str:
    """An exception, with those that caused it, as types and places: no message, no value, no source line."""
    told: list[str] = []
    seen: set[int] = set()

    def tell(one: BaseException, how: str) -> None:
        if id(one) in seen or len(seen) > 20:
            return
        seen.add(id(one))
        told.append(f"{how}{kind_of(one)}")
        told.extend(f"  {place}" for place in places(one.__traceback__))
        if one.__cause__ is not None:
            tell(one.__cause__, "caused by ")
        elif one.__context__ is not None and not one.__suppress_context__:
            tell(one.__context__, "while handling ")
        if isinstance(one, BaseExceptionGroup):
            for part in one.exceptions:
                tell(part, "with ")

    tell(bug, "")
    return "\n".join(told)


def kind_of(bug: BaseException) -> str:
    """The type's name, with the error's code or the module's name, which can't hold content."""
    name = type(bug).__qualname__
    if type(bug).__module__ not in ("builtins", "__main__"):
        name = f"{type(bug).__module__}.{name}"
    if isinstance(bug, OSError) and bug.errno:
        return f"{name} ({errno.errorcode.get(bug.errno, bug.errno)})"
    if isinstance(bug, ImportError) and bug.name:
        return f"{name} ({bug.name})"
    if word := getattr(bug, "sqlite_errorname", ""):
        return f"{name} ({word})"
    return name


def places(trace: TracebackType | None) -> list[str]:
    """The places in a traceback, the outermost first: "nowprint/gui/chat/chat.py:120 in send"."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{short(code.co_filename)}:{trace.tb_lineno} in {code.co_qualname}")
        trace = trace.tb_next
    left = len(found) - MOST_PLACES
    return found if left <= 0 else [found[0], f"… {left} more", *found[left + 1 :]]


def short(path: str) -> str:
    """A source file's path without the folders that could name the user."""
    parts = path.replace("\\", "/").split("/")
    for mark, keep in (("site-packages", 1), ("nowprint", 0), ("lib", 1)):
        if mark in parts[:-1]:
            at = len(parts) - 1 - parts[::-1].index(mark)
            return "/".join(parts[at + keep :])
    return parts[-1]


def died_computing(words: Iterable[str]) -> bool:
    """Whether a process's last words tell of a crash inside llama.cpp.

    faulthandler marks the thread that crashed as the current one. If that was one of llama.cpp's own, which
    Python doesn't know, no thread is marked: then the places of all threads count, among them the one that
    waits in the engine.
    """
    lines = list(words)
    fatal = [
        i for i, line in enumerate(lines) if line.startswith(("Fatal Python", "Windows fatal"))
    ]
    told = lines[fatal[-1] :] if fatal else []
    current = [i for i, line in enumerate(told, 1) if line.startswith("Current thread")]
    where = told[current[0] : current[0] + INNERMOST] if current else told
    return any(re.search(r"nowprint/engine/|llama_cpp/", line) for line in where)


def last_words(lines: Iterable[str]) -> list[str]:
    """The lines of a process's standard error that can't hold content, with shortened paths."""
    kept = []
    for line in lines:
        if library := named_in(line):
            kept.append(f"{library}: cannot open shared object file")
        elif safe := re.match(_SAFE, line.rstrip("\n")):
            kept.append(re.sub(r'File "([^"]+)"', lambda f: f'File "{short(f[1])}"', safe[0]))
    return kept
