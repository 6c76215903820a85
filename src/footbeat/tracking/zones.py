"""Hot spots as flat arrays: the boundaries, and a raster that says which ones are near.

A fix is compared only with the hot spots of its raster cell, so the number of hot spots
hardly matters. Holes and parts need no care: a boundary is a bag of line segments, and a
point is inside when a ray from it meets an odd number of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from footbeat.tracking.compiled import inlined, leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import Geometry

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

REACH_M = 60.0
_CELL_M = 100.0
_MOST_CELLS = 4_000_000


class Zones(NamedTuple):
    """Boundaries of all hot spots and the raster over them.

    Attributes
    ----------
    first
        First boundary segment of each hot spot and, last, the number of segments.
    ax, ay, bx, by
        The ends of each segment, in metres.
    west, south, cell_m, n_columns, n_rows
        The raster.
    begin
        First entry in `near` of each raster cell, row by row, and, last, their number.
    near
        Hot spots whose boundary or inside lies within `REACH_M` of the cell.
    clear_m
        How far every point of each cell is at least from the next cell with a hot spot near.
    """

    first: IntArray
    ax: FloatArray
    ay: FloatArray
    bx: FloatArray
    by: FloatArray
    west: float
    south: float
    cell_m: float
    n_columns: int
    n_rows: int
    begin: IntArray
    near: IntArray
    clear_m: FloatArray


def prepare_zones(polygons: Sequence[Geometry]) -> Zones:
    """Lay out polygons in metres for the kernels.

    Parameters
    ----------
    polygons
        Polygons or multi-part polygons, holes allowed; they may overlap, and so may their
        parts.
    """
    shapes = np.array([_dissolved(polygon) for polygon in polygons], dtype=object)
    ends, owner = _segments(shapes)
    west, south, east, north = shapely.total_bounds(shapely.buffer(shapes, REACH_M))
    cell_m = max(_CELL_M, float(np.sqrt((east - west) * (north - south) / _MOST_CELLS)))
    n_columns = int((east - west) // cell_m) + 1
    n_rows = int((north - south) // cell_m) + 1
    cells, zones = _near(shapes, (west, south, cell_m, n_columns))
    order = np.lexsort([zones, cells])
    begin = np.searchsorted(cells[order], np.arange(n_columns * n_rows + 1))
    first = np.searchsorted(owner, np.arange(len(shapes) + 1))
    ax, ay, bx, by = np.ascontiguousarray(ends.T)
    near = np.ascontiguousarray(zones[order])
    edges = float(west), float(south)
    clear_m = _clearance((np.diff(begin) == 0).reshape(n_rows, n_columns), cell_m)
    return Zones(first, ax, ay, bx, by, *edges, cell_m, n_columns, n_rows, begin, near, clear_m)


def _dissolved(polygon: Geometry) -> Geometry:
    """Return a hot spot without seams: where its parts meet or overlap is no boundary."""
    parts = shapely.get_parts(polygon)
    if len(parts) == 1 and shapely.is_valid(polygon):
        return polygon
    return shapely.union_all(shapely.make_valid(parts))


def _clearance(is_empty: NDArray[np.bool_], cell_m: float) -> FloatArray:
    """Return how far each cell is from the next that is not empty, from edge to edge."""
    between_centres = np.asarray(distance_transform_edt(is_empty), dtype=np.float64) * cell_m
    return np.asarray(np.maximum(between_centres - np.sqrt(2.0) * cell_m, 0.0).ravel())


def _segments(shapes: NDArray[np.object_]) -> tuple[FloatArray, IntArray]:
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    points, point_of = shapely.get_coordinates(rings, return_index=True)
    joined = point_of[:-1] == point_of[1:]
    ends = np.hstack([points[:-1], points[1:]])[joined]
    return ends, np.asarray(part_of[ring_of[point_of[:-1][joined]]], dtype=np.int64)


def _near(
    shapes: NDArray[np.object_], raster: tuple[float, float, float, int]
) -> tuple[IntArray, IntArray]:
    west, south, cell_m, n_columns = raster
    cells, zones = [], []
    for zone, shape in enumerate(shapely.buffer(shapes, REACH_M)):
        x0, y0, x1, y1 = shapely.bounds(shape)
        columns = np.arange((x0 - west) // cell_m, (x1 - west) // cell_m + 1, dtype=np.int64)
        rows = np.arange((y0 - south) // cell_m, (y1 - south) // cell_m + 1, dtype=np.int64)
        column, row = (grid.ravel() for grid in np.meshgrid(columns, rows))
        x, y = west + column * cell_m, south + row * cell_m
        touched = shapely.intersects(shape, shapely.box(x, y, x + cell_m, y + cell_m))
        cells.append((row * n_columns + column)[touched])
        zones.append(np.full(int(touched.sum()), zone, dtype=np.int64))
    return np.concatenate(cells), np.concatenate(zones)


@inlined
def cell_at(zones: Zones, x: float, y: float) -> int:
    """Return the raster cell of a point, or -1 where no hot spot is near."""
    column = int(np.floor((x - zones.west) / zones.cell_m))
    row = int(np.floor((y - zones.south) / zones.cell_m))
    if column < 0 or row < 0 or column >= zones.n_columns or row >= zones.n_rows:
        return -1
    return row * zones.n_columns + column


@inlined
def depth_outside(zones: Zones, zone: int, x: float, y: float) -> float:
    """Return how far outside a hot spot a point lies, in metres; negative inside it."""
    inside = False
    nearest = np.inf
    for k in range(zones.first[zone], zones.first[zone + 1]):
        ax, ay, bx, by = zones.ax[k], zones.ay[k], zones.bx[k], zones.by[k]
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
        nearest = min(nearest, _squared_distance(ax, ay, bx - ax, by - ay, x, y))
    return float(-np.sqrt(nearest) if inside else np.sqrt(nearest))


@inlined
def _squared_distance(ax: float, ay: float, dx: float, dy: float, x: float, y: float) -> float:
    length = dx * dx + dy * dy
    along = 0.0 if length == 0.0 else ((x - ax) * dx + (y - ay) * dy) / length
    along = min(max(along, 0.0), 1.0)
    return (x - ax - along * dx) ** 2 + (y - ay - along * dy) ** 2


@leaf
def crossings(
    zones: Zones, zone: int, x0: float, y0: float, x1: float, y1: float
) -> tuple[float, float]:
    """Return the first and last crossing of a boundary on the way from one point to another.

    As shares of the way, 0 to 1; (2, -1) where the boundary is not crossed.
    """
    low, high = 2.0, -1.0
    dx, dy = x1 - x0, y1 - y0
    for k in range(zones.first[zone], zones.first[zone + 1]):
        ex, ey = zones.bx[k] - zones.ax[k], zones.by[k] - zones.ay[k]
        turn = dx * ey - dy * ex
        if turn == 0.0:
            continue
        fx, fy = zones.ax[k] - x0, zones.ay[k] - y0
        share = (fx * ey - fy * ex) / turn
        along = (fx * dy - fy * dx) / turn
        if 0.0 <= share <= 1.0 and 0.0 <= along <= 1.0:
            low, high = min(low, share), max(high, share)
    return low, high
