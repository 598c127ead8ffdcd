"""A disk that was full: what was acknowledged is there, and nothing needs a repair."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from nowprint.errors import ProfileError

from ..conftest import CAT, CELLO, Draft, Profiled, texts

resource = pytest.importorskip("resource")


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """As a full disk, but only for this process: not a byte can be written."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("ends", ["while it is full", "when there is room again"])
def test_with_room_again_the_doctor_finds_nothing_to_repair(
    ends: str, home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT)
    home.memory.keep(make_draft("The rent is due on the third."))
    with no_room():
        with pytest.raises(ProfileError, match=r"room|full"):
            home.turn(make_draft, CELLO)
        with pytest.raises(ProfileError, match=r"room|full"):
            home.memory.forget([1])
        if ends == "while it is full":
            home.memory.close()
    if ends == "while it is full":
        home.open()
    assert all(finding.ok for finding in home.memory.findings(repair=False))
    assert texts(home) == [CAT, "The rent is due on the third."]
    home.turn(make_draft, CELLO)
    home.reopen()
    assert all(finding.ok for finding in home.memory.findings(repair=False))
    assert len(texts(home)) == 3


def test_an_answer_that_a_full_disk_broke_off_is_told_as_broken_at_the_next_start(
    home: Profiled, make_draft: Draft
) -> None:
    home.turn(make_draft, CAT)
    answer = home.store.add_message(1, "assistant", "", state="writing")
    with no_room():
        with pytest.raises(ProfileError, match=r"room|full"):
            home.store.update_message(answer.id, "The low phos", "complete")
        home.memory.close()
    home.open()
    assert home.store.message(answer.id).state == "broken"
    assert all(finding.ok for finding in home.memory.findings(repair=False))
