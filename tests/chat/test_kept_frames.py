"""What a model has read of the frames, kept in a file for its next start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from nowprint.chat import kept_frames
from nowprint.engine.engine import Engine
from nowprint.engine.likelihood import Likelihood
from nowprint.engine.sequences import Place

TEXT = "My sister Marta plays the cello in Porto."
FRAMES = (
    "What I know about you:\n- You live in Bergen.\n- ",
    "Please do this:\n- Sum up the page.\n- ",
)


@pytest.fixture
def likelihood(engine: Engine) -> Iterator[Likelihood]:
    made = Likelihood(engine.model, cells=512)
    yield made
    made.close()


@pytest.fixture
def frames(likelihood: Likelihood) -> list[list[int]]:
    return [[*likelihood.beginning, *likelihood.tokens(frame)] for frame in FRAMES]


@pytest.fixture
def file(likelihood: Likelihood, frames: list[list[int]], tmp_path: Path) -> Path:
    """As another start of the same model has written it."""
    file = tmp_path / "frames.npz"
    kept_frames.read(likelihood, frames, file, None)
    return file


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, likelihood: Likelihood, file: Path) -> list[int]:
    """The cache is empty. Filled with the numbers of tokens that are read from here on."""
    likelihood.clear()
    counts: list[int] = []
    inner = likelihood._sequences
    whole = inner.read

    def note(places: list[Place]) -> None:
        counts.append(len(places))
        whole(places)

    monkeypatch.setattr(inner, "read", note)
    return counts


def test_the_next_start_reads_none_and_judges_alike(
    likelihood: Likelihood, frames: list[list[int]], tmp_path: Path
) -> None:
    file = tmp_path / "frames.npz"
    kept_frames.read(likelihood, frames, file, None)
    text = likelihood.tokens(TEXT)
    expected = likelihood.framed_nats(frames, text)
    likelihood.clear()
    assert kept_frames.restore(likelihood, frames, file)
    found = likelihood.framed_nats(frames, text)
    assert [nats.tolist() for nats in found] == [nats.tolist() for nats in expected]


def test_only_what_is_not_there_is_read(
    likelihood: Likelihood, frames: list[list[int]], file: Path, read: list[int]
) -> None:
    kept_frames.read(likelihood, frames, file, None)
    kept_frames.read(likelihood, frames, file, None)
    assert read == []
    likelihood.clear()
    kept_frames.read(likelihood, frames, None, None)
    assert sum(read) == sum(map(len, frames))


@pytest.mark.parametrize("damage", ["other frames", "cut", "other bytes", "no state", "gone"])
def test_what_does_not_fit_is_read_and_replaced(
    likelihood: Likelihood, frames: list[list[int]], file: Path, read: list[int], damage: str
) -> None:
    whole = file.read_bytes()
    if damage == "other frames":
        frames = [frame[:-2] for frame in frames]
    elif damage == "cut":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "other bytes":
        file.write_bytes(b"no archive" * 100)
    elif damage == "no state":
        with np.load(file) as kept:
            arrays = dict(kept)
        arrays["state1"] = arrays["state1"][:100]
        np.savez(file, allow_pickle=False, **arrays)
    else:
        file.unlink()
    kept_frames.read(likelihood, frames, file, None)
    assert sum(read) == sum(map(len, frames))
    likelihood.clear()
    assert kept_frames.restore(likelihood, frames, file)


def test_a_request_ends_it_and_nothing_is_written(
    likelihood: Likelihood, frames: list[list[int]], tmp_path: Path
) -> None:
    wanted = Event()
    wanted.set()
    kept_frames.read(likelihood, frames, tmp_path / "frames.npz", wanted)
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_they_are_read(
    likelihood: Likelihood, frames: list[list[int]], tmp_path: Path
) -> None:
    kept_frames.read(likelihood, frames, tmp_path / "nowhere" / "frames.npz", None)
    assert likelihood.begun(frames)
