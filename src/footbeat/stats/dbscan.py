"""DBSCAN with weights, in memory that grows with the points and not with their pairs."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NOISE = -1

_NEIGHBOURS = 5


class Boxes(NamedTuple):
    """Points in order of their boxes (a tuple, as numba reads those)."""

    key: IntArray
    keys: IntArray
    starts: IntArray
    width: int


def dbscan(
    points: FloatArray, weights: FloatArray, *, radius_m: float, min_weight: float
) -> IntArray:
    """Return the cluster of each point, −1 for none.

    A point is a core when the points within the radius, itself included, weigh enough; cores
    within the radius of each other are one cluster; other points within the radius of a core
    join the first of its clusters. Clusters are numbered by their first point. Neighbours are
    looked up anew from boxes as wide as the radius rather than listed.

    Parameters
    ----------
    points, weights
        Where, in metres, shape (n, 2), and what each weighs, shape (n,).
    radius_m, min_weight
        How near, and how much.

    References
    ----------
    Ester, M. et al. (1996). A density-based algorithm for discovering clusters. KDD-96.

    Examples
    --------
    >>> x = np.array([[0.0, 0], [1, 0], [2, 0], [50, 0]])
    >>> dbscan(x, np.ones(4), radius_m=1.5, min_weight=2).tolist()
    [0, 0, 0, -1]
    """
    if len(points) == 0:
        return np.empty(0, dtype=np.int64)
    box = np.floor((points - points.min(axis=0)) / radius_m).astype(np.int64)
    # An empty column on either side, so that the next box to the left is never in the row before.
    key = box[:, 1] * (int(box[:, 0].max()) + 3) + box[:, 0] + 1
    order = np.argsort(key, kind="stable")
    keys, starts = np.unique(key[order], return_index=True)
    ordered = np.ascontiguousarray(points[order], dtype=np.float64)
    boxes = Boxes(
        key[order],
        keys,
        np.append(starts, len(points)).astype(np.int64),
        int(box[:, 0].max()) + 3,
    )
    reach2 = radius_m**2 * (1 + 1e-12)
    mass = np.ascontiguousarray(weights[order], dtype=np.float64)
    is_core = _weigh(ordered, mass, boxes, reach2) >= min_weight
    found = _join(ordered, is_core, _unite(ordered, is_core, boxes, reach2), boxes, reach2)
    root = np.empty(len(points), dtype=np.int64)
    root[order] = np.where(found >= 0, order[np.maximum(found, 0)], NOISE)
    return _renumber(root)


def hdbscan(points: FloatArray, *, least_points: int) -> IntArray:
    """Return the cluster of each point at whatever density it stands out, −1 for none.

    Memory grows with the points; time with their square at worst. Fewer points than
    `least_points` make no cluster, nor do points all at one place on their own.

    Parameters
    ----------
    points
        Where, in metres, shape (n, 2).
    least_points
        Fewest points of a cluster.

    References
    ----------
    Campello, R. J. G. B., Moulavi, D. and Sander, J. (2013). Density-based clustering based on
    hierarchical density estimates. PAKDD 2013.
    """
    if len(points) < max(least_points, 2):
        return np.full(len(points), NOISE, dtype=np.int64)
    from sklearn.cluster import HDBSCAN

    # Ties are broken by the order of rows, so rows are put in an order of their own.
    order = np.lexsort((points[:, 1], points[:, 0]))
    found = HDBSCAN(
        min_cluster_size=least_points, min_samples=_NEIGHBOURS, algorithm="kd_tree", copy=True
    ).fit_predict(points[order])
    labels = np.full(len(points), NOISE, dtype=np.int64)
    labels[order] = found
    return np.maximum(labels, NOISE)


def _renumber(root: IntArray) -> IntArray:
    labels = np.full(root.size, NOISE, dtype=np.int64)
    inside = root != NOISE
    _, first, index = np.unique(root[inside], return_index=True, return_inverse=True)
    rank = np.empty(first.size, dtype=np.int64)
    rank[np.argsort(first)] = np.arange(first.size)
    labels[inside] = rank[index.ravel()]
    return labels


@numba.njit(cache=True)
def _find(parent: IntArray, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@numba.njit(cache=True)
def _near(i: int, boxes: Boxes, row: int) -> tuple[int, int]:
    """Return the range of points in the three boxes around point i, one row at a time."""
    left = boxes.key[i] + row * boxes.width - 1
    low, high = np.searchsorted(boxes.keys, left), np.searchsorted(boxes.keys, left + 3)
    return boxes.starts[low], boxes.starts[high]


@numba.njit(cache=True)
def _is_near(points: FloatArray, i: int, k: int, reach2: float) -> bool:
    dx, dy = points[k, 0] - points[i, 0], points[k, 1] - points[i, 1]
    near: bool = dx * dx + dy * dy <= reach2
    return near


@numba.njit(cache=True)
def _weigh(points: FloatArray, weights: FloatArray, boxes: Boxes, reach2: float) -> FloatArray:
    """Return the weight within reach of each point."""
    mass = np.zeros(points.shape[0])
    for i in range(points.shape[0]):
        for row in range(-1, 2):
            low, high = _near(i, boxes, row)
            for k in range(low, high):
                if _is_near(points, i, k, reach2):
                    mass[i] += weights[k]
    return mass


@numba.njit(cache=True)
def _unite(points: FloatArray, is_core: NDArray[np.bool_], boxes: Boxes, reach2: float) -> IntArray:
    """Return the first point of each point's cluster of cores, as a forest."""
    parent = np.arange(points.shape[0])
    for i in range(points.shape[0]):
        if not is_core[i]:
            continue
        for row in range(-1, 2):
            low, high = _near(i, boxes, row)
            for k in range(low, high):
                if is_core[k] and _is_near(points, i, k, reach2):
                    a, b = _find(parent, i), _find(parent, k)
                    parent[max(a, b)] = min(a, b)
    return parent


@numba.njit(cache=True)
def _join(
    points: FloatArray,
    is_core: NDArray[np.bool_],
    parent: IntArray,
    boxes: Boxes,
    reach2: float,
) -> IntArray:
    """Return the cluster of every point; what is no core joins the first within reach."""
    root = np.full(points.shape[0], -1, np.int64)
    for i in range(points.shape[0]):
        if is_core[i]:
            root[i] = _find(parent, i)
            continue
        for row in range(-1, 2):
            low, high = _near(i, boxes, row)
            for k in range(low, high):
                if is_core[k] and _is_near(points, i, k, reach2):
                    own = _find(parent, k)
                    root[i] = own if root[i] < 0 else min(root[i], own)
    return root
