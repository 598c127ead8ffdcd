"""Embedder and encoder that compute all anew, and the embedder as sentence-transformers runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nowprint.memory.embedding.embedder import Embedder
from nowprint.memory.embedding.onnx_runtime import FILE


@pytest.fixture(scope="session")
def embedder(embedder_folder: Path) -> Embedder:
    return Embedder(embedder_folder)


@pytest.fixture(scope="session")
def encoder(encoder_folder: Path) -> Embedder:
    return Embedder(encoder_folder)


@pytest.fixture
def torch_folder(embedder_folder: Path, tmp_path: Path) -> Path:
    return without_export(embedder_folder, tmp_path / "torch" / embedder_folder.name)


def without_export(source: Path, folder: Path) -> Path:
    """A ``folder`` with the files of ``source``, but for the one that keeps torch from being used."""
    folder.mkdir(parents=True)
    for path in source.iterdir():
        if path.name != FILE:
            (folder / path.name).symlink_to(path)
    return folder
