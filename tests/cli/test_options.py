"""The command line: what is understood, where, and that the rest is a usage error."""

from __future__ import annotations

from pathlib import Path

import pytest

from nowprint.cli.options import read_options
from nowprint.settings import Profile


@pytest.mark.parametrize(
    "line",
    [
        "--home H --json --model m.gguf memory list",
        "memory --home H --json --model m.gguf list",
        "memory list --home H --json --model=m.gguf",
        "--home H memory --json list --model m.gguf",
    ],
)
def test_what_goes_everywhere(line: str) -> None:
    options = read_options(line.split())
    assert (options.command, options.action) == ("memory", "list")
    assert (options.model, options.json) == ("m.gguf", True)
    assert options.profile == Profile(Path("H").absolute())


def test_home_may_come_from_the_environment(profile: Profile) -> None:
    options = read_options(["doctor"])
    assert options.profile == profile
    assert (options.model, options.json, options.repair) == ("", False, False)


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate", "--json", "memory", "memory frobnicate", "memory show", "memory show x",
        "memory show 0", "memory show -1", "memory show 9223372036854775808", "memory forget",
        "memory edit 3", "memory edit 3 a --text b", "memory list --sort best",
        "memory list --limit 1e3", "memory list --limit ²", "memory list --limit 0",
        "memory list --limit 1000001",
        "memory list --offset 9223372036854775808", "memory search x --limit 0",
        "bench overhead --rounds 0", "bench startup --rounds 1001", "chat --sa x",
        "bench", "bench memory", "bench overhead --beside -1",
        "memory remember", "doctor now",
    ],
)  # fmt: skip
def test_the_rest_is_a_usage_error(line: str, run) -> None:
    status, out, err = run(*line.split())
    assert (status, out) == (2, "")
    assert err.startswith("usage: nowprint")


def test_help_and_version(run) -> None:
    status, out, _ = run("--help")
    assert status == 0
    for command in ("chat", "memory", "bench", "doctor", "--home", "--model", "--json"):
        assert command in out
    assert run("--version")[:2] == (0, "Nowprint 0.1.0\n")
