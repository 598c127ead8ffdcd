"""Writes a snapshot: as a memory file, or as Markdown or a table (CSV) for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import BinaryIO

import nowprint
from nowprint.inspection import ExportOptions
from nowprint.language.people.told import facts_in
from nowprint.memory.files import file_format, json_lines, locked
from nowprint.memory.files.file_format import FileConversation, FileEpisode, FileMessage
from nowprint.memory.files.snapshot import Snapshot
from nowprint.memory.formats.archive import Writer, Written
from nowprint.memory.formats.task import Work

EVERY = 200


def write(snapshot: Snapshot, options: ExportOptions, file: BinaryIO, work: Work) -> None:
    match options.format:
        case "nowprint" if options.passphrase:
            plain = BytesIO()
            _archive(snapshot, plain, options, work)
            with Writer(file) as writer:
                locked.lock(plain, options.passphrase, writer, work.tick)
        case "nowprint":
            _archive(snapshot, file, options, work)
        case "markdown":
            for part in _markdown(snapshot, work):
                file.write(part.encode("utf-8"))
        case "csv":
            for part in _table(snapshot, work):
                file.write(part.encode("utf-8"))
        case "facts":
            for part in _facts(snapshot, work):
                file.write(part.encode("utf-8"))


# --- the memory file ---------------------------------------------------------------------------


def _archive(snapshot: Snapshot, file: BinaryIO, options: ExportOptions, work: Work) -> None:
    """Write a memory file. The same content gives the same bytes: no clock, no randomness, one order."""
    with Writer(file) as writer:
        _write_parts(snapshot, writer, options, work)


def _write_parts(snapshot: Snapshot, writer: Writer, options: ExportOptions, work: Work) -> None:
    entries: dict[str, dict[str, object]] = {}
    counts: dict[str, int] = {}

    def add(name: str, parts: Iterable[bytes]) -> None:
        count = _Count(work, snapshot.episodes_count)
        entries[name] = _described(writer.add(name, count.over(parts)))
        counts[name.removesuffix(".jsonl")] = count.value

    add(file_format.EPISODES, map(json_lines.episode_line, snapshot.episodes()))
    add(file_format.LINKS, map(json_lines.link_line, snapshot.links()))
    if options.messages:
        add(file_format.SOURCES, map(_source_line, snapshot.told()))
    if options.audit:
        add(file_format.AUDIT, map(json_lines.audit_line, snapshot.audit()))
    if options.vectors and snapshot.vectors_count:
        shape = [snapshot.vectors_count, snapshot.dimension]
        written = writer.add(file_format.EMBEDDINGS, snapshot.vectors())
        entries[file_format.EMBEDDINGS] = _described(written) | {"dtype": "int8", "shape": shape}
    manifest = {
        "format": file_format.FORMAT,
        "format_version": file_format.VERSION,
        "app_version": nowprint.__version__,
        "counts": counts,
        "embedder": snapshot.embedder,
        "model": snapshot.model,
        "entries": entries,
    }
    writer.add(
        file_format.MANIFEST, [json_lines.line(manifest)]
    )  # last: it holds the others' hashes


def _source_line(told: FileConversation | FileMessage) -> bytes:
    if isinstance(told, FileConversation):
        return json_lines.conversation_line(told)
    return json_lines.message_line(told)


def _described(written: Written) -> dict[str, object]:
    return {"bytes": written.bytes, "sha256": written.sha256}


class _Count:
    """Counts lines while it joins them into larger pieces."""

    def __init__(self, work: Work, about: int) -> None:
        self._work = work
        self._about = about
        self.value = 0

    def over(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        held: list[bytes] = []
        for part in parts:
            held.append(part)
            self.value += 1
            if len(held) == EVERY:
                self._work.tick(self.value / max(self._about, self.value + 1))
                yield b"".join(held)
                held.clear()
        yield b"".join(held)


# --- for other programs ------------------------------------------------------------------------


def _markdown(snapshot: Snapshot, work: Work) -> Iterator[str]:
    """One list item per episode, grouped by day. Marks in the text are escaped."""
    yield "# Nowprint's memory\n"
    day = ""
    for one in work.over(_shown(snapshot), snapshot.episodes_count):
        if (at := _time(one.created))[:10] != day:
            day = at[:10]
            yield f"\n## {day}\n\n"
        marks = (("pinned", one.pinned), ("held back", one.held_back), ("archived", one.archived))
        notes = [name for name, on in marks if on]
        notes += [f"project {_escaped(one.project)}"] if one.project else []
        tail = f" ({', '.join(notes)})" if notes else ""
        told = [_escaped(line) for line in one.text.splitlines()]
        yield "- " + "  \n  ".join(told) + f"{tail}\n"


def _escaped(text: str) -> str:
    """The text with every mark of Markdown and HTML escaped, so that it shows as itself and loads nothing."""
    return "".join(f"\\{c}" if c in _MARKS else c for c in text)


_MARKS = frozenset("\\`*_{}[]()<>#+-.!|&~:$^=\"'")
_FORMULA = frozenset("=+-@＝＋－＠")
_COLUMNS = (
    "number", "text", "kind", "salience", "created", "updated", "pinned", "recalled",
    "reinforced", "project", "origin", "confirmed", "held back", "archived",
)  # fmt: skip


def _table(snapshot: Snapshot, work: Work) -> Iterator[str]:
    """CSV (RFC 4180) in UTF-8, with the byte order mark by which spreadsheets recognise it."""
    yield "\ufeff"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    row: Callable[[Iterable[object]], str] = partial(_row, writer, buffer)
    yield row(_COLUMNS)
    for one in work.over(_shown(snapshot), snapshot.episodes_count):
        yield row(
            (
                one.id, _plain(one.text), one.kind, f"{one.salience:.3f}", _time(one.created),
                _time(one.updated), "yes" if one.pinned else "", one.recalled, one.reinforced,
                _plain(one.project or ""), _plain(one.origin.name if one.origin else ""),
                "yes" if one.confirmed else "", _plain(one.held_back),
                "yes" if one.archived else "",
            )
        )  # fmt: skip


def _facts(snapshot: Snapshot, work: Work) -> Iterator[str]:
    """A table, in the same form, of what is plainly said: whose fact it is, in which sentence and when it was
    said. What a newer episode replaced is marked; what is held back is left out."""
    replaced = {link.older for link in snapshot.links() if link.type == "replaces"}
    yield "\ufeff"
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    yield _row(
        writer, buffer, ("whose", "fact", "value", "sentence", "told", "no longer so", "number")
    )
    for one in work.over(_shown(snapshot), snapshot.episodes_count):
        for said in () if one.held_back else facts_in(one.text):
            sentence = one.text[said.start : said.end]
            yield _row(
                writer,
                buffer,
                (
                    _plain(said.whose), said.kind, _plain(said.value), _plain(sentence),
                    _time(one.created), "yes" if one.id in replaced else "", one.id,
                ),
            )  # fmt: skip


def _row(writer: object, buffer: io.StringIO, values: Iterable[object]) -> str:
    writer.writerow(values)  # type: ignore[attr-defined]  # csv's writer has no type of its own
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _plain(text: str) -> str:
    """The text of a cell, with a quote before what a spreadsheet could take for a formula."""
    begins = text.lstrip()[:1]
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or begins in _FORMULA else text


def _shown(snapshot: Snapshot) -> Iterator[FileEpisode]:
    """The episodes without those that were merged or split, since others hold the same text."""
    return (one for one in snapshot.episodes() if not one.merged)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
