"""The streets of a synthetic town."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse.csgraph import connected_components

from footbeat.simulate.layout import draw_streets
from footbeat.simulate.streetnames import MAIN_ROADS, name_groups

if TYPE_CHECKING:
    from footbeat.simulate.town import Town


def test_streets_meet_only_at_junctions(small_town: Town) -> None:
    lines = small_town.streets.to_frame().geometry.to_numpy()
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert len(one) == 0, list(zip(one[:3], other[:3], strict=True))


def test_one_can_walk_from_every_street_to_every_other(small_town: Town) -> None:
    assert connected_components(small_town.streets.to_graph(), directed=False)[0] == 1


def test_every_stretch_has_a_name_and_streets_run_over_several_stretches(small_town: Town) -> None:
    names = np.array(small_town.streets.name)
    assert all(names)
    assert len(np.unique(names)) < 0.6 * len(names)


def test_main_roads_lead_out_of_the_centre(small_town: Town) -> None:
    main = {
        name
        for name, road in zip(small_town.streets.name, small_town.streets.road, strict=True)
        if road == "main"
    }
    assert main <= set(MAIN_ROADS)
    assert len(main) >= 6


def test_no_street_crosses_a_park(small_town: Town) -> None:
    streets = small_town.streets
    middle_x, middle_y = streets.middles
    for x, y in streets.greens:
        assert np.hypot(middle_x - x, middle_y - y).min() > 140


def test_the_same_chance_draws_the_same_streets() -> None:
    one, other = (
        draw_streets(np.random.default_rng(5), width_m=2_000, height_m=1_500) for _ in range(2)
    )
    assert np.array_equal(one.x, other.x)
    assert one.name == other.name


def test_no_street_is_numbered_even_where_the_plain_names_run_out() -> None:
    n = 4_000
    names = name_groups(np.arange(n), np.full(n, 1_000.0), np.random.default_rng(1))
    assert len(set(names)) == n
    assert not any(letter.isdigit() for name in names for letter in name)
