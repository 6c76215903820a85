"""Points in polygons: the same as shapely inside, one owner on every edge."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from footbeat.errors import DataError
from footbeat.polygons import index_polygons, locate_points


def locate(polygons: list[shapely.Geometry], points: list[tuple[float, float]]) -> list[int]:
    x, y = np.array(points, float).T
    return locate_points(index_polygons(polygons), x, y).tolist()  # type: ignore[no-any-return] # a list of numbers


def test_a_hole_is_outside() -> None:
    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(3, 3), (6, 3), (6, 6), (3, 6)]])
    assert locate([ring], [(1, 1), (4, 4), (7, 7), (4, 7), (10, 4)]) == [0, -1, 0, 0, -1]


def test_every_part_counts() -> None:
    parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)])
    assert locate([parts], [(0.5, 0.5), (5.5, 5.5), (3, 3)]) == [0, 0, -1]


def test_left_and_lower_edges_belong_and_right_and_upper_do_not() -> None:
    points = [(0, 0.5), (0.5, 0), (0, 0), (1, 0.5), (0.5, 1), (1, 1), (0, 1), (1, 0)]
    assert locate([shapely.box(0, 0, 1, 1)], points) == [0, 0, 0, -1, -1, -1, -1, -1]


def test_of_overlapping_polygons_the_first_counts() -> None:
    over = [shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]
    assert locate(over, [(1.5, 1.5), (2.5, 2.5)]) == [0, 1]


def test_what_is_no_number_lies_outside() -> None:
    assert locate([shapely.box(0, 0, 1, 1)], [(np.nan, 0.5), (np.inf, 0.5)]) == [-1, -1]


def test_shapes_that_are_no_polygons_are_refused() -> None:
    for shapes in ([], [shapely.Point(0, 0)], [shapely.Polygon()]):
        with pytest.raises(DataError):
            index_polygons(shapes)


@given(st.integers(0, 10_000))
def test_a_tiling_leaves_no_point_without_an_owner(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.integers(0, 40, (60, 2)).astype(float)
    frame = [(0, 0), (0, 40), (40, 0), (40, 40)]
    points = shapely.MultiPoint(np.vstack([np.unique(corners, axis=0), frame]))
    tiles = list(shapely.delaunay_triangles(points).geoms)
    # Corners, middles of edges and whole-metre points: where rules of edges are broken.
    vertices = shapely.get_coordinates(tiles)
    asked = np.vstack([vertices, (vertices[1:] + vertices[:-1]) / 2, rng.integers(0, 40, (200, 2))])
    inside = asked[(asked[:, 0] < 40) & (asked[:, 1] < 40)]
    found = locate_points(index_polygons(tiles), *inside.T)
    assert (found >= 0).all()
    assert shapely.intersects_xy(np.array(tiles, object)[found], *inside.T).all()


@given(st.integers(0, 10_000))
def test_inside_is_what_shapely_calls_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    discs = [
        shapely.Point(*rng.uniform(0, 1_000, 2)).buffer(size, quad_segs=int(rng.integers(1, 9)))
        for size in rng.uniform(1, 300, rng.integers(1, 12))
    ]
    x, y = rng.uniform(-100, 1_100, (2, 300))
    found = locate_points(index_polygons(discs), x, y)
    holds = np.array([shapely.contains_xy(disc, x, y) for disc in discs])
    first = np.where(holds.any(axis=0), holds.argmax(axis=0), -1)
    assert found.tolist() == first.tolist()


def test_southends_areas_hold_its_points_as_shapely_says(shared_data: Path) -> None:
    areas = gpd.read_file(shared_data / "boundaries" / "lsoa21_southend.geojson").to_crs(27700)
    west, south, east, north = areas.total_bounds
    rng = np.random.default_rng(1)
    x, y = rng.uniform(west, east, 20_000), rng.uniform(south, north, 20_000)
    found = locate_points(index_polygons(list(areas.geometry)), x, y)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(x, y), crs=27700)
    joined = points.sjoin(areas, how="left", predicate="within")
    joined = joined[~joined.index.duplicated()]["index_right"].fillna(-1).astype(int)
    assert (found == joined.to_numpy()).all()


def test_index_is_the_same_however_many_polygons_are_indexed_at_a_time(monkeypatch) -> None:
    rng = np.random.default_rng(3)
    corners = shapely.MultiPoint(rng.uniform(0, 900, (80, 2)))
    tiles = list(shapely.voronoi_polygons(corners, extend_to=shapely.box(0, 0, 900, 900)).geoms)
    x, y = rng.uniform(-50, 950, (2, 4_000))
    whole = locate_points(index_polygons(tiles), x, y)
    for at_a_time in (1, 7):
        monkeypatch.setattr("footbeat.polygons._AT_A_TIME", at_a_time)
        assert locate_points(index_polygons(tiles), x, y).tolist() == whole.tolist()
    assert len(np.unique(whole)) > 70
