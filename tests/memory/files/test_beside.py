"""Files that are whole or not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nowprint.errors import UserError
from nowprint.memory.files.beside import OLD, replacing


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
