"""The places that can be chosen: cells of a grid, areas or street segments.

A :class:`Places` is all that a method sees of the map, so every method works on every shape
that has what it needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array, eye_array
from scipy.spatial import cKDTree

from footbeat.grid import MAX_CELLS
from footbeat.targeting.extent import main_ground

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.grid import Grid
    from footbeat.streets import StreetGraph

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

PlaceShape = Literal["hex", "square", "area", "street"]

SNAP_M = 50.0

_UNBOUNDED = 2**62
_TIE_M = 1e-6
# A cell packed into one whole number: r is less than 2**31 of either sign.
_BITS = 32


@dataclass(frozen=True)
class Places:
    """Places in the order of their identifiers.

    Attributes
    ----------
    shape
        What a place is.
    x, y
        Their centres, in metres, shape (n,).
    area_ha
        Their areas in hectares, shape (n,).
    exposure
        What counts are a rate of: 1 for cells, hectares for areas, metres for segments.
    links
        Pairs of places that touch, each pair once, shape (k, 2); None for cells, which tell by
        their numbers.
    grid, q, r
        The grid and its cells, where places are cells.
    outlines
        Polygons, where they are not cells.
    own_ids
        Identifiers in order, where they are not cells, whose numbers identify them.
    names
        What they are called, where they have names of their own.
    graph
        The streets, where they are segments.
    whole_ha
        Hectares of the ground they were cut from, where they do not cover it: clusters.
    """

    shape: PlaceShape
    x: FloatArray
    y: FloatArray
    area_ha: FloatArray
    exposure: FloatArray
    links: IntArray | None = None
    grid: Grid | None = None
    q: IntArray | None = None
    r: IntArray | None = None
    outlines: NDArray[np.object_] | None = None
    own_ids: NDArray[np.object_] | None = None
    names: NDArray[np.object_] | None = None
    graph: StreetGraph | None = None
    whole_ha: float | None = None

    def __len__(self) -> int:
        return self.x.size

    @cached_property
    def ids(self) -> NDArray[np.object_]:
        """Identifiers, shape (n,); cells are named only once someone asks: a force has 100,000."""
        if self.own_ids is not None:
            return self.own_ids
        grid, q, r = self.cells()
        return np.asarray(grid.cell_ids(q, r), dtype=object)

    @cached_property
    def touching(self) -> csr_array:
        """Which places touch, as a symmetric matrix of ones, shape (n, n), 0 on the diagonal."""
        links = self._link_cells() if self.links is None else self.links
        rows = np.concatenate([links[:, 0], links[:, 1]])
        columns = np.concatenate([links[:, 1], links[:, 0]])
        ones = np.ones(rows.size)
        return csr_array(coo_array((ones, (rows, columns)), shape=(len(self), len(self))))

    def beside(self, place: int) -> IntArray:
        """Return the places that touch one, in order."""
        if self.links is not None:
            touching = self.touching
            return touching.indices[touching.indptr[place] : touching.indptr[place + 1]].astype(
                np.int64
            )
        grid, q, r = self.cells()
        at = [_find_cell(q, r, q[place] + dq, r[place] + dr) for dq, dr in grid.neighbours()]
        return np.sort([found for found in at if found is not None]).astype(np.int64)

    def shapes_of(self, index: IntArray) -> NDArray[np.object_]:
        """Return the outlines of some places."""
        if self.outlines is not None:
            return self.outlines[index]
        grid, q, r = self.cells()
        return grid.polygons(q[index], r[index])

    def cells(self) -> tuple[Grid, IntArray, IntArray]:
        """Return the grid, q and r of places that are cells."""
        if self.grid is None or self.q is None or self.r is None:
            message = f"places of shape {self.shape} are not cells of a grid"
            raise TypeError(message)
        return self.grid, self.q, self.r

    def locate(self, x: FloatArray, y: FloatArray) -> IntArray:
        """Return the index of the place each point lies in, −1 where there is none.

        A point belongs to the nearest segment within 50 m. Of areas that share an edge the one
        whose middle lies furthest east holds a point on it, then the one furthest north: what
        they are called does not matter.
        """
        if self.graph is not None:
            segment, _, away = snap_to_segments(self.graph, x, y)
            return np.where(away <= SNAP_M, segment, -1)
        if self.outlines is not None:
            # Clusters were cut so that the earlier keeps an edge that two share.
            is_cut = self.whole_ha is not None
            turn = np.arange(len(self)) if is_cut else np.lexsort((-self.y, -self.x))
            return _locate_in_polygons(self.outlines, turn, x, y)
        grid, q, r = self.cells()
        return index_cells(*grid.locate(x, y), q, r)

    def _link_cells(self) -> IntArray:
        grid, q, r = self.cells()
        steps = grid.neighbours()
        forward = steps[(steps[:, 0] > 0) | ((steps[:, 0] == 0) & (steps[:, 1] > 0))]
        here = np.arange(q.size)
        links = []
        for step_q, step_r in forward:
            there = index_cells(q + step_q, r + step_r, q, r)
            links.append(np.column_stack([here, there])[there >= 0])
        return np.concatenate(links)


def grid_places(
    grid: Grid,
    x: FloatArray,
    y: FloatArray,
    *,
    extent: shapely.Geometry | None = None,
    max_cells: int = MAX_CELLS,
) -> Places:
    """Return the cells of an extent, and every cell that holds one of the points.

    Without an extent it is the hull of the points that lie together (see `main_ground`):
    ground inside it where nothing happened counts as ground where nothing happened.

    Raises
    ------
    DataError
        When there would be more than `max_cells` cells.
    """
    area = main_ground(x, y)[0] if extent is None else extent
    q, r = grid.cover(area, max_cells=max_cells)
    held_q, held_r = grid.locate(x, y)
    return cell_places(grid, *join_cells((q, r), (held_q, held_r)))


def join_cells(*parts: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
    """Return q and r of the cells of any part, each cell once, in order of (q, r)."""
    keys = np.sort(np.concatenate([(q << _BITS) + r for q, r in parts]))
    keys = keys[np.diff(keys, prepend=keys[:1] - 1) != 0]
    q = (keys + (1 << (_BITS - 1))) >> _BITS
    return q, keys - (q << _BITS)


def cell_places(grid: Grid, q: IntArray, r: IntArray) -> Places:
    """Return the given cells, each once and ordered by (q, r), as places."""
    x, y = grid.centres(q, r)
    n_cells = q.size
    return Places(
        shape=grid.shape,
        x=x,
        y=y,
        area_ha=np.full(n_cells, grid.area_ha),
        exposure=np.ones(n_cells),
        grid=grid,
        q=q,
        r=r,
    )


def snap_to_segments(
    graph: StreetGraph, x: FloatArray, y: FloatArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return the nearest segment of each point, how far along it, and how far away, in metres."""
    points = shapely.points(x, y)
    found, away = shapely.STRtree(graph.shapes).query_nearest(
        points, return_distance=True, all_matches=False
    )
    along = shapely.line_locate_point(graph.shapes[found[1]], points)
    return found[1].astype(np.int64), np.asarray(along), np.asarray(away)


def neighbours_within(places: Places, radius_m: float | None) -> csr_array:
    """Return 1 where the centre of another place lies within a radius, itself included.

    Without a radius the places that touch are neighbours. Distances within a millionth of a
    metre of the radius count.
    """
    n_places = len(places)
    if radius_m is None:
        return csr_array(places.touching + csr_array(eye_array(n_places)))
    tree = cKDTree(np.column_stack([places.x, places.y]))
    pairs = tree.query_pairs(radius_m + _TIE_M, output_type="ndarray")
    own = np.arange(n_places)
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], own])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], own])
    return csr_array((np.ones(rows.size), (rows, columns)), shape=(n_places, n_places))


def index_cells(q: IntArray, r: IntArray, cell_q: IntArray, cell_r: IntArray) -> IntArray:
    """Return where each (q, r) stands among cells ordered by (q, r), -1 where it does not."""
    if cell_q.size == 0:
        return np.full(q.size, -1)
    low, span = int(cell_r.min()), int(cell_r.max() - cell_r.min()) + 1
    is_near = (r >= low) & (r < low + span) & (np.abs(q) < _UNBOUNDED // span)
    keys = cell_q * span + (cell_r - low)
    wanted = np.where(is_near, q * span + (r - low), keys[0])
    found = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(is_near & (keys[found] == wanted), found, -1)


def _find_cell(q: IntArray, r: IntArray, at_q: int, at_r: int) -> int | None:
    """Return where one cell stands among cells ordered by (q, r), if it does."""
    first, last = np.searchsorted(q, [at_q, at_q + 1])
    found = int(first + np.searchsorted(r[first:last], at_r))
    return found if found < last and r[found] == at_r else None


def _locate_in_polygons(
    outlines: NDArray[np.object_], turn: IntArray, x: FloatArray, y: FloatArray
) -> IntArray:
    """Return the polygon each point lies in; of several the first in turn."""
    tree = shapely.STRtree(outlines[turn])
    points, places = tree.query(shapely.points(x, y), predicate="intersects")
    index = np.full(x.size, -1)
    # Written last, the first stays.
    last_to_first = np.argsort(places, kind="stable")[::-1]
    index[points[last_to_first]] = turn[places[last_to_first]]
    return index
