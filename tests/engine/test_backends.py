"""Variants of the CPU's code and graphics cards: what is there, what runs here, and what is loaded.

A process loads one variant and keeps it, so most of this happens in processes of its own.
``packaging/dev.py check-package`` runs it on emulated processors.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from nowprint.engine import backends
from nowprint.errors import UserError


def told(code: str, **environment: str) -> object:
    """What a process of its own prints as JSON."""
    import os

    lines = f"import json\nfrom nowprint.engine import backends, log\n{code}"
    said = subprocess.run(
        [sys.executable, "-c", lines],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    assert said.stderr == ""
    return json.loads(said.stdout)


def test_the_variants_come_best_first_and_the_plainest_last() -> None:
    names = backends.variants()
    scores = [backends.score(name) for name in names]
    assert scores == sorted(scores, reverse=True)
    assert all(scores)
    assert names[-1] == "x64"
    assert backends.score("of-another-world") == 0


def test_no_variant_with_amx_is_there() -> None:
    assert not [name for name in backends._files() if "sapphirerapids" in name or "amx" in name]


def test_the_named_variant_computes_and_stays() -> None:
    code = "print(json.dumps([backends.load('x64'), backends.load(), backends.system_info()]))"
    first, second, info = told(code)  # type: ignore[misc]
    assert (first, second) == ("x64", "x64")
    assert info.startswith("x64; CPU : ")
    assert "AVX = 1" not in info


def test_without_a_name_the_best_one_computes() -> None:
    assert told("print(json.dumps(backends.load()))") == backends.variants()[0]
    assert told("print(json.dumps(backends.load('of-another-world')))") == backends.variants()[0]


def test_without_any_one_sentence_says_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr(backends, "_loaded", None)
    monkeypatch.setattr(backends, "variants", lambda: ())
    with pytest.raises(UserError, match=r"no library for this processor in .*: reinstall Nowprint"):
        backends.load()


def test_another_build_or_processor_is_another_id(monkeypatch, tmp_path) -> None:
    def id() -> str:
        backends.build_id.cache_clear()
        return backends.build_id()

    mine = id()
    assert mine == id()
    monkeypatch.setattr(backends, "_processor", lambda: "another")
    assert id() != mine
    monkeypatch.undo()
    (tmp_path / "libggml-cpu-x64.so").touch()
    monkeypatch.setattr(backends, "FOLDER", tmp_path)
    assert id() != mine
    monkeypatch.undo()
    assert id() == mine


# --- graphics cards ----------------------------------------------------------------------------

CARDS = "print(json.dumps([backends.load_graphics(), [d.description for d in backends.devices()]]))"


def test_a_software_driver_is_a_device_only_for_who_asks() -> None:
    assert told(CARDS) == [True, []]
    there, (card,) = told(CARDS, GGML_VK_VISIBLE_DEVICES="0")  # type: ignore[misc]
    assert there
    assert card.startswith("llvmpipe")


def test_without_a_driver_there_is_no_device() -> None:
    assert told(CARDS, VK_DRIVER_FILES="/nowhere.json", VK_ICD_FILENAMES="/nowhere.json") == [
        False,
        [],
    ]


@pytest.mark.parametrize(
    ("description", "software"),
    [("llvmpipe (LLVM 15.0.6, 256 bits)", True), ("NVIDIA GeForce RTX 4060", False)],
)
def test_a_driver_that_computes_on_the_processor_is_known(description, software) -> None:
    device = backends.Device("Vulkan0", description, integrated=False, free=1, total=1)
    assert device.software is software
