"""The ground a force's incidents lie on, when nobody gives its boundary.

An open-data download holds a few incidents far from its force: officers record crimes
elsewhere, and places are mistyped. A hull around every point would then take in half a country,
and any share of its area would flatter the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np
import shapely
from scipy import ndimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

SQUARE_M = 5_000.0
_FEWEST_SHARE = 0.0002
_FEWEST = 3
_DOUBT = 1e-9


def main_ground(
    x: FloatArray, y: FloatArray, n: NDArray[np.int64] | None = None
) -> tuple[shapely.Geometry, BoolArray]:
    """Return the hull of the points that lie together, and which points those are.

    Squares of 5 km with a few incidents each that touch, corners included, lie together; the
    group with the most incidents is the ground. An island farther off than a square is not
    part of it: give the boundary instead.

    Parameters
    ----------
    x, y
        Metres, shape (n,); points without coordinates belong nowhere.
    n
        How many incidents each point stands for; 1 when missing.

    Examples
    --------
    >>> x, y = np.r_[np.zeros(9), 100.0, 90_000.0], np.r_[np.zeros(9), 50.0, 0.0]
    >>> main_ground(x, y)[1].tolist()[-2:]
    [True, False]
    """
    is_placed = np.isfinite(x) & np.isfinite(y)
    if not is_placed.any():
        return shapely.Polygon(), is_placed
    column, row = (np.floor(v[is_placed] / SQUARE_M).astype(np.int64) for v in (x, y))
    column, row = column - column.min(), row - row.min()
    counts = np.zeros((row.max() + 1, column.max() + 1), dtype=np.int64)
    np.add.at(counts, (row, column), 1 if n is None else n[is_placed])
    fewest = min(max(_FEWEST, _FEWEST_SHARE * counts.sum()), counts.max())
    groups, n_groups = ndimage.label(counts >= fewest, structure=np.ones((3, 3)))
    totals = ndimage.sum_labels(counts, groups, np.arange(1, n_groups + 1))
    is_main = is_placed.copy()
    is_main[is_placed] = groups[row, column] == 1 + int(np.argmax(totals))
    points = shapely.MultiPoint(np.column_stack([x[is_main], y[is_main]]))
    return points.convex_hull, is_main


def outer_points(
    x: FloatArray, y: FloatArray, group: IntArray, times: IntArray
) -> tuple[FloatArray, FloatArray, IntArray, IntArray]:
    """Return few points with the same `main_ground` as many, for points that are not held.

    They are the corners of the hull of each group's points in each square; the first corner
    stands for all the points there, the others for none.

    Parameters
    ----------
    x, y
        Metres, finite, shape (n,).
    group
        What each point belongs to, whose grounds are found apart, shape (n,).
    times
        How many incidents each point stands for, shape (n,).

    Returns
    -------
    tuple
        x, y, how many incidents each stands for, and its group.
    """
    column, row = (np.floor(v / SQUARE_M).astype(np.int64) for v in (x, y))
    order = np.lexsort((y, x, row, column, group))
    square = np.column_stack([group, column, row])[order]
    starts = np.flatnonzero((np.diff(square, axis=0, prepend=square[:1] - 1) != 0).any(axis=1))
    ends = np.append(starts[1:], x.size)
    n = np.add.reduceat(times[order], starts)
    corner, of_square = _corners(x[order], y[order], starts, ends)
    is_first = np.diff(of_square, prepend=-1) != 0
    return (
        x[order][corner],
        y[order][corner],
        np.where(is_first, n[of_square], 0),
        group[order][corner],
    )


@numba.njit(cache=True, nogil=True)
def _corners(
    x: FloatArray, y: FloatArray, starts: IntArray, ends: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the corners of the hulls of runs of points, and each one's run.

    The points of a run are in order of x, then y (Andrew, 1979,
    https://doi.org/10.1016/0020-0190(79)90072-3). A corner that rounding leaves in doubt is kept.
    """
    corner, run = np.empty(2 * x.size, np.int64), np.empty(2 * x.size, np.int64)
    n = 0
    for number in range(starts.size):
        first, last = starts[number], ends[number] - 1
        base = n
        for start, step in ((first, 1), (last, -1)):
            chain = n
            for point in range(start, start + step * (last - first + 1), step):
                while n - chain > 1 and _turns_right(x, y, corner[n - 2], corner[n - 1], point):
                    n -= 1
                top = corner[n - 1]
                if n == chain or x[point] != x[top] or y[point] != y[top]:
                    corner[n], run[n] = point, number
                    n += 1
            n -= 1  # the last of one chain is the first of the other
        n = max(n, base + 1)
    return corner[:n], run[:n]


@numba.njit(cache=True, nogil=True)
def _turns_right(x: FloatArray, y: FloatArray, a: int, b: int, c: int) -> bool:
    ahead, up = x[b] - x[a], y[b] - y[a]
    right = ahead * (y[c] - y[a])
    left = up * (x[c] - x[a])
    return bool(right - left < -_DOUBT * (abs(right) + abs(left)))
