"""What a core computes on: proved, set aside, and plainly at last."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from nowprint.engine import backends
from nowprint.engine.proof import FAULTS, Proof
from nowprint.events import Notice
from nowprint.inspection import Announcement
from nowprint.records import DoctorFinding
from nowprint.service import client as client_module
from nowprint.service import hardware as hardware_module
from nowprint.service.hardware import AUTOMATIC, CPU, Hardware
from nowprint.service.proofs import INITIAL_PROOFS, Proofs, note_death, read, write
from nowprint.service.protocol import Doctor, ListDevices, LoadModel
from nowprint.settings import Profile, prepare_profile

from .conftest import Front, without_memory

BEST, SECOND, THIRD, *_ = backends.variants()
PLAINEST = backends.variants()[-1]
CARD = {"name": "Vulkan0", "integrated": False, "free": 8 << 30, "total": 8 << 30}


@pytest.fixture(autouse=True)
def nothing_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(INITIAL_PROOFS)


class Trials:
    """In the place of the processes that prove: which faults there are, and what was tried."""

    def __init__(self, faults: dict[str, Proof]) -> None:
        self.faults = faults
        self.tried: list[str] = []

    def prove(self, variant: str, device: str = "") -> Proof:
        self.tried.append(device or variant)
        return self.faults.get(device or variant, Proof("", tokens_per_second=100))


@pytest.fixture
def machine(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A machine with these faults and cards, its hardware as a new core sees it, and what was tried."""
    prepare_profile(profile)
    monkeypatch.setattr(backends, "load", lambda variant="": variant or BEST)
    monkeypatch.setattr(backends, "load_graphics", lambda: True)

    def begin(
        cards: tuple[str, ...] = (), **faults: str | Proof
    ) -> tuple[Hardware, Trials, list[Announcement]]:
        proofs = {n: f if isinstance(f, Proof) else Proof(f) for n, f in faults.items()}
        trials, said = Trials(proofs), list[Announcement]()
        found = [CARD | {"name": f"Vulkan{i}", "description": c} for i, c in enumerate(cards)]
        devices = tuple(backends.Device(**card) for card in found)
        monkeypatch.setattr(hardware_module, "prove", trials.prove)
        monkeypatch.setattr(hardware_module, "list_devices", lambda: found)
        monkeypatch.setattr(backends, "devices", lambda: devices)
        return Hardware(profile, said.append), trials, said

    return begin


def notices(said: list[Announcement]) -> list[str]:
    return [event.text for event in said if isinstance(event, Notice)]


# --- what is proved ----------------------------------------------------------------------------


def test_the_best_variant_is_proved_once_and_not_again(machine, profile) -> None:
    hardware, trials, said = machine()
    assert hardware.ready(AUTOMATIC) is None
    assert trials.tried == [BEST]
    assert notices(said) == []
    hardware, trials, _ = machine()
    hardware.ready(AUTOMATIC)
    assert trials.tried == []
    assert read(profile)[1].using == BEST


def test_what_fails_is_set_aside_by_name_and_the_next_is_taken(machine, profile) -> None:
    faults = {BEST: "ended with SIGILL while it read one token", SECOND: "gave wrong numbers"}
    hardware, trials, said = machine(**faults)
    hardware.ready(AUTOMATIC)
    assert trials.tried == [BEST, SECOND, THIRD]
    first, second = notices(said)
    assert BEST in first
    assert "SIGILL" in first
    assert "wrong numbers" in second
    assert read(profile)[1].using == THIRD
    hardware, trials, said = machine(**faults)  # the next start
    hardware.ready(AUTOMATIC)
    assert (trials.tried, notices(said)) == ([], [])


def test_where_all_fail_the_plainest_computes_and_one_sentence_says_so(machine, profile) -> None:
    hardware, _, said = machine(**dict.fromkeys(backends.variants(), "ended with SIGSEGV"))
    hardware.ready(AUTOMATIC)
    assert read(profile)[1].using == PLAINEST
    assert "No variant of llama.cpp passed" in notices(said)[-1]


def test_what_can_t_be_proved_computes_and_is_tried_again(machine) -> None:
    missing = Proof("the starter model is gone", certain=False)
    hardware, trials, said = machine(**{BEST: missing})
    hardware.ready(AUTOMATIC)
    assert trials.tried == [BEST, BEST]
    assert notices(said) == []
    hardware, trials, _ = machine()
    hardware.ready(AUTOMATIC)
    assert trials.tried == [BEST]


def test_a_new_profile_begins_with_what_is_proved_elsewhere(machine, profile, monkeypatch) -> None:
    machine()[0].ready(AUTOMATIC)
    other = profile.engine.rename(profile.home.with_name("other.json"))
    monkeypatch.setenv(INITIAL_PROOFS, str(other))
    hardware, trials, _ = machine()
    hardware.ready(AUTOMATIC)
    assert trials.tried == []
    note_death(profile, "SIGSEGV", loading=False)
    assert read(profile)[1].aside
    assert "SIGSEGV" not in other.read_text()


def test_another_build_or_processor_is_another_matter(machine, profile, monkeypatch) -> None:
    hardware, _, _ = machine(**{BEST: "ended with SIGSEGV"})
    hardware.ready(AUTOMATIC)
    monkeypatch.setattr(backends, "build_id", lambda: "another")
    hardware, trials, _ = machine()
    hardware.ready(AUTOMATIC)
    assert trials.tried == [BEST]
    monkeypatch.undo()
    assert BEST in read(profile, backends.build_id())[1].aside


def test_doctor_tells_and_proves_again_on_request(machine) -> None:
    hardware, _, _ = machine(**{BEST: "ended with SIGSEGV while it read 33 tokens"})
    found = {finding.check: finding for finding in hardware.findings(AUTOMATIC)}
    assert f"proved here: {SECOND} (100 tokens/s)" in found["engine proofs"].detail
    aside = f"set aside: {BEST} ended with SIGSEGV while it read 33 tokens"
    assert aside in found["engine proofs"].detail
    hardware, trials, _ = machine()
    hardware.prove_again(AUTOMATIC)
    assert trials.tried == list(backends.variants())
    found = {finding.check: finding for finding in hardware.findings(AUTOMATIC)}
    assert "set aside" not in found["engine proofs"].detail


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"x": 3}', '{"x": {"aside": {"a": "b"}, "new": 1}}']
)
def test_a_file_that_says_nothing_usable_is_found_out_again(machine, profile, text) -> None:
    profile.engine.write_text(text)
    hardware, trials, _ = machine()
    hardware.ready(AUTOMATIC)
    assert trials.tried == [BEST]


# --- graphics cards ----------------------------------------------------------------------------


def test_a_card_is_proved_beside_the_variant_and_used(machine, profile) -> None:
    hardware, trials, _ = machine(cards=("NVIDIA One",))
    assert hardware.ready(AUTOMATIC).description == "NVIDIA One"
    assert trials.tried == [BEST, "Vulkan0"]
    assert read(profile)[1].using == "NVIDIA One"
    assert hardware.ready(CPU) is None
    assert read(profile)[1].using == BEST


def test_automatic_leaves_out_drivers_that_compute_on_the_processor(machine) -> None:
    hardware, trials, _ = machine(cards=("llvmpipe (LLVM 15)",))
    assert hardware.ready(AUTOMATIC) is None
    assert trials.tried == [BEST]
    assert hardware.ready("llvmpipe").name == "Vulkan0"


def test_a_card_that_fails_is_set_aside_and_the_next_or_the_cpu_computes(machine, profile) -> None:
    fault = "ended with SIGABRT while it read 200 tokens"
    hardware, _, said = machine(cards=("Bad", "Good"), Vulkan0=fault)
    assert hardware.ready(AUTOMATIC).description == "Good"
    assert len(notices(said)) == 1
    hardware, _, said = machine(cards=("Bad",), Vulkan0=fault)
    assert hardware.ready(AUTOMATIC) is None
    assert read(profile)[1].using == BEST


def test_another_driver_is_proved_anew(machine, monkeypatch) -> None:
    hardware, _, _ = machine(cards=("NVIDIA One",), Vulkan0="ended with SIGABRT")
    assert hardware.ready(AUTOMATIC) is None
    monkeypatch.setattr(hardware_module, "_drivers", lambda: "a newer one")
    hardware, trials, _ = machine(cards=("NVIDIA One",))
    assert hardware.ready(AUTOMATIC).description == "NVIDIA One"
    assert trials.tried == ["Vulkan0"]


def test_a_card_that_is_not_there_is_told_once(machine) -> None:
    hardware, _, said = machine()
    assert hardware.ready("Voodoo") is None
    assert hardware.ready("Voodoo") is None
    (notice,) = notices(said)
    assert "no graphics card “Voodoo” here: the CPU computes" in notice


# --- deaths ------------------------------------------------------------------------------------


def test_a_core_that_dies_in_it_counts_as_a_failure_and_the_third_is_plain(
    machine, profile
) -> None:
    machine()[0].ready(AUTOMATIC)
    note_death(profile, "SIGSEGV", loading=False)
    machine()[0].ready(AUTOMATIC)
    proofs = read(profile)[1]
    assert proofs.using == SECOND
    assert "SIGSEGV" in proofs.aside[BEST]
    note_death(profile, "SIGSEGV", loading=False)
    hardware, _, said = machine(cards=("NVIDIA One",))
    assert hardware.ready(AUTOMATIC) is None
    assert read(profile)[1].using == PLAINEST
    (notice,) = notices(said)
    assert PLAINEST in notice
    hardware.answered()
    assert read(profile)[1].deaths == 0
    machine()[0].ready(AUTOMATIC)
    assert read(profile)[1].using == THIRD


def test_a_model_file_that_kills_the_core_sets_nothing_aside(machine, profile) -> None:
    machine()[0].ready(AUTOMATIC)
    note_death(profile, "SIGABRT", loading=True)
    assert (read(profile)[1].aside, read(profile)[1].deaths) == ({}, 1)


def test_proofs_of_many_machines_are_kept_the_latest_at_the_end(profile) -> None:
    prepare_profile(profile)
    for n in range(12):
        write(profile, f"machine {n}", Proofs(using=str(n)))
    assert read(profile) == ("machine 11", Proofs(using="11"))
    assert read(profile, "machine 4")[1].using == "4"
    assert read(profile, "machine 3")[1].using == ""


# --- with real cores ---------------------------------------------------------------------------

DYING = """
import signal, sys
import llama_cpp
decode = llama_cpp.llama_decode
def dying(context, batch):
    from nowprint.engine import backends
    if backends.load() != {spared!r}:
        signal.raise_signal(signal.SIGSEGV)
    return decode(context, batch)
llama_cpp.llama_decode = dying
from nowprint.service.core import main
main(sys.argv[1:])
"""


def computes(front: Front) -> tuple[str, str]:
    """The variant, and what doctor says of the proofs."""
    findings: tuple[DoctorFinding, ...] = front.ask(Doctor())
    found = {finding.check: finding.detail for finding in findings}
    return found["llama.cpp"].partition(";")[0], found["engine proofs"]


def test_a_core_answers_with_the_first_variant_that_lives_and_is_right(
    profile, open_front, monkeypatch
) -> None:
    monkeypatch.setenv(FAULTS, f"{BEST}=SIGSEGV,{SECOND}=wrong")
    front = open_front(without_memory(profile, answer_tokens=4))
    front.start()
    assert front.begin("Say yes.").future.result(60).tokens
    variant, told = computes(front)
    assert variant == THIRD
    assert f"{BEST} ended with SIGSEGV" in told
    assert f"{SECOND} gave wrong numbers" in told
    said = [event.text for event in front.announced if isinstance(event, Notice)]
    assert [BEST in said[0], SECOND in said[1]] == [True, True]


def test_two_cores_die_inside_llama_cpp_and_the_third_answers(
    profile: Profile, open_front: Callable[[Profile], Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    code = DYING.format(spared=PLAINEST)
    command = [sys.executable, "-P", "-c", code, str(profile.home)]
    monkeypatch.setattr(client_module, "core_command", lambda _: command)
    front = open_front(without_memory(profile, answer_tokens=2))
    front.start()
    conversation = front.new()
    for variant in (BEST, SECOND):
        assert computes(front)[0] == variant
        writing = front.begin("Say yes.", conversation)
        assert front.deaths.get(timeout=60).how == "SIGSEGV"
        assert writing.future.exception(60)
        front.start()
    assert computes(front)[0] == PLAINEST
    assert front.begin("Say yes.", conversation).future.result(120).tokens
    aside = read(profile)[1].aside
    assert sorted(aside) == sorted((BEST, SECOND))


def test_a_core_that_is_killed_says_nothing_of_the_engine(front: Front, profile: Profile) -> None:
    front.kill()
    assert read(profile)[1].deaths == 0
    front.start()
    assert computes(front)[0] == BEST


def test_devices_are_listed_and_an_unknown_one_is_no_fault(
    profile: Profile, open_front: Callable[[Profile], Front], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GGML_VK_VISIBLE_DEVICES", "0")
    front = open_front(without_memory(profile, device="Voodoo"))
    front.start(model=False)
    (card,) = front.ask(ListDevices())
    assert card.startswith("llvmpipe")
    assert front.ask(LoadModel()).device == "CPU"
    assert "Voodoo" in front.until(Notice).text
