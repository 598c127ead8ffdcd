"""Output to the terminal: harmless text, tables, colours, progress, JSON.

Everything that people, models and files wrote goes through ``harmless`` before it is printed. JSON
doesn't need that, because it escapes everything that isn't ASCII.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from nowprint.events import Progress

_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_HARMLESS = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys((*range(0x80, 0xA0), *_BIDI, 0x2028, 0x2029), 0xFFFD)
    | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)
)


def harmless(text: str) -> str:
    """The text with control characters replaced by visible signs, so that it can neither control the
    terminal nor fake its output."""
    return text.translate(_HARMLESS)


def one_line(text: str) -> str:
    return harmless(" ".join(text.split()))


def valid(text: str) -> str:
    """An argument or a line of input as valid text: bytes that could not be decoded become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


# --- lines -------------------------------------------------------------------------------------


def prepare_streams() -> None:
    """Print a question mark for a character that the terminal's encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def complain(sentence: str) -> None:
    """Print a sentence to stderr, as a single line even if it contains line ends."""
    sys.stdout.flush()
    print(f"nowprint: {one_line(sentence)}", file=sys.stderr, flush=True)


def dim(text: str) -> str:
    return _styled("2", text)


def bold(text: str) -> str:
    return _styled("1", text)


def _styled(code: str, text: str) -> str:
    plain = not _is_terminal(sys.stdout) or "NO_COLOR" in os.environ
    return text if plain or os.environ.get("TERM") == "dumb" else f"\x1b[{code}m{text}\x1b[0m"


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def print_json(value: object) -> None:
    print(json.dumps(_finite(value)), flush=True)


def _finite(value: Any) -> Any:
    """The value with None for every infinity or NaN, which JSON doesn't have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value


# --- tables ------------------------------------------------------------------------------------


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table with columns as wide as their content. In a terminal the last column gets the rest of
    the line, and its text is cut there."""
    lines = [tuple(head), *(tuple(one_line(cell) for cell in row) for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)][:-1]
    room = max(20, shutil.get_terminal_size().columns - sum(widths) - 2 * len(widths))
    if not _is_terminal(sys.stdout):
        room = sys.maxsize
    for number, line in enumerate(lines):
        cells = [_pad(cell, width) for cell, width in zip(line, widths, strict=False)]
        text = "  ".join([*cells, _cut(line[-1], room)])
        print(bold(text) if number == 0 else text)


def _width(text: str) -> int:
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    kept = ""
    for character in text:
        if _width(kept) + _columns(character) >= width:
            break
        kept += character
    return kept + "…"


def ago(at: float) -> str:
    seconds = max(0.0, time.time() - at)
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return "now"


def counted(number: int, one: str, many: str = "") -> str:
    """``1 message``, ``1,204 memories``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def memories(number: int) -> str:
    return counted(number, "memory", "memories")


def size(count: int) -> str:
    """A number of bytes in readable form: ``812 bytes``, ``1.3 MB``."""
    amount = float(count)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


# --- progress ----------------------------------------------------------------------------------


class ProgressLine:
    """A line of stderr that shows a task in progress and disappears when it is done; nothing without a
    terminal.

    Of several tasks it shows the one that reported last and isn't done.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, float | None] = {}
        self._shown = ""

    def show(self, progress: Progress) -> None:
        with self._lock:
            self._running.pop(progress.task, None)
            if progress.fraction is None or progress.fraction < 1:
                self._running[progress.task] = progress.fraction
            self._draw()

    def clear(self) -> None:
        with self._lock:
            self._running.clear()
            self._draw()

    def _draw(self) -> None:
        line = ""
        if self._running and _is_terminal(sys.stderr):
            task, fraction = next(reversed(self._running.items()))
            line = f"{one_line(task)} …" + ("" if fraction is None else f" {fraction:.0%}")
        if line != self._shown:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
            self._shown = line
