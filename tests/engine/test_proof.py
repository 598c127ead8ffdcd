"""The engine proves itself, in processes of its own: what lives and is right, and what is broken."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nowprint.engine import backends, proof
from nowprint.engine.proof import divergence, prove

BEST = backends.variants()[0]


def test_what_computes_here_is_proved() -> None:
    found = prove(BEST)
    assert (found.fault, found.certain) == ("", True)
    assert found.tokens_per_second > 0


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("SIGSEGV", "ended with SIGSEGV while it read one token"),
        ("SIGILL", "ended with SIGILL while it read one token"),
        ("wrong", "gave wrong numbers after one token (2.1 nats apart)"),
        ("hang", "did not come to an end while it read one token"),
    ],
)
def test_what_is_broken_is_told_in_a_few_words(fault, told, monkeypatch) -> None:
    monkeypatch.setenv(proof.FAULTS, f"other=SIGILL,{BEST}={fault}")
    found = prove(BEST, patience=3 if fault == "hang" else 0)
    assert found.fault == told
    assert found.certain


def test_who_ends_the_process_says_nothing_of_the_engine(monkeypatch) -> None:
    monkeypatch.setenv(proof.FAULTS, f"{BEST}=SIGKILL")
    found = prove(BEST)
    assert found.fault
    assert not found.certain


def test_without_a_starter_model_nothing_is_proved_and_nothing_is_set_aside(
    monkeypatch, tmp_path
) -> None:
    code = (
        "import nowprint.engine.proof as p, pathlib; "
        f"p.starter_model = lambda: pathlib.Path({str(tmp_path / 'gone.gguf')!r}); p.main([{BEST!r}])"
    )
    monkeypatch.setattr(proof, "own_command", lambda *_: [sys.executable, "-c", code])
    found = prove(BEST)
    assert "gone.gguf" in found.fault
    assert not found.certain


def test_a_variant_that_can_t_run_here_is_no_fault_of_the_engine() -> None:
    found = prove("of-another-world")
    assert found == proof.Proof("of-another-world does not run on this processor", certain=False)


def test_the_reference_is_what_the_plainest_variant_says_here() -> None:
    """Made anew in a process that computes on nothing else: the file belongs to this build."""
    reference = proof._reference()
    made = subprocess.run(
        [sys.executable, "-m", "nowprint.engine.proof"],
        input=reference["text"].encode(),
        capture_output=True,
        check=True,
    )
    again = proof.json.loads(made.stdout)
    for old, new in zip(reference["reads"], again["reads"], strict=True):
        assert old["ids"] == new["ids"]
        assert old["ln"] == pytest.approx(new["ln"], abs=2e-3)


def test_apart_is_counted_in_nats() -> None:
    reference = proof._reference()["reads"][-1]["ln"]
    assert divergence(reference, reference) == 0
    assert 0 < divergence(reference, [ln - 0.1 for ln in reference]) < 0.1
    assert divergence(reference, reference[::-1]) > 1


def test_graphics_cards_are_looked_for_in_a_process_of_its_own(monkeypatch) -> None:
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0")
    (card,) = proof.list_devices()
    assert backends.Device(**card).software
    monkeypatch.setattr(
        proof, "own_command", lambda *_: [sys.executable, "-c", "import os; os.abort()"]
    )
    assert proof.list_devices() is None
