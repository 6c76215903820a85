from datetime import date
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.errors import StoreError, UsageError
from footbeat.streets import StreetGraph, Streets, build_graph
from footbeat.tables import Provenance
from footbeat.tasking.schedule import Schedule
from footbeat.tasking.walk_model import order_tour, solve_tour
from footbeat.tasking.walks import (
    WalkOptions,
    choose_walks,
    find_walks,
    frame_walks,
    lay_ground,
    load_walks,
)

QUICK = WalkOptions(minutes=10, walk_kmh=3.6, n_walks=2, effort=1)


def _streets(*paths: list[tuple[float, float]], kind: str = "minor") -> Streets:
    frame = gpd.GeoDataFrame(
        {"name": [f"Street {i}" for i in range(len(paths))], "kind": kind, "is_walkable": True},
        geometry=[LineString(path) for path in paths],
        crs="EPSG:27700",
    )
    return Streets(frame, ())


def _hotspots(*shapes: shapely.Polygon) -> Hotspots:
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{i + 1:02}" for i in range(len(shapes))]},
        geometry=list(shapes),
        crs="EPSG:27700",
    )
    return Hotspots(complete_hotspots(frame, "t"), Provenance("EPSG:27700"))


GRID = _streets(
    *([(0, y), (50, y), (100, y), (150, y), (200, y)] for y in (0, 100, 200)),
    *([(x, 0), (x, 100), (x, 200)] for x in (0, 50, 100, 150, 200)),
)
SPOT = box(-10, -10, 210, 210)


def _best_by_trying(graph: StreetGraph, prize: np.ndarray, entry: int, length: float) -> float:
    best = 0.0
    for times in product((0, 1, 2), repeat=len(prize)):
        used = np.array(times)
        if (used * graph.length_m).sum() > length or not used.any():
            continue
        degree = np.zeros(len(graph.x), dtype=int)
        np.add.at(degree, graph.start, used)
        np.add.at(degree, graph.end, used)
        if (degree % 2).any() or not degree[entry]:
            continue
        reached, grew = {entry}, True
        while grew:
            grew = False
            for i in np.flatnonzero(used):
                ends = {int(graph.start[i]), int(graph.end[i])}
                if ends & reached and not ends <= reached:
                    reached |= ends
                    grew = True
        if set(np.flatnonzero(degree)) <= reached:
            best = max(best, float(prize[used > 0].sum()))
    return best


@given(st.integers(0, 2**32), st.floats(150, 420))
@settings(max_examples=8)
def test_solver_finds_what_trying_every_walk_finds(number: int, length: float) -> None:
    rng = np.random.default_rng(number)
    lines = [
        [(0, 0), (60, 0)],
        [(60, 0), (60, 60)],
        [(60, 60), (0, 60)],
        [(0, 60), (0, 0)],
        [(60, 0), (120, 0)],
        [(120, 0), (60, 60)],
        [(0, 60), (0, 130)],
    ]
    graph = build_graph(np.array([LineString(line) for line in lines], dtype=object))
    prize = rng.random(len(graph.length_m))
    entry = int(graph.snap(np.array([0.0]), np.array([0.0]))[0][0])
    tour = solve_tour(graph, prize, entry, length, effort=2)
    best = _best_by_trying(graph, prize, entry, length)
    assert tour.prize == pytest.approx(best, rel=0.006)
    assert tour.times @ graph.length_m <= length
    assert tour.bound >= best - 1e-6


def test_tour_walks_each_piece_as_often_as_planned_and_comes_home() -> None:
    graph = build_graph(
        np.array(
            [
                LineString(p)
                for p in (
                    [(0, 0), (60, 0)],
                    [(60, 0), (60, 60)],
                    [(60, 60), (0, 0)],
                    [(60, 0), (120, 0)],
                )
            ],
            dtype=object,
        )
    )
    times = np.array([1, 1, 1, 2])[np.argsort(np.argsort([0, 1, 2, 3]))]
    entry = int(graph.snap(np.array([0.0]), np.array([0.0]))[0][0])
    steps = order_tour(graph, times, entry)
    assert np.bincount([piece for piece, _ in steps]).tolist() == times.tolist()
    at = entry
    for piece, is_backwards in steps:
        here, there = int(graph.start[piece]), int(graph.end[piece])
        assert at == (there if is_backwards else here)
        at = here if is_backwards else there
    assert at == entry


def test_walks_are_closed_within_the_minutes_and_under_the_bound() -> None:
    walks, left_out = find_walks(_hotspots(SPOT), GRID, QUICK)
    assert left_out == {}
    for walk in walks:
        coordinates = shapely.get_coordinates(walk.line)
        assert coordinates[0].tolist() == coordinates[-1].tolist()
        assert walk.minutes <= 10
        assert walk.length_m == pytest.approx(walk.minutes * 60)
        assert 0 < walk.coverage <= walk.bound + 1e-9 <= 1 + 1e-9


def test_later_walks_differ_from_the_first() -> None:
    walks, _ = find_walks(_hotspots(SPOT), GRID, QUICK)
    assert len(walks) == 2
    first, second = (shapely.get_coordinates(walk.line).tolist() for walk in walks)
    assert first != second


def test_streets_where_more_happens_are_walked_first() -> None:
    points = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy([200.0] * 30, np.linspace(110, 190, 30)), crs="EPSG:27700"
    )
    short = WalkOptions(minutes=8, walk_kmh=6.0, n_walks=1, effort=2)
    (walk,), _ = find_walks(_hotspots(SPOT), GRID, short, points)
    assert walk.line.intersects(shapely.Point(200, 150))


def test_walk_passes_outside_to_join_streets_the_boundary_parts() -> None:
    spot = box(-10, -10, 110, 40)
    horseshoe = _streets([(0, 0), (0, 60), (100, 60), (100, 0)])
    (walk,), _ = find_walks(_hotspots(spot), horseshoe, WalkOptions(n_walks=1, effort=1))
    assert walk.coverage == pytest.approx(1.0)
    apart = WalkOptions(n_walks=1, effort=1, reach_m=5)
    (walk,), _ = find_walks(_hotspots(spot), horseshoe, apart)
    assert walk.coverage == pytest.approx(0.5)


def test_walk_enters_by_the_largest_street() -> None:
    lines = _streets(
        [(-50, 100), (100, 100), (250, 100)], [(100, -50), (100, 100), (100, 250)]
    ).lines
    lines["kind"] = ["minor", "major"]
    ground = lay_ground(SPOT, Streets(lines, ()), QUICK, None)
    assert ground is not None
    assert ground.graph.x[ground.entry] == 100


def test_hot_spot_without_streets_is_left_out_with_the_reason() -> None:
    walks, left_out = find_walks(_hotspots(box(900, 900, 950, 950)), GRID, QUICK)
    assert walks == []
    assert "No street" in left_out["h01"]


def test_walks_survive_their_file_and_one_is_drawn_a_day(
    schedule: Schedule, tmp_path: Path
) -> None:
    walks, _ = find_walks(_hotspots(SPOT), GRID, QUICK)
    pyogrio.write_dataframe(frame_walks(walks, "EPSG:27700"), tmp_path / "w.gpkg", layer="walks")
    again = load_walks(tmp_path / "w.gpkg", "EPSG:27700")
    assert [walk.streets for walk in again] == [walk.streets for walk in walks]
    assert np.allclose(again[0].stands, walks[0].stands, atol=0.06)
    chosen = [choose_walks(schedule, day, again)[0].number for day in schedule.days]
    assert set(chosen) == {1, 2}
    assert choose_walks(schedule, date(2026, 10, 1), again)[0].hotspot_id == "h01"


def test_file_that_holds_no_walks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="GeoPackage of walks"):
        load_walks(tmp_path / "none.gpkg", "EPSG:27700")


def test_walk_of_no_minutes_is_refused() -> None:
    with pytest.raises(UsageError, match="must be positive"):
        WalkOptions(minutes=0)


def test_a_walk_is_a_table_of_one_line() -> None:
    walk = find_walks(_hotspots(SPOT), GRID, QUICK)[0][0]
    frame = walk.to_frame()
    assert frame.geometry.iloc[0] == walk.line
    assert frame["minutes"].tolist() == [walk.minutes]
