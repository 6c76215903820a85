"""Clusters of points, scans and self-exciting processes, on data whose truth is known."""

from itertools import permutations

import numpy as np
import pytest
from scipy.sparse import csr_array, eye_array

from footbeat.stats.dbscan import NOISE, dbscan
from footbeat.stats.scan import Cylinders, scan_cylinders
from footbeat.stats.selfexciting import (
    background_density,
    excitement,
    fit_self_exciting,
    simulate_self_exciting,
)

TRUTH = {"theta": 0.4, "omega": 0.1, "sigma_m": 60.0}


def simulated(seed, theta):
    rng = np.random.default_rng(seed)
    truth = TRUTH | {"theta": theta}
    return simulate_self_exciting(rng, n_background=1200, size_m=7000, days=500, **truth)


def fitted(points, days):
    return fit_self_exciting(points, days, background_m=1200, area_m2=4.9e7, end_day=500)


def test_parameters_of_a_simulated_process_are_recovered():
    fits = [fitted(*simulated(seed, 0.4)) for seed in (1, 2, 3)]
    assert np.mean([fit.theta for fit in fits]) == pytest.approx(0.4, abs=0.04)
    assert np.mean([fit.omega for fit in fits]) == pytest.approx(0.1, abs=0.02)
    assert np.mean([fit.sigma_m for fit in fits]) == pytest.approx(60, abs=5)


def test_process_without_excitement_has_hardly_any():
    assert fitted(*simulated(4, 0.0)).theta < 0.05


def with_a_gap(seed):
    rng = np.random.default_rng(seed)
    points, days = simulate_self_exciting(
        rng, n_background=1600, size_m=7000, days=700, **TRUTH | {"omega": 0.02}
    )
    return points, days, (days < 150) | (days >= 450)


def test_parameters_are_recovered_where_days_are_missing():
    spans = np.array([[0.0, 150.0], [450.0, 700.0]])
    known, unknown = [], []
    for seed in (1, 2, 3):
        points, days, seen = with_a_gap(seed)
        fit = {"background_m": 1200, "area_m2": 4.9e7, "end_day": 700}
        known.append(fit_self_exciting(points[seen], days[seen], observed=spans, **fit))
        unknown.append(fit_self_exciting(points[seen], days[seen], **fit))
    assert np.mean([fit.theta for fit in known]) == pytest.approx(0.4, abs=0.05)
    assert np.mean([fit.omega for fit in known]) == pytest.approx(0.02, abs=0.005)
    # Taken for quiet, the gap looks like excitement that died out.
    assert all(
        a.theta != pytest.approx(b.theta, abs=1e-3) for a, b in zip(known, unknown, strict=True)
    )


def test_likelihood_is_that_of_the_rate_over_the_days_observed():
    points, days, seen = with_a_gap(5)
    points, days = points[seen][:150], days[seen][:150]
    spans, area = np.array([[0.0, 150.0], [450.0, 700.0]]), 4.9e7
    fit = fit_self_exciting(
        points, days, background_m=1200, area_m2=area, end_day=700, observed=spans, most_steps=1
    )
    theta, omega, sigma = 0.3, 0.1, 100.0
    order = np.argsort(days)
    points, days = points[order], days[order]
    rate = len(days) * (1 - theta) / 400
    shape = background_density(points, 1200, area)
    value = -rate * 400
    for i in range(len(days)):
        gap, apart = days[i] - days[:i], np.hypot(*(points[:i] - points[i]).T)
        felt = theta * omega * np.exp(-omega * gap - apart**2 / (2 * sigma**2))
        value += np.log(rate * shape[i] + (felt / (2 * np.pi * sigma**2)).sum())
        late = np.arange(days[i] + 0.005, 700, 0.01)
        late = late[(late < 150) | (late >= 450)]
        value -= theta * omega * np.exp(-omega * (late - days[i])).sum() * 0.01
    assert fit.log_likelihood == pytest.approx(value, abs=0.01)


def test_likelihood_rises_with_every_step():
    points, days = simulated(5, 0.3)
    values = [
        fit_self_exciting(
            points, days, background_m=1200, area_m2=4.9e7, end_day=500, most_steps=steps
        ).log_likelihood
        for steps in (1, 2, 4, 8, 16)
    ]
    assert (np.diff(values) > -1e-6).all()


def test_excitement_falls_with_distance_and_with_days():
    fit = fitted(*simulated(1, 0.4))
    points, targets = np.array([[0.0, 0.0]]), np.array([[0.0, 0.0], [100.0, 0.0], [900.0, 0.0]])
    now, later = (
        excitement(
            points, np.array([10.0]), np.ones(1), targets, fitted=fit, at_day=day, horizon_days=7
        )
        for day in (10.0, 20.0)
    )
    assert now[0] > now[1] > now[2] == 0
    assert now[0] > later[0] > 0


def test_clusters_equal_those_of_scikit_learn():
    cluster = pytest.importorskip("sklearn.cluster")
    rng = np.random.default_rng(0)
    points = np.vstack(
        [rng.normal(centre, 30, (80, 2)) for centre in rng.uniform(0, 2000, (6, 2))]
        + [rng.uniform(0, 2000, (200, 2))]
    )
    weights = rng.integers(1, 3, len(points)).astype(float)
    ours = dbscan(points, weights, radius_m=40, min_weight=12)
    peer = cluster.DBSCAN(eps=40, min_samples=12).fit(points, sample_weight=weights)
    core = peer.core_sample_indices_
    assert ((ours == NOISE) == (peer.labels_ == NOISE)).all()
    pairs = set(zip(ours[core].tolist(), peer.labels_[core].tolist(), strict=True))
    assert len(pairs) == len(set(ours[core])) == len(set(peer.labels_[core]))


def test_no_points_have_no_clusters():
    assert dbscan(np.empty((0, 2)), np.empty(0), radius_m=1, min_weight=1).size == 0


def chain_disks(n):
    chain = csr_array(eye_array(n) + eye_array(n, k=1) + eye_array(n, k=-1))
    return [csr_array(eye_array(n)), chain]


def scan(place, age, model="permutation", n_draws=99, seed=1):
    cylinders = Cylinders(chain_disks(40), [7.0, 28.0], np.array([[0.0, 365.0]]), model)
    return scan_cylinders(place, age, cylinders, n_draws=n_draws, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("model", ["permutation", "poisson"])
def test_planted_cluster_is_found_where_and_when_it_is(model):
    rng = np.random.default_rng(0)
    place = np.concatenate([rng.integers(0, 40, 400), [20] * 8 + [21] * 7])
    age = np.concatenate([rng.uniform(0, 365, 400), rng.uniform(0, 6, 15)])
    found = scan(place, age, model)
    best = int(found.score.argmax())
    assert best in {20, 21}
    assert (found.disk[best], found.window[best]) == (1, 0)
    assert found.p[best] == 0.01


def test_p_of_a_scan_is_that_of_every_order_of_the_days():
    # Seven events in three places: all 5,040 orders can be tried.
    place, age = np.array([0, 0, 0, 1, 1, 2, 2]), np.array([1.0, 2, 3, 50, 80, 90, 6])
    cylinders = Cylinders([csr_array(eye_array(3))], [7.0, 60.0], np.array([[0.0, 100.0]]))
    every = [
        scan_cylinders(place, age[list(order)], cylinders).score.max()
        for order in permutations(range(7))
    ]
    found = scan_cylinders(place, age, cylinders, n_draws=4000, rng=np.random.default_rng(0))
    exact = np.mean(np.asarray(every) >= found.score.max() - 1e-12)
    assert found.p.min() == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 4000))


@pytest.mark.parametrize("model", ["permutation", "poisson"])
def test_p_of_a_scan_is_uniform_but_for_draws_that_tie(model):
    # With 400 events ties are rare: of 150 maps without a cluster as many are below each level.
    rng = np.random.default_rng(7)
    lowest = np.array([
        scan(rng.integers(0, 40, 400), rng.uniform(0, 365, 400), model, 39, seed).p.min()
        for seed in range(150)
    ])  # fmt: skip
    for level in (0.1, 0.25, 0.5, 0.75):
        spread = 3 * np.sqrt(level * (1 - level) / 150)
        assert (lowest <= level + 1e-9).mean() == pytest.approx(level, abs=spread)


def test_place_that_is_always_busy_is_no_cluster():
    rng = np.random.default_rng(0)
    place = np.concatenate([rng.integers(0, 40, 300), np.full(300, 5)])
    found = scan(place, rng.uniform(0, 365, 600))
    assert found.p.min() > 0.05
