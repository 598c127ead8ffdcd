"""``nowprint model …`` against a local hub: the real core, the real starter model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .hub_server import HubServer


class Terminal:
    def __init__(self, hub: HubServer, tmp_path: Path) -> None:
        self._home = tmp_path / "home"
        self._environment = os.environ | {
            "HF_ENDPOINT": hub.url,
            "HOME": str(tmp_path),
            "NOWPRINT_HOME": str(self._home),
        }

    def __call__(self, *arguments: str, status: int = 0) -> str:
        ended = subprocess.run(
            [sys.executable, "-m", "nowprint", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert ended.returncode == status, ended.stderr
        return ended.stdout + ended.stderr

    def told(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--json"))


@pytest.fixture
def terminal(hub: HubServer, tmp_path: Path) -> Terminal:
    return Terminal(hub, tmp_path)


def test_search_show_get_use_talk_remove(
    terminal: Terminal, hub: HubServer, starter_model: Path
) -> None:
    hub.add("maker/small", {"small.gguf": starter_model.read_bytes()})
    assert "maker/small" in terminal("model", "search", "small")
    assert "small.gguf" in terminal("model", "show", "maker/small")
    got = terminal.told("model", "get", "maker/small")
    assert (got["state"], got["done"]) == ("done", starter_model.stat().st_size)
    assert "small answers from now on" in terminal("model", "use", "small")
    said = terminal("chat", "--say", "Hello", "--temporary", "--json")
    assert json.loads(said.splitlines()[1])["model"] == "small"
    assert "small answers now." in terminal("model", "list")
    terminal("model", "remove", "small")
    assert not Path(got["path"]).exists()


def test_faults_are_one_sentence(terminal: Terminal, hub: HubServer) -> None:
    assert "see nowprint model list" in terminal("model", "use", "nothing", status=1)
    told = terminal("model", "get", "maker/none", status=1)
    assert told.startswith("nowprint: ")
    assert told.count("\n") == 1
