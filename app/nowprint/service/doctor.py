"""Doctor's findings on the program, the models and the disk. hardware.py adds those on the back ends, and
the memory package those on the profile."""

from __future__ import annotations

import hashlib
import platform
import shutil
import tomllib
from pathlib import Path

from nowprint import __version__
from nowprint.engine.gguf.check import check_file
from nowprint.errors import UserError
from nowprint.records import DoctorFinding
from nowprint.settings import Profile, is_frozen, load_settings, resources, starter_model

LITTLE = 200_000_000
"""With less free space than this, in bytes, doctor warns, though everything can still be saved."""
TURNS = 1_000_000
"""The most bytes that the next few turns take."""


def machine_findings(profile: Profile) -> tuple[DoctorFinding, ...]:
    return (
        DoctorFinding(
            "program",
            True,
            f"Nowprint {__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}",
        ),
        *_bundled_models(),
        _chosen_model(profile),
        _disk(profile),
    )


def _bundled_models() -> list[DoctorFinding]:
    """Whether each bundled model's files have the SHA-256 that the manifest gives."""
    again = "reinstall Nowprint" if is_frozen() else "set it up again"
    try:
        with open(resources() / "models.toml", "rb") as file:
            manifest = tomllib.load(file)
    except OSError as error:
        detail = f"their manifest can't be read ({error.strerror or error}): {again}"
        return [DoctorFinding("bundled models", False, detail)]
    findings = []
    for model in manifest["model"]:
        faults = [fault for file in model["file"] if (fault := _fault(file))]
        detail = f"{'; '.join(faults)}: {again}" if faults else "as in the manifest"
        findings.append(DoctorFinding(f"bundled {model['name']}", not faults, detail))
    return findings


def _fault(file: dict[str, str]) -> str:
    """What is wrong with one file of a bundled model; "" if nothing is."""
    path = resources() / file["path"]
    try:
        with open(path, "rb") as opened:
            same = hashlib.file_digest(opened, "sha256").hexdigest() == file["sha256"]
    except OSError as fault:
        return f"{path.name} can't be read ({fault.strerror or fault})"
    return "" if same else f"{path.name} differs from its SHA-256"


def _chosen_model(profile: Profile) -> DoctorFinding:
    path = load_settings(profile).model or str(starter_model())
    try:
        size = check_file(Path(path))
    except UserError as fault:
        return DoctorFinding("chosen model", False, str(fault))
    return DoctorFinding("chosen model", True, f"{path} ({size / 1e6:.0f} MB)")


def _disk(profile: Profile) -> DoctorFinding:
    """Whether the disk has room for what is written next. If it hasn't, what is saved already stays whole."""
    free = shutil.disk_usage(profile.home).free
    # a purge writes the database and the index anew before it deletes the old files
    written = [file for file in (profile.database, profile.index) if file.exists()]
    needed = TURNS + sum(file.stat().st_size for file in written)
    told = f"{_size(free)} free"
    if free < needed:
        return DoctorFinding("disk", False, f"{told}, and {_size(needed)} are needed: make room")
    return DoctorFinding("disk", True, told if free >= LITTLE else f"{told}: make room soon")


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
