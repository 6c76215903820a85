import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import binom, norm

from footbeat.stats.hierarchy import shrink_ratios

TREATED = np.array([2.0, 0.0, 5.0, 1.0, 3.0, 0.0])
CONTROL = np.array([3.0, 4.0, 6.0, 5.0, 2.0, 1.0])
ODDS = np.full(6, 2 / 3)


def test_the_likelihood_equals_direct_integration() -> None:
    found = shrink_ratios(TREATED, CONTROL, ODDS)
    assert found is not None

    def chance(z: float, place: int) -> float:
        odds = ODDS[place] * np.exp(found.common + found.spread * z)
        n = TREATED[place] + CONTROL[place]
        return float(binom.pmf(TREATED[place], n, odds / (1 + odds)) * norm.pdf(z))

    direct = sum(np.log(quad(chance, -10, 10, args=(place,))[0]) for place in range(6))
    assert found.log_likelihood == pytest.approx(direct, abs=1e-5)


def test_few_incidents_are_drawn_to_the_common_ratio() -> None:
    rng = np.random.default_rng(2)
    true = np.exp(np.log(0.6) + 0.8 * rng.standard_normal(60))
    n = rng.integers(1, 60, 60)
    odds = np.full(60, 0.7)
    share = odds * true / (1 + odds * true)
    treated = rng.binomial(n, share).astype(float)
    found = shrink_ratios(treated, n - treated, odds)
    assert found is not None
    assert found.spread == pytest.approx(0.8, abs=0.25)
    raw = (treated + 1e-9) / (n - treated + 1e-9) / odds
    few = n < 6
    assert (
        np.abs(np.log(found.ratio[few] / true[few])).mean()
        < 0.6 * np.abs(np.log(np.clip(raw[few], 0.05, 20) / true[few])).mean()
    )
    assert ((found.low <= true) & (true <= found.high)).mean() > 0.9


def test_places_that_are_all_alike_get_the_common_ratio() -> None:
    treated = np.full(20, 20.0)
    found = shrink_ratios(treated, np.full(20, 60.0), np.full(20, 2 / 3))
    assert found is not None
    assert found.ratio == pytest.approx(np.full(20, 0.5), abs=0.02)


def test_an_arm_without_incidents_gives_nothing() -> None:
    assert shrink_ratios(np.zeros(3), np.ones(3), np.ones(3)) is None


def test_places_that_look_alike_are_no_surer_than_all_of_them_together() -> None:
    found = shrink_ratios(np.full(20, 3.0), np.full(20, 7.0), np.full(20, 2 / 3))
    assert found is not None
    together = np.sqrt(1 / 60 + 1 / 140)
    assert (np.log(found.high / found.low) > 2 * 1.96 * together).all()


def test_intervals_of_places_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(5)
    held = []
    for _ in range(40):
        true = np.exp(np.log(0.7) + 0.3 * rng.standard_normal(20))
        control = rng.poisson(6.0, 20).astype(float)
        treated = rng.poisson(4.0 * true).astype(float)
        found = shrink_ratios(treated, control, np.full(20, 2 / 3))
        assert found is not None
        held.append(((found.low <= true) & (true <= found.high)).mean())
    assert 0.92 < np.mean(held) < 0.995
