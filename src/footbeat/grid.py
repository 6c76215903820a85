"""Squares and hexagons on a plane in metres: which cell a point is in, and where cells lie.

Both shapes are lattices: a cell is two integers (q, r), and everything about it is integer
arithmetic times one unit of length, so neighbouring cells share their corners exactly. The
one kernel that places points, :func:`_locate_hexagons`, serves every engine: two ways of
writing the same formula place one whole-metre point in 500 differently.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import numba
import numpy as np
import shapely

from footbeat.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

Shape = Literal["hex", "square"]

DEFAULT_SIZE_M: dict[Shape, float] = {"hex": 250.0, "square": 150.0}
MAX_CELLS = 5_000_000

_TIE_M = 1e-6
_ROW_STEP = math.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Where cells of one shape lie, in whole multiples of two units of length.

    The centre of (q, r) is X = column·q + skew·r + offset, Y = row·r + offset; corners and
    neighbours are steps from there.
    """

    unit_x: float
    unit_y: float
    column: int
    skew: int
    row: int
    offset: int
    corners: tuple[tuple[int, int], ...]
    touching: tuple[tuple[int, int], ...]
    area: float


_LATTICES: dict[Shape, _Lattice] = {
    "hex": _Lattice(
        unit_x=1 / 2,
        unit_y=_ROW_STEP / 3,
        column=2,
        skew=1,
        row=3,
        offset=0,
        corners=((1, -1), (1, 1), (0, 2), (-1, 1), (-1, -1), (0, -2)),
        touching=((-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0)),
        area=_ROW_STEP,
    ),
    "square": _Lattice(
        unit_x=1 / 2,
        unit_y=1 / 2,
        column=2,
        skew=0,
        row=2,
        offset=1,
        corners=((-1, -1), (1, -1), (1, 1), (-1, 1)),
        touching=((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)),
        area=1.0,
    ),
}


@dataclass(frozen=True, slots=True)
class Grid:
    """A plane divided into hexagons or squares.

    Parameters
    ----------
    shape
        ``hex``: pointy top, axial (q, r), the centre of (0, 0) at the plane's origin, r
        northwards. ``square``: (0, 0) has its south-west corner at the origin.
    size_m
        Hexagons: distance between parallel sides. Squares: length of a side.

    Examples
    --------
    >>> grid = Grid("hex", 250)
    >>> q, r = grid.locate([125.1], [0.0])
    >>> grid.cell_ids(q, r)
    ['hex250:1:0']
    >>> round(grid.area_ha, 1)
    5.4
    """

    shape: Shape
    size_m: float

    def __post_init__(self) -> None:
        if self.shape not in _LATTICES:
            raise UsageError(
                "The shape of cells must be hex or square.",
                found=f"It is “{self.shape}”.",
                do="Choose one of the two.",
            )
        if not (math.isfinite(self.size_m) and self.size_m > 0):
            raise UsageError(
                "The size of cells must be more than 0 metres.",
                found=f"It is {self.size_m:g}.",
                do="Give for example 250 for hexagons or 150 for squares.",
            )

    @classmethod
    def of_hectares(cls, shape: Shape, area_ha: float) -> Self:
        """Return the grid whose cells have an area of `area_ha` hectares each."""
        if not (math.isfinite(area_ha) and area_ha > 0):
            raise UsageError(
                "The size of cells must be more than 0 hectares.",
                found=f"It is {area_ha:g}.",
                do="Give for example 5.",
            )
        return cls(shape, math.sqrt(area_ha * 10_000 / _LATTICES[shape].area))

    @property
    def area_ha(self) -> float:
        """Area of one cell in hectares."""
        return _LATTICES[self.shape].area * self.size_m**2 / 10_000

    def locate(self, x: ArrayLike, y: ArrayLike) -> tuple[IntArray, IntArray]:
        """Return the cell (q, r) of each point, in metres, shape (points,).

        A square owns its south and west edges. A hexagon owns the points nearest its centre;
        of centres within a millionth of a metre of equally near, the lowest (q, r) owns them.

        Raises
        ------
        DataError
            When a coordinate is not a finite number.
        """
        x, y = _finite(x), _finite(y)
        locate = _locate_hexagons if self.shape == "hex" else _locate_squares
        return locate(x, y, float(self.size_m))

    def centres(self, q: IntArray, r: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return x and y of the centres of cells, in metres."""
        column, row = self._steps(q, r)
        unit_x, unit_y = self._units
        return column * np.float64(unit_x), row * np.float64(unit_y)

    def polygons(self, q: IntArray, r: IntArray) -> NDArray[np.object_]:
        """Return the outlines of cells as shapely polygons, corners shared exactly."""
        column, row = self._steps(q, r)
        corners = np.asarray(_LATTICES[self.shape].corners)
        steps = np.stack([column[:, None] + corners[:, 0], row[:, None] + corners[:, 1]], axis=-1)
        return np.asarray(shapely.polygons(steps * np.asarray(self._units)))

    def cell_ids(self, q: IntArray, r: IntArray) -> list[str]:
        """Return the identifiers of cells; they depend on nothing but shape, size and place."""
        prefix = f"{self.shape}{self.size_m:.10g}"
        return [f"{prefix}:{a}:{b}" for a, b in zip(q.tolist(), r.tolist(), strict=True)]

    def parse_ids(self, ids: Iterable[str]) -> tuple[IntArray, IntArray]:
        """Return (q, r) of identifiers that :meth:`cell_ids` made.

        Raises
        ------
        DataError
            When an identifier is of another grid.
        """
        prefix = f"{self.shape}{self.size_m:.10g}:"
        parts = [text.removeprefix(prefix).split(":") for text in ids]
        try:
            pairs = np.asarray([(int(q), int(r)) for q, r in parts], dtype=np.int64).reshape(-1, 2)
        except ValueError as error:
            raise DataError(
                f"Every cell must belong to the {self.shape} grid of {self.size_m:g} m.",
                found="At least one identifier does not begin with it.",
                do="Use files made with the same --shape and --size-m.",
            ) from error
        return pairs[:, 0], pairs[:, 1]

    def neighbours(self) -> IntArray:
        """Return the steps in (q, r) to the cells that touch a cell, shape (6 or 8, 2)."""
        return np.asarray(_LATTICES[self.shape].touching, dtype=np.int64)

    def disk(self, radius_m: float) -> IntArray:
        """Return the steps in (q, r) to the cells within `radius_m`, itself included.

        Distances are between centres; one within a millionth of a metre of the radius counts.

        Examples
        --------
        >>> len(Grid("square", 150).disk(150))
        5
        """
        reach = math.ceil(radius_m / (self.size_m * _ROW_STEP)) + 1
        # One hexagon row further shifts a column by half a cell, so the search is twice as wide.
        q, r = np.meshgrid(np.arange(-2 * reach, 2 * reach + 1), np.arange(-reach, reach + 1))
        steps = np.stack([q.ravel(), r.ravel()], axis=1)
        x, y = self.centres(steps[:, 0], steps[:, 1])
        x0, y0 = self.centres(np.zeros(1, np.int64), np.zeros(1, np.int64))
        near = np.hypot(x - x0, y - y0) <= radius_m + _TIE_M
        return np.asarray(steps[near], dtype=np.int64)

    def box(
        self, bounds: tuple[float, float, float, float], *, max_cells: int = MAX_CELLS
    ) -> tuple[IntArray, IntArray]:
        """Return the cells whose centres lie in (x min, y min, x max, y max), row by row.

        Raises
        ------
        DataError
            When there would be more than `max_cells`.
        """
        x_min, y_min, x_max, y_max = bounds
        self._check_size((x_max - x_min) * (y_max - y_min), max_cells)
        q, r = self._around((x_min, y_min, x_max, y_max))
        x, y = self.centres(q, r)
        inside = (x >= x_min) & (x <= x_max) & (y >= y_min) & (y <= y_max)
        return q[inside], r[inside]

    def cover(
        self, area: shapely.Geometry, *, max_cells: int = MAX_CELLS
    ) -> tuple[IntArray, IntArray]:
        """Return the cells whose centres lie in a polygon, row by row.

        Raises
        ------
        DataError
            When the box around the polygon would hold more than `max_cells`.
        """
        x_min, y_min, x_max, y_max = shapely.bounds(area).tolist()
        q, r = self.box((x_min, y_min, x_max, y_max), max_cells=max_cells)
        x, y = self.centres(q, r)
        shapely.prepare(area)
        inside = shapely.contains_xy(area, x, y)
        return q[inside], r[inside]

    def _around(self, bounds: tuple[float, float, float, float]) -> tuple[IntArray, IntArray]:
        """Return the cells in a box and those just outside it: division rounds, centres decide."""
        x_min, y_min, x_max, y_max = bounds
        lattice = _LATTICES[self.shape]
        width, height = self.size_m, self._units[1] * lattice.row
        rows = np.arange(math.floor(y_min / height) - 1, math.ceil(y_max / height) + 2)
        first = np.floor(x_min / width - rows * lattice.skew / lattice.column).astype(np.int64) - 1
        count = math.ceil((x_max - x_min) / width) + 4
        columns = first[:, None] + np.arange(count)
        return columns.ravel(), np.repeat(rows, count)

    @property
    def _units(self) -> tuple[float, float]:
        lattice = _LATTICES[self.shape]
        return lattice.unit_x * self.size_m, lattice.unit_y * self.size_m

    def _steps(self, q: IntArray, r: IntArray) -> tuple[IntArray, IntArray]:
        lattice = _LATTICES[self.shape]
        q, r = np.asarray(q, dtype=np.int64), np.asarray(r, dtype=np.int64)
        return (
            lattice.column * q + lattice.skew * r + lattice.offset,
            lattice.row * r + lattice.offset,
        )

    def _check_size(self, area_m2: float, max_cells: int) -> None:
        n_cells = area_m2 / 10_000 / self.area_ha
        if not n_cells <= max_cells:
            raise DataError(
                f"A grid must have at most {max_cells:,} cells.",
                found=f"This one would have about {n_cells:,.0f}.",
                do="Give --area, look for far-off points, use larger cells, or pass --force.",
            )


def _finite(values: ArrayLike) -> FloatArray:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise DataError(
            "Coordinates must be finite numbers.",
            found=f"{int((~np.isfinite(array)).sum()):,} of {array.size:,} are not.",
            do="Leave those rows out before placing them in cells.",
        )
    return array


@numba.njit(cache=True, parallel=True)
def _locate_squares(x: FloatArray, y: FloatArray, size: float) -> tuple[IntArray, IntArray]:
    q = np.empty(x.size, np.int64)
    r = np.empty(x.size, np.int64)
    for i in numba.prange(x.size):
        q[i] = _floor_cell(x[i], size)
        r[i] = _floor_cell(y[i], size)
    return q, r


@numba.njit(cache=True)
def _floor_cell(value: float, size: float) -> np.int64:
    # The quotient can round to a whole number from below; the edge itself decides.
    cell = np.int64(np.floor(value / size))
    if (cell + 1) * size <= value:
        return cell + 1
    if cell * size > value:
        return cell - 1
    return cell


@numba.njit(cache=True, parallel=True)
def _locate_hexagons(x: FloatArray, y: FloatArray, size: float) -> tuple[IntArray, IntArray]:
    q = np.empty(x.size, np.int64)
    r = np.empty(x.size, np.int64)
    for i in numba.prange(x.size):
        q[i], r[i] = _nearest_hexagon(x[i], y[i], size)
    return q, r


@numba.njit(cache=True)
def _nearest_hexagon(x: float, y: float, size: float) -> tuple[np.int64, np.int64]:
    # A hexagon reaches 0.58 sizes from its centre and rows stand 0.87 apart, so the nearest
    # centre is in the row below or above the point, one of the two columns around it.
    below = np.int64(np.floor(y / (_ROW_STEP * size)))
    nearest = np.inf
    for r in (below, below + 1):
        column = np.int64(np.floor(x / size - r / 2))
        for q in (column, column + 1):
            nearest = min(nearest, _distance(x, y, q, r, size))
    best_q, best_r = np.int64(2**62), np.int64(2**62)
    for r in (below, below + 1):
        column = np.int64(np.floor(x / size - r / 2))
        for q in (column, column + 1):
            lower = q < best_q or (q == best_q and r < best_r)
            if lower and _distance(x, y, q, r, size) <= nearest + _TIE_M:
                best_q, best_r = q, r
    return best_q, best_r


@numba.njit(cache=True)
def _distance(x: float, y: float, q: np.int64, r: np.int64, size: float) -> float:
    dx = x - (q + r / 2) * size
    dy = y - r * (_ROW_STEP * size)
    return math.sqrt(dx * dx + dy * dy)
