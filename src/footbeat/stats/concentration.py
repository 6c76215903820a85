"""How unevenly incidents are spread over places: Lorenz curve and Gini coefficients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def lorenz_curve(
    counts: FloatArray, sizes: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return what share of the incidents the densest share of the places holds.

    Parameters
    ----------
    counts
        Incidents, or harm, of each place, shape (n,).
    sizes
        Area or length of each place, shape (n,); equal where None.

    Returns
    -------
    tuple
        Cumulative share of size and of incidents, both shape (n + 1,), from 0 to 1, the densest
        places first: the curve lies above the diagonal. Without any incident it is the diagonal.

    Examples
    --------
    >>> area, held = lorenz_curve(np.array([0.0, 3.0, 1.0, 0.0]))
    >>> held.tolist()
    [0.0, 0.75, 1.0, 1.0, 1.0]
    """
    counts = np.asarray(counts, dtype=np.float64)
    sizes = np.ones_like(counts) if sizes is None else np.asarray(sizes, dtype=np.float64)
    order = np.argsort(-counts / sizes, kind="stable")
    area = np.concatenate([[0.0], np.cumsum(sizes[order]) / sizes.sum()])
    total = counts.sum()
    if total == 0:
        return area, area.copy()
    return area, np.concatenate([[0.0], np.cumsum(counts[order]) / total])


def gini(counts: FloatArray, *, is_unbiased: bool = False) -> float:
    """Return the Gini coefficient of incidents over places of equal size.

    0 where every place has the same, (n − 1)/n where one place has all. With fewer incidents
    than places it is high whatever happens, because most places must be empty: read
    :func:`generalised_gini` then. No place or no incident gives NaN.

    Parameters
    ----------
    counts
        Incidents of each place, shape (n,).
    is_unbiased
        Whether to multiply by n/(n − 1), so that all in one place gives 1.

    Examples
    --------
    >>> round(gini(np.array([10.0, 8, 2, 0, 0, 0, 0, 0, 0, 0])), 3)
    0.78
    """
    value, n_places = _gini(counts), np.size(counts)
    return value * _correction(n_places) if is_unbiased else value


def generalised_gini(counts: FloatArray, *, is_unbiased: bool = False) -> float:
    """Return the Gini coefficient that allows for fewer incidents than places.

    G' = max(1, n/c)(G − 1) + 1: the reference is not equality, which c < n whole incidents
    cannot reach, but one incident each in c places.

    Parameters
    ----------
    counts
        Whole incidents of each place, shape (n,); harm has no smallest unit, so it has no G'.
    is_unbiased
        Whether to multiply by m/(m − 1), m the smaller of n and c.

    References
    ----------
    Bernasco, W. and Steenbeek, W. (2017). Journal of Quantitative Criminology 33, 451–467.

    Examples
    --------
    >>> round(generalised_gini(np.array([5.0, 2, 1, 0, 0, 0, 0, 0, 0, 0])), 3)
    0.75
    """
    n_places, total = np.size(counts), float(np.sum(counts))
    if n_places == 0 or total == 0:
        return float("nan")
    value = max(1.0, n_places / total) * (_gini(counts) - 1) + 1
    return value * _correction(min(n_places, total)) if is_unbiased else value


def _gini(counts: FloatArray) -> float:
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    n_places, total = ordered.size, ordered.sum()
    if n_places == 0 or total == 0:
        return float("nan")
    places = np.arange(1, n_places + 1)
    return float(2 * np.dot(places, ordered) / (n_places * total) - (n_places + 1) / n_places)


def _correction(size: float) -> float:
    return size / (size - 1) if size > 1 else float("nan")
