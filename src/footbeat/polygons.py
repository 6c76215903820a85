"""Points in polygons: which polygon each of millions of points lies in.

A raster over the polygons says at once where most points are; only near an edge is a point
tested, and only against the edges of its own raster row. Holes and multi-part polygons are
ordinary. Of two polygons that share an edge exactly one holds a point on it: the one to the
right or above, as with cells. A point in several overlapping polygons belongs to the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np
import shapely

from footbeat.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Edges = tuple[Floats, Floats, Floats, Floats]
    Raster = tuple[float, float, float, int, int]
    Rows = tuple[Ints, Ints, Ints]

OUTSIDE = -1

_FEWEST_CELLS = 4_096
_MOST_CELLS = 4_000_000
_CELLS_A_POLYGON = 64


@dataclass(frozen=True, slots=True)
class PolygonIndex:
    """Polygons made ready to be asked.

    Attributes
    ----------
    n_polygons
        How many.
    west, south, cell_m, n_columns, n_rows
        The raster: its corner, the side of its cells in metres, its size.
    edges
        x and y of the lower and upper end of every edge, grouped by polygon and raster row.
    row_first, row_base, row_starts
        For each polygon its first raster row and where its rows begin in `row_starts`, which
        says where the edges of each row begin.
    cell_starts, candidates
        For each raster cell, where its polygons begin in `candidates`, ascending; one that
        covers the cell wholly stands as its bitwise complement.
    """

    n_polygons: int
    west: float
    south: float
    cell_m: float
    n_columns: int
    n_rows: int
    edges: Edges
    row_first: Ints
    row_base: Ints
    row_starts: Ints
    cell_starts: Ints
    candidates: Ints


def index_polygons(polygons: Sequence[shapely.Geometry]) -> PolygonIndex:
    """Build the index of valid polygons in metres.

    Raises
    ------
    DataError
        When there is no polygon, or one of them is empty or no polygon.
    """
    shapes = np.asarray(polygons, object)
    areal = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    if not len(shapes) or not areal.all():
        raise DataError(
            "Points can only be placed in polygons.",
            found=f"{int((~areal).sum()):,} of {len(shapes):,} shapes are empty or something else.",
            do="Leave the other shapes out.",
        )
    edges, owner = _edges_of(shapes)
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    n_cells = min(max(_CELLS_A_POLYGON * len(shapes), _FEWEST_CELLS), _MOST_CELLS)
    cell_m = max(math.sqrt(max(east - west, 1.0) * max(north - south, 1.0) / n_cells), 1e-3)
    n_columns, n_rows = (int(span / cell_m) + 1 for span in (east - west, north - south))
    raster = (west, south, cell_m, n_columns, n_rows)
    row_first, row_base, row_starts, order = _sort_by_row(edges, owner, len(shapes), raster)
    low_x, low_y, high_x, high_y = (side[order] for side in edges)
    sorted_edges = (low_x, low_y, high_x, high_y)
    cell_starts, candidates = _fill_raster(sorted_edges, row_first, row_base, row_starts, raster)
    return PolygonIndex(
        len(shapes), *raster, sorted_edges, row_first, row_base, row_starts, cell_starts, candidates
    )


def locate_points(index: PolygonIndex, x: Floats, y: Floats) -> Ints:
    """Return the number of the polygon each point lies in, or -1 outside all.

    Parameters
    ----------
    x, y
        Metres in the polygons' coordinate system, shape (points,); NaN lies outside.

    Examples
    --------
    >>> squares = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> x, y = np.array([0.5, 1.0, 2.0]), np.array([0.5, 0.5, 0.5])
    >>> locate_points(index_polygons(squares), x, y).tolist()
    [0, 1, -1]
    """
    raster = (index.west, index.south, index.cell_m, index.n_columns, index.n_rows)
    rows = (index.row_first, index.row_base, index.row_starts)
    found: Ints = _locate(
        np.ascontiguousarray(x, np.float64),
        np.ascontiguousarray(y, np.float64),
        (raster, index.edges, rows, (index.cell_starts, index.candidates)),
    )
    return found


def _edges_of(shapes: NDArray[np.object_]) -> tuple[Edges, Ints]:
    """Return every edge, lower end first, and its polygon's number."""
    parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero(point_ring[1:] == point_ring[:-1])
    start, end = points[joined], points[joined + 1]
    upward = start[:, 1] < end[:, 1]
    low, high = np.where(upward[:, None], start, end), np.where(upward[:, None], end, start)
    owner = part_owner[ring_part[point_ring[joined]]].astype(np.int64)
    sides = (low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return tuple(np.ascontiguousarray(side) for side in sides), owner  # type: ignore[return-value] # four sides


def _sort_by_row(
    edges: Edges, owner: Ints, n_polygons: int, raster: Raster
) -> tuple[Ints, Ints, Ints, Ints]:
    """Group edges by polygon and raster row; an edge stands in every row it passes."""
    _, south, cell_m, _, n_rows = raster
    # The same quotient as in `_locate`: `//` may round a whole number down.
    first = np.clip(np.floor((edges[1] - south) / cell_m), 0, n_rows - 1).astype(np.int64)
    last = np.clip(np.floor((edges[3] - south) / cell_m), 0, n_rows - 1).astype(np.int64)
    row_first = np.full(n_polygons, n_rows, np.int64)
    row_last = np.full(n_polygons, -1, np.int64)
    np.minimum.at(row_first, owner, first)
    np.maximum.at(row_last, owner, last)
    n_own = np.maximum(row_last - row_first + 1, 0)
    row_base = np.concatenate([[0], np.cumsum(n_own)]).astype(np.int64)
    repeats = last - first + 1
    edge = np.repeat(np.arange(len(owner)), repeats)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    bucket = row_base[owner[edge]] + first[edge] + step - row_first[owner[edge]]
    order = np.argsort(bucket, kind="stable")
    counts = np.bincount(bucket, minlength=int(row_base[-1]))
    row_starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return row_first, row_base, row_starts, edge[order]


def _fill_raster(
    edges: Edges,
    row_first: Ints,
    row_base: Ints,
    row_starts: Ints,
    raster: Raster,
) -> tuple[Ints, Ints]:
    """Return for each raster cell the polygons that touch or cover it."""
    rows = (row_first, row_base, row_starts)
    cells, entries = _cells_of(edges, rows, raster)
    order = np.argsort(cells, kind="stable")
    counts = np.bincount(cells, minlength=raster[3] * raster[4])
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), entries[order]


@numba.njit(cache=True)
def _cells_of(edges: Edges, rows: Rows, raster: Raster) -> tuple[Ints, Ints]:
    """List (cell, polygon) for every cell a polygon touches or covers, polygons ascending."""
    west, south, cell_m, n_columns, _ = raster
    row_first, row_base, row_starts = rows
    touched = np.zeros(n_columns, np.bool_)
    cells, entries = np.empty(1_024, np.int64), np.empty(1_024, np.int64)
    n = 0
    for polygon in range(len(row_first)):
        for step in range(row_base[polygon + 1] - row_base[polygon]):
            bucket = row_base[polygon] + step
            start, end = row_starts[bucket], row_starts[bucket + 1]
            row = row_first[polygon] + step
            first, last = _touch(edges, (start, end), row, raster, touched)
            middle_y = south + (row + 0.5) * cell_m
            if n + last - first + 1 > len(cells):
                cells, entries = _grown(cells, last - first), _grown(entries, last - first)
            for column in range(first, last + 1):
                entry = polygon
                if not touched[column]:
                    middle_x = west + (column + 0.5) * cell_m
                    if not _is_inside(middle_x, middle_y, edges, start, end):
                        continue
                    entry = ~polygon
                touched[column] = False
                cells[n], entries[n] = row * n_columns + column, entry
                n += 1
    return cells[:n], entries[:n]


@numba.njit(cache=True)
def _grown(values: Ints, more: int) -> Ints:
    grown = np.empty(2 * len(values) + more + 1, np.int64)
    grown[: len(values)] = values
    return grown


@numba.njit(cache=True)
def _touch(
    edges: Edges,
    span: tuple[int, int],
    row: int,
    raster: Raster,
    touched: NDArray[np.bool_],
) -> tuple[int, int]:
    """Mark the columns that the edges of one row pass through; return the first and last."""
    west, south, cell_m, n_columns, _ = raster
    low_x, low_y, high_x, high_y = edges
    # A hair more than the row, so that rounding never leaves an edge out of its cell.
    bottom, top = south + (row - 1e-6) * cell_m, south + (row + 1 + 1e-6) * cell_m
    first, last = n_columns, -1
    for edge in range(span[0], span[1]):
        left, right = low_x[edge], high_x[edge]
        if high_y[edge] > low_y[edge]:
            slope = (right - left) / (high_y[edge] - low_y[edge])
            right = left + slope * (min(top, high_y[edge]) - low_y[edge])
            left += slope * (max(bottom, low_y[edge]) - low_y[edge])
        if left > right:
            left, right = right, left
        # Rounding along a nearly level edge may miss by a hair: one part in a million more.
        from_column = max(int(np.floor((left - west) / cell_m - 1e-6)), 0)
        to_column = min(int(np.floor((right - west) / cell_m + 1e-6)), n_columns - 1)
        for column in range(from_column, to_column + 1):
            touched[column] = True
        first, last = min(first, from_column), max(last, to_column)
    return first, last


@numba.njit(cache=True)
def _is_inside(x: float, y: float, edges: Edges, start: int, end: int) -> bool:
    """Count the edges to the right of the point: an odd number means inside.

    The crossing is computed from the lower end of an edge whichever polygon it bounds, so the
    two polygons that share an edge never both hold a point on it, nor neither.
    """
    low_x, low_y, high_x, high_y = edges
    inside = False
    for edge in range(start, end):
        if low_y[edge] <= y < high_y[edge]:
            share = (y - low_y[edge]) / (high_y[edge] - low_y[edge])
            if x < low_x[edge] + share * (high_x[edge] - low_x[edge]):
                inside = not inside
    return inside


@numba.njit(cache=True, parallel=True)
def _locate(
    x: Floats,
    y: Floats,
    index: tuple[Raster, Edges, Rows, tuple[Ints, Ints]],
) -> Ints:
    raster, edges, rows, cells = index
    west, south, cell_m, n_columns, n_rows = raster
    row_first, row_base, row_starts = rows
    cell_starts, candidates = cells
    found = np.full(len(x), OUTSIDE, np.int64)
    for i in numba.prange(len(x)):
        across, up = (x[i] - west) / cell_m, (y[i] - south) / cell_m
        if not (0 <= across < n_columns and 0 <= up < n_rows):
            continue
        row = int(up)
        cell = row * n_columns + int(across)
        for place in range(cell_starts[cell], cell_starts[cell + 1]):
            polygon = candidates[place]
            if polygon < 0:
                found[i] = ~polygon
                break
            bucket = row_base[polygon] + row - row_first[polygon]
            if _is_inside(x[i], y[i], edges, row_starts[bucket], row_starts[bucket + 1]):
                found[i] = polygon
                break
    return found
