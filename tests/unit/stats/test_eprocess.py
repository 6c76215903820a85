from itertools import combinations

import numpy as np
import pytest

from footbeat.stats.eprocess import (
    BENEFIT_RATIOS,
    HARM_RATIOS,
    always_valid_interval,
    coin_log_evidence,
    mix_evidence,
    subset_log_evidence,
)

SLOPES = np.log([*BENEFIT_RATIOS, *HARM_RATIOS])


def test_evidence_has_expectation_one_over_every_possible_draw() -> None:
    outcomes = np.array([3.0, 0.0, 1.0, 7.0, 0.0, 2.0])
    subsets = list(combinations(range(6), 2))
    arms = np.zeros((len(subsets), 6), dtype=bool)
    for row, chosen in zip(arms, subsets, strict=True):
        row[list(chosen)] = True
    found = subset_log_evidence(np.tile(outcomes, (len(subsets), 1)), arms, 2, SLOPES)
    assert np.exp(found).mean(axis=0) == pytest.approx(np.ones(len(SLOPES)))


def test_the_denominator_is_the_symmetric_polynomial() -> None:
    outcomes, arms = np.array([[2.0, 1.0, 0.0, 4.0]]), np.array([[True, False, True, False]])
    terms = [np.exp(0.5 * outcomes[0, list(chosen)].sum()) for chosen in combinations(range(4), 2)]
    expected = 0.5 * 2.0 - np.log(np.mean(terms))
    found = subset_log_evidence(outcomes, arms, 2, np.array([0.5]))
    assert found[0, 0] == pytest.approx(expected)


def test_coins_have_expectation_one_too() -> None:
    outcomes = np.array([2.0, 0.0, 5.0])
    arms = np.array(np.meshgrid(*[[False, True]] * 3)).reshape(3, -1).T
    chance = np.where(arms, 0.3, 0.7).prod(axis=1)
    found = coin_log_evidence(np.tile(outcomes, (8, 1)), arms, 0.3, SLOPES)
    assert chance @ np.exp(found) == pytest.approx(np.ones(len(SLOPES)))


def test_a_day_without_incidents_says_nothing() -> None:
    arms = np.array([[True, False, True]])
    assert subset_log_evidence(np.zeros((1, 3)), arms, 2, SLOPES) == pytest.approx(
        np.zeros((1, len(SLOPES)))
    )


def test_huge_harm_does_not_overflow() -> None:
    outcomes = np.array([[5475.0, 0.0, 1825.0]])
    arms = np.array([[True, False, False]])
    assert np.isfinite(subset_log_evidence(outcomes, arms, 1, SLOPES)).all()


def simulate(seed: int, ratio: float, *, days: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    arms = rng.random((days, 12)).argsort(1).argsort(1) < 5
    # Places differ, days differ, and yesterday's patrol carries over: none of it may matter.
    base = rng.gamma(2, 0.15, 12) * rng.gamma(4, 0.25, (days, 1))
    carried = np.where(np.vstack([np.zeros((1, 12), bool), arms[:-1]]), 0.5, 1.0)
    return arms, rng.poisson(base * carried * np.where(arms, ratio, 1.0)).astype(float)


def test_daily_looks_raise_few_false_alarms() -> None:
    half = len(BENEFIT_RATIOS)
    alarms = 0
    for seed in range(300):
        arms, outcomes = simulate(seed, 1.0)
        evidence = subset_log_evidence(outcomes, arms, 5, SLOPES)
        peaks = [mix_evidence(part).max() for part in (evidence[:, :half], evidence[:, half:])]
        alarms += max(peaks) >= np.log(40)
    assert alarms / 300 <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_a_real_effect_is_noticed_on_its_own_side() -> None:
    half = len(BENEFIT_RATIOS)
    arms, outcomes = simulate(1, 0.4)
    evidence = subset_log_evidence(outcomes, arms, 5, SLOPES)
    assert mix_evidence(evidence[:, :half])[-1] > np.log(40)
    assert mix_evidence(evidence[:, half:])[-1] < 0


def test_the_interval_waits_for_twenty_events_and_then_narrows() -> None:
    arms, outcomes = simulate(2, 0.6, days=400)
    treated = np.where(arms, outcomes, 0).sum(1) / (5 / 12)
    control = np.where(arms, 0, outcomes).sum(1) / (7 / 12)
    found = always_valid_interval(treated, control, outcomes.sum(1), share=5 / 12)
    early = int(np.searchsorted(outcomes.sum(1).cumsum(), 20))
    assert np.isnan(found.low[:early]).all()
    assert found.low[-1] < 0.6 < found.high[-1]
    assert found.high[-1] - found.low[-1] < found.high[200] - found.low[200]
