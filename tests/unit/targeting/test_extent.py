"""The ground that incidents lie on, without those far away."""

from __future__ import annotations

import numpy as np
import shapely

from footbeat.targeting.extent import main_ground, outer_points


def town(n: int, middle: tuple[float, float]) -> np.ndarray:
    return np.random.default_rng(5).normal(middle, 2000, (n, 2))


def test_few_incidents_far_away_do_not_stretch_the_ground() -> None:
    near = town(5000, (500_000, 200_000))
    far = np.random.default_rng(1).uniform(100_000, 900_000, (25, 2))
    points = np.vstack([near, far])
    hull, is_main = main_ground(points[:, 0], points[:, 1])
    assert is_main[:5000].mean() > 0.99
    assert not is_main[5000:].any()
    assert shapely.area(hull) < 3e8


def test_towns_whose_squares_touch_are_one_ground() -> None:
    points = np.vstack([town(500, (500_000, 200_000)), town(500, (512_000, 200_000))])
    assert main_ground(points[:, 0], points[:, 1])[1].mean() > 0.99


def test_larger_of_two_grounds_is_taken() -> None:
    points = np.vstack([town(300, (500_000, 200_000)), town(900, (700_000, 200_000))])
    is_main = main_ground(points[:, 0], points[:, 1])[1]
    assert is_main[300:].mean() > 0.98
    assert not is_main[:300].any()


def test_point_without_coordinates_belongs_nowhere() -> None:
    hull, is_main = main_ground(np.array([np.nan, 1.0]), np.array([np.nan, 1.0]))
    assert is_main.tolist() == [False, True]
    assert shapely.area(hull) == 0
    assert not main_ground(np.array([np.nan]), np.array([np.nan]))[1].any()


def test_outer_points_of_batches_have_the_ground_of_all_points() -> None:
    rng = np.random.default_rng(4)
    x, y = np.append(rng.normal(0, 5_000, (2, 4_000)), [[9e5], [9e5]], axis=1)
    group = rng.integers(0, 2, x.size)
    batches = (slice(0, 1_200), slice(1_200, None), slice(0, 0))
    parts = [
        outer_points(x[rows], y[rows], group[rows], np.ones(x[rows].size, int)) for rows in batches
    ]
    few_x, few_y, n, of_group = (np.concatenate(each) for each in zip(*parts, strict=True))
    assert few_x.size < x.size / 2
    for number in (0, 1):
        mine, few = group == number, of_group == number
        assert n[few].sum() == mine.sum()
        ground, _ = main_ground(few_x[few], few_y[few], n[few])
        assert ground.equals(main_ground(x[mine], y[mine])[0])


def test_outer_points_of_a_square_are_the_corners_of_its_hull() -> None:
    x = np.array([0.0, 10.0, 10.0, 0.0, 5.0, 10.0, 0.0, 7000.0, 7000.0, 9000.0])
    y = np.array([0.0, 0.0, 10.0, 10.0, 5.0, 10.0, 0.0, 1.0, 1.0, 2.0])
    group = np.where(x < 9000, 0, 1)
    found = outer_points(x, y, group, np.ones(10, int))
    corners = sorted(zip(*(part.tolist() for part in found), strict=True))
    assert [(a, b, of) for a, b, _, of in corners] == [
        (0, 0, 0), (0, 10, 0), (10, 0, 0), (10, 10, 0), (7000, 1, 0), (9000, 2, 1),
    ]  # fmt: skip
    assert {(a > 10, of): n for a, _, n, of in corners if n} == {
        (False, 0): 7, (True, 0): 2, (True, 1): 1,
    }  # fmt: skip
