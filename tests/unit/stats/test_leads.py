import numpy as np
import pytest

from footbeat.stats.leads import lead_p, lead_sums

CODES = np.zeros(4, dtype=np.int64)
FOLLOWING = np.array([1, 2, 3, 4, 5, -1])


def test_an_arm_the_past_foretells_leaves_nothing() -> None:
    first = np.random.default_rng(1).random((50, 1, 4)) < 0.5
    arms = np.concatenate([first, ~first] * 3, axis=1)
    assert lead_sums(arms, np.ones((6, 4)), FOLLOWING, CODES)[1] == pytest.approx(0)


def test_a_fair_coin_is_compared_with_its_mean() -> None:
    arms = np.random.default_rng(1).random((4000, 6, 4)) < 0.5
    sums = lead_sums(arms, np.ones((6, 4)), FOLLOWING, CODES)
    assert sums[0].mean() == pytest.approx(0, abs=1e-9)
    assert sums[1].mean() == pytest.approx(5 * 4 * 0.25, rel=0.05)


def test_outcomes_that_follow_tomorrow_are_noticed_and_others_are_not() -> None:
    rng = np.random.default_rng(2)
    arms = rng.random((500, 6, 4)) < 0.5
    foreseen = np.vstack([np.where(arms[0, 1:], 9.0, 0.0), np.zeros((1, 4))])
    assert lead_p(lead_sums(arms, foreseen, FOLLOWING, CODES)) == pytest.approx(1 / 500, abs=0.02)
    past = np.vstack([np.ones((1, 4)), np.where(arms[0, :-1], 9.0, 1.0)])
    p = lead_p(lead_sums(arms, past, FOLLOWING, CODES))
    assert p is not None
    assert p > 0.05


def test_nothing_to_judge_gives_no_p() -> None:
    arms = np.random.default_rng(1).random((9, 6, 4)) < 0.5
    assert lead_p(lead_sums(arms, np.zeros((6, 4)), FOLLOWING, CODES)) is None
