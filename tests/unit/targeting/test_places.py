import numpy as np

from footbeat.grid import Grid
from footbeat.targeting.places import grid_places


def test_a_few_incidents_far_away_do_not_stretch_the_ground():
    rng = np.random.default_rng(1)
    x = np.r_[rng.uniform(500_000, 510_000, 2_000), 300_000.0]
    y = np.r_[rng.uniform(200_000, 210_000, 2_000), 600_000.0]
    places = grid_places(Grid("hex", 250), x, y)
    assert 1_700 < len(places) < 2_100
    assert places.locate(x[-1:], y[-1:])[0] >= 0, "the cell of the far incident still counts"
