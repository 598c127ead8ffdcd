"""What was found out about the engine on this machine: ``engine.json`` in the profile.

For a build of the engine on a processor: which variants and devices were proved (engine/proof.py),
which were set aside and why, and how many cores in a row died inside llama.cpp. A profile that moves
between machines holds a part for each. The core writes it; when a core has died the front end does.
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

BEGINNING = "NOWPRINT_PROOFS"
"""An ``engine.json`` that a new profile begins with, where many are made on one machine."""
MOST_MACHINES = 8
PLAIN_AFTER = 2
"""So many cores in a row died inside llama.cpp: the next one computes as plainly as it can."""


@dataclass
class Proofs:
    """What is known of one build on one processor. A device is named by its driver's description."""

    proved: dict[str, float] = field(default_factory=dict)
    """Variants and devices, and how many tokens a second they read."""
    aside: dict[str, str] = field(default_factory=dict)
    """Those that died or were wrong, and how."""
    using: str = ""
    """What the core that wrote this computes on: a device, else its variant."""
    deaths: int = 0
    died: str = ""
    """What was set aside for the last of them; "" for nothing."""
    devices: list[dict[str, Any]] | None = None
    """The graphics cards that were found, and the state of the drivers then; None: never looked for."""
    drivers: str = ""

    def set_aside(self, name: str, how: str) -> None:
        self.proved.pop(name, None)
        self.aside[name] = how


def read(profile: Profile, machine: str = "") -> tuple[str, Proofs]:
    """The machine and what is known of it; without a name it is the one that was written last."""
    known = _read(profile)
    machine = machine or next(reversed(known), "")
    fields = {f.name for f in dataclasses.fields(Proofs)}
    told = known.get(machine)
    if not isinstance(told, dict):
        return machine, Proofs()
    return machine, Proofs(**{name: value for name, value in told.items() if name in fields})


def write(profile: Profile, machine: str, proofs: Proofs) -> None:
    """A disk that takes nothing is no fault: then it is found out again."""
    known = _read(profile)
    known.pop(machine, None)
    known[machine] = dataclasses.asdict(proofs)
    kept = dict(list(known.items())[-MOST_MACHINES:])
    try:
        with replacing(profile.engine) as file:
            file.write((json.dumps(kept, indent=1) + "\n").encode())
    except (UserError, OSError):
        return


def note_death(profile: Profile, how: str, *, loading: bool) -> None:
    """A core died inside llama.cpp. While it was ``loading`` a model that the user chose, the file may
    be to blame: nothing is set aside for that."""
    machine, proofs = read(profile)
    if not machine:
        return
    proofs.deaths += 1
    proofs.died = "" if loading else proofs.using
    if proofs.died:
        proofs.set_aside(proofs.died, f"ended with {how} in the middle of its work")
    write(profile, machine, proofs)


def _read(profile: Profile) -> dict[str, Any]:
    new = not profile.engine.exists() and BEGINNING in os.environ
    try:
        place = Path(os.environ[BEGINNING]) if new else profile.engine
        told = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
