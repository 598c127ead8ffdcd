"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.saving import OLD, replacing


def _write_half(target: Path) -> None:
    with replacing(target) as file:
        file.write(b"half of the new")
        raise RuntimeError


def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.nowprint"
    target.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        _write_half(target)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("a.nowprint", b"old")
    ]
    with pytest.raises(UserError, match="choose another place"), replacing(tmp_path / "no" / "a"):
        pass


def test_what_a_kill_left_goes_with_the_next_file(tmp_path: Path) -> None:
    kept = (
        ".a[1].nowprint.42.new",
        ".b.nowprint.41.new",
        ".a[1].nowprint.mine.new",
        ".a1.nowprint.7.new",
    )
    for name in (".a[1].nowprint.41.new", *kept):
        (tmp_path / name).write_bytes(b"My cat Pickwick")
        old = (tmp_path / name).stat().st_mtime - 2 * OLD
        if ".42." not in name:  # another one, that is being written
            os.utime(tmp_path / name, (old, old))
    with replacing(tmp_path / "a[1].nowprint") as file:
        file.write(b"new")
    assert {path.name for path in tmp_path.iterdir()} == {"a[1].nowprint", *kept}


# --- a disk that is full -----------------------------------------------------------------------


@pytest.mark.parametrize("call", ["write", "flush", "fsync", "close", "replace"])
def test_a_full_disk_is_one_sentence_wherever_it_is_noticed(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "a.nowprint"
    target.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    class Full:
        """A file whose disk is full at one call."""

        def __init__(self, *arguments: str) -> None:
            self._file = open(*arguments)  # noqa: SIM115 - closed as the real one is

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()
            if call == "close":
                full()

        def __getattr__(self, name: str) -> Callable[..., object]:
            return full if name == call else getattr(self._file, name)

    if call in ("fsync", "replace"):
        monkeypatch.setattr(f"os.{call}", full)
    else:
        monkeypatch.setattr("nowprint.saving.open", Full, raising=False)
    with pytest.raises(UserError) as told, replacing(target) as file:
        file.write(b"new")
    assert str(told.value) == (
        f"The disk is full: free some space for {target}; nothing was written."
    )
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [
        ("a.nowprint", b"old")
    ]


def test_it_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was synchronised, with its size then, and whether the file had its name."""
    target = tmp_path / "a.nowprint"
    seen: list[tuple[str, int, bool]] = []
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        found = os.fstat(descriptor)
        kind = "folder" if stat.S_ISDIR(found.st_mode) else "file"
        seen.append((kind, found.st_size if kind == "file" else 0, target.exists()))
        sync(descriptor)

    monkeypatch.setattr("os.fsync", fsync)
    with replacing(target) as file:
        file.write(b"new")
    assert seen == [("file", 3, False), ("folder", 0, True)][: len(seen)]
    assert len(seen) == (1 if os.name == "nt" else 2)


# --- what is no plain file ---------------------------------------------------------------------


@pytest.fixture
def device(tmp_path: Path) -> Path:
    """A device that takes no byte, which may be renamed away; a pipe where only root can make one."""
    path = tmp_path / "full"
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 7))
    except PermissionError:
        os.mkfifo(path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files")
def test_a_device_is_refused_and_stays(device: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(device)
    before = device.stat()
    for path in (device, link):
        with (
            pytest.raises(UserError, match=f"{path} can't be written .it is no file on a disk"),
            replacing(path) as file,
        ):
            file.write(b"new")
    assert (device.stat().st_mode, device.stat().st_ino) == (before.st_mode, before.st_ino)
    assert link.is_symlink()
    assert {path.name for path in tmp_path.iterdir()} == {"full", "link"}


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "a")
    for content in (b"new", b"newer"):
        with replacing(tmp_path / "link") as file:
            file.write(content)
        assert (tmp_path / "link").is_symlink()
        assert (tmp_path / "there" / "a").read_bytes() == content
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["a"]


@pytest.mark.skipif(os.name == "nt", reason="there are no such rights")
def test_others_read_only_what_is_not_private(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    for private in (True, False):
        with replacing(tmp_path / "a", private=private):
            pass
        mode = (tmp_path / "a").stat().st_mode & 0o777
        assert mode == (0o600 if private else usual.stat().st_mode & 0o777)
