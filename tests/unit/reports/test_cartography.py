"""Where a map puts things."""

from __future__ import annotations

import re

import numpy as np
import pytest
import shapely

from footbeat.reports.cartography import (
    DISC_RADIUS,
    WIDTH,
    Classes,
    View,
    draw_areas,
    draw_dots,
    draw_names,
    draw_scale,
    spread_discs,
)


def gaps(points: np.ndarray) -> np.ndarray:
    apart = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    return apart[np.triu_indices(len(points), 1)]


def test_view_shows_all_of_its_bounds_north_up() -> None:
    view = View.around((0, 0, 4000, 1000))
    left_top, right_bottom = view.place(np.array([[0.0, 1000.0], [4000.0, 0.0]]))
    assert (left_top > 0).all()
    assert right_bottom[0] < WIDTH
    assert right_bottom[1] < view.height
    assert left_top[1] < right_bottom[1]


def test_view_of_one_point_is_not_empty() -> None:
    view = View.around((500, 500, 500, 500))
    assert view.metres >= 400
    assert view.place(np.array([[500.0, 500.0]]))[0] == pytest.approx([WIDTH / 2, view.height / 2])


def test_metres_keep_their_shape_on_the_drawing() -> None:
    view = View.around((0, 0, 900, 1700))
    a, b, c = view.place(np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 100.0]]))
    assert np.hypot(*(b - a)) == pytest.approx(np.hypot(*(c - a)))


def test_discs_of_a_dense_list_do_not_overlap_and_stay_on_the_map() -> None:
    rng = np.random.default_rng(3)
    anchors = rng.normal((300, 250), 45, (20, 2))
    discs = spread_discs(anchors, (620.0, 500.0), 15.0)
    assert gaps(discs).min() > 1.5 * DISC_RADIUS
    assert (discs >= DISC_RADIUS).all()
    assert (discs <= np.array([620, 500]) - DISC_RADIUS).all()


def test_discs_at_one_point_are_told_apart() -> None:
    discs = spread_discs(np.full((3, 2), 200.0), (400.0, 400.0), 10.0)
    assert gaps(discs).min() > DISC_RADIUS


def test_disc_stays_in_the_middle_of_a_place_larger_than_it() -> None:
    anchors = np.array([[100.0, 100.0], [105.0, 100.0]])
    assert (spread_discs(anchors, (620.0, 500.0), 60.0) == anchors).all()


def test_classes_hold_about_equal_numbers_and_every_value() -> None:
    values = np.arange(1.0, 21.0)
    classes = Classes.of(values)
    assert np.bincount(classes.index(values)).tolist() == [4, 4, 4, 4, 4]


def test_one_repeated_value_is_one_class_in_the_deepest_colour() -> None:
    classes = Classes.of(np.full(5, 3.0))
    assert classes.breaks == (3.0,)
    assert classes.colours == ("#12436D",)


def test_hole_of_a_polygon_is_drawn() -> None:
    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    drawn = draw_areas([ring], View.around((0, 0, 9, 9)), name="place")
    assert drawn.count("Z") == 2
    assert 'fill-rule="evenodd"' in drawn


def test_points_outside_the_map_are_not_drawn() -> None:
    view = View.around((0, 0, 1000, 1000))
    drawn = draw_dots(np.array([[500.0, 500.0], [99999.0, 0.0]]), view)
    assert drawn.count("h0") == 1


def test_names_do_not_overlap_one_another_or_a_hot_spot() -> None:
    view = View.around((0, 0, 4000, 4000))
    names = [
        ("High Street", 2000.0, 3000.0),
        ("Low Street", 2010.0, 3010.0),
        ("Mid", 1000.0, 1000.0),
    ]
    drawn = draw_names(names, view, around=np.array([[1000.0, 1000.0]]), place_m=250.0)
    shown = [text for text in drawn.split("<text")[1:] if 'display="none"' not in text]
    assert re.findall(r">([^<]+)</text>", "".join(shown)) == ["High Street"]


@pytest.mark.parametrize(("metres", "words"), [(900, "100 m"), (7000, "1 km"), (26000, "5 km")])
def test_scale_bar_has_a_round_length(metres: float, words: str) -> None:
    assert f">{words}<" in draw_scale(View(0, 0, metres, 800))
