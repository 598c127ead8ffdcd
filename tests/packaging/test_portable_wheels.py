"""Wheels for any processor: built once for the same pin and options, and placed in a folder.

pip is a small program here; the real build takes many minutes, and ``packaging/dev.py check-package``
runs what came of it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "packaging" / "portable_wheels.py"
PIP = """#!{python}
import os, sys
from pathlib import Path
options = sys.argv[1:]
with open({calls!r}, "a") as calls:
    print(os.environ.get("HNSWLIB_NO_NATIVE"), *options, file=calls)
if os.environ.get("BREAKS"):
    sys.exit("cc1plus: out of memory")
name = options[-1].replace("-", "_").replace("==", "-") + "-any.whl"
(Path(options[options.index("--wheel-dir") + 1]) / name).write_text("a wheel")
"""


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("portable_wheels", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)  # its dataclasses look there
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "WHEELS", tmp_path / "wheels")
    monkeypatch.setenv(
        "LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME", str(tmp_path / "kept")
    )
    return module


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    return tmp_path / "calls"


@pytest.fixture
def pip(tmp_path: Path, calls: Path) -> Path:
    program = tmp_path / "python"
    program.write_text(PIP.format(python=sys.executable, calls=str(calls)))
    program.chmod(0o755)
    return program


def test_they_are_built_once_and_take_the_place_of_older_ones(wheels, pip, calls, tmp_path) -> None:
    to = tmp_path / "to"
    to.mkdir()
    (to / "hnswlib-0.7.0-any.whl").touch()
    first = wheels.build_wheels(to, pip)
    assert wheels.build_wheels(to, pip) == first
    assert sorted(path.name for path in to.iterdir()) == sorted(path.name for path in first)
    assert [path.name.split("-")[0] for path in first] == ["llama_cpp_python", "hnswlib"]
    assert all(path.parent == to for path in first)
    llama, hnswlib = calls.read_text().splitlines()
    assert "cmake.define.GGML_NATIVE=OFF" in llama
    assert "cmake.define.GGML_CPU_ALL_VARIANTS=ON" in llama
    assert "ggml-cpu-sapphirerapids" in llama  # left out of the wheel: AMX
    assert llama.startswith("None ")
    assert hnswlib.startswith("1 ")


def test_other_options_are_another_wheel(wheels, tmp_path) -> None:
    read = tmp_path / "read.cmake"
    read.write_text("set(A B)")
    recipe = wheels.Recipe("hnswlib", environment={"HNSWLIB_NO_NATIVE": "1"})
    assert recipe.key("hnswlib==0.8.0") == wheels.HNSWLIB.key("hnswlib==0.8.0")
    keys = {
        recipe.key("hnswlib==0.8.0"),
        recipe.key("hnswlib==0.8.1"),
        wheels.Recipe("hnswlib").key("hnswlib==0.8.0"),
        wheels.Recipe("hnswlib", {"GGML_NATIVE": "OFF"}).key("hnswlib==0.8.0"),
        wheels.Recipe("hnswlib", sources=(("INCLUDE", read),)).key("hnswlib==0.8.0"),
    }
    read.write_text("set(A C)")
    keys.add(wheels.Recipe("hnswlib", sources=(("INCLUDE", read),)).key("hnswlib==0.8.0"))
    assert len(keys) == 6


def test_a_build_that_fails_says_where_its_log_is_and_leaves_no_wheel(
    wheels, pip, monkeypatch
) -> None:
    monkeypatch.setenv("BREAKS", "yes")
    with pytest.raises(
        wheels.WheelError, match=r"llama-cpp-python==\S+ could not be built: .*\.log"
    ):
        wheels.build_wheels(python=pip)
    (log,) = wheels.cache().glob("*.log")
    assert "out of memory" in log.read_text()
    monkeypatch.delenv("BREAKS")
    assert len(wheels.build_wheels(python=pip)) == 2


@pytest.mark.parametrize("package", ["llama-cpp-python", "hnswlib"])
def test_the_pin_is_the_app_s_own(wheels, package) -> None:
    assert wheels.pinned(package).startswith(f"{package}==")
