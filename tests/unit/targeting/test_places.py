import numpy as np
import pytest

from footbeat.grid import Grid
from footbeat.targeting.places import cell_places, grid_places, join_cells


def test_a_few_incidents_far_away_do_not_stretch_the_ground():
    rng = np.random.default_rng(1)
    x = np.r_[rng.uniform(500_000, 510_000, 2_000), 300_000.0]
    y = np.r_[rng.uniform(200_000, 210_000, 2_000), 600_000.0]
    places = grid_places(Grid("hex", 250), x, y)
    assert 1_700 < len(places) < 2_100
    assert places.locate(x[-1:], y[-1:])[0] >= 0, "the cell of the far incident still counts"


@pytest.mark.parametrize("shape", ["hex", "square"])
def test_each_cell_knows_the_cells_that_touch_it(shape: str) -> None:
    rng = np.random.default_rng(2)
    grid = Grid(shape, 250)
    some = rng.integers(-9, 9, (2, 150))
    q, r = join_cells((some[0], some[1]), (some[0][:5], some[1][:5]))
    np.testing.assert_array_equal(np.stack([q, r]), np.unique(some, axis=1))
    places = cell_places(grid, q, r)
    for place in range(len(places)):
        expected = np.flatnonzero(places.touching[[place]].toarray())
        np.testing.assert_array_equal(places.beside(place), expected)
