"""``bench changes``: a case where the newer telling wins, and one where both hold."""

from __future__ import annotations

import pytest

from nowprint.bench.truth.changes import changes
from nowprint.errors import UserError

from ..conftest import MakeContext

NUMBER = "My landlord's phone number is 555-0134."
CASES = [
    {
        "language": "en",
        "relation": "change",
        "tellings": [
            {"day": "2025-03-01", "text": NUMBER},
            {"day": "2025-03-09", "text": "My landlord's phone number is 555-0199 now."},
        ],
        "question": "What is my landlord's phone number?",
        "newest": 1,
    },
    {
        "language": "en",
        "relation": "different",
        "tellings": [
            {"day": "2025-03-01", "text": NUMBER},
            {"day": "2025-03-09", "text": "We keep bees behind the shed."},
        ],
        "question": "What is my landlord's phone number?",
        "newest": 0,
    },
]


def test_the_newest_wins_and_another_matter_stays(make_context: MakeContext) -> None:
    report = changes(make_context(), CASES)
    assert report["n"] == 2
    for where in ("alone", "beside others"):
        change, different = report[where]["change"], report[where]["different"]
        assert (change["the right one first"], change["taken for a change"]) == (1.0, 1.0)
        assert (different["the right one first"], different["taken for a change"]) == (1.0, 0.0)
        assert change["another beside it"] == 0.0
    assert report["alone, changes by language"]["en"]["n"] == 1


def test_another_form(make_context: MakeContext) -> None:
    with pytest.raises(UserError, match="tellings"):
        changes(make_context(), [{"relation": "change"}])
