"""``nowprint memory forget`` and ``receipts``: what is asked of the core, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest
from tests.cli.conftest import episode

from nowprint.cli.forgetting import END_OF_TIME
from nowprint.inspection import (
    Check,
    EpisodeFilter,
    Forgetting,
    ForgettingPlan,
    Forgotten,
    Receipt,
)
from nowprint.service.protocol import PurgeForgotten
from nowprint.service.requests.memory import Forget, ForgetNow, ListReceipts, PlanForgetting

RECEIPT = Receipt(
    4, 1000.0, 1060.0, 2, 1, 0, ("memory.db",), (Check("text in UTF-8", 0, 6),), 5, 3, 1
)


def test_forget_takes_many_and_the_bytes_go_at_once(core, run) -> None:
    core.replies[Forget] = Forgotten(4, 2, 1, 0)
    core.replies[ListReceipts] = (RECEIPT,)
    assert run("memory", "forget", "3", "#4", "--messages")[1] == (
        "Forgotten for good: 2 episodes, 1 message\n"
    )
    told = json.loads(run("memory", "forget", "3", "--answers", "--json")[1])
    assert told == {"forgotten": 2, "messages": 1, "answers": 0, "kept_in": []}
    assert core.requests == [
        Forget(Forgetting((3, 4)), messages=True), PurgeForgotten(), ListReceipts(),
        Forget(Forgetting((3,)), answers=True), PurgeForgotten(), ListReceipts(),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "both"), [("y", True), ("Yes ", True), ("", False), ("n", False)]
)
def test_at_a_terminal_the_user_chooses(
    core, run, monkeypatch: pytest.MonkeyPatch, capsys, typed: str, both: bool
) -> None:
    core.replies[PlanForgetting] = ForgettingPlan((3,), 0, (7,), (8,), 1, (episode(3),))
    core.replies[Forget] = Forgotten(4, 1, 0, 0)
    core.replies[ListReceipts] = (replace(RECEIPT, kept_in=() if both else (7, 8)),)
    asked: list[str] = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or typed)
    _, out, _ = run("memory", "forget", "3")
    assert asked == ["Still in 2 messages and answers. Forget them, too? [y/N] "]
    assert Forget(Forgetting((3,)), both, both) in core.requests
    assert ("Still in 2 messages that you kept." in out) != both
    run("memory", "forget", "3", "--json")
    run("memory", "forget", "3", "--messages")
    assert len(asked) == 1, "a script isn't asked, nor who has said it already"


def test_a_script_is_told_what_stayed(core, run) -> None:
    core.replies[Forget] = Forgotten(4, 1, 0, 0)
    core.replies[ListReceipts] = (replace(RECEIPT, kept_in=(7, 8)),)
    _, out, _ = run("memory", "forget", "3")
    assert "Still in 2 messages that you kept." in out
    assert json.loads(run("memory", "forget", "3", "--json")[1])["kept_in"] == [7, 8]


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("--match", "cat"), Forgetting(filter=EpisodeFilter(text="cat"))),
        (("--meaning", "my health"), Forgetting(filter=EpisodeFilter(meaning="my health"))),
        (("--conversation", "7"), Forgetting(conversation=7)),
        (("--message", "7", "#8"), Forgetting(messages=(7, 8))),
        (("--everything",), Forgetting(everything=True)),
        (
            ("--since", "2026-11-01", "--until", "2026-11-02T12:30"),
            Forgetting(
                span=(
                    datetime(2026, 11, 1).timestamp(),
                    datetime(2026, 11, 2, 12, 30).timestamp(),
                )
            ),
        ),
        (
            ("--since", "2026-11-01"),
            Forgetting(span=(datetime(2026, 11, 1).timestamp(), END_OF_TIME)),
        ),
    ],
)
def test_what_is_asked_for(core, run, words: tuple[str, ...], meant: Forgetting) -> None:
    plan = ForgettingPlan((3, 4), 1, (7,), (8, 9), 1, (episode(3),), ("memory.db.damaged-1",))
    core.replies[PlanForgetting] = plan
    _, out, _ = run("memory", "forget", *words, "--dry-run")
    assert core.requests == [PlanForgetting(meant)]
    assert "Would be forgotten: 3 episodes" in out
    assert ("2 answers that repeat it would stay" in out) == (meant.conversation is None)
    assert "of memory.db.damaged-1 what holds any of it" in out
    assert "My cat is Pickwick." in out
    assert json.loads(run("memory", "forget", *words, "--dry-run", "--json")[1])["answers"] == [
        8,
        9,
    ]


@pytest.mark.parametrize(
    "words",
    [(), ("3", "--match", "cat"), ("--everything", "--conversation", "2"), ("--since", "soon")],
)
def test_one_way_to_say_what(core, run, words: tuple[str, ...]) -> None:
    assert run("memory", "forget", *words)[0] == 2
    assert core.requests == []


def test_verify_tells_what_was_searched_and_fails_when_something_is_found(core, run) -> None:
    core.replies[ForgetNow] = RECEIPT
    code, out, _ = run("memory", "forget", "3", "--verify", "--messages")
    assert core.requests == [ForgetNow(Forgetting((3,)), messages=True)]
    assert code == 0
    assert "Searched 5 files for 6 pieces of it: 0 found." in out
    assert "text in UTF-8" in out
    assert "Not counted: 1 piece that stands in what was not forgotten." in out
    assert "text in UTF-8" not in run("memory", "forget", "3", "--now")[1]
    found = Receipt(
        4, 1.0, 2.0, 2, 1, 0, ("memory.db",), (Check("text in UTF-8", 2, 6),), 5, 3, 0,
        ("memory.db.damaged-1",), ("memory.db.damaged-2",),
    )  # fmt: skip
    core.replies[ForgetNow] = found
    code, out, err = run("memory", "forget", "3", "--verify")
    assert "Also deleted, because it contained some of it: memory.db.damaged-2" in out
    assert code == 1
    assert "memory.db.damaged-1" in err


def test_receipts(core, run) -> None:
    ended = Receipt(3, 1.0, 2.0, 1, 0, 0, ("memory.db",), ())
    core.replies[ListReceipts] = (RECEIPT, ended)
    _, out, _ = run("memory", "receipts")
    assert "2 episodes, 1 message" in out
    assert "Not checked: Nowprint was closed in between" in out
    told = json.loads(run("memory", "receipts", "--json")[1])["receipts"]
    assert [one["batch"] for one in told] == [4, 3]
    core.replies[ListReceipts] = (replace(RECEIPT, kept_in=(7, 8)),)
    _, out, _ = run("memory", "receipts")
    assert "Still in 2 messages that you kept." in out
    assert "nowprint memory forget --message 7 8" in out
    core.replies[ListReceipts] = ()
    assert run("memory", "receipts")[1] == "Nothing was forgotten yet.\n"
