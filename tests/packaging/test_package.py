"""What makes the packages, on folders of a few small files; the real thing is tests/installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

import package
import sizes
from linux import archive, manual
from linux.icons import SIZES, render_icons
from nowprint.cli.options import command_line


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A frozen app in small: a program, a library and a link to it."""
    bundle = tmp_path / "onedir" / "nowprint"
    (bundle / "_internal" / "lib").mkdir(parents=True)
    (bundle / "nowprint").write_bytes(b"\x7fELF program")
    (bundle / "_internal" / "lib" / "libx.so.1").write_bytes(b"\x7fELF library")
    (bundle / "_internal" / "libx.so").symlink_to("lib/libx.so.1")
    return bundle


def test_the_archive_is_the_same_every_time(bundle: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "np-1.tar.gz", tmp_path / "b" / "np-1.tar.gz"
    for target in (first, second):
        target.parent.mkdir()
        archive.make_archive(target, bundle, 1_790_000_000)
        os.utime(bundle / "nowprint")  # a later build of the same
    assert first.read_bytes() == second.read_bytes()


def test_the_archive_holds_a_program_that_can_be_started(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "np-1.tar.gz"
    archive.make_archive(target, bundle, 1_790_000_000)
    with tarfile.open(target) as packed:
        packed.extractall(tmp_path / "unpacked", filter="data")
    folder = tmp_path / "unpacked" / "np-1"
    assert os.access(folder / "nowprint", os.X_OK)
    assert not os.access(folder / "_internal" / "lib" / "libx.so.1", os.X_OK)
    assert (folder / "_internal" / "libx.so").read_bytes() == b"\x7fELF library"
    assert "portable" in (folder / "README.txt").read_text(encoding="utf-8")
    assert "\nExec=sh -c " in (folder / "Nowprint.desktop").read_text(encoding="utf-8")


def test_a_step_is_done_again_only_when_its_files_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(package, "BUILD", tmp_path / "build")
    source, result = tmp_path / "source", tmp_path / "result"
    source.write_text("one")
    done: list[str] = []

    def make() -> None:
        done.append(source.read_text())
        result.write_text("made")

    def step(word: str = "") -> None:
        package.once("a step", [source], [word], result, make)

    step()
    step()
    assert done == ["one"]
    source.write_text("two")
    step()
    step(word="another version")
    assert done == ["one", "two", "two"]
    result.unlink()
    step(word="another version")
    assert len(done) == 4


def test_a_step_that_failed_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "ROOT", tmp_path)
    monkeypatch.setattr(package, "BUILD", tmp_path / "build")
    monkeypatch.setattr(package, "LOG", tmp_path / "log")
    result = tmp_path / "result"
    result.write_text("half of it")

    def fail() -> None:
        package.run(["sh", "-c", "echo no room >&2; exit 3"])

    for _ in range(2):
        with pytest.raises(package.PackageError, match="no room"):
            package.once("a step", [], [], result, fail)


def test_the_manual_tells_every_command_and_option() -> None:
    page = manual.manual(1_790_000_000).replace("\\-", "-")
    paths = [" ".join(path) for path, _ in manual._commands(command_line())]
    assert "memory undo-import" in paths
    assert "doctor" in paths
    for path in paths:
        assert f".SS {path}" in page
    assert "\\fB--passphrase-file\\fR \\fIFILE\\fR" in page


def test_the_manual_is_good_roff(tmp_path: Path) -> None:
    reader = shutil.which("man")
    page = tmp_path / "nowprint.1"
    page.write_text(manual.manual(1_790_000_000), encoding="utf-8")
    if reader:
        read = subprocess.run([reader, "--warnings", "-l", page], capture_output=True, text=True)
        assert read.stderr == ""
        assert "EXIT STATUS" in read.stdout
    assert not [line for line in page.read_text().splitlines() if line.startswith("'")]


def test_icons_come_in_every_size(tmp_path: Path, qapp: object) -> None:
    render_icons(tmp_path)
    for size in SIZES:
        for place in ("apps/nowprint", "mimetypes/application-x-nowprint-memory"):
            image = QImage(str(tmp_path / f"{size}x{size}" / f"{place}.png"))
            assert (image.width(), image.height()) == (size, size)
            assert image.pixelColor(0, size - 1).alpha() == 0
            assert image.pixelColor(size // 2, size // 2).alpha() == 255
    assert (tmp_path / "scalable" / "apps" / "nowprint.svg").exists()


def test_sizes_are_told_by_part(bundle: Path, tmp_path: Path) -> None:
    inside = bundle / "_internal" / "resources" / "models"
    inside.mkdir(parents=True)
    (inside / "starter.gguf").write_bytes(bytes(3_000_000))
    tree, packed = tmp_path / "tree", tmp_path / "np_1_amd64.deb"
    tree.mkdir()
    (tree / "file").write_bytes(bytes(2_000_000))
    packed.write_bytes(bytes(1_000_000))
    lines = sizes.report(bundle, tree, [packed]).splitlines()
    assert lines[1].split() == ["starter", "model", "3.0", "0.0"]
    assert [line.split()[-1] for line in lines[-2:]] == ["1.0", "2.0"]
