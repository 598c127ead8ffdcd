"""Doctor's part for the machine, from source and in a packaged program."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from nowprint.service import doctor
from nowprint.settings import Profile

MANIFEST = """
[[model]]
name = "all-MiniLM-L6-v2"

[[model.file]]
path = "models/model.onnx"
sha256 = "{sha256}"
"""


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The resources of a packaged program, whose embedder has another file than a checkout's."""
    resources = tmp_path / "_internal" / "resources"
    (resources / "models").mkdir(parents=True)
    (resources / "models" / "model.onnx").write_bytes(b"onnx")
    sha256 = hashlib.sha256(b"onnx").hexdigest()
    (resources / "models.toml").write_text(MANIFEST.format(sha256=sha256), encoding="utf-8")
    monkeypatch.setattr(sys, "_MEIPASS", str(resources.parent), raising=False)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    return resources


def bundled(profile: Profile) -> dict[str, tuple[bool, str]]:
    profile.home.mkdir(exist_ok=True)
    findings = doctor.machine_findings(profile)
    return {f.check: (f.ok, f.detail) for f in findings if f.check.startswith("bundled")}


def test_what_a_packaged_program_brings_is_checked(bundle: Path, profile: Profile) -> None:
    assert bundled(profile) == {"bundled all-MiniLM-L6-v2": (True, "as in the manifest")}


def test_what_a_checkout_holds_is_checked(
    profile: Profile, starter_model: Path, embedder_folder: Path, encoder_folder: Path
) -> None:
    assert bundled(profile) == {
        f"bundled {name}": (True, "as in the manifest")
        for name in (
            "SmolLM2-135M-Instruct Q4_1",
            "all-MiniLM-L6-v2",
            "multilingual-e5-small Q4_0",
        )
    }


def test_what_is_damaged_there_is_installed_again(bundle: Path, profile: Profile) -> None:
    (bundle / "models" / "model.onnx").write_bytes(b"Onnx")
    differs = "model.onnx differs from its SHA-256: reinstall Nowprint"
    assert bundled(profile) == {"bundled all-MiniLM-L6-v2": (False, differs)}
    (bundle / "models" / "model.onnx").unlink()
    assert "can't be read" in bundled(profile)["bundled all-MiniLM-L6-v2"][1]
    (bundle / "models.toml").unlink()
    ok, told = bundled(profile)["bundled models"]
    assert not ok
    assert told.endswith("reinstall Nowprint")


# --- the disk ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("free", "ok", "told"),
    [
        (12_340_000_000, True, "12.3 GB free"),
        (250_000_000, True, "250.0 MB free"),
        (3_900_000, True, "3.9 MB free: make room soon"),
        (1_500_000, True, "1.5 MB free: make room soon"),
        (1_400_000, False, "1.4 MB free, and 1.5 MB are needed: make room"),
        (0, False, "0.0 MB free, and 1.5 MB are needed: make room"),
    ],
)
def test_the_disk_is_well_as_long_as_what_is_written_next_has_room(
    free: int, ok: bool, told: str, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small disk that was full once is well when there is room again, though never much."""
    profile.home.mkdir()
    profile.database.write_bytes(bytes(490_000))
    profile.index.write_bytes(bytes(10_000))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    (found,) = (f for f in doctor.machine_findings(profile) if f.check == "disk")
    assert (found.ok, found.detail) == (ok, told)
