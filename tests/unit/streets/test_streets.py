from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, box

from footbeat.errors import CrsError, DataError, StoreError
from footbeat.streets import OSM_ATTRIBUTION, build_graph, read_streets

GRAPHML = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="graph" attr.name="crs" attr.type="string"/>
<key id="d1" for="node" attr.name="x" attr.type="string"/>
<key id="d2" for="node" attr.name="y" attr.type="string"/>
<key id="d3" for="edge" attr.name="name" attr.type="string"/>
<key id="d4" for="edge" attr.name="highway" attr.type="string"/>
<key id="d5" for="edge" attr.name="geometry" attr.type="string"/>
<graph edgedefault="directed"><data key="d0">epsg:27700</data>
<node id="1"><data key="d1">0</data><data key="d2">0</data></node>
<node id="2"><data key="d1">100</data><data key="d2">0</data></node>
<edge source="1" target="2"><data key="d3">High Street</data><data key="d4">primary</data></edge>
<edge source="2" target="1"><data key="d3">Bow Lane</data><data key="d4">footway</data>
<data key="d5">LINESTRING (100 0, 50 40, 0 0)</data></edge>
</graph></graphml>"""


def _lines(*paths: list[tuple[float, float]]) -> np.ndarray:
    return np.array([LineString(path) for path in paths], dtype=object)


def test_streets_meet_where_they_share_a_vertex_and_nowhere_else() -> None:
    graph = build_graph(
        _lines([(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 80)], [(25, -10), (25, 10)])
    )
    assert sorted(graph.length_m.tolist()) == [20.0, 50.0, 50.0, 80.0]
    assert len(set(graph.components)) == 2  # the third line crosses without meeting


def test_distances_follow_the_streets() -> None:
    graph = build_graph(_lines([(0, 0), (300, 0)], [(300, 0), (300, 400)]))
    nodes, away = graph.snap(np.array([0.0, 310.0]), np.array([5.0, 400.0]))
    assert away.tolist() == [5.0, 10.0]
    assert graph.distances(nodes)[0, 1] == 700.0


def test_parallel_streets_count_by_the_shorter_and_loops_not_at_all() -> None:
    graph = build_graph(
        _lines([(0, 0), (100, 0)], [(0, 0), (50, 60), (100, 0)], [(0, 0), (0, 9), (9, 9), (0, 0)])
    )
    nodes, _ = graph.snap(np.array([0.0, 100.0]), np.array([0.0, 0.0]))
    assert graph.distances(nodes)[0, 1] == 100.0
    assert len(graph.length_m) == 3


def test_unjoined_streets_are_infinitely_far() -> None:
    graph = build_graph(_lines([(0, 0), (1, 0)], [(50, 50), (60, 50)]))
    nodes, _ = graph.snap(np.array([0.0, 60.0]), np.array([0.0, 50.0]))
    assert np.isinf(graph.distances(nodes)[0, 1])


def test_no_streets_are_refused() -> None:
    with pytest.raises(DataError, match="must have streets"):
        build_graph(np.array([], dtype=object))


def test_two_way_street_stands_once_and_lists_of_names_give_the_first(tmp_path: Path) -> None:
    there = LineString([(0, 0), (100, 0)])
    frame = gpd.GeoDataFrame(
        {
            "name": ["['High Street', 'Hill']", "['High Street', 'Hill']", None, None],
            "highway": ["primary", "primary", "footway", "motorway"],
        },
        geometry=[
            there,
            there.reverse(),
            LineString([(0, 0), (0, 50)]),
            LineString([(9, 0), (9, 9)]),
        ],
        crs="EPSG:27700",
    )
    frame.to_file(tmp_path / "s.gpkg", layer="edges")
    found = read_streets(tmp_path / "s.gpkg", "EPSG:27700", (-10, -10, 200, 200))
    assert found.lines[["name", "kind", "is_walkable"]].to_numpy().tolist() == [
        ["High Street", "major", True],
        ["", "foot", True],
        ["", "major", False],
    ]
    assert found.attribution == (OSM_ATTRIBUTION,)


def test_osmnx_graphml_is_read_with_and_without_lines(tmp_path: Path) -> None:
    (tmp_path / "g.graphml").write_text(GRAPHML, encoding="utf-8")
    lines = read_streets(tmp_path / "g.graphml", "EPSG:27700").lines
    assert lines["name"].tolist() == ["High Street", "Bow Lane"]
    assert lines.length.round(1).tolist() == [100.0, 128.1]


@pytest.mark.parametrize("name", ["leeds.osm.pbf", "leeds_centre.osm"])
def test_openstreetmap_files_are_read(shared_data: Path, name: str) -> None:
    streets = read_streets(shared_data / "streets" / name, "EPSG:27700")
    graph = build_graph(streets.lines.geometry.to_numpy())
    assert {"major", "minor", "foot"} <= set(streets.lines["kind"])
    assert graph.length_m.sum() == pytest.approx(streets.lines.length.sum(), rel=1e-9)
    assert np.bincount(graph.components).max() > 0.9 * len(graph.x)


def test_files_that_are_no_streets_are_refused(tmp_path: Path) -> None:
    gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1)], crs="EPSG:27700").to_file(tmp_path / "a.gpkg")
    with pytest.raises(StoreError, match="must hold lines"):
        read_streets(tmp_path / "a.gpkg", "EPSG:27700")
    plain = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])])
    with pytest.warns(UserWarning, match="crs"):
        plain.to_file(tmp_path / "b.shp")
    with pytest.raises(CrsError):
        read_streets(tmp_path / "b.shp", "EPSG:27700")
    (tmp_path / "c.graphml").write_text("<graphml/>", encoding="utf-8")
    for name in ("none.gpkg", "c.graphml"):
        with pytest.raises(StoreError, match="file of streets"):
            read_streets(tmp_path / name, "EPSG:27700")
