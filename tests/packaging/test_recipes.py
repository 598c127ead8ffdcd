"""The recipes of Windows and macOS, as far as any machine can tell: what they call, icons, types of files.

Their tools (Inno Setup, signtool, codesign, hdiutil, notarytool) are programs that they call; here the
calls are written down.
"""

from __future__ import annotations

import plistlib
import re
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QBuffer
from PySide6.QtGui import QImage, QImageReader

import icon_files
from linux.deb import PackageError
from macos import recipe as macos
from nowprint import __version__
from windows import recipe as windows

PACKAGING = Path(__file__).parents[2] / "packaging"


class Calls:
    """What a recipe runs; each word by itself."""

    def __init__(self) -> None:
        self.made: list[list[str]] = []

    def __call__(self, command: list[str]) -> None:
        self.made.append(command)

    def of(self, program: str) -> list[list[str]]:
        return [call for call in self.made if Path(call[0]).name == program]


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    folder = tmp_path / "onedir" / "nowprint"
    (folder / "_internal" / "resources" / "licences").mkdir(parents=True)
    (folder / "_internal" / "resources" / "licences" / "index.html").write_text("list")
    for name in ("nowprint.exe", "nowprint-terminal.exe", "_internal/a.pyd"):
        (folder / name).write_bytes(b"MZ")
    return folder


@pytest.fixture(autouse=True)
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A path of programs that holds the recipes' tools and nothing else; no certificate."""
    for name in ("NOWPRINT_SIGN_THUMBPRINT", "NOWPRINT_SIGN_IDENTITY", "NOWPRINT_NOTARY_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("iscc", "signtool", "codesign", "hdiutil", "xcrun"):
        (folder / name).write_text("")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


# --- Windows -----------------------------------------------------------------------------------


def test_windows_gets_an_installer_and_a_zip(bundle: Path, tmp_path: Path, calls: Calls) -> None:
    made = windows.make(bundle, tmp_path / "icons", tmp_path, "1.2.3", calls)
    assert [path.name for path in made] == [
        "nowprint-1.2.3-windows-x86_64-setup.exe",
        "nowprint-1.2.3-windows-x86_64.zip",
    ]
    with zipfile.ZipFile(made[1]) as archive:
        names = archive.namelist()
    assert {"Nowprint/README.txt", "Nowprint/nowprint.exe", "Nowprint/_internal/a.pyd"} <= set(
        names
    )
    assert "Nowprint/portable" not in names, "who wants the profile there says so"
    (compiler,) = calls.of("iscc")
    assert {"/DVersion=1.2.3", f"/DBundle={bundle}", f"/O{tmp_path}"} <= set(compiler)
    assert not calls.of("signtool")
    assert "/DSigned" not in compiler


def test_with_a_certificate_programs_and_installer_are_signed(
    bundle: Path, tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOWPRINT_SIGN_THUMBPRINT", "ab12")
    windows.make(bundle, tmp_path, tmp_path, "1.2.3", calls)
    (signing,) = calls.of("signtool")
    assert signing[2:4] == ["/sha1", "ab12"]
    assert [Path(word).name for word in signing[-2:]] == ["nowprint-terminal.exe", "nowprint.exe"]
    (compiler,) = calls.of("iscc")
    assert "/DSigned" in compiler
    assert any(word.startswith("/Ssigner=") and word.endswith(" $f") for word in compiler)


@pytest.mark.parametrize(("tool", "of"), [("iscc", "Inno Setup 6"), ("signtool", "Windows SDK")])
def test_windows_says_what_it_lacks(
    bundle: Path, tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch, tool: str, of: str
) -> None:
    monkeypatch.setenv("NOWPRINT_SIGN_THUMBPRINT", "ab12")
    (tools / tool).unlink()
    with pytest.raises(PackageError, match=f"{tool} is missing: install .*{of}"):
        windows.make(bundle, tmp_path, tmp_path, "1.2.3", Calls())


def test_a_tool_is_found_in_its_usual_place(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tools / "iscc").unlink()
    place = tmp_path / "Programs" / "Inno Setup 6" / "ISCC.exe"
    place.parent.mkdir(parents=True)
    place.write_text("")
    monkeypatch.setenv("ProgramFiles", str(tmp_path / "Programs"))
    assert windows.find("iscc", "Inno Setup 6", "Inno Setup */ISCC.exe") == str(place)


def test_the_installers_script_is_for_one_user_and_keeps_the_profile() -> None:
    script = (PACKAGING / "windows" / "nowprint.iss").read_text(encoding="utf-8")
    assert re.search(r"^PrivilegesRequired=lowest$", script, re.MULTILINE)
    assert not re.search(r"^Root: HK(LM|CR)", script, re.MULTILINE)
    assert "UninstallDelete" not in script
    given = {"Version", "Bundle", "Icons"}
    assert set(re.findall(r"\{#(\w+)\}", script)) == given
    for line in re.findall(r'^Root: .*command".*$', script, re.MULTILINE):
        assert '"""{app}\\nowprint.exe"" ""%1"""' in line, "a path with spaces is one argument"


# --- macOS -------------------------------------------------------------------------------------


@pytest.fixture
def app(bundle: Path) -> Path:
    (bundle.parent / "Nowprint.app" / "Contents" / "Resources" / "resources").mkdir(parents=True)
    return bundle.parent / "Nowprint.app"


def test_macos_gets_an_image_of_the_app_sealed_with_its_licences(
    bundle: Path, app: Path, tmp_path: Path, calls: Calls
) -> None:
    (image,) = macos.make(bundle, tmp_path, "1.2.3", calls)
    assert re.fullmatch(r"nowprint-1\.2\.3-macos-\w+\.dmg", image.name)
    assert (app / "Contents/Resources/resources/licences/index.html").read_text() == "list"
    seal, verify = calls.of("codesign")
    assert seal[:4] == ["codesign", "--force", "--sign", "-"]
    assert "runtime" not in seal
    assert verify[1] == "--verify"
    assert str(image) in calls.of("hdiutil")[0]
    assert not calls.of("xcrun")


def test_with_an_identity_it_is_hardened_and_with_credentials_notarised(
    bundle: Path, app: Path, tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOWPRINT_SIGN_IDENTITY", "Developer ID Application: Us")
    monkeypatch.setenv("NOWPRINT_NOTARY_PROFILE", "ours")
    (image,) = macos.make(bundle, tmp_path, "1.2.3", calls)
    seal, _, of_image = calls.of("codesign")
    assert {"runtime", "--timestamp", "Developer ID Application: Us"} <= set(seal)
    assert of_image[-1] == str(image)
    submit, staple = calls.of("xcrun")
    assert submit[1:3] == ["notarytool", "submit"]
    assert staple[1:3] == ["stapler", "staple"]
    assert [Path(call[0]).name for call in calls.made] == [
        *("codesign", "codesign", "ditto", "hdiutil", "codesign", "xcrun", "xcrun")
    ]


@pytest.mark.parametrize("lacking", ["codesign", "hdiutil", "xcrun", "app", "identity"])
def test_macos_says_what_it_lacks(
    bundle: Path,
    app: Path,
    tmp_path: Path,
    tools: Path,
    monkeypatch: pytest.MonkeyPatch,
    lacking: str,
) -> None:
    sentence = f"{lacking} is missing"
    if lacking == "app":
        app.rename(tmp_path / "elsewhere.app")
        sentence = "Nowprint.app is missing"
    elif lacking == "identity":
        monkeypatch.setenv("NOWPRINT_NOTARY_PROFILE", "ours")
        sentence = "set NOWPRINT_SIGN_IDENTITY too"
    else:
        (tools / lacking).unlink()
    with pytest.raises(PackageError, match=re.escape(sentence)):
        macos.make(bundle, tmp_path, "1.2.3", Calls())


def test_finder_learns_both_types_of_files() -> None:
    with open(PACKAGING / "macos" / "Info.plist", "rb") as file:
        told = plistlib.load(file)
    declared = {
        entry["UTTypeIdentifier"]: entry["UTTypeTagSpecification"]["public.filename-extension"]
        for key in ("UTExportedTypeDeclarations", "UTImportedTypeDeclarations")
        for entry in told[key]
    }
    assert declared == {"org.nowprint.memory": ["nowprint"], "org.ggml.gguf": ["gguf"]}
    opened = {t["LSItemContentTypes"][0]: t["LSHandlerRank"] for t in told["CFBundleDocumentTypes"]}
    assert opened == {"org.nowprint.memory": "Owner", "org.ggml.gguf": "Alternate"}
    with open(PACKAGING / "macos" / "entitlements.plist", "rb") as file:
        assert all(plistlib.load(file).values())


# --- both --------------------------------------------------------------------------------------


def test_icon_files_hold_the_picture_in_every_size(qapp: Any, tmp_path: Path) -> None:
    icon_files.make_icons(tmp_path, ".ico")
    reader = QImageReader(str(tmp_path / "nowprint.ico"))
    sizes = []
    for number in range(reader.imageCount()):
        reader.jumpToImage(number)
        sizes.append(reader.read().width())
    assert sizes == list(icon_files.ICO_SIZES)
    icon_files.make_icons(tmp_path, ".icns")
    for name in ("nowprint", "nowprint-memory"):
        assert pictures((tmp_path / f"{name}.icns").read_bytes()) == icon_files.ICNS_SIZES


def pictures(content: bytes) -> dict[bytes, int]:
    """Kind → width of the picture, drawn on."""
    assert content[:4] == b"icns"
    assert struct.unpack(">I", content[4:8])[0] == len(content)
    found, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at + 4 : at + 8])
        buffer = QBuffer()
        buffer.setData(content[at + 8 : at + length])
        image = QImage.fromData(buffer.data())
        assert image.pixelColor(image.width() // 2, image.height() // 2).alpha() > 0
        found[content[at : at + 4]] = image.width()
        at += length
    return found


def test_the_version_that_the_recipe_reads_is_the_apps() -> None:
    import package

    assert package.read_version() == __version__
