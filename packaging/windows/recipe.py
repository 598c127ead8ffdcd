"""Windows: an installer for one user and a portable zip, from the frozen folder.

``python packaging/dev.py package`` comes here on Windows. It needs Inno Setup 6 (``iscc`` on the path or
in its usual place), and signs what it makes when a certificate is given:

    NOWPRINT_SIGN_THUMBPRINT   SHA-1 of a code-signing certificate in the user's store
    NOWPRINT_SIGN_TIMESTAMP    a time-stamp server, if not the usual one

Signing needs the Windows SDK's ``signtool``. No password is ever asked for or written down here: whoever
holds the certificate puts it into the store before.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

from linux.deb import PackageError

HERE = Path(__file__).resolve().parent
TIMESTAMP = "http://timestamp.digicert.com"
Run = Callable[[list[str]], None]


def make(bundle: Path, icons: Path, out: Path, version: str, run: Run) -> list[Path]:
    """The installer and the zip; PackageError."""
    compiler = find("iscc", "Inno Setup 6", "Inno Setup */ISCC.exe")
    signer = sign_command()
    if signer:
        run([*signer, *(str(path) for path in sorted(bundle.glob("*.exe")))])
    name = f"nowprint-{version}-windows-x86_64"
    zipped = make_zip(out / f"{name}.zip", bundle)
    command = [compiler, "/Qp", f"/DVersion={version}", f"/DBundle={bundle}", f"/DIcons={icons}"]
    command += [f"/O{out}", f"/F{name}-setup"]
    if signer:
        # Inno Setup signs the installer and its uninstaller itself; $q is a quote, $f the file
        quoted = " ".join(f"$q{word}$q" if " " in word else word for word in signer)
        command += ["/DSigned", f"/Ssigner={quoted} $f"]
    run([*command, str(HERE / "nowprint.iss")])
    return [out / f"{name}-setup.exe", zipped]


def sign_command() -> list[str]:
    """Everything but the files' names; empty without a certificate. PackageError."""
    thumbprint = os.environ.get("NOWPRINT_SIGN_THUMBPRINT", "")
    if not thumbprint:
        return []
    signtool = find("signtool", "the Windows SDK", "Windows Kits/10/bin/10.*/x64/signtool.exe")
    server = os.environ.get("NOWPRINT_SIGN_TIMESTAMP", TIMESTAMP)
    what = ["/sha1", thumbprint, "/fd", "sha256", "/d", "Nowprint"]
    return [signtool, "sign", *what, "/tr", server, "/td", "sha256"]


def find(program: str, of: str, place: str) -> str:
    """A program on the path, or the newest below the folders of programs; PackageError."""
    if found := shutil.which(program):
        return found
    for variable in ("ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA"):
        folder = os.environ.get(variable)
        known = sorted(Path(folder).glob(place)) if folder else []
        if known:
            return str(known[-1])
    raise PackageError(f"{program} is missing: install {of} and call this again.")


def make_zip(target: Path, bundle: Path) -> Path:
    """One folder ``Nowprint`` to unpack anywhere."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(HERE / "README.txt", "Nowprint/README.txt")
        for path in sorted(bundle.rglob("*")):
            if path.is_file():
                archive.write(path, f"Nowprint/{path.relative_to(bundle).as_posix()}")
    return target
