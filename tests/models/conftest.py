"""A hub of our own for each test, and nothing of the machine's own settings for one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants

from nowprint.models import downloads, hub_client
from nowprint.models.downloads import Download

from .downloading import MODEL, one
from .hub_server import HubServer


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever runs the tests may have a token, a proxy and a mirror."""
    for name in list(os.environ):
        if name.upper().startswith(("HF_", "HUGGING", "SSL_CERT")) or name.upper().endswith(
            "_PROXY"
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "hf" / "token"))
    monkeypatch.setattr(downloads, "FIRST_WAIT", 0.01)
    hub_client._load()
    huggingface_hub.close_session()  # a client reads the settings when it is made
    yield
    huggingface_hub.close_session()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    server = HubServer()
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def download(hub: HubServer, folder: Path) -> Download:
    """Of the model that the hub has."""
    hub.add("maker/m", {"a.gguf": MODEL})
    return Download(one(), folder)
