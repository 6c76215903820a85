"""Hot spot files, Footbeat's own or drawn by hand, read back whole or say what is wrong."""

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from footbeat.areas import list_layers, load_crs, provenance_note, read_hotspots, read_polygons
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


def test_parquet_is_said_to_be_no_polygons(tmp_path):
    pq.write_table(pa.table({"x": [1.0]}), tmp_path / "rows.parquet")
    for read in (list_layers, read_hotspots):
        with pytest.raises(StoreError, match="must be a polygon file"):
            read(tmp_path / "rows.parquet")


def test_hot_spots_without_a_coordinate_system_are_refused(tmp_path):
    with pytest.raises(CrsError, match="must say its coordinate system"):
        read_hotspots(_write(tmp_path / "bare.shp", crs=None, name=["a", "b"]))


def test_areas_of_a_kml_have_only_the_columns_their_author_wrote(tmp_path):
    frame = gpd.GeoDataFrame({"lsoa21cd": ["E2", "E1"]}, geometry=BOXES, crs="EPSG:27700")
    frame.to_crs("EPSG:4326").to_file(tmp_path / "areas.kml", driver="LIBKML")
    areas = read_polygons(tmp_path / "areas.kml", "EPSG:27700")
    assert list(areas.columns) == ["lsoa21cd", "geometry"]
    assert not areas.has_z.any()


@pytest.mark.parametrize(
    "columns",
    [
        {"Name": ["Pier", "Mall"]},
        {"HotspotName": ["Pier", "Mall"], "id": [1, 2]},
        {"Zone Name": ["Pier", "Mall"], "Ref": ["a", "b"]},
    ],
)
def test_a_list_may_head_its_names_as_it_likes(tmp_path, columns):
    hotspots = read_hotspots(_write(tmp_path / "force.gpkg", **columns))
    assert hotspots.ids == ("Pier", "Mall")
    assert hotspots.frame["name"].tolist() == ["Pier", "Mall"]


def test_names_that_repeat_are_told_apart_by_the_number_beside_them(tmp_path):
    path = _write(tmp_path / "force.gpkg", Name=["High Street"] * 2, Ref=["007", "008"])
    hotspots = read_hotspots(path)
    assert hotspots.ids == ("007", "008")
    assert hotspots.frame["name"].tolist() == ["High Street", "High Street"]


def test_names_of_a_list_drawn_in_google_earth_are_read(tmp_path):
    frame = gpd.GeoDataFrame({"Name": ["Pier", "Mall"]}, geometry=BOXES, crs="EPSG:27700")
    frame.to_crs("EPSG:4326").to_file(tmp_path / "earth.kml", driver="LIBKML")
    assert read_hotspots(tmp_path / "earth.kml").ids == ("Pier", "Mall")


SHEET = pd.DataFrame(
    {"Ref": ["007", "008"], "X": [585_000, 585_400], "Y": [185_000.0] * 2, "Radius (m)": [100, 50]}
)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_sheet_of_centres_and_radii_is_a_list(tmp_path, ending):
    path = tmp_path / f"list.{ending}"
    SHEET.to_csv(path, index=False) if ending == "csv" else SHEET.to_excel(path, index=False)
    hotspots = read_hotspots(path)
    assert hotspots.ids == ("007", "008")
    assert hotspots.frame.area.tolist() == pytest.approx([31_416, 7_854], rel=0.01)
    assert hotspots.frame.centroid.x.tolist() == pytest.approx([585_000, 585_400])
    assert hotspots.provenance.crs == "EPSG:27700"
    assert "taken as British National Grid" in hotspots.provenance.cautions[0]
    assert list_layers(path) == []


def test_a_sheet_in_degrees_has_radii_in_metres(tmp_path):
    rows = pd.DataFrame({"name": ["Pier"], "lat": [35.1], "lon": [-90.0], "radius_m": [150]})
    rows.assign(rank=3).to_csv(tmp_path / "list.csv", index=False, sep=";")
    hotspots = read_hotspots(tmp_path / "list.csv")
    assert hotspots.provenance.crs == "EPSG:32615"
    assert hotspots.provenance.cautions == ()
    assert hotspots.frame.area.tolist() == pytest.approx([70_686], rel=0.01)
    assert hotspots.frame["rank"].tolist() == [3]


def test_metres_of_a_sheet_may_name_their_system(tmp_path):
    SHEET.assign(crs="EPSG:32615").to_csv(tmp_path / "list.csv", index=False)
    assert read_hotspots(tmp_path / "list.csv").provenance.crs == "EPSG:32615"


@pytest.mark.parametrize(
    ("changed", "error", "word"),
    [
        ({"Radius (m)": None}, ColumnError, "how far it reaches"),
        ({"Radius (m)": [0, 50]}, ColumnError, "more than 0 metres"),
        ({"X": ["here", 1]}, ColumnError, "must hold numbers"),
        ({"X": [0.7, 0.8], "Y": [51.5, 51.6]}, CrsError, "must say its coordinate system"),
        ({"Y": [3_900_000, 3_900_100]}, CrsError, "must say its coordinate system"),
        ({"crs": "EPSG:0"}, CrsError, "must be one PROJ knows"),
        ({"Ref": None}, ColumnError, "must name its hot spots"),
        ({"Ref": ["007", "007"]}, ColumnError, "identifier of its own"),
    ],
)
def test_a_sheet_that_cannot_be_a_list_says_what_is_missing(tmp_path, changed, error, word):
    rows = SHEET.assign(**changed)
    gone = [name for name, values in changed.items() if values is None]
    rows.drop(columns=gone).to_csv(tmp_path / "list.csv", index=False)
    with pytest.raises(error, match=word):
        read_hotspots(tmp_path / "list.csv")


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_a_sheet_that_is_none_is_refused(tmp_path, name):
    with pytest.raises(StoreError) as raised:
        read_hotspots(tmp_path / name)
    assert "not there" in raised.value.found
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(StoreError, match="must be a sheet of hot spots"):
        read_hotspots(tmp_path / name)
