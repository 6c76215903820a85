from datetime import date, timedelta

import numpy as np
import pytest

from footbeat.errors import UsageError
from footbeat.tasking.keys import RandomKeys
from footbeat.tasking.mechanisms import Daily, Roster, parse_mechanism
from footbeat.tasking.mechanisms.daily import split_quota

DAYS = tuple(date(2026, 3, 1) + timedelta(i) for i in range(12))
TIERED = Roster(tuple("abcdefgh"), DAYS, tuple("AAAAABBB"))


def test_each_stratum_gets_exactly_its_quota_each_day() -> None:
    mechanism = parse_mechanism("daily:3;strata=tier;k=A:2,B:1")
    arms = mechanism.draw(RandomKeys(np.random.default_rng(2), TIERED.shape), TIERED)
    assert (arms[:, :5].sum(1) == 2).all()
    assert (arms[:, 5:].sum(1) == 1).all()


def test_probability_is_k_over_n_of_the_stratum() -> None:
    mechanism = parse_mechanism("daily:3;strata=tier;k=A:2,B:1")
    assert mechanism.probabilities(TIERED)[3].tolist() == [0.4] * 5 + [1 / 3] * 3


def test_replay_of_a_whole_day_keeps_the_quota_in_every_draw() -> None:
    mechanism = Daily(3)
    roster = Roster(tuple("abcdefgh"), DAYS)
    place = np.arange(8)
    arms = mechanism.replay(roster, np.full(8, 4), place, n_draws=500, rng=np.random.default_rng(3))
    assert (arms.sum(1) == 3).all()


def test_replay_has_the_pairwise_probabilities_of_a_simple_random_sample() -> None:
    roster = Roster(tuple("abcde"), DAYS)
    day, place = np.array([5, 0, 5, 0]), np.array([1, 2, 4, 3])
    arms = Daily(2).replay(roster, day, place, n_draws=40_000, rng=np.random.default_rng(4))
    same_day = (arms[:, 0] & arms[:, 2]).mean()
    other_day = (arms[:, 0] & arms[:, 1]).mean()
    assert same_day == pytest.approx(0.1, abs=0.007)  # 2/5 · 1/4
    assert other_day == pytest.approx(0.16, abs=0.008)  # (2/5)²


@pytest.mark.parametrize("k", [0, 5, 6])
def test_a_quota_that_leaves_one_arm_empty_is_refused(k: int) -> None:
    with pytest.raises(UsageError, match=f"{k} of 5 would be treated"):
        Daily(k).check(Roster(tuple("abcde"), DAYS))


def test_strata_of_mechanism_and_list_must_agree() -> None:
    with pytest.raises(UsageError, match="same strata"):
        parse_mechanism("daily:3;strata=tier;k=A:2,C:1").check(TIERED)


def test_quotas_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(UsageError, match="add up"):
        parse_mechanism("daily:4;strata=tier;k=A:2,B:1")


def test_a_total_is_shared_by_largest_remainder() -> None:
    assert split_quota(8, {"A": 11, "B": 9}) == (("A", 4), ("B", 4))
    assert split_quota(7, {"A": 5, "B": 16}) == (("A", 2), ("B", 5))


def test_repeated_identifiers_are_refused() -> None:
    with pytest.raises(UsageError, match="identifier of its own"):
        Roster(("a", "a"), DAYS)


@pytest.mark.parametrize(
    "text", ["", "daily", "daily:x", "weekly:3", "coin:0.4;k=A:1", "daily:2;k=A"]
)
def test_text_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="grammar"):
        parse_mechanism(text)
