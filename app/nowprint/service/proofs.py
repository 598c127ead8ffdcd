"""Storing what was found out about the engine on this machine: ``engine.json`` in the profile.

For each pair of an engine build and a processor ("machine") it says which variants and devices were
proved (engine/proof.py), which were set aside and why, and how many cores in a row died inside llama.cpp.
So a profile may move between machines. The core writes the file; after a core has died the front end
does.
"""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nowprint.errors import UserError
from nowprint.saving import replacing
from nowprint.settings import Profile

INITIAL_PROOFS = "NOWPRINT_PROOFS"
"""An environment variable with the path of an ``engine.json`` for new profiles to begin with, where many
profiles are made on one machine. They share the file of frames beside it."""
MOST_MACHINES = 8
PLAIN_AFTER = 2
"""After so many cores in a row died inside llama.cpp, the next one loads the plainest variant."""


@dataclass
class Proofs:
    """What is known of one engine build on one processor. A device goes by its driver's description."""

    proved: dict[str, float] = field(default_factory=dict)
    """Variant or device -> tokens per second, measured while it read 200 tokens."""
    aside: dict[str, str] = field(default_factory=dict)
    """Variant or device that crashed or calculated wrongly -> what happened, in a few words."""
    using: str = ""
    """What the core that wrote this computes on: a device, or else its variant."""
    deaths: int = 0
    """How many cores in a row died inside llama.cpp."""
    died: str = ""
    """The variant or device that was set aside for the last of these deaths; "" if none was."""
    devices: list[dict[str, Any]] | None = None
    """The graphics cards that were found, as fields of ``backends.Device``; None before the first search."""
    drivers: str = ""
    """The state of the drivers when ``devices`` were found."""

    def set_aside(self, name: str, how: str) -> None:
        self.proved.pop(name, None)
        self.aside[name] = how


def read(profile: Profile, machine: str = "") -> tuple[str, Proofs]:
    """(machine, what is known of it); without ``machine`` for the one that was written last."""
    known = _read(profile)
    machine = machine or next(reversed(known), "")
    fields = {f.name for f in dataclasses.fields(Proofs)}
    told = known.get(machine)
    if not isinstance(told, dict):
        return machine, Proofs()
    return machine, Proofs(**{name: value for name, value in told.items() if name in fields})


def write(profile: Profile, machine: str, proofs: Proofs) -> None:
    """Store what is known of a machine. A failure to write is ignored: the proofs are then made again."""
    known = _read(profile)
    known.pop(machine, None)
    known[machine] = dataclasses.asdict(proofs)
    kept = dict(list(known.items())[-MOST_MACHINES:])
    try:
        with replacing(profile.engine) as file:
            file.write((json.dumps(kept, indent=1) + "\n").encode())
    except (UserError, OSError):
        return


def frames_file(profile: Profile) -> Path:
    """Where the frames are kept as the model has read them (chat/kept_frames.py)."""
    shared = os.environ.get(INITIAL_PROOFS)
    return Path(shared).with_name(profile.frames.name) if shared else profile.frames


def note_death(profile: Profile, how: str, *, loading: bool) -> None:
    """Note that a core died inside llama.cpp: count it, and set aside what the core computed on. But if it
    was ``loading`` a model that the user chose, the file may be to blame, and nothing is set aside."""
    machine, proofs = read(profile)
    if not machine:
        return
    proofs.deaths += 1
    proofs.died = "" if loading else proofs.using
    if proofs.died:
        proofs.set_aside(proofs.died, f"ended with {how} in the middle of its work")
    write(profile, machine, proofs)


def _read(profile: Profile) -> dict[str, Any]:
    new = not profile.engine.exists() and INITIAL_PROOFS in os.environ
    try:
        place = Path(os.environ[INITIAL_PROOFS]) if new else profile.engine
        told = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
