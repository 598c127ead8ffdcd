"""Moments: which statistics make one, and what is kept of it."""

from __future__ import annotations

import pytest

from nowprint.records import Alternative, Statistic, TokenScore
from nowprint.salience.baseline import WARM, Baseline, RunningStatistic
from nowprint.salience.moments import CONTEXT_CHARACTERS, find_moments, signature_of, triggers_of

USUAL = Baseline(
    {
        "surprisal": RunningStatistic(3.0, 2.0, WARM),
        "entropy": RunningStatistic(3.0, 1.0, WARM),
        "kl": RunningStatistic(6.0, 4.0, WARM),
        "shift": RunningStatistic(0.8, 0.2, WARM),
    }
)
TOP = (Alternative(11, " dog", 0.5), Alternative(12, " hen", 0.25))
TEXT = "My cat Pickwick"


def score(
    start: int = 0,
    end: int = 2,
    *,
    surprisal: float = 3.0,
    entropy: float = 3.0,
    kl: float = 6.0,
    shift: float = 0.8,
) -> TokenScore:
    return TokenScore(7, TEXT[start:end], start, end, surprisal, entropy, kl, shift, TOP)


@pytest.mark.parametrize(
    ("token", "statistic", "threshold"),
    [
        (score(surprisal=5.01), "surprisal", 5.0),
        (score(entropy=4.51), "entropy spike", 4.5),
        (score(entropy=1.49), "entropy dip", 1.5),
        (score(kl=12.01), "kl", 12.0),
        (score(shift=0.95), "top-k shift", 0.94),
    ],
)
def test_each_statistic_has_its_threshold(
    token: TokenScore, statistic: Statistic, threshold: float
) -> None:
    (trigger,) = triggers_of(token, USUAL)
    assert trigger.statistic == statistic
    assert trigger.threshold == pytest.approx(threshold)
    assert trigger.value != threshold


def test_the_usual_triggers_nothing_and_a_threshold_itself_neither() -> None:
    assert triggers_of(score(), USUAL) == ()
    assert triggers_of(score(surprisal=5.0, kl=12.0, entropy=4.5), USUAL) == ()


def moments(*tokens: TokenScore, fresh: bool = True) -> list[int]:
    found = find_moments(9, TEXT, tokens, [fresh] * len(tokens), USUAL)
    return [moment.index for moment in found]


def test_surprise_makes_a_moment_alone_and_the_others_only_together() -> None:
    plain, surprising = score(0, 2), score(2, 6, surprisal=9.0)
    one, two = score(2, 6, kl=20.0), score(2, 6, kl=20.0, entropy=9.0)
    three = score(2, 6, kl=20.0, entropy=0.0, shift=1.0)
    assert moments(plain, surprising, one, two, three) == [1, 4]


def test_only_new_tokens_count() -> None:
    tokens = [score(2, 6, surprisal=9.0), score(6, 15, surprisal=9.0)]
    assert moments(*tokens, fresh=False) == []
    (moment,) = find_moments(9, TEXT, tokens, [False, True], USUAL)
    assert (moment.message_id, moment.index, moment.text) == (9, 1, " Pickwick")


def test_white_space_says_nothing_new() -> None:
    token = TokenScore(7, "\n", 1, 3, 15.0, 9.0, 20.0, 1.0, TOP)
    assert find_moments(9, "a \n b", [token], [True], USUAL) == ()
    nothing = TokenScore(7, "\ufffd", 1, 1, 15.0, 9.0, 20.0, 1.0, TOP)
    assert find_moments(9, "a漢", [nothing], [True], USUAL) == ()


def test_a_signature_holds_the_distribution_and_no_text() -> None:
    signature = signature_of(TEXT, score(6, 15, entropy=2.5, kl=1.5))
    assert signature.tokens == (11, 12)
    assert signature.probabilities == (0.5, 0.25)
    assert (signature.entropy, signature.kl) == (2.5, 1.5)
    assert not any(word in repr(signature) for word in ("dog", "cat", "Pickwick"))


def test_the_context_hash_is_that_of_the_text_just_before() -> None:
    end = len(TEXT)
    near = "x" * CONTEXT_CHARACTERS
    same = [signature_of(far + near + TEXT, score(len(far + near), end)) for far in ("", "far ")]
    other = signature_of("y" + near[1:] + TEXT, score(len(near), end))
    assert same[0].context_hash == same[1].context_hash != other.context_hash
    assert signature_of("\ud800" + TEXT, score(1, 3)).context_hash
