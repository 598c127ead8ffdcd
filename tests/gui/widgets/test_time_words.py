from __future__ import annotations

import pytest

from nowprint.gui.widgets.time_words import ago, count


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (3, "just now"), (-5, "just now"), (125, "2 min ago"), (7300, "2 h ago"),
        (90_000, "yesterday"), (3 * 86400, "3 days ago"),
    ],
)  # fmt: skip
def test_ages_are_told_in_words(passed: float, words: str) -> None:
    assert ago(1_000_000 - passed, 1_000_000) == words


def test_long_ago_is_a_date() -> None:
    assert ago(1_000_000, 100_000_000).endswith(" 1970")


def test_counts_agree_with_their_word() -> None:
    assert count(1, "memory", "memories") == "1 memory"
    assert count(1204, "memory", "memories") == "1,204 memories"
