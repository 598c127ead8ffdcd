"""What computes for llama.cpp: built in, or chosen among the libraries beside llama.cpp's own.

A build with such libraries is driven by ``packaging/dev.py check-package old-cpu``.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

import llama_cpp
import pytest

from nowprint.engine import backends
from nowprint.errors import UserError

FOLDER = Path(llama_cpp.__file__).parent / "lib"


class Ggml:
    """ggml, with ``found`` back ends in the folder that it is sent to."""

    def __init__(self, *, built_in: int, found: int) -> None:
        self.found = found
        self.asked: list[str] = []

        def count() -> int:
            return built_in + (found if self.asked else 0)

        def load(folder: ctypes.c_char_p) -> None:
            assert folder.value is not None
            self.asked.append(os.fsdecode(folder.value))

        self.ggml_backend_reg_count = count
        self.ggml_backend_load_all_from_path = load


@pytest.mark.parametrize(("found", "available"), [(1, True), (0, False)])
def test_it_looks_beside_llama_cpp_and_nowhere_else(found, available) -> None:
    ggml = Ggml(built_in=0, found=found)
    assert backends.load_backends(ggml) is available
    assert ggml.asked == [str(FOLDER)]


def test_what_is_built_in_is_not_looked_for() -> None:
    ggml = Ggml(built_in=1, found=1)
    assert backends.load_backends(ggml)
    assert ggml.asked == []


def test_this_build_has_one_and_doctor_can_tell_what_it_uses() -> None:
    backends.check_available()
    kind, _, features = backends.system_info().partition("; ")
    assert kind == "built for this machine" or (FOLDER / f"libggml-cpu-{kind}.so").exists()
    assert features.startswith("CPU : ")


def test_without_any_one_sentence_says_what_to_do() -> None:
    with pytest.raises(UserError, match=r"no library for this processor in .*: install Nowprint"):
        backends.check_available(available=False)


def test_the_kind_is_read_from_what_llama_cpp_logs(monkeypatch) -> None:
    kinds: list[str] = []
    monkeypatch.setattr(backends, "_loaded", kinds)
    line = b"load_backend: loaded CPU backend from /opt/n p/lib/libggml-cpu-haswell.so\n"
    backends._keep_name(2, line, None)
    backends._keep_name(2, b"load_backend: loaded BLAS backend from /x/libggml-blas.so\n", None)
    assert kinds == ["haswell"]
