"""Which of two episodes comes first where the newer may have changed the older."""

from __future__ import annotations

from nowprint.memory.retrieval.newest import (
    CLOSE,
    LIKELY,
    LIKELY_ENCODED,
    decisive,
    lifted,
    likely_newer,
    newest_first,
)
from nowprint.memory.retrieval.ranking import Candidate, Scored
from nowprint.memory.storage.doubts import DoubtRow

FAINT = LIKELY / 2


def scored(id: int, score: float, *, passes: bool = True) -> Scored:
    return Scored(id, score, (("meaning", score),), score / 10, passes)


def doubted(older: int, *newer: tuple[int, float]) -> Candidate:
    return Candidate(older, 0.5, doubts=[DoubtRow(new, older, p) for new, p in newer])


def ids(ranked: list[Scored]) -> list[int]:
    return [one.id for one in ranked]


def test_a_likely_change_comes_first_however_little_it_says_of_the_message() -> None:
    ranked = [scored(1, 9.0), scored(2, 5.0), scored(3, -4.0, passes=False)]
    newer = likely_newer(ranked, [doubted(1, (3, LIKELY)), Candidate(2, 0.5), Candidate(3, 0.5)])
    assert newer == {1: 3}
    found = lifted(ranked, newer)
    assert ids(found) == [3, 1, 2]
    assert found[0].passes
    assert found[0].evidence == found[1].evidence
    # the inspector shows what moved it, and the parts still add up
    assert dict(found[0].parts)["change"] > 0
    assert sum(dict(found[0].parts).values()) == found[0].score


def test_in_another_language_than_english_it_must_be_likelier() -> None:
    ranked = [scored(1, 9.0), scored(2, 5.0)]
    for chance, newer in ((LIKELY, {}), (LIKELY_ENCODED, {1: 2})):
        assert likely_newer(ranked, [doubted(1, (2, chance))], encoded=True) == newer


def test_an_unlikely_change_comes_first_only_where_the_message_asks_for_it_nearly_as_much() -> None:
    doubts = [doubted(1, (2, FAINT))]
    assert likely_newer([scored(1, 3.0), scored(2, 3.1 - CLOSE)], doubts) == {1: 2}
    assert likely_newer([scored(1, 3.0), scored(2, 2.9 - CLOSE)], doubts) == {}


def test_of_several_likely_changes_the_newest_holds() -> None:
    ranked = [scored(1, 3.0), scored(2, 2.9), scored(3, 0.0), scored(4, -9.0)]
    doubts = [doubted(1, (2, 0.9), (3, LIKELY), (4, FAINT))]
    assert likely_newer(ranked, doubts) == {1: 3}


def test_of_many_doubts_about_one_episode_two_tell_all() -> None:
    (many,) = [doubted(1, *((n, 0.9 if n < 30 else FAINT) for n in range(2, 60)))]
    assert {one.newer for one in decisive(many.doubts)} == {29, 59}
    assert decisive([]) == ()


def test_a_change_that_is_no_candidate_moves_nothing() -> None:
    assert likely_newer([scored(1, 3.0)], [doubted(1, (7, 0.9))]) == {}


def test_what_was_brought_forward_brings_nothing_itself() -> None:
    ranked = [scored(1, 9.0), scored(2, 1.0), scored(3, 0.0)]
    found = lifted(ranked, {1: 2, 2: 3})
    assert ids(found) == [2, 1, 3]


def test_what_was_read_stays_before_what_was_not() -> None:
    read, unread = scored(1, 1.0), scored(2, 5.0, passes=False)
    assert ids(lifted([read, unread], {})) == [1, 2]
    assert ids(newest_first([read, unread], {2: 1})) == [1, 2]
