"""Grids say what is wrong with what they are asked."""

import numpy as np
import pytest
import shapely

from footbeat.errors import DataError, UsageError
from footbeat.grid import Grid


def test_southends_hexagon_of_250_metres_is_5_hectares():
    assert Grid("hex", 250).area_ha == pytest.approx(5.4127, abs=1e-4)


@pytest.mark.parametrize("shape", ["hex", "square"])
def test_a_grid_can_be_given_by_hectares(shape: str):
    assert Grid.of_hectares(shape, 5.4).area_ha == pytest.approx(5.4)


def test_r_runs_northwards_and_the_origin_is_a_centre():
    x, y = Grid("hex", 250).centres(np.array([0, 0]), np.array([0, 1]))
    assert (x[0], y[0]) == (0, 0)
    assert x[1] == pytest.approx(125)
    assert y[1] == pytest.approx(216.5064, abs=1e-4)


def test_a_grid_that_would_explode_stops_and_says_why():
    with pytest.raises(DataError, match="at most 5,000,000 cells") as raised:
        Grid("hex", 250).box((0, 0, 7e5, 1.3e6))
    assert "about" in raised.value.found
    assert "--area" in raised.value.do


def test_a_grid_may_be_larger_when_asked():
    q, _ = Grid("square", 100).box((0, 0, 30_000, 30_000), max_cells=100_000)
    assert len(q) == 90_000


def test_coordinates_that_are_not_numbers_are_refused():
    with pytest.raises(DataError, match="finite"):
        Grid("square", 150).locate([0.0, np.nan], [0.0, 1.0])


@pytest.mark.parametrize(("shape", "size"), [("triangle", 250), ("hex", 0), ("hex", float("nan"))])
def test_a_shape_or_size_that_cannot_be_is_refused(shape: str, size: float):
    with pytest.raises(UsageError):
        Grid(shape, size)


def test_identifiers_of_another_grid_are_refused():
    with pytest.raises(DataError, match="square grid of 150 m"):
        Grid("square", 150).parse_ids(["hex250:1:2"])


def test_a_polygon_is_covered_by_the_cells_whose_centres_it_holds():
    area = shapely.box(0, 0, 1000, 1000) - shapely.box(400, 400, 600, 600)
    grid = Grid("square", 100)
    q, r = grid.cover(area)
    assert len(q) == 96
    assert (4, 4) not in set(zip(q.tolist(), r.tolist(), strict=True))
