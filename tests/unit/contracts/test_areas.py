"""Hot spot files, Footbeat's own or drawn by hand, read back whole or say what is wrong."""

import geopandas as gpd
import pyogrio
import pytest
import shapely

from footbeat.areas import load_crs, provenance_note, read_hotspots, read_polygons
from footbeat.errors import ColumnError, CrsError, StoreError
from footbeat.tables import Provenance

BOXES = [shapely.box(585_000 + 400 * i, 185_000, 585_200 + 400 * i, 185_200) for i in range(2)]


def _write(path, *, crs: str | None = "EPSG:27700", geometry=BOXES, **columns):
    frame = gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)
    frame.to_file(path)
    return path


def test_hot_spots_drawn_by_hand_need_only_a_name(tmp_path):
    path = _write(tmp_path / "drawn.gpkg", name=["Station", "Pier"])
    hotspots = read_hotspots(path)
    assert hotspots.ids == ("Station", "Pier")
    assert hotspots.frame["rank"].tolist() == [1, 2]
    assert hotspots.frame["area_ha"].tolist() == [4, 4]
    assert hotspots.provenance.source == "hand-drawn"


def test_hot_spots_in_degrees_are_projected_to_metres(tmp_path):
    frame = gpd.GeoDataFrame({"hotspot_id": ["a", "b"]}, geometry=BOXES, crs="EPSG:27700")
    frame.to_crs("EPSG:4326").to_file(tmp_path / "degrees.geojson")
    hotspots = read_hotspots(tmp_path / "degrees.geojson")
    assert hotspots.provenance.crs == "EPSG:27700"
    assert hotspots.frame.area.tolist() == pytest.approx([40_000, 40_000], rel=1e-4)


def test_hot_spots_carry_their_provenance(tmp_path):
    known = Provenance(crs="EPSG:27700", source="police-uk", cautions=("Points are moved.",))
    frame = gpd.GeoDataFrame({"hotspot_id": ["a", "b"]}, geometry=BOXES, crs="EPSG:27700")
    pyogrio.write_dataframe(
        frame, tmp_path / "h.gpkg", layer="hotspots", dataset_metadata=provenance_note(known)
    )
    assert read_hotspots(tmp_path / "h.gpkg").provenance == known


def test_two_hot_spots_of_one_name_are_refused(tmp_path):
    path = _write(tmp_path / "twice.gpkg", hotspot_id=["a", "a"])
    with pytest.raises(ColumnError, match="identifier of its own") as raised:
        read_hotspots(path)
    assert "1 repeat" in raised.value.found


def test_hot_spots_without_a_name_are_refused(tmp_path):
    with pytest.raises(ColumnError, match="must name its hot spots"):
        read_hotspots(_write(tmp_path / "nameless.gpkg", kind=["x", "y"]))


def test_shapes_that_are_not_areas_are_refused(tmp_path):
    path = _write(tmp_path / "p.gpkg", name=["a", "b"], geometry=[BOXES[0], shapely.Point(0, 0)])
    with pytest.raises(StoreError, match="must hold polygons"):
        read_hotspots(path)


def test_a_file_that_is_not_there_or_not_polygons_is_refused(tmp_path):
    with pytest.raises(StoreError, match="must exist"):
        read_polygons(tmp_path / "nothing.gpkg", "EPSG:27700")
    (tmp_path / "text.gpkg").write_text("hello", encoding="utf-8")
    with pytest.raises(StoreError, match="polygon file"):
        read_hotspots(tmp_path / "text.gpkg")


def test_a_file_without_a_coordinate_system_is_refused(tmp_path):
    path = _write(tmp_path / "nowhere.gpkg", crs=None, name=["a", "b"])
    with pytest.raises(CrsError, match="must say its coordinate system"):
        read_polygons(path, "EPSG:27700")


@pytest.mark.parametrize("text", ["EPSG:4326", "EPSG:2263", "the usual one"])
def test_only_systems_in_metres_are_taken(text: str):
    with pytest.raises(CrsError):
        load_crs(text)


def test_a_file_without_a_shape_says_so(tmp_path):
    file = tmp_path / "none.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(StoreError, match="It holds no shape"):
        read_polygons(file, "EPSG:27700")
