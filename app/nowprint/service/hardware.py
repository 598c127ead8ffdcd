"""Choosing what this core computes on: a variant of llama.cpp's CPU code, and perhaps a graphics card.

The variants are tried in the order of their scores, and the first one that passes its proof
(engine/proof.py) is used. A graphics card is proved together with that variant. What crashes or
calculates wrongly is set aside by name, and a notice says so. It is not tried again until the user asks
for it (``nowprint doctor --prove``) or the build changes. After two cores in a row have died inside
llama.cpp, the next one uses the plainest variant, proved or not: slow is better than nothing.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import NoReturn

from nowprint.engine import backends
from nowprint.engine import proof as engine_proof
from nowprint.engine.backends import Device
from nowprint.engine.proof import list_devices, prove
from nowprint.errors import UserError
from nowprint.events import Notice, Progress
from nowprint.inspection import Announcement
from nowprint.records import DoctorFinding
from nowprint.service.proofs import PLAIN_AFTER, Proofs, read, write
from nowprint.settings import Profile

AUTOMATIC, CPU = "automatic", "CPU"
_TASK = "Trying what this machine computes on"
_DRIVERS = (
    *("/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"),
    *("/sys/class/drm", "/dev/dri", "/dev/nvidiactl"),
)


class Hardware:
    """Proves and chooses the variant and the graphics card for one core."""

    def __init__(self, profile: Profile, announce: Callable[[Announcement], None]) -> None:
        self._profile = profile
        self._announce = announce
        self._machine = backends.build_id()
        self._proofs = read(profile, self._machine)[1]
        self._told: set[str] = set()
        self.free = 0
        """Bytes that the graphics card that computes had free when it was listed; 0 without one."""
        self._lock = Lock()

    def ready(self, wanted: str) -> Device | None:
        with self._lock:
            return self._ready(wanted)

    def _ready(self, wanted: str) -> Device | None:
        """Load a variant, and return the graphics card to use beside it, None for none.

        ``wanted`` is AUTOMATIC, CPU, or a word of a device's name. UserError if no variant can be loaded.
        """
        plainly = self._proofs.deaths >= PLAIN_AFTER
        variant = backends.load(self._plainest() if plainly else self._variant())
        device = None if plainly else self._device(wanted, variant)
        if plainly:
            self._say(
                "The model process stopped twice in a row inside llama.cpp: now it computes on "
                f"{variant}, its plainest code, which is slow. `nowprint doctor` tells what was set aside."
            )
        elif self._proofs.deaths and self._proofs.died:
            self._say(
                f"The model process stopped inside what llama.cpp has for {self._proofs.died}: that is "
                f"set aside, and {device.description if device else variant} computes."
            )
        self.free = device.free if device else 0
        self._proofs.using = device.description if device else variant
        self._write()
        return device

    def answered(self) -> None:
        """Note that an answer was completed, so that what computed it works."""
        if self._proofs.deaths:
            self._proofs.deaths, self._proofs.died = 0, ""
            self._write()

    def devices(self) -> tuple[str, ...]:
        """The names of this machine's graphics cards, as their drivers give them."""
        with self._lock:
            return tuple(device.description for device in self._listed())

    def prove_again(self, wanted: str) -> None:
        """Drop what was found out, and prove every variant and device of this machine again."""
        with self._lock:
            self._proofs = Proofs()
            for variant in backends.variants():
                self._passes(variant)
            for device in self._listed():
                self._passes(self._variant(), device)
        self.ready(wanted)

    def findings(self, wanted: str) -> tuple[DoctorFinding, ...]:
        """For doctor: which variant and card are used, what was proved, what was set aside and why."""
        try:
            device = self.ready(wanted)
        except UserError as fault:
            return (DoctorFinding("llama.cpp", False, str(fault)),)
        proofs = self._proofs
        proved = [f"{name} ({speed:.0f} tokens/s)" for name, speed in proofs.proved.items()]
        told = f"proved here: {', '.join(proved) or 'nothing'}"
        if proofs.aside:
            told += f"; set aside: {'; '.join(f'{n} {how}' for n, how in proofs.aside.items())}"
        cards = ", ".join(d.description for d in self._listed()) or "none"
        used = f"; {device.description} is used" if device else ""
        return (
            DoctorFinding("llama.cpp", True, backends.system_info()),
            DoctorFinding("engine proofs", bool(proofs.proved), told),
            DoctorFinding("graphics cards", True, f"{cards}{used}"),
        )

    # --- the CPU ---------------------------------------------------------------------------

    def _variant(self) -> str:
        """The variant with the highest score that passes its proof; the plainest if none does."""
        for variant in backends.variants():
            if self._passes(variant):
                return variant
        plainest = self._plainest()
        self._say(
            f"No variant of llama.cpp passed its proof on this processor: the plainest, {plainest}, "
            "is used. If it fails too, reinstall Nowprint."
        )
        return plainest

    def _plainest(self) -> str:
        names = backends.variants()
        return names[-1] if names else ""

    def _passes(self, variant: str, device: Device | None = None) -> bool:
        """Whether the variant, or the device together with it, was proved before or passes its proof now. If
        the proof says nothing about it, it passes, but stays unproved."""
        name = device.description if device else variant
        if name in self._proofs.aside:
            return False
        if name in self._proofs.proved:
            return True
        self._announce(Progress(f"{_TASK}: {name}", None))
        try:
            proof = prove(variant, device.name if device else "")
            if proof.fault and not proof.certain:
                proof = prove(variant, device.name if device else "")
        finally:
            self._announce(Progress(f"{_TASK}: {name}", 1.0))
        if proof.fault and proof.certain:
            self._proofs.set_aside(name, proof.fault)
            self._say(
                f"What llama.cpp has for {name} {proof.fault} on this machine: it is set aside, and "
                "something else computes."
            )
        elif not proof.fault:
            self._proofs.proved[name] = proof.tokens_per_second
        self._write()
        return not proof.fault or not proof.certain

    # --- a graphics card -------------------------------------------------------------------

    def _device(self, wanted: str, variant: str) -> Device | None:
        if wanted == CPU:
            return None
        chosen = [device for device in self._listed() if _is_wanted(device, wanted)]
        if wanted != AUTOMATIC and not chosen:
            self._say(
                f"There is no graphics card “{wanted}” here: the CPU computes. Choose another in the "
                "settings."
            )
        passed = [d.description for d in chosen if self._passes(variant, d)]
        if not passed:
            return None
        backends.load_graphics()
        there = {device.description: device for device in backends.devices()}
        return next((there[name] for name in passed if name in there), None)

    def _listed(self) -> list[Device]:
        """This machine's graphics cards. When the drivers have changed, the cards are looked for again, and
        what was found out about them is dropped."""
        drivers = _drivers()
        if self._proofs.devices is None or self._proofs.drivers != drivers:
            for told in self._proofs.devices or ():
                self._proofs.proved.pop(told["description"], None)
                self._proofs.aside.pop(told["description"], None)
            self._proofs.devices = list_devices() or []
            self._proofs.drivers = drivers
            self._write()
        return [Device(**told) for told in self._proofs.devices]

    # --- telling ---------------------------------------------------------------------------

    def _say(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            self._announce(Notice(sentence))

    def _write(self) -> None:
        write(self._profile, self._machine, self._proofs)


def _is_wanted(device: Device, wanted: str) -> bool:
    """Whether the user's choice allows this device. AUTOMATIC allows only real cards, and except on macOS
    only those with their own memory: a card that shares the machine's memory is seldom faster."""
    if wanted == AUTOMATIC:
        metal = sys.platform == "darwin"
        return not device.software and (metal or not device.integrated)
    return wanted.lower() in f"{device.name} {device.description}".lower()


def _drivers() -> str:
    """A text that changes when a driver or card is added or removed, on systems that show this in files."""
    digest = hashlib.sha256()
    for place in map(Path, _DRIVERS):
        names = sorted(place.iterdir()) if place.is_dir() else [place] if place.exists() else []
        for path in names:
            digest.update(f"{path} {path.stat().st_mtime_ns if path.is_file() else ''}\n".encode())
    return f"{digest.hexdigest()[:16]} {os.environ.get('GGML_VK_VISIBLE_DEVICES', '')}".strip()


def proof(arguments: list[str]) -> NoReturn:
    """``nowprint proof …``: the main function of the process in which a proof runs."""
    engine_proof.main(arguments)
