"""Knox tables: whether incidents near in space are near in time more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from footbeat.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Closed = Literal["right", "left"]
Metric = Literal["euclidean", "manhattan"]

MAX_PAIRS = 400_000_000

_EDGE = 1e-9
_N_PARTS = 16


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
    """

    observed: IntArray
    expected: FloatArray
    ratio: FloatArray
    p: FloatArray


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
    order = np.argsort(band, kind="stable")
    pairs = np.column_stack([first, second])[order].astype(np.int32)
    ends = np.searchsorted(band[order], np.arange(space.size + 1))
    day = (days - days.min(initial=0)).astype(np.int32)
    # The band of every gap there can be, looked up rather than searched for.
    band_of_gap = np.searchsorted(time, np.arange(int(day.max(initial=0)) + 1)).astype(np.int32)
    observed = _count_by_days(pairs, ends, day, band_of_gap, time.size)
    total = np.zeros(observed.shape)
    high = np.zeros(observed.shape, dtype=np.int64)
    for _ in range(n_permutations):
        counted = _count_by_days(pairs, ends, rng.permutation(day), band_of_gap, time.size)
        total += counted
        high += counted >= observed
    expected = total / max(n_permutations, 1)
    ratio = np.full(observed.shape, np.nan)
    np.divide(observed, expected, out=ratio, where=expected > 0)
    return Knox(observed, expected, ratio, (1 + high) / (1 + n_permutations))


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
    if edges.size == 0 or edges[0] < 0 or (np.diff(edges) <= 0).any():
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


@numba.njit(cache=True, parallel=True)
def _count_by_days(
    pairs: NDArray[np.int32],
    ends: IntArray,
    day: NDArray[np.int32],
    band_of_gap: NDArray[np.int32],
    n_time: int,
) -> IntArray:
    n_space = ends.size - 1
    counted = np.zeros((_N_PARTS, n_space, n_time + 1), np.int64)
    for part in numba.prange(_N_PARTS):
        own = np.zeros(n_time + 1, np.int64)
        for band in range(n_space):
            size = ends[band + 1] - ends[band]
            low = ends[band] + size * part // _N_PARTS
            high = ends[band] + size * (part + 1) // _N_PARTS
            own[:] = 0
            for k in range(low, high):
                own[band_of_gap[abs(day[pairs[k, 0]] - day[pairs[k, 1]])]] += 1
            counted[part, band] = own
    total: IntArray = counted.sum(axis=0)
    return total[:, :n_time]
