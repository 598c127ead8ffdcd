"""macOS: a .dmg with the app, from the frozen folder and the .app that PyInstaller made beside it.

``python3 packaging/dev.py package`` comes here on macOS. It needs a Mac with Apple's processor (PyTorch and
ONNX Runtime make no wheels for Intel's any more) and Xcode's command line tools.
Without an identity the app is signed for this machine only (ad hoc); with one it is signed for others, and
notarised if credentials are given:

    NOWPRINT_SIGN_IDENTITY     "Developer ID Application: …" in a keychain (nowprint.spec signs with it too)
    NOWPRINT_NOTARY_PROFILE    a name under which `xcrun notarytool store-credentials` keeps them

No password is ever asked for or written down here.
"""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import licences
from linux.deb import PackageError

HERE = Path(__file__).resolve().parent
AD_HOC = "-"
Run = Callable[[list[str]], None]


def make(bundle: Path, out: Path, version: str, run: Run) -> list[Path]:
    """The .dmg; PackageError."""
    app = bundle.parent / "Nowprint.app"
    if not app.is_dir():
        raise PackageError(f"{app} is missing: PyInstaller makes it on macOS, from nowprint.spec.")
    for tool in ("codesign", "hdiutil", "xcrun"):
        if shutil.which(tool) is None:
            raise PackageError(f"{tool} is missing: run xcode-select --install, then this again.")
    identity = os.environ.get("NOWPRINT_SIGN_IDENTITY", AD_HOC)
    notary = os.environ.get("NOWPRINT_NOTARY_PROFILE", "")
    if notary and identity == AD_HOC:
        raise PackageError("Apple notarises only what is signed: set NOWPRINT_SIGN_IDENTITY too.")
    inventory = app / "Contents" / "Resources" / "resources" / "licences"
    shutil.rmtree(inventory, ignore_errors=True)
    shutil.copytree(licences.place(bundle), inventory)
    run([*sign_command(identity), "--entitlements", str(HERE / "entitlements.plist"), str(app)])
    run(["codesign", "--verify", "--deep", "--strict", str(app)])
    image = out / f"nowprint-{version}-macos-{platform.machine()}.dmg"
    make_image(image, app, run)
    if identity != AD_HOC:
        run([*sign_command(identity), str(image)])
    if notary:
        submit = ["xcrun", "notarytool", "submit", str(image), "--wait"]
        run([*submit, "--keychain-profile", notary])
        run(["xcrun", "stapler", "staple", str(image)])
    return [image]


def sign_command(identity: str) -> list[str]:
    """Everything but the file's name. Its libraries are signed already; this seals the whole."""
    command = ["codesign", "--force", "--sign", identity]
    if identity != AD_HOC:
        command += ["--options", "runtime", "--timestamp"]
    return command


def make_image(image: Path, app: Path, run: Run) -> None:
    """The app beside a link to where it belongs."""
    with tempfile.TemporaryDirectory() as folder:
        stage = Path(folder)
        run(["ditto", str(app), str(stage / app.name)])  # keeps links and signatures
        (stage / "Applications").symlink_to("/Applications")
        what = ["-volname", "Nowprint", "-srcfolder", str(stage), "-fs", "HFS+", "-format", "UDZO"]
        run(["hdiutil", "create", "-ov", *what, str(image)])
