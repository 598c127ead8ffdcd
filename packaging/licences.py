"""The licence inventory of a frozen Nowprint, made from what is really in it.

    PYTHON packaging/licences.py BUNDLE [FOLDER]

BUNDLE is the folder that PyInstaller made, PYTHON the one of the environment that it was frozen from.
Every file, and every module inside the executable, belongs to a component with a version, a licence and
its text in full, or this fails with a sentence for each that doesn't. The inventory is written to FOLDER,
by default where the app looks for it (``resources/licences`` in the bundle): ``index.html`` for people,
``THIRD-PARTY.md``, ``inventory.json`` for machines, and ``texts/``.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from licence_owners import Owners
from licence_pages import debian_copyright, read_inventory, write_pages
from licence_parts import Component, LicenceError, chosen, read_facts

__all__ = ["LicenceError", "debian_copyright", "main", "make", "sizes"]

SHORTEST = 200
"""Characters; less is no licence but a hint at one."""
COPYLEFT = re.compile(r"\b(L?GPL|MPL|AGPL)\b")


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2) or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    bundle = Path(arguments[0]).resolve()
    folder = Path(arguments[1]).resolve() if len(arguments) == 2 else place(bundle)
    try:
        components = make(bundle, folder)
    except LicenceError as fault:
        print(fault, file=sys.stderr)
        return 1
    files = sum(len(component.files) for component in components)
    total = sum(component.bytes for component in components)
    print(f"{len(components)} components, {files} files, {total / 1e6:.0f} MB: {folder}")
    return 0


def place(bundle: Path) -> Path:
    """Where the frozen app looks for its licences."""
    inner = bundle / "_internal"
    return (inner if inner.is_dir() else bundle) / "resources" / "licences"


def make(bundle: Path, folder: Path, owners: Owners | None = None) -> list[Component]:
    """Write the inventory of a bundle to a folder, which may be in it. LicenceError.

    :param owners: who looks for them; None for the facts and the environment that are here
    """
    if not bundle.is_dir():
        raise LicenceError(f"{bundle} is no folder: give the one that PyInstaller made.")
    owners = owners or Owners(bundle, read_facts(), frozen_modules)
    components = owners.find(folder, place(bundle))
    faults = owners.faults + [
        fault for component in components for fault in faults_of(component, components)
    ]
    faults += [
        f"{name} belongs to no component: name its owner in packaging/licences.toml, or leave it "
        "out of the bundle."
        for name in owners.unknown
    ]
    if faults:
        raise LicenceError("\n".join(dict.fromkeys(faults)))
    if folder.exists():
        shutil.rmtree(folder)
    write_pages(components, folder)
    return components


def faults_of(component: Component, components: list[Component]) -> list[str]:
    """What its entry lacks, a sentence each."""
    name, licence = f"{component.name} {component.version}".strip(), component.licence
    faults = []
    if not licence:
        faults.append(f"{name} has no licence.")
    if not any(len(text.body.strip()) >= SHORTEST for text in component.texts):
        faults.append(
            f"{name} ({licence}) has no licence text: keep it in packaging/licence-texts and name it "
            "in packaging/licences.toml."
        )
    if component.kind != "app" and not component.purpose:
        faults.append(f"{name} has no purpose: say in packaging/licences.toml what it is for.")
    if COPYLEFT.search(licence) and not component.origin:
        hosts = [other for other in components if other.name in component.inside and other.origin]
        if not hosts:
            faults.append(
                f"{name} ({licence}) needs its source's place in packaging/licences.toml."
            )
    holding = [id for id in chosen(licence) if re.match(r"A?GPL", id)]
    if holding and "exception" not in licence.lower():
        faults.append(
            f"{name} is under {licence}, which would bind the whole app: leave it out of the bundle."
        )
    return faults


def frozen_modules(program: Path) -> dict[str, int]:
    """The modules inside an executable of PyInstaller, with their bytes there. LicenceError."""
    try:
        from PyInstaller.archive.readers import (  # type: ignore[import-untyped]
            ArchiveReadError,
            CArchiveReader,
        )
    except ImportError as fault:
        raise SystemExit(
            f"{sys.executable} has no PyInstaller: use the Python of the environment that was frozen."
        ) from fault
    try:
        archive = CArchiveReader(str(program))
    except (ArchiveReadError, OSError) as fault:
        raise LicenceError(f"{program} is no executable of PyInstaller: {fault}") from fault
    modules: dict[str, int] = {}
    for name, (*_, kind) in archive.toc.items():
        if kind == "z":
            inner = archive.open_embedded_archive(name)
            modules |= {module: entry[2] for module, entry in inner.toc.items() if entry[2]}
    return modules


def sizes(folder: Path) -> list[tuple[str, int]]:
    """The bytes of each component with files of its own, the largest first."""
    found = [(str(entry["name"]), int(str(entry["bytes"]))) for entry in read_inventory(folder)]
    return sorted(((name, size) for name, size in found if size), key=lambda row: -row[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
