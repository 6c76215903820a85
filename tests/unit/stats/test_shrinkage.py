import numpy as np
import pytest
from scipy.sparse import csr_array

from footbeat.stats.shrinkage import shrink_rates, shrink_rates_locally


def marshall(counts, exposure):
    mean = counts.sum() / exposure.sum()
    spread = (exposure * (counts / exposure - mean) ** 2).sum() / exposure.sum()
    excess = max(0, spread - mean / exposure.mean())
    if excess == 0:
        return np.full(counts.size, mean)
    beta = mean / excess
    return (counts + mean * beta) / (exposure + beta)


def test_rates_equal_marshalls_formula_with_unequal_exposure():
    counts, exposure = np.array([0.0, 3, 9, 1, 30]), np.array([1.0, 2, 4, 0.5, 3])
    assert shrink_rates(counts, exposure).rate == pytest.approx(marshall(counts, exposure))


def test_counts_no_more_varied_than_chance_return_the_mean():
    shrunk = shrink_rates(np.array([3.0, 4, 5, 4]), np.ones(4))
    assert shrunk.rate.tolist() == [4, 4, 4, 4]
    assert np.isinf(shrunk.shape)


def test_no_incidents_at_all_give_rates_of_nought():
    assert shrink_rates(np.zeros(3), np.ones(3)).rate.tolist() == [0, 0, 0]


def test_posterior_draws_have_the_posterior_mean_and_cover_the_true_rates():
    rng = np.random.default_rng(1)
    rates = rng.gamma(0.5, 8, size=3000)
    shrunk = shrink_rates(rng.poisson(rates).astype(float), np.ones(3000))
    draws = shrunk.draw(rng, 800)
    assert draws.mean(axis=0) == pytest.approx(shrunk.rate, rel=0.35, abs=0.1)
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    assert np.mean((low <= rates) & (rates <= high)) == pytest.approx(0.9, abs=0.03)


def test_of_two_equal_counts_the_one_among_busy_places_ranks_higher():
    counts = np.array([5.0, 9, 0, 0, 5, 0, 0])
    chain = np.eye(7, k=1) + np.eye(7, k=-1)
    shrunk = shrink_rates_locally(counts, np.ones(7), csr_array(chain))
    assert shrunk.rate[0] > shrunk.rate[4]


def test_a_place_among_empty_ones_is_not_drawn_to_nothing():
    counts = np.zeros(50)
    counts[25] = 40
    chain = csr_array(np.eye(50, k=1) + np.eye(50, k=-1))
    shrunk = shrink_rates_locally(counts, np.ones(50), chain)
    assert (shrunk.prior_mean > 0).all()
    assert shrunk.rate[25] > 20


def test_rates_lie_beyond_their_bounds_as_often_as_told():
    shrunk = shrink_rates(np.array([0.0, 3, 9, 1, 30]), np.array([1.0, 2, 4, 0.5, 3]))
    low, high = shrunk.bounds(0.1)
    drawn = shrunk.draw(np.random.default_rng(3), 20_000)
    assert (drawn < low).mean(axis=0) == pytest.approx(np.full(5, 0.1), abs=0.01)
    assert (drawn > high).mean(axis=0) == pytest.approx(np.full(5, 0.1), abs=0.01)
    even = shrink_rates(np.array([3.0, 4, 5, 4]), np.ones(4))
    assert [bound.tolist() for bound in even.bounds(0.1)] == [[4, 4, 4, 4]] * 2
