"""The ground a force's incidents lie on, when nobody gives its boundary.

An open-data download holds a few incidents far from its force: officers record crimes
elsewhere, and places are mistyped. A hull around every point would then take in half a country,
and any share of its area would flatter the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    x: FloatArray, y: FloatArray, group: IntArray
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

    Returns
    -------
    tuple
        x, y, how many points each stands for, and its group.
    """
    square = np.column_stack([group, np.floor(x / SQUARE_M), np.floor(y / SQUARE_M)])
    _, first, member, n = np.unique(
        square, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(member, kind="stable")
    points = np.asarray(shapely.points(x[order], y[order]))
    held = shapely.multipoints(points, indices=member[order])
    corners, of_square = shapely.get_coordinates(shapely.convex_hull(held), return_index=True)
    is_first = np.diff(of_square, prepend=-1) != 0
    return (
        corners[:, 0],
        corners[:, 1],
        np.where(is_first, n[of_square], 0),
        group[first][of_square],
    )
