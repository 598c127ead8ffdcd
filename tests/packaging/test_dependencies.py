"""Every dependency that is pinned is also used: what nothing imports is taken out."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
APP = ROOT / "app" / "nowprint"
FITTING = APP / "bench" / "fitting"
"""For development alone: it needs torch, and what writes the models' graphs."""

COMES_WITH = {"transformers", "safetensors", "tqdm", "httpx2"}
"""Parts of sentence-transformers, which the embedder asks to be quiet and catches the faults of; what
huggingface_hub asks the hub with, which must be of its own version."""

LEFT_OUT = {
    "flatbuffers",  # onnxruntime's converters
    "hf-xet",  # another way to the hub's bytes
    "pip",  # sqlite-utils' installer of plugins
    "protobuf",  # onnxruntime's converters
    "pycparser",  # cffi's compiler of declarations
    "tzdata",  # dateutil's time zones by name
}
"""What a package of the frozen app asks for, but not for what it is used for here."""


def test_every_runtime_dependency_is_imported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = {_normal(pin.partition("==")[0]) for pin in project["dependencies"]}
    providers = packages_distributions()
    used = {
        _normal(distribution) for name in _imported(APP) for distribution in providers.get(name, ())
    }
    # sentence-transformers runs on torch, whose version and build are pinned here and nowhere else
    assert pinned - used <= {"torch"}
    assert used - pinned <= {"nowprint", "shiboken6", *COMES_WITH}, "only by chance installed"


def test_the_frozen_app_has_what_it_imports_at_exact_versions() -> None:
    """All but what runs the embedder on torch: that is left out."""
    lines = (ROOT / "packaging" / "requirements-frozen.txt").read_text(encoding="utf-8").split("\n")
    frozen = {_normal(line) for line in lines if line and not line.startswith("#")}
    asked = {
        _normal(requirement.name)
        for name in frozen
        for requirement in map(Requirement, requires(name) or ())
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    assert asked - frozen == LEFT_OUT
    pins = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").split("\n")
    assert frozen <= {_normal(pin.partition("==")[0]) for pin in pins if "==" in pin}
    assert not frozen & {"torch", "transformers", "sentence-transformers"}
    providers = packages_distributions()
    needed = {
        _normal(distribution)
        for name in _imported(APP) - _imported(APP / "memory" / "embedding" / "torch_runtime.py")
        for distribution in providers.get(name, ())
    }
    assert needed - frozen <= {"nowprint"}


def _imported(folder: Path) -> set[str]:
    names = set()
    for path in folder.rglob("*.py") if folder.is_dir() else [folder]:
        if path.is_relative_to(FITTING):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
