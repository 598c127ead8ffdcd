"""``nowprint memory preview``, ``not-worth`` and ``head``."""

from __future__ import annotations

import json

import pytest

from nowprint.cli.capture import in_words
from nowprint.records import HeadState, HeadWeight, Judged, Preview
from nowprint.service.protocol import (
    GetHead,
    GetSettings,
    NotWorthKeeping,
    PreviewKeep,
    PurgeForgotten,
    ResetHead,
)

SPANS = (
    Judged(9, 0, 7, "Thanks!\x1b[31m", 0.04, kept=False),
    Judged(7, 0, 19, "My cat is Pickwick.", 0.93, kept=True),
)


def test_preview_tells_what_would_be_kept_and_what_dropped(core, run) -> None:
    core.replies[PreviewKeep] = Preview(0.25, 0.61, 3, 40, SPANS)
    status, out, err = run("memory", "preview", "--keep", "0.25", "--limit", "2")
    assert (status, err) == (0, "")
    assert core.requests == [PreviewKeep(0.25, 2)]  # and no model is loaded
    lines = out.splitlines()
    assert lines[0] == "Keep 0.25: what is worth keeping, and at most 25% of what you say."
    assert "3 kept, 40 dropped" in lines[1]
    assert "0.61" in lines[1]
    kept, dropped = out.split("would be kept")[1].split("would be dropped")
    assert kept.splitlines()[2].split(maxsplit=2) == ["0.93", "7", "My cat is Pickwick."]
    assert dropped.splitlines()[2].split(maxsplit=2) == ["0.04", "9", "Thanks!␛[31m"]
    assert "the newest 2" in lines[-1]
    told = json.loads(run("memory", "preview", "--keep", "0.25", "--json")[1])
    assert (told["kept"], told["dropped"], told["threshold"]) == (3, 40, 0.61)
    assert told["spans"][1]["text"] == "My cat is Pickwick."
    assert told["spans"][1]["kept"] is True


def test_preview_without_a_share_is_that_of_the_settings(core, run) -> None:
    core.replies[PreviewKeep] = Preview(0.75, 0.5, 0, 0, ())
    assert "0 kept, 0 dropped" in run("memory", "preview")[1]
    assert core.requests == [GetSettings(), PreviewKeep(0.75)]


@pytest.mark.parametrize("share", ["1.5", "-1", "half"])
def test_a_share_is_from_0_to_1(core, run, share: str) -> None:
    status, _, err = run("memory", "preview", f"--keep={share}")
    assert status == 2
    assert "is not between 0 and 1" in err
    assert core.requests == []


def test_every_share_has_words_of_its_own() -> None:
    told = [in_words(keep) for keep in (0.0, 0.1, 0.75, 0.9, 1.0)]
    assert len(set(told)) == len(told)
    assert "only what you ask it to remember" in told[0]
    assert "everything" in told[-1]


def test_not_worth_forgets_for_good_and_teaches(core, run) -> None:
    core.replies[NotWorthKeeping] = 2
    assert run("memory", "not-worth", "3", "#4")[1].startswith("Forgotten for good: 2.")
    assert json.loads(run("memory", "not-worth", "3", "--json")[1]) == {"forgotten": 2}
    assert core.requests == [
        NotWorthKeeping((3, 4)), PurgeForgotten(), NotWorthKeeping((3,)), PurgeForgotten(),
    ]  # fmt: skip


def test_head_tells_what_was_learned_the_most_first(core, run) -> None:
    weights = (
        HeadWeight("bias", -1.0, -1.0),
        HeadWeight("names", 0.5, 0.75),
        HeadWeight("small talk", -0.5, -1.5),
    )
    core.replies[GetHead] = HeadState(weights, 2, 1)
    core.replies[ResetHead] = HeadState(weights[:1], 0, 0)
    _, out, _ = run("memory", "head")
    first, head, *rows = out.splitlines()
    assert first == "You have shown it 2 worth keeping and 1 not."
    assert head.split() == ["starting", "learned", "change", "feature"]
    assert [row.split(maxsplit=3) for row in rows] == [
        ["-0.50", "-1.50", "-1.00", "small talk"], ["+0.50", "+0.75", "+0.25", "names"],
    ]  # fmt: skip
    assert json.loads(run("memory", "head", "--json")[1])["weights"][1]["learned"] == 0.75
    assert run("memory", "head", "--reset")[1] == "It has learned nothing from you yet.\n"
    assert core.requests == [GetHead(), GetHead(), ResetHead()]
