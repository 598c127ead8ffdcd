"""Runs a bench by its name, mostly over a file of data, in a temporary profile.

A bench is a function of a ``BenchContext`` and the content of its file. Its report consists of JSON
values: figures, tables (a row's name to the row's figures) and curves (a list of rows).
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nowprint.bench.context import BenchContext
from nowprint.engine.engine import Engine
from nowprint.errors import ProfileError, UserError
from nowprint.memory.embedding.embedder import Embedder
from nowprint.settings import Profile, Settings

Report = dict[str, Any]


def run(
    name: str,
    file: Path | None,
    *,
    engine: Engine,
    embedder: Embedder,
    encoder: Embedder | None,
    settings: Settings,
    profile: Profile,
    keep: float | None,
    limit: int,
    report: Callable[[str, float | None], None],
) -> Report:
    """The bench's report. UserError if there is no such bench, or if the file can't be read or has the
    wrong form.

    ``file`` is None for a bench that needs none. For ``keep``, ``limit`` and ``report`` see
    ``BenchContext``.
    """
    bench = _bench(name)
    data = None if file is None else _read(file)
    with _own_profile(profile) as own:
        cache = profile.bench / "cache.db"
        return bench(
            BenchContext(engine, embedder, encoder, settings, own, cache, keep, limit, report),
            data,
        )


def _bench(name: str) -> Callable[[BenchContext, object], Report]:
    """The function of a bench. Its module is imported only now, because each imports much else."""
    match name:
        case "recall":
            from nowprint.bench.recall import recall

            return recall
        case "capture":
            from nowprint.bench.capture import capture

            return capture
        case "dialogue":
            from nowprint.bench.dialogue import dialogue

            return dialogue
        case "resonance":
            from nowprint.bench.resonance import resonance

            return resonance
        case "scale":
            from nowprint.bench.storage.scale import scale

            return scale
        case "encryption":
            from nowprint.bench.storage.encryption import encryption

            return encryption
        case "changes":
            from nowprint.bench.truth.changes import changes

            return changes
        case "lives":
            from nowprint.bench.truth.lives import lives

            return lives
        case "cues":
            from nowprint.bench.truth.cues import cues

            return cues
        case "year":
            from nowprint.bench.life.year import run_year

            return run_year
        case "endless":
            from nowprint.bench.endless import endless

            return endless
        case "find":
            from nowprint.bench.storage.find import find

            return find
    raise UserError(f"There is no bench called {name}.")


def _read(file: Path) -> object:
    """The file's JSON value; for a .jsonl file the list of its lines' values; for a folder that of each such
    file in it, by its name."""
    if file.is_dir():
        return {one.name: _read(one) for one in sorted(file.glob("*.json*"))}
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        data: object = json.loads(text)
    except OSError as fault:
        raise UserError(f"{file} can't be read ({fault.strerror or fault}).") from fault
    except ValueError as fault:
        raise UserError(f"{file} is no JSON file: {fault}.") from fault
    return data


@contextlib.contextmanager
def _own_profile(profile: Profile) -> Iterator[Profile]:
    """An empty profile in a folder of the user's profile, deleted at the end. If a killed bench left one,
    that is deleted first."""
    home = profile.bench / "profile"
    try:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
    except OSError as fault:
        raise ProfileError(f"The bench has no place in {profile.bench} ({fault}).") from fault
    try:
        yield Profile(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
