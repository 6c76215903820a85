"""Prospective mapping: risk that falls with distance and with weeks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

FloatArray = NDArray[np.float64]


def sum_prospective(
    points: FloatArray,
    weeks: FloatArray,
    weights: FloatArray,
    targets: FloatArray,
    *,
    half_cell_m: float,
    reach_m: float,
) -> FloatArray:
    """Sum 1/(1 + d) · 1/(1 + t) over the points within reach of each target.

    Parameters
    ----------
    points, weeks, weights
        Where, how many whole weeks ago, and what each counts for, shapes (m, 2), (m,), (m,).
    targets
        Where to evaluate, shape (n, 2).
    half_cell_m
        Unit of distance; d is the number of whole units.
    reach_m
        Points farther than this count for nothing.

    References
    ----------
    Bowers, K. J., Johnson, S. D. and Pease, K. (2004). British Journal of Criminology 44,
    641–658.

    Examples
    --------
    >>> sum_prospective(
    ...     np.array([[0.0, 0.0]]),
    ...     np.array([1.0]),
    ...     np.ones(1),
    ...     np.array([[130.0, 0.0]]),
    ...     half_cell_m=125.0,
    ...     reach_m=400.0,
    ... ).tolist()
    [0.25]
    """
    if len(points) == 0:
        return np.zeros(len(targets))
    near = cKDTree(points).sparse_distance_matrix(cKDTree(targets), reach_m, output_type="ndarray")
    steps = np.floor(near["v"] / half_cell_m)
    risk = weights[near["i"]] / ((1 + steps) * (1 + weeks[near["i"]]))
    return np.bincount(near["j"], risk, len(targets)).astype(np.float64)
