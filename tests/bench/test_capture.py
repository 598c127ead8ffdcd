"""``bench capture`` on the real model: facts are kept, and what is none isn't."""

from __future__ import annotations

import pytest

from nowprint.bench.capture import capture
from nowprint.errors import UserError

from .conftest import MakeContext

DATA = {
    "worth": [
        "My sister Ines lives in Porto and works as a dentist.",
        "We moved the launch to April 17.",
        "I'm allergic to penicillin, it gave me hives as a kid.",
        "Unser Hund heißt Bruno und ist drei Jahre alt.",
    ],
    "junk": [
        "Write a short poem about autumn leaves in a quiet park.",
        "What is the capital of Mongolia, and how cold does it get there?",
        "Thanks, that helps a lot!",
        "Kannst du das bitte kürzer fassen?",
    ],
}


def test_facts_are_kept_and_the_rest_is_not(make_context: MakeContext) -> None:
    report = capture(make_context(), DATA)
    assert (report["n"], report["worth"], report["junk"], report["held out"]) == (8, 4, 4, False)
    assert report["precision"] == report["recall"] == report["auc"] == 1.0
    assert report["kept"] == 0.5
    rows = report["ablations"]
    assert rows["everything"]["f1"] == 1.0
    assert rows["length alone"]["auc"] < 1.0
    nothing = capture(make_context(keep=0.0), DATA)
    assert nothing["kept"] == 0.0


def test_a_limit_and_another_form(make_context: MakeContext) -> None:
    assert capture(make_context(limit=3), DATA)["n"] == 3
    with pytest.raises(UserError, match="worth"):
        capture(make_context(), {"worth": "no list"})
