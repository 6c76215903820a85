"""Self-exciting point process: a background, and each event raising the rate for a while."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import ndtr

from footbeat.stats.density import sum_kernels

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CUT_SIGMAS = 4.0
_CUT_DECAYS = 8.0
_CLOSE = 1e-9
# What has fallen to e^-25 of its height, 1 in 10^11, is not added.
_UNFELT = 25.0
_WIDEST_M, _SLOWEST = 300.0, 1 / 60
_LEAST_BRANCHING = 1e-6


@dataclass(frozen=True, slots=True)
class SelfExciting:
    """The fitted process λ(s, t) = μ(s) + Σ θ ω e^{−ω(t − tᵢ)} g_σ(s − sᵢ).

    Attributes
    ----------
    theta
        Branching ratio: events an event brings about; below 1 or the process would explode.
    omega
        Decay of that, per day: half is over after ln 2 / ω days.
    sigma_m
        Its width, metres, g_σ the Gaussian of two dimensions. At most 300 m, and ω at least
        1/60 a day: beyond that it would only mend a background drawn too smooth.
    background
        Probability of each event to be of the background, shape (n,).
    log_likelihood, n_steps
        At the end, and the steps of EM it took.
    """

    theta: float
    omega: float
    sigma_m: float
    background: FloatArray
    log_likelihood: float
    n_steps: int


class Near(NamedTuple):
    """The earlier events near each event (a tuple, as numba reads those).

    Attributes
    ----------
    first
        Event i has the pairs `first[i]` to `first[i + 1]`, shape (n + 1,).
    gap, apart2
        Days between, and square metres between, shape (pairs,).
    """

    first: IntArray
    gap: FloatArray
    apart2: FloatArray


def fit_self_exciting(
    points: FloatArray,
    days: FloatArray,
    *,
    background_m: float,
    area_m2: float,
    end_day: float,
    observed: FloatArray | None = None,
    start: tuple[float, float, float] = (0.3, 0.1, 100.0),
    most_steps: int = 200,
) -> SelfExciting:
    """Fit by expectation and maximisation, the background a Gaussian density of all events.

    What it finds is clustering in time beyond place: it cannot tell contagion from a bad month
    that many nearby places shared.

    Parameters
    ----------
    points, days
        Where, in metres, shape (n, 2), and when, in days, shape (n,).
    background_m
        Width of the background's kernel; an event does not support its own background.
    area_m2
        Ground the process lives on; a hundredth of the background is spread over it evenly.
    end_day
        End of the period observed, for events whose offspring it cut off.
    observed
        Runs of days observed, first and end of each, shape (spans, 2): no event is expected
        between them, of the background or of others. None: from the first event to the end.
    start
        First θ, ω and σ.
    most_steps
        Steps at most; it ends sooner when the likelihood no longer rises.

    References
    ----------
    Mohler, G. et al. (2011). Self-exciting point process modeling of crime. JASA 106, 100–108.
    Mohler, G. (2014). International Journal of Forecasting 30, 491–497.
    """
    order = np.argsort(days, kind="stable")
    points, days = points[order], days[order]
    shape = background_density(points, background_m, area_m2)
    theta, omega, sigma = start
    spans = np.array([[days.min(initial=end_day), end_day]]) if observed is None else observed
    span = max(float(np.diff(spans, axis=1).sum()), 1e-9)
    opens, closes = (np.clip(day - days[:, None], 0, None) for day in spans.T)
    rate = len(days) * (1 - theta) / span
    value, n_steps = -np.inf, 0
    background = np.ones(len(days))
    near = _pairs(points, days, _CUT_SIGMAS * _WIDEST_M, _CUT_DECAYS / _SLOWEST)
    while n_steps < most_steps:
        n_steps += 1
        total, sums = _expect(near, rate * shape, np.array([theta, omega, sigma]))
        background = rate * shape / total
        seen = (np.exp(-omega * opens) - np.exp(-omega * closes)).sum()
        new = float(np.log(total).sum() - rate * span - theta * seen)
        brought, waited, spread = sums.sum(axis=0).tolist()
        rate = background.sum() / span
        theta = float(np.clip(brought / seen, _LEAST_BRANCHING, 0.999))
        if brought > _LEAST_BRANCHING:
            # The last term is what offspring that nobody could observe would have added.
            hidden = closes * np.exp(-omega * closes) - opens * np.exp(-omega * opens)
            waits = max(waited + theta * hidden.sum(), 1e-9)
            omega = float(np.clip(brought / waits, _SLOWEST, 50.0))
            sigma = float(np.clip(np.sqrt(spread / (2 * brought)), 1.0, _WIDEST_M))
        if new - value < _CLOSE * abs(new):
            value = new
            break
        value = new
    fitted = np.empty(len(days))
    fitted[order] = background
    return SelfExciting(theta, omega, sigma, fitted, value, n_steps)


def excitement(
    points: FloatArray,
    days: FloatArray,
    weights: FloatArray,
    targets: FloatArray,
    *,
    fitted: SelfExciting,
    at_day: float,
    horizon_days: float,
) -> FloatArray:
    """Return what past events bring about around each target in the days ahead, per m².

    Parameters
    ----------
    points, days, weights
        The events.
    targets
        Where to look, shape (t, 2).
    fitted
        The process.
    at_day, horizon_days
        The day to look from, and how far ahead.
    """
    age = at_day - days
    ahead = np.exp(-fitted.omega * age) - np.exp(-fitted.omega * (age + horizon_days))
    recent = (age >= 0) & (fitted.omega * age < _CUT_DECAYS * 2)
    if not recent.any():
        return np.zeros(len(targets))
    near = cKDTree(points[recent]).sparse_distance_matrix(
        cKDTree(targets), _CUT_SIGMAS * fitted.sigma_m, output_type="ndarray"
    )
    amount = fitted.theta * (weights * ahead)[recent][near["i"]]
    felt = amount * np.exp(-(near["v"] ** 2) / (2 * fitted.sigma_m**2))
    scale = 2 * np.pi * fitted.sigma_m**2
    return np.bincount(near["j"], felt / scale, len(targets)).astype(np.float64)


def simulate_self_exciting(
    rng: np.random.Generator,
    *,
    n_background: float,
    size_m: float,
    days: float,
    theta: float,
    omega: float,
    sigma_m: float,
) -> tuple[FloatArray, FloatArray]:
    """Draw a process with an even background on a square, for tests; returns points and days.

    Parameters
    ----------
    rng
        Source of chance.
    n_background
        Mean number of background events.
    size_m, days
        Side of the square, and length of the period.
    theta, omega, sigma_m
        As :class:`SelfExciting`.
    """
    n = rng.poisson(n_background)
    points, times = rng.uniform(0, size_m, (n, 2)), rng.uniform(0, days, n)
    born_points, born_times = points, times
    while len(born_times):
        children = rng.poisson(theta, len(born_times))
        parents = np.repeat(np.arange(len(born_times)), children)
        born_points = born_points[parents] + rng.normal(0, sigma_m, (len(parents), 2))
        born_times = born_times[parents] + rng.exponential(1 / omega, len(parents))
        inside = born_times < days
        born_points, born_times = born_points[inside], born_times[inside]
        points, times = np.vstack([points, born_points]), np.concatenate([times, born_times])
    return points, times


def background_density(points: FloatArray, width_m: float, area_m2: float) -> FloatArray:
    """Return the background's density at each event, per m², without the event itself."""
    felt = sum_kernels(points, np.ones(len(points)), points, width_m, kernel="gaussian") - 1
    density = felt / (2 * np.pi * width_m**2) / max(len(points) - 1, 1)
    spread: FloatArray = 0.99 * density / _inside(points, width_m) + 0.01 / area_m2
    return spread


def _inside(points: FloatArray, width_m: float) -> FloatArray:
    """Return the share of each point's kernel that lies in the rectangle around all."""
    low, high = points.min(axis=0), points.max(axis=0)
    share = ndtr((high - points) / width_m) - ndtr((low - points) / width_m)
    least: FloatArray = np.maximum(share.prod(axis=1), 0.05)
    return least


def _pairs(points: FloatArray, days: FloatArray, reach_m: float, reach_days: float) -> Near:
    """Return the earlier events near each event in space and time."""
    pairs = cKDTree(points).query_pairs(reach_m, output_type="ndarray")
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    gap = days[high] - days[low]
    keep = (gap > 0) & (gap <= reach_days)
    low, high, gap = low[keep], high[keep], gap[keep]
    order = np.argsort(high, kind="stable")
    apart2 = np.square(points[low] - points[high]).sum(axis=1)
    first = np.searchsorted(high[order], np.arange(len(points) + 1))
    return Near(first.astype(np.int64), gap[order], apart2[order])


@numba.njit(cache=True, parallel=True)
def _expect(near: Near, own: FloatArray, process: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the rate at each event, and its share of Σp, Σp·gap and Σp·apart² over parents."""
    theta, omega, sigma = process
    height, narrow = theta * omega / (2 * np.pi * sigma**2), 1 / (2 * sigma**2)
    total, sums = own.copy(), np.zeros((own.size, 3))
    for i in numba.prange(own.size):
        brought = waited = spread = 0.0
        for k in range(near.first[i], near.first[i + 1]):
            fallen = omega * near.gap[k] + near.apart2[k] * narrow
            if fallen > _UNFELT:
                continue
            trigger = height * np.exp(-fallen)
            brought += trigger
            waited += trigger * near.gap[k]
            spread += trigger * near.apart2[k]
        total[i] += brought
        sums[i, 0], sums[i, 1], sums[i, 2] = brought, waited, spread
        sums[i] /= total[i]
    return total, sums
