"""The frames as a model has read them, kept in a file, so that the next start doesn't read them again.

They are hundreds of tokens, the same for everybody, and hold nothing of the user's. The file belongs to one
model and one version of llama.cpp; any other one replaces it.
"""

from __future__ import annotations

import contextlib
import hashlib
import zipfile
import zlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nowprint.engine.cache.sequence_state import State
from nowprint.engine.likelihood import Frames, Likelihood
from nowprint.engine.sequences import Row, Stop
from nowprint.errors import UserError
from nowprint.saving import replacing

MOST_BYTES = 64 * 2**20
"""Frames that take more are read again: a large model's would fill the disk to save a few seconds."""


def restore(likelihood: Likelihood, frames: Frames, file: Path) -> bool:
    """Let the cache hold the frames as the file has them. False if it has others, or can't be read."""
    try:
        with open(file, "rb") as stream, np.load(stream, allow_pickle=False) as kept:
            if kept["key"].tobytes() != _key(likelihood, frames):
                return False
            begun = [
                (kept[f"state{i}"], Row(kept[f"logits{i}"], float(kept[f"total{i}"])))
                for i in range(len(frames))
            ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return False
    return likelihood.go_on_from(frames, begun)


def read(likelihood: Likelihood, frames: Frames, file: Path | None, stop: Stop | None) -> None:
    """Let the cache hold the frames: as it does already, from the file, or by reading them, which writes the
    file. Ends early if ``stop`` is set. A file that can't be written is done without."""
    if likelihood.begun(frames) or (file and restore(likelihood, frames, file)):
        return
    likelihood.begin(frames, stop=stop)
    if file and (begun := likelihood.begun(frames)):
        states = [likelihood.state(one) for one in begun]
        if sum(state.nbytes for state in states) <= MOST_BYTES:
            rows = [one.row for one in begun if one.row]
            _write(file, _key(likelihood, frames), states, rows)


def _write(file: Path, key: bytes, states: Sequence[State], rows: Sequence[Row]) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {"key": np.frombuffer(key, np.uint8)}
    for i, (state, row) in enumerate(zip(states, rows, strict=True)):
        arrays |= {f"state{i}": state, f"logits{i}": row.logits, f"total{i}": np.array(row.total)}
    with contextlib.suppress(UserError), replacing(file) as out:
        np.savez(out, allow_pickle=False, **arrays)


def _key(likelihood: Likelihood, frames: Frames) -> bytes:
    told = repr(
        (likelihood.model_id, version("llama_cpp_python"), [list(frame) for frame in frames])
    )
    return hashlib.sha256(told.encode()).digest()
