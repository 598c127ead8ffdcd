"""The frozen program's core, driven over its pipe: what PyInstaller can leave out unseen is imported late.

The embedder's and the map's libraries are loaded when first needed, and a module that is missing from
the bundle is met only then: by a memory without meaning, or a map that never gets better.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import BinaryIO

import numpy as np
import psutil
import pytest

from nowprint.inspection import EpisodeFilter, EpisodePlot, MapLaidOut
from nowprint.memory.embedding.embedder import Embedder
from nowprint.service import client as module
from nowprint.service.protocol import Doctor, Prepare, Remember, SearchEpisodes
from nowprint.service.requests.memory import PlotEpisodes
from nowprint.settings import Profile, prepare_profile

from .conftest import ROOT

FOLDER = ROOT / "build" / "package" / "onedir" / "nowprint"
PATIENCE = 300.0
"""Seconds; the machine may be busy."""
THINGS = [
    *("bread", "tea", "train", "boat", "lamp", "chair", "piano"),
    *("rice", "coffee", "bicycle", "tent", "carpet", "cello"),
]
QUESTION = "Which stringed instrument is my favourite?"


def test_the_frozen_core_embeds_maps_and_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile(tmp_path / "home")
    prepare_profile(profile)
    monkeypatch.setattr(
        module,
        "core_command",
        lambda profile: [str(FOLDER / "nowprint"), "core", str(profile.home)],
    )
    said: list[bytes] = []
    laid_out = threading.Event()

    def hear(pipe: BinaryIO, _: object) -> None:
        with pipe:
            said.extend(pipe)

    def on_event(event: object) -> None:
        if isinstance(event, MapLaidOut):
            laid_out.set()

    monkeypatch.setattr(module, "_hear", hear)
    client = module.Client(profile, on_event=on_event, on_death=lambda fault: None)
    client.start()
    try:
        client.call(Prepare()).result(PATIENCE)
        for thing in THINGS:
            client.call(Remember(f"My favourite {thing} is from my sister.")).result(PATIENCE)
        found = client.call(SearchEpisodes(QUESTION, 2)).result(PATIENCE)
        assert "cello" in found[0].episode.text
        assert dict(found[0].parts)["meaning"] > 0
        first: EpisodePlot = client.call(PlotEpisodes(EpisodeFilter())).result(PATIENCE)
        assert laid_out.wait(PATIENCE)
        better: EpisodePlot = client.call(PlotEpisodes(EpisodeFilter())).result(PATIENCE)
        assert list(better.x) != list(first.x)
        findings = client.call(Doctor()).result(PATIENCE)
        assert [one for one in findings if not one.ok] == []
        core = psutil.Process(client.pid)
        libraries = {Path(one.path).name for one in core.memory_maps()}
        assert not any(name.startswith("libtorch") for name in libraries)
        assert core.net_connections() == []
    finally:
        client.close()
    assert b"".join(said) == b""


def test_the_frozen_embedder_is_the_one_of_the_source(embedder_folder: Path) -> None:
    frozen = FOLDER / "_internal" / "resources" / "models" / embedder_folder.name
    assert not (frozen / "model.safetensors").exists()
    texts = [f"My favourite {thing} is from my sister." for thing in THINGS]
    vectors = Embedder(frozen).embed(texts)
    assert np.abs(vectors - Embedder(embedder_folder).embed(texts)).max() <= 1e-4
