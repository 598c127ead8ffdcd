"""``bench lives``: a life in which one thing changes, and one question is answered by nothing."""

from __future__ import annotations

from typing import Any

import pytest

from nowprint.bench.truth.lives import lives
from nowprint.errors import UserError

from ..conftest import MakeContext

LIFE: dict[str, Any] = {
    "language": "en",
    "told": [
        {"text": "My landlord's phone number is 555-0134."},
        {"text": "We keep bees behind the shed."},
        {"text": "My landlord's phone number is 555-0199 now.", "changes": 0},
    ],
    "asks": [
        {"question": "What is my landlord's phone number?", "needs": [2]},
        {"question": "Where do we keep the bees?", "needs": [1]},
    ],
    "misses": ["Write a limerick about Lisbon."],
}


def test_the_newest_comes_first_and_nothing_where_nothing_answers(
    make_context: MakeContext,
) -> None:
    report = lives(make_context(), [LIFE])
    assert report["n"] == 1
    found = report["found"]["English"]
    assert (found["changed, n"], found["other, n"], found["changes"]) == (1, 1, 1)
    assert (found["sure"], found["likely"]) == (1.0, 1.0)
    assert (found["stray"], found["likely stray"]) == (0.0, 0.0)
    for kind in ("changed", "other"):
        assert found[f"{kind}, first"] == found[f"{kind}, recalled first"] == 1.0
        assert found[f"{kind}, stale"] == 0.0
    assert found["misses, something recalled"] == 0.0


@pytest.mark.parametrize(
    "changed",
    [
        {"told": [{"text": "a", "changes": 0}]},
        {"asks": [{"question": "a", "needs": [7]}]},
        {"asks": [{"question": "a", "needs": []}]},
        {"misses": 3},
    ],
)
def test_another_form(make_context: MakeContext, changed: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="misses"):
        lives(make_context(), [{**LIFE, **changed}])
