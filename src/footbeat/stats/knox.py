"""Knox tables: whether incidents near in space are near in time more often than by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.stats import poisson

from footbeat.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Closed = Literal["right", "left"]
Metric = Literal["euclidean", "manhattan"]

MAX_PAIRS = 400_000_000

_EDGE = 1e-9
_LANES = 64
_INT16 = 32_767


@dataclass(frozen=True, slots=True)
class Knox:
    """Pairs of incidents by band of distance and of days.

    Attributes
    ----------
    observed
        Unordered pairs, shape (distance bands, day bands).
    expected
        Mean over permutations of the times.
    ratio
        Observed over expected; NaN where nothing is expected.
    p
        (1 + permutations with at least as many) / (1 + permutations): one-sided. Read them
        together: the bands are many and depend on each other.
    p_poisson
        Probability of at least as many were pairs Poisson about the product of the margins (pairs
        near in space times pairs near in time, over all pairs), as in Knox's paper: pairs share
        incidents, so it is too sure where some have many neighbours.
    """

    observed: IntArray
    expected: FloatArray
    ratio: FloatArray
    p: FloatArray
    p_poisson: FloatArray


def knox_table(
    points: FloatArray,
    days: IntArray,
    *,
    bands_m: Sequence[float],
    bands_days: Sequence[float],
    n_permutations: int,
    rng: np.random.Generator,
    closed: Closed = "right",
    metric: Metric = "euclidean",
) -> Knox:
    """Count pairs by band and compare with the same places and permuted times.

    Parameters
    ----------
    points, days
        Where, in metres, shape (n, 2), and when, in whole calendar days, shape (n,).
    bands_m, bands_days
        Upper edges, rising. Closed right, a band holds its upper edge and not its lower one,
        and the first begins with 0; closed left, a band holds its lower edge and not its upper.
    n_permutations, rng
        Permutations, and their source of chance.
    closed, metric
        Which edge belongs to a band, and how distance is measured.

    Raises
    ------
    UsageError
        When bands do not rise.
    DataError
        When more pairs are near in space than can be held.

    References
    ----------
    Knox, E. G. (1964). Applied Statistics 13, 25–29. Ratcliffe, J. and Rengert, G. (2008).
    Security Journal 21, 58–76.
    """
    space, time = (_edges(bands, closed) for bands in (bands_m, bands_days))
    first, second, band = _near_pairs(points, space, metric)
    order = np.lexsort((second, first, band))
    pairs = np.column_stack([first, second])[order].astype(np.int32)
    ends = np.searchsorted(band[order], np.arange(space.size + 1))
    day = days - days.min(initial=0)
    # The widest gap that each band of days still holds.
    widest = np.minimum(np.floor(time), day.max(initial=0)).astype(np.int64)
    small = day.astype(np.int16 if day.max(initial=0) < _INT16 else np.int64)
    observed = _count_observed(pairs, ends, day, widest)
    seeds = rng.integers(2**63 - 1, size=n_permutations)
    counted = _count_permuted(pairs, ends, small, widest.astype(small.dtype), seeds)
    expected = counted.sum(axis=0) / max(n_permutations, 1)
    high = (counted >= observed).sum(axis=0)
    ratio = np.full(observed.shape, np.nan)
    np.divide(observed, expected, out=ratio, where=expected > 0)
    margins = np.outer(np.diff(ends), _pairs_in_time(day, widest)) / max(math.comb(day.size, 2), 1)
    p_poisson = np.asarray(poisson.sf(observed - 1, margins), dtype=np.float64)
    return Knox(observed, expected, ratio, (1 + high) / (1 + n_permutations), p_poisson)


def _pairs_in_time(day: IntArray, widest: IntArray) -> IntArray:
    """Return the pairs of all incidents in each band of days, however far apart."""
    ordered = np.sort(day)
    before = np.arange(day.size)
    within = [(before - np.searchsorted(ordered, ordered - gap)).sum() for gap in widest]
    return np.diff(within, prepend=0)


def label_bands(bands: Sequence[float], unit: str, closed: Closed = "right") -> list[str]:
    """Return what each band contains, in words that cannot be misread.

    Whole days are told as whole days: a band of (7, 14] holds 8 to 14 days.

    Examples
    --------
    >>> label_bands([7, 14], "days")
    ['0 to 7 days', '8 to 14 days']
    >>> label_bands([0.1, 200], "m")
    ['0 to 0.1 m', 'over 0.1 to 200 m']
    >>> label_bands([7, 14], "days", "left")
    ['0 to 6 days', '7 to 13 days']
    """
    lows = [0.0, *bands[:-1]]
    whole = unit == "days" and all(float(edge).is_integer() for edge in bands)
    labels = []
    for number, (low, high) in enumerate(zip(lows, bands, strict=True)):
        if whole:
            is_right = closed == "right"
            start = low + 1 if is_right and number else low
            labels.append(f"{start:g} to {high if is_right else high - 1:g} {unit}")
        elif closed == "right":
            labels.append(f"{'over ' if number else ''}{low:g} to {high:g} {unit}")
        else:
            labels.append(f"{low:g} to under {high:g} {unit}")
    return labels


def _edges(bands: Sequence[float], closed: Closed) -> FloatArray:
    edges = np.asarray(bands, dtype=np.float64)
    rises = edges.size > 0 and edges[0] >= 0 and (np.diff(edges) > 0).all()
    if not rises or not np.isfinite(edges).all():
        raise UsageError(
            "Bands must be upper edges that rise from 0 or more.",
            found=f"They are {', '.join(f'{edge:g}' for edge in edges) or 'none'}.",
            do="Give upper edges such as 200,400,600.",
        )
    # Closed right holds its edge and what rounding puts a hair above it; closed left neither.
    return edges + (_EDGE if closed == "right" else -_EDGE)


def _near_pairs(
    points: FloatArray, edges: FloatArray, metric: Metric
) -> tuple[IntArray, IntArray, IntArray]:
    power = 2.0 if metric == "euclidean" else 1.0
    tree = cKDTree(points)
    n_pairs = (int(tree.count_neighbors(tree, edges[-1], p=power)) - len(points)) // 2
    if n_pairs > MAX_PAIRS:
        raise DataError(
            f"At most {MAX_PAIRS:,} pairs can be counted.",
            found=f"{n_pairs:,} pairs lie within the widest band.",
            do="Use narrower bands of distance, or a shorter period.",
        )
    pairs = tree.query_pairs(edges[-1], p=power, output_type="ndarray")
    step = np.abs(points[pairs[:, 0]] - points[pairs[:, 1]])
    distance = np.hypot(*step.T) if metric == "euclidean" else step.sum(axis=1)
    band = np.asarray(np.searchsorted(edges, distance), dtype=np.int64)
    return pairs[:, 0], pairs[:, 1], band


def _count_observed(
    pairs: NDArray[np.int32], ends: IntArray, day: IntArray, widest: IntArray
) -> IntArray:
    gap = np.abs(day[pairs[:, 0]] - day[pairs[:, 1]])
    band = np.searchsorted(widest, gap)
    parts = [band[low:high] for low, high in pairwise(ends.tolist())]
    n_time = widest.size
    return np.array([np.bincount(part, minlength=n_time + 1)[:n_time] for part in parts])


@numba.njit(cache=True, parallel=True)
def _count_permuted(
    pairs: NDArray[np.int32], ends: IntArray, day: IntArray, widest: IntArray, seeds: IntArray
) -> IntArray:
    """Return the pairs by band under each permutation, shape (seeds, space, time).

    Permutations are counted 64 at a time: the days an incident has in all of them lie side by
    side, so that one pair is looked up once for 64 and compared in a few instructions.
    """
    n_space, n_time = ends.size - 1, widest.size
    counted = np.zeros((seeds.size, n_space, n_time), np.int64)
    for batch in numba.prange((seeds.size + _LANES - 1) // _LANES):
        first = batch * _LANES
        n_lanes = min(_LANES, seeds.size - first)
        lanes = np.zeros((day.size, _LANES), day.dtype)
        for lane in range(n_lanes):
            lanes[:, lane] = _shuffled(day, seeds[first + lane])
        for band in range(n_space):
            for edge in range(n_time):
                held = _count_near(pairs[ends[band] : ends[band + 1]], lanes, widest[edge])
                counted[first : first + n_lanes, band, edge] = held[:n_lanes]
            for edge in range(n_time - 1, 0, -1):
                for lane in range(first, first + n_lanes):
                    counted[lane, band, edge] -= counted[lane, band, edge - 1]
    return counted


@numba.njit(cache=True)
def _count_near(pairs: NDArray[np.int32], lanes: IntArray, widest: int) -> IntArray:
    """Return the pairs at most so many days apart in each lane."""
    total = np.zeros(_LANES, np.int64)
    held = np.zeros(_LANES, np.int16)
    for start in range(0, pairs.shape[0], _INT16):
        held[:] = 0
        for k in range(start, min(start + _INT16, pairs.shape[0])):
            one, other = lanes[pairs[k, 0]], lanes[pairs[k, 1]]
            for lane in range(_LANES):
                gap = one[lane] - other[lane]
                held[lane] += (gap <= widest) & (gap >= -widest)
        total += held
    return total


@numba.njit(cache=True)
def _shuffled(day: IntArray, seed: int) -> IntArray:
    """Return the days in random order: Fisher and Yates on a stream of SplitMix64."""
    shuffled = day.copy()
    state = np.uint64(seed)
    for k in range(day.size - 1):
        state += np.uint64(0x9E3779B97F4A7C15)
        word = state
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        word ^= word >> np.uint64(31)
        # The high half times what is left: no division, and no bias worth the name.
        swap = k + np.int64(((word >> np.uint64(32)) * np.uint64(day.size - k)) >> np.uint64(32))
        shuffled[k], shuffled[swap] = shuffled[swap], shuffled[k]
    return shuffled
