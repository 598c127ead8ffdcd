"""The .deb: the frozen app under /opt/nowprint and what a desktop needs to find it.

What it depends on is read from its files: every library that they name and that isn't in the bundle
belongs to a package, which dpkg-shlibdeps knows with the version that is needed. The caches of menus,
icons and MIME types are renewed by the triggers of the packages that own them.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from linux.icons import render_icons
from linux.manual import manual

HERE = Path(__file__).resolve().parent
MAINTAINER = "Nowprint contributors <nowprint@users.noreply.github.com>"
HOMEPAGE = "https://github.com/nowprint/nowprint"
OPTIONAL = ("libqgtk3.so",)
"""Loaded only on a desktop that brings what it links to; a package that needs it would be too much."""
RECOMMENDS = ("desktop-file-utils", "hicolor-icon-theme", "shared-mime-info", "xdg-utils")
"""They make the menu entry, the icons and the opening of files work; every desktop has them."""
COMPRESSION = ("-Zzstd", "-z12")
"""Debian 12 and Ubuntu 22.04 read zstd, and it unpacks fast, which is what people wait for. The models
hardly shrink at any level; -12 packs the rest in a fraction of the minutes that -19 takes."""

CONTROL = """\
Package: nowprint
Version: {version}
Architecture: amd64
Maintainer: {maintainer}
Installed-Size: {kibibytes}
Depends: {depends}
Recommends: {recommends}
Section: utils
Priority: optional
Homepage: {homepage}
Description: private chat assistant that remembers you
 Nowprint runs a language model on this computer, notices while it reads
 where it was surprised, and keeps those moments. In a new chat they come
 back when they help; each can be seen, corrected, pinned or forgotten for
 good. A small starter model comes along. Nothing leaves the computer.
"""


class PackageError(Exception):
    """A step can't be done: one sentence that says why."""


def make_tree(tree: Path, bundle: Path, version: str, copyright_: str, when: int) -> None:
    """Lay out what the package installs. The app's files are linked, not copied."""
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(bundle, tree / "opt" / "nowprint", copy_function=os.link, symlinks=True)
    share = tree / "usr" / "share"
    binaries = tree / "usr" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "nowprint").symlink_to("/opt/nowprint/nowprint")
    day = time.strftime("%Y-%m-%d", time.gmtime(when))
    metainfo = (HERE / "nowprint.metainfo.xml").read_text(encoding="utf-8")
    metainfo = metainfo.replace("@VERSION@", version).replace("@DATE@", day)
    changelog = (HERE / "changelog").read_text(encoding="utf-8")
    _write(share / "applications" / "nowprint.desktop", (HERE / "nowprint.desktop").read_bytes())
    _write(share / "mime" / "packages" / "nowprint.xml", (HERE / "nowprint.xml").read_bytes())
    _write(share / "metainfo" / "io.github.nowprint.nowprint.metainfo.xml", metainfo.encode())
    _write(share / "man" / "man1" / "nowprint.1.gz", _zipped(manual(when)))
    _write(share / "doc" / "nowprint" / "copyright", copyright_.encode())
    _write(share / "doc" / "nowprint" / "changelog.gz", _zipped(changelog))
    render_icons(share / "icons" / "hicolor")
    check_tree(tree, version)


def check_tree(tree: Path, version: str) -> None:
    """Have the desktop's own tools read what was written for it."""
    share = tree / "usr" / "share"
    newest = (HERE / "changelog").read_text(encoding="utf-8").split("\n", 1)[0]
    if not newest.startswith(f"nowprint ({version}) "):
        raise PackageError(f"packaging/linux/changelog has no entry of version {version}: write it")
    for command in (
        ["desktop-file-validate", str(share / "applications" / "nowprint.desktop")],
        ["appstreamcli", "validate", "--no-net", *map(str, (share / "metainfo").iterdir())],
        ["man", "--warnings", "-l", str(share / "man" / "man1" / "nowprint.1.gz")],
    ):
        if shutil.which(command[0]) is None:
            raise PackageError(f"{command[0]} is missing: it checks what the package installs")
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if ended.returncode or ended.stderr.strip():
            words = (ended.stderr + ended.stdout).strip()[-500:]
            raise PackageError(f"{command[0]} objects: {words}")


def make_deb(deb: Path, tree: Path, version: str, when: int) -> None:
    """Pack the tree; the same tree and time give the same bytes."""
    debian = tree / "DEBIAN"
    shutil.rmtree(debian, ignore_errors=True)
    debian.mkdir()  # dpkg-shlibdeps knows a package's tree by it
    files = sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    depends = dependencies(tree, [path for path in files if is_elf(path)])
    kibibytes = sum(-(-path.stat().st_size // 1024) for path in files)
    _write(
        debian / "control",
        CONTROL.format(
            version=version,
            maintainer=MAINTAINER,
            kibibytes=kibibytes,
            depends=", ".join(depends),
            recommends=", ".join(RECOMMENDS),
            homepage=HOMEPAGE,
        ).encode(),
    )
    sums = (f"{_md5(path)}  {path.relative_to(tree)}\n" for path in files)
    _write(debian / "md5sums", "".join(sums).encode())
    _write(debian / "postrm", (HERE / "postrm").read_bytes())
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            os.utime(path, (when, when), follow_symlinks=False)
            continue
        runs = path.is_dir() or path.name == "postrm" or path == tree / "opt/nowprint/nowprint"
        path.chmod(0o755 if runs else 0o644)
        os.utime(path, (when, when))
    beside = deb.with_name(deb.name + ".new")
    command = ["dpkg-deb", "--root-owner-group", *COMPRESSION, "--build", str(tree), str(beside)]
    ended = subprocess.run(
        command, capture_output=True, text=True, env=dict(os.environ, SOURCE_DATE_EPOCH=str(when))
    )
    if ended.returncode:
        raise PackageError(f"dpkg-deb could not pack it: {ended.stderr.strip()}")
    os.replace(beside, deb)


def dependencies(tree: Path, binaries: Iterable[Path]) -> list[str]:
    """Debian's packages of the libraries that these need and the bundle hasn't."""
    internal = tree / "opt" / "nowprint" / "_internal"
    needed = [str(path) for path in binaries if path.name not in OPTIONAL]
    own = sorted({str(path.parent) for path in internal.rglob("*.so*")})
    with tempfile.TemporaryDirectory() as folder:
        debian = Path(folder) / "debian"
        debian.mkdir()
        control = "Source: nowprint\n\nPackage: nowprint\nArchitecture: amd64\n"
        (debian / "control").write_text(control, encoding="ascii")
        command = [
            *("dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0"),
            *(f"-l{path}" for path in own),
            *(f"-x{package}" for package in packages_of(internal.glob("lib*.so*"))),
            *(f"-e{path}" for path in needed),
        ]
        ended = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    found = re.search(r"^shlibs:Depends=(.+)$", ended.stdout, re.MULTILINE)
    if ended.returncode or not found:
        raise PackageError(
            f"dpkg-shlibdeps can't tell what it needs: {ended.stderr.strip()[-800:]}"
        )
    return found[1].split(", ")


def packages_of(libraries: Iterable[Path]) -> list[str]:
    """Debian's packages of the system's own libraries of these names: the bundle has them with it."""
    names = [f"*/{path.name}" for path in libraries]
    found = subprocess.run(["dpkg-query", "--search", *names], capture_output=True, text=True)
    return sorted({line.split(":", 1)[0] for line in found.stdout.splitlines()})


def is_elf(path: Path) -> bool:
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _zipped(text: str) -> bytes:
    return gzip.compress(text.encode(), 9, mtime=0)


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()
