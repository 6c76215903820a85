"""Points in polygons: which polygon each of millions of points lies in.

A raster over the polygons says at once where most points are; only near an edge is a point
tested, and only against the edges of its own raster row. Holes and multi-part polygons are
ordinary. Of two polygons that share an edge exactly one holds a point on it: the one to the
right or above, as with cells. A point in several overlapping polygons belongs to the first.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
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
    Small = NDArray[np.int32]
    Edges = tuple[Floats, Floats, Floats, Floats]
    Raster = tuple[float, float, float, int, int]
    Rows = tuple[Ints, Ints, Ints]

OUTSIDE = -1

_MULTI_POLYGON = 6
_FEWEST_CELLS = 4_096
_MOST_CELLS = 4_000_000
_CELLS_A_POLYGON = 64
_AT_A_TIME = 1_024


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
    cell_starts: Small
    candidates: Small


def index_polygons(polygons: Sequence[shapely.Geometry]) -> PolygonIndex:
    """Build the index of valid polygons in metres.

    Raises
    ------
    DataError
        When there is no polygon, or one of them is empty or no polygon.
    """
    shapes = np.asarray(polygons, object)
    areal = np.isin(shapely.get_type_id(shapes), (3, _MULTI_POLYGON)) & ~shapely.is_empty(shapes)
    if not len(shapes) or not areal.all():
        raise DataError(
            "Points can only be placed in polygons.",
            found=f"{int((~areal).sum()):,} of {len(shapes):,} shapes are empty or something else.",
            do="Leave the other shapes out.",
        )
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    n_cells = min(max(_CELLS_A_POLYGON * len(shapes), _FEWEST_CELLS), _MOST_CELLS)
    cell_m = max(math.sqrt(max(east - west, 1.0) * max(north - south, 1.0) / n_cells), 1e-3)
    n_columns, n_rows = (int(span / cell_m) + 1 for span in (east - west, north - south))
    raster = (west, south, cell_m, n_columns, n_rows)
    # Some polygons at a time, whose edges fit beside a core, on all cores.
    firsts = range(0, len(shapes), _AT_A_TIME)
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as workers:
        parts = list(
            workers.map(lambda at: _part_of(shapes[at : at + _AT_A_TIME], at, raster), firsts)
        )
    cell_starts, candidates = _group(
        np.concatenate([part.cells for part in parts]),
        np.concatenate([part.entries for part in parts]),
        n_columns * n_rows,
    )
    edges, rows = _join_parts(parts)
    return PolygonIndex(len(shapes), *raster, edges, *rows, cell_starts, candidates)


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


@dataclass(frozen=True, slots=True)
class _Part:
    """Some polygons: their edges by row, and the (cell, polygon) pairs of `PolygonIndex`."""

    edges: Edges
    rows: Rows
    cells: Ints
    entries: Ints


def _part_of(shapes: NDArray[np.object_], first: int, raster: Raster) -> _Part:
    """Index some polygons, the first of which is polygon `first` of all."""
    edges, owner = _edges_of(shapes)
    edges, rows = _sort_by_row(edges, owner, len(shapes), raster)
    cells, entries = _cells_of(edges, rows, raster)
    return _Part(edges, rows, cells, np.where(entries < 0, entries - first, entries + first))


def _join_parts(parts: Sequence[_Part]) -> tuple[Edges, Rows]:
    """Return edges and rows of all polygons; where each begins counts on from part to part."""
    low_x, low_y, high_x, high_y = (
        np.concatenate(side) for side in zip(*(part.edges for part in parts), strict=True)
    )
    row_first = np.concatenate([part.rows[0] for part in parts])
    row_base, row_starts = (_count_on([part.rows[place] for part in parts]) for place in (1, 2))
    return (low_x, low_y, high_x, high_y), (row_first, row_base, row_starts)


def _count_on(starts: Sequence[Ints]) -> Ints:
    before = np.cumsum([0, *(int(each[-1]) for each in starts)])
    joined = [each[:-1] + base for each, base in zip(starts, before[:-1], strict=True)]
    return np.concatenate([*joined, before[-1:]])


def _edges_of(shapes: NDArray[np.object_]) -> tuple[Edges, Ints]:
    """Return every edge, lower end first, and its polygon's number."""
    parts, part_owner = shapes, np.arange(len(shapes))
    if (shapely.get_type_id(shapes) == _MULTI_POLYGON).any():
        parts, part_owner = shapely.get_parts(shapes, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    points, point_ring = shapely.get_coordinates(rings, return_index=True)
    return _join_points(points, point_ring, part_owner[ring_part])


@numba.njit(cache=True, nogil=True)
def _join_points(points: Floats, point_ring: Ints, ring_owner: Ints) -> tuple[Edges, Ints]:
    n = len(points) - len(ring_owner)
    low_x, low_y, high_x, high_y = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    owner = np.empty(n, np.int64)
    edge = 0
    for at in range(len(points) - 1):
        if point_ring[at] != point_ring[at + 1]:
            continue
        low, high = (at, at + 1) if points[at, 1] < points[at + 1, 1] else (at + 1, at)
        low_x[edge], low_y[edge] = points[low, 0], points[low, 1]
        high_x[edge], high_y[edge] = points[high, 0], points[high, 1]
        owner[edge] = ring_owner[point_ring[at]]
        edge += 1
    return (low_x, low_y, high_x, high_y), owner


@numba.njit(cache=True, nogil=True)
def _row_of(y: float, south: float, cell_m: float, n_rows: int) -> int:
    """Return a raster row by the same quotient as `_locate`: `//` may round a whole down."""
    return min(max(int(np.floor((y - south) / cell_m)), 0), n_rows - 1)


@numba.njit(cache=True, nogil=True)
def _sort_by_row(edges: Edges, owner: Ints, n_polygons: int, raster: Raster) -> tuple[Edges, Rows]:
    """Group edges by polygon and raster row; an edge stands in every row it passes."""
    low_x, low_y, high_x, high_y = edges
    _, south, cell_m, _, n_rows = raster
    row_first, row_last = np.full(n_polygons, n_rows, np.int64), np.full(n_polygons, -1, np.int64)
    for edge in range(len(owner)):
        polygon = owner[edge]
        first = _row_of(low_y[edge], south, cell_m, n_rows)
        last = _row_of(high_y[edge], south, cell_m, n_rows)
        row_first[polygon] = min(row_first[polygon], first)
        row_last[polygon] = max(row_last[polygon], last)
    row_base = np.zeros(n_polygons + 1, np.int64)
    row_base[1:] = np.cumsum(np.maximum(row_last - row_first + 1, 0))
    starts = np.zeros(row_base[-1] + 1, np.int64)
    for edge in range(len(owner)):
        base = row_base[owner[edge]] - row_first[owner[edge]]
        first = _row_of(low_y[edge], south, cell_m, n_rows)
        last = _row_of(high_y[edge], south, cell_m, n_rows)
        starts[base + first + 1 : base + last + 2] += 1
    starts = np.cumsum(starts)
    free, n = starts.copy(), starts[-1]
    out = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    for edge in range(len(owner)):
        base = row_base[owner[edge]] - row_first[owner[edge]]
        first = _row_of(low_y[edge], south, cell_m, n_rows)
        last = _row_of(high_y[edge], south, cell_m, n_rows)
        for bucket in range(base + first, base + last + 1):
            place = free[bucket]
            out[0][place], out[1][place] = low_x[edge], low_y[edge]
            out[2][place], out[3][place] = high_x[edge], high_y[edge]
            free[bucket] += 1
    return out, (row_first, row_base, starts)


@numba.njit(cache=True)
def _group(keys: Ints, values: Ints, n_keys: int) -> tuple[Small, Small]:
    """Return the values in the order of their keys, equal ones as they came, and each start."""
    starts = np.zeros(n_keys + 1, np.int64)
    for key in keys:
        starts[key + 1] += 1
    starts = np.cumsum(starts)
    free, grouped = starts.copy(), np.empty(len(values), np.int32)
    for at in range(len(values)):
        grouped[free[keys[at]]] = values[at]
        free[keys[at]] += 1
    return starts.astype(np.int32), grouped


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
def _grown(values: Ints, more: int) -> Ints:
    grown = np.empty(2 * len(values) + more + 1, np.int64)
    grown[: len(values)] = values
    return grown


@numba.njit(cache=True, nogil=True)
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


@numba.njit(cache=True, nogil=True)
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
    index: tuple[Raster, Edges, Rows, tuple[Small, Small]],
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
