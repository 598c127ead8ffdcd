"""The portable edition: the frozen app in an archive that needs no installing."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BESIDE = {"README.txt": ("README.txt", 0o644), "Nowprint.desktop": ("portable.desktop", 0o755)}
"""What lies beside the app: its name there, our file, its mode."""


def make_archive(target: Path, bundle: Path, when: int) -> None:
    """Pack the app; the same app and time (seconds since the epoch) give the same bytes."""
    top = target.name.removesuffix(".tar.gz")

    def placed(name: str, mode: int) -> tarfile.TarInfo:
        member = tarfile.TarInfo(f"{top}/{name}")
        member.mode, member.mtime = mode, when
        member.uname = member.gname = "root"
        return member

    beside = target.with_name(target.name + ".new")
    with (
        open(beside, "wb") as file,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=when) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, (source, mode) in BESIDE.items():
            content = (HERE / source).read_bytes()
            member = placed(name, mode)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for path in sorted(bundle.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                continue  # its files bring it along
            member = placed(path.relative_to(bundle).as_posix(), 0o644)
            if path.is_symlink():
                member.type, member.linkname = tarfile.SYMTYPE, str(path.readlink())
                archive.addfile(member)
                continue
            member.size = path.stat().st_size
            member.mode = 0o755 if path.parent == bundle else 0o644
            with open(path, "rb") as content_file:
                archive.addfile(member, content_file)
    os.replace(beside, target)
