from itertools import combinations
from math import log

import numpy as np
import pytest

from footbeat.stats.permute import (
    Sums,
    by_arm,
    in_batches,
    keep_range,
    mantel_haenszel_ratio,
    mix_p,
    ratio_curve,
    ratio_interval,
    ratio_p,
    sum_layers,
)

OUTCOMES = np.array([3.0, 0.0, 1.0, 2.0, 5.0])
ARMS = np.array([True, False, False, True, False])
CHANCE = np.full(5, 0.4)


def every_draw() -> np.ndarray:
    arms = np.zeros((10, 5), dtype=bool)
    for row, chosen in zip(arms, combinations(range(5), 2), strict=True):
        row[list(chosen)] = True
    return arms


def sums_of(outcome: np.ndarray, arms: np.ndarray = ARMS) -> Sums:
    return sum_layers([every_draw()], arms, CHANCE, by_arm(arms, outcome))


def z_by_hand(arms: np.ndarray, outcome: np.ndarray) -> float:
    deviation = (arms - CHANCE) * outcome
    return float(deviation.sum() / np.sqrt((deviation**2).sum()))


@pytest.mark.parametrize("ratio", [0.3, 1.0, 2.5])
def test_p_equals_the_full_enumeration_by_the_written_formula(ratio: float) -> None:
    untreated = OUTCOMES / np.where(ARMS, ratio, 1.0)
    observed = abs(z_by_hand(ARMS, untreated))
    extreme = sum(abs(z_by_hand(arms, untreated)) >= observed - 1e-9 for arms in every_draw())
    assert ratio_p(sums_of(OUTCOMES), ratio) == pytest.approx((1 + extreme) / 11)


def test_place_days_without_incidents_can_be_left_out() -> None:
    some = OUTCOMES > 0
    short = sum_layers(
        [every_draw()[:, some]], ARMS[some], CHANCE[some], by_arm(ARMS[some], OUTCOMES[some])
    )
    assert short.drawn == pytest.approx(sums_of(OUTCOMES).drawn)


def test_batches_do_not_change_the_sums() -> None:
    whole = sums_of(OUTCOMES)
    parts = sum_layers(np.array_split(every_draw(), 4), ARMS, CHANCE, by_arm(ARMS, OUTCOMES))
    assert parts.drawn == pytest.approx(whole.drawn)


def test_batches_add_up_to_the_draws_asked_for() -> None:
    sizes = [
        len(batch) for batch in in_batches(lambda n: np.zeros((n, 9), bool), 1000, n_columns=9_000)
    ]
    assert sum(sizes) == 1000
    assert len(sizes) > 1


def test_mantel_haenszel_weights_each_arm_by_the_other_arms_chance() -> None:
    chance = np.array([0.5, 0.5, 0.25, 0.25])
    arms = np.array([True, False, True, False])
    ratio = mantel_haenszel_ratio(arms, chance, np.array([2.0, 4.0, 1.0, 3.0]))
    assert ratio == pytest.approx((0.5 * 2 + 0.75 * 1) / (0.5 * 4 + 0.25 * 3))


def test_no_control_outcome_gives_no_ratio() -> None:
    assert mantel_haenszel_ratio(ARMS, CHANCE, np.where(ARMS, 1.0, 0.0)) is None


def test_an_arm_without_incidents_leaves_both_bounds_open() -> None:
    none_treated = np.where(ARMS, 0.0, OUTCOMES)
    assert ratio_interval(sums_of(none_treated), 0.0) == (None, None)


def random_trial(seed: int, n: int = 400) -> tuple[Sums, float]:
    rng = np.random.default_rng(seed)
    chance = np.full(n, 0.4)
    arms = rng.random(n) < chance
    outcome = rng.poisson(np.where(arms, 0.6, 1.0)).astype(float)
    draws = rng.random((2000, n)) < chance
    ratio = mantel_haenszel_ratio(arms, chance, outcome)
    assert ratio is not None
    return sum_layers([draws], arms, chance, by_arm(arms, outcome)), ratio


def test_interval_holds_exactly_the_ratios_that_are_not_rejected() -> None:
    sums, ratio = random_trial(1)
    low, high = ratio_interval(sums, ratio)
    assert low is not None
    assert high is not None
    assert low < ratio < high
    inside = ratio_curve(sums, np.exp(np.linspace(log(low), log(high), 9)[1:-1]))
    assert (inside > 0.05).all()
    assert ratio_p(sums, low * 0.97) <= 0.05
    assert ratio_p(sums, high * 1.03) <= 0.05


def test_one_lies_in_the_interval_whenever_its_own_p_says_so() -> None:
    for seed in range(60):
        rng = np.random.default_rng(seed)
        chance, arms = np.full(14, 0.4), rng.random(14) < 0.4
        outcome = rng.integers(1, 4, 14).astype(float)
        draws = rng.random((999, 14)) < chance
        sums = sum_layers([draws], arms, chance, by_arm(arms, outcome))
        low, high = ratio_interval(sums, mantel_haenszel_ratio(arms, chance, outcome))
        if ratio_p(sums, 1.0) > 0.05:
            assert (low or 0.0) <= 1 <= (high or np.inf)


def test_relabelling_the_arms_turns_the_interval_over() -> None:
    rng = np.random.default_rng(3)
    arms = rng.random(300) < 0.5
    outcome = rng.poisson(np.where(arms, 0.5, 1.0)).astype(float)
    draws, chance = rng.random((3000, 300)) < 0.5, np.full(300, 0.5)
    one = sum_layers([draws], arms, chance, by_arm(arms, outcome))
    other = sum_layers([~draws], ~arms, chance, by_arm(~arms, outcome))
    low, high = ratio_interval(one, mantel_haenszel_ratio(arms, chance, outcome))
    mirrored = ratio_interval(other, mantel_haenszel_ratio(~arms, chance, outcome))
    assert low is not None
    assert high is not None
    assert mirrored == pytest.approx((1 / high, 1 / low), rel=1e-5)


def test_phases_drawn_independently_add_up() -> None:
    one, two = random_trial(1)[0], random_trial(2)[0]
    both = one + two
    assert both.observed == pytest.approx(one.observed + two.observed)
    assert 0 < mix_p(both, 1.0, 1.0) <= 1


def test_range_has_no_end_where_the_grid_does_not_show_one() -> None:
    grid = np.linspace(-2, 2, 9)
    assert keep_range(lambda value: value > 0.3, grid) == (pytest.approx(0.3, abs=1e-6), None)
    assert keep_range(lambda _: False, grid) == (None, None)
