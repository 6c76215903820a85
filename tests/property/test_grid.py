"""Squares and hexagons keep their rules on random points and on every edge."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from footbeat.grid import Grid

METRES = st.floats(-2e6, 2e6, allow_nan=False).map(lambda value: round(value, 3))
SIZES = st.sampled_from([0.1, 37.5, 150.0, 250.0, 1000.0])
SHAPES = st.sampled_from(["hex", "square"])
CELLS = st.integers(-4000, 4000)
TIE_M = 1e-6


def _brute_force_hexagon(x: float, y: float, size: float) -> tuple[int, int]:
    """The rule as 03-methods words it, over a patch of cells wide enough to be sure."""
    row, column = round(y / (size * math.sqrt(3) / 2)), round(x / size)
    candidates = []
    for r in range(row - 2, row + 3):
        for q in range(column - r // 2 - 4, column - r // 2 + 5):
            centre = ((q + r / 2) * size, r * size * math.sqrt(3) / 2)
            candidates.append((math.dist((x, y), centre), q, r))
    nearest = min(candidates)[0]
    return min((q, r) for distance, q, r in candidates if distance <= nearest + TIE_M)


@given(METRES, METRES, SIZES)
def test_a_point_belongs_to_the_nearest_hexagon_lowest_first(x: float, y: float, size: float):
    q, r = Grid("hex", size).locate([x], [y])
    assert (q[0], r[0]) == _brute_force_hexagon(x, y, size)


@given(CELLS, CELLS, st.sampled_from([150.0, 250.0]), st.integers(0, 5), st.integers(0, 10))
def test_a_point_on_a_hexagon_edge_or_corner_goes_to_the_lowest_cell(q, r, size, side, tenth):
    grid = Grid("hex", size)
    outline = shapely.get_coordinates(grid.polygons(np.array([q]), np.array([r])))
    x, y = outline[side] + (outline[side + 1] - outline[side]) * tenth / 10
    found = grid.locate([x], [y])
    assert (found[0][0], found[1][0]) == _brute_force_hexagon(x, y, size)


@given(METRES, METRES, SIZES)
def test_a_square_holds_its_points_between_its_south_west_and_north_east_edges(x, y, size):
    q, r = Grid("square", size).locate([x], [y])
    assert q[0] * size <= x < (q[0] + 1) * size
    assert r[0] * size <= y < (r[0] + 1) * size


@given(CELLS, CELLS, SIZES)
def test_a_point_on_a_square_edge_belongs_to_the_cell_above_and_right(q, r, size):
    found = Grid("square", size).locate([q * size], [r * size])
    assert (found[0][0], found[1][0]) == (q, r)


@given(CELLS, CELLS, SIZES, SHAPES)
def test_the_centre_of_a_cell_lies_in_it_and_its_identifier_reads_back(q, r, size, shape):
    grid = Grid(shape, size)
    cell = np.array([q]), np.array([r])
    assert [int(part[0]) for part in grid.locate(*grid.centres(*cell))] == [q, r]
    assert [int(part[0]) for part in grid.parse_ids(grid.cell_ids(*cell))] == [q, r]


@given(CELLS, CELLS, CELLS, CELLS, SHAPES)
def test_translating_points_by_whole_cells_translates_their_cells(q, r, dq, dr, shape):
    grid = Grid(shape, 250)
    x, y = grid.centres(np.array([q, q + dq]), np.array([r, r + dr]))
    moved = grid.locate(x + 30, y + 40)
    assert moved[0][1] - moved[0][0] == dq
    assert moved[1][1] - moved[1][0] == dr


@given(CELLS, CELLS, SHAPES, SIZES)
def test_neighbours_are_exactly_the_cells_that_touch(q, r, shape, size):
    grid = Grid(shape, size)
    patch = np.array([(q + a, r + b) for a in range(-2, 3) for b in range(-2, 3)])
    outlines = grid.polygons(patch[:, 0], patch[:, 1])
    own = outlines[12]
    touching = {
        (int(a) - q, int(b) - r)
        for (a, b), outline in zip(patch, outlines, strict=True)
        if shapely.distance(own, outline) < size / 1e6 and outline is not own
    }
    assert touching == {tuple(step) for step in grid.neighbours().tolist()}


@settings(max_examples=30)
@given(SHAPES, st.floats(0, 1200), SIZES.filter(lambda size: size >= 100))
def test_a_disk_holds_every_cell_within_the_radius_and_no_other(shape, radius, size):
    grid = Grid(shape, size)
    reach = int(radius / size * 1.2) + 3
    steps = [(a, b) for a in range(-2 * reach, 2 * reach + 1) for b in range(-reach, reach + 1)]
    x, y = grid.centres(*np.array(steps).T)
    x0, y0 = grid.centres(np.array([0]), np.array([0]))
    near = np.hypot(x - x0[0], y - y0[0]) <= radius + TIE_M
    expected = {step for step, is_near in zip(steps, near, strict=True) if is_near}
    assert {tuple(step) for step in grid.disk(radius).tolist()} == expected


@settings(max_examples=30)
@given(SHAPES, st.floats(-5e5, 5e5), st.floats(-5e5, 5e5), st.floats(1, 5e3), st.floats(1, 5e3))
def test_a_box_holds_each_centre_inside_it_once(shape, x, y, width, height):
    grid = Grid(shape, 250)
    bounds = (x, y, x + width, y + height)
    q, r = grid.box(bounds)
    found = set(zip(q.tolist(), r.tolist(), strict=True))
    assert len(found) == len(q)
    corner = grid.locate([x, x + width], [y, y + height])
    spread = [(a, b) for a in _around(corner[0]) for b in _around(corner[1])]
    cx, cy = grid.centres(*np.array(spread).T)
    inside = (cx >= x) & (cx <= x + width) & (cy >= y) & (cy <= y + height)
    assert {cell for cell, is_in in zip(spread, inside, strict=True) if is_in} == found


@given(CELLS, CELLS, SHAPES, SIZES)
def test_a_box_that_ends_at_a_centre_holds_that_cell(q, r, shape, size):
    grid = Grid(shape, size)
    x, y = grid.centres(np.array([q]), np.array([r]))
    found = grid.box((x[0], y[0], x[0], y[0]))
    assert (found[0].tolist(), found[1].tolist()) == ([q], [r])


def _around(ends: np.ndarray) -> range:
    """Whole numbers between two cells, with room for the slant of hexagon columns."""
    return range(int(ends.min()) - 25, int(ends.max()) + 26)


@pytest.mark.parametrize("shape", ["hex", "square"])
def test_cells_tile_the_plane_without_gap_or_overlap(shape: str):
    grid = Grid(shape, 250)
    q, r = grid.box((400_000, 100_000, 404_000, 104_000))
    outlines = grid.polygons(q, r)
    union = shapely.union_all(outlines)
    assert shapely.area(outlines).sum() == pytest.approx(grid.area_ha * 1e4 * len(q))
    assert union.area == pytest.approx(grid.area_ha * 1e4 * len(q))
    assert shapely.get_num_interior_rings(union) == 0
