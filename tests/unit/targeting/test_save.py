import json
import sqlite3
from contextlib import closing
from itertools import pairwise
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pyogrio
import pytest

from footbeat.areas import read_hotspots
from footbeat.errors import StoreError, UsageError
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.save import load_left_out, save_found


def parse(qml):
    return ET.fromstring(qml)  # noqa: S314 - it was written a moment ago


@pytest.fixture
def found(scattered_town):
    return find_hotspots(scattered_town(), FindOptions(n_draws=50), rng=np.random.default_rng(1))


@pytest.fixture
def saved(found, tmp_path):
    path = tmp_path / "hotspots.gpkg"
    save_found(found, found.incidents, path)
    return path


def test_hot_spots_read_back_as_they_were_found(found, saved):
    back = read_hotspots(saved)
    assert back.provenance == found.hotspots.provenance
    pd.testing.assert_frame_equal(
        back.frame.drop(columns="geometry"), found.hotspots.frame.drop(columns="geometry")
    )
    assert back.frame.geometry.geom_equals_exact(found.hotspots.frame.geometry, 1e-9).all()


def test_geopackage_has_the_layers_of_the_contract(saved):
    assert {name for name, _ in pyogrio.list_layers(saved)} == {
        "hotspots",
        "cells",
        "incidents",
        "layer_styles",
        "left_out",
    }


def test_what_was_passed_over_reads_back_with_its_reasons(found, saved):
    assert found.left_out
    assert load_left_out(saved) == found.left_out


def test_reading_leaves_no_file_beside_the_geopackage(saved):
    read_hotspots(saved)
    assert [path.name for path in saved.parent.iterdir()] == ["hotspots.gpkg"]


def test_every_layer_has_one_default_style_that_qgis_can_parse(saved):
    with closing(sqlite3.connect(saved)) as store:
        rows = store.execute(
            "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles"
        ).fetchall()
        columns = {
            layer: {name for _, name, *_ in store.execute(f"PRAGMA table_info({layer})")}
            for layer, *_ in rows
        }
    assert sorted(layer for layer, *_ in rows) == ["cells", "hotspots", "incidents"]
    for layer, geometry, qml, is_default in rows:
        root = parse(qml)
        renderer = root.find("renderer-v2")
        assert root.tag == "qgis"
        assert is_default == 1
        assert geometry in columns[layer]
        assert renderer.get("attr", "score") in columns[layer] | {"score"}
        names = {symbol.get("name") for symbol in renderer.iter("symbol")}
        wanted = {each.get("symbol") for each in renderer.iter("range")} or {"0"}
        assert wanted == names


def test_hot_spots_are_labelled_with_their_rank(saved):
    with closing(sqlite3.connect(saved)) as store:
        (qml,) = store.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'hotspots'"
        ).fetchone()
    assert parse(qml).find(".//text-style").get("fieldName") == "rank"


def test_steps_of_the_cells_cover_every_score(found, saved):
    with closing(sqlite3.connect(saved)) as store:
        (qml,) = store.execute(
            "SELECT styleQML FROM layer_styles WHERE f_table_name = 'cells'"
        ).fetchone()
    steps = [
        (float(each.get("lower")), float(each.get("upper"))) for each in parse(qml).iter("range")
    ]
    assert steps[0][0] == found.cells["score"].min()
    assert steps[-1][1] == found.cells["score"].max()
    assert all(above[0] == below[1] for below, above in pairwise(steps))


def test_cells_of_a_hot_spot_carry_its_identifier(found, saved):
    cells = pyogrio.read_dataframe(saved, layer="cells")
    by_spot = cells.groupby("hotspot_id")["n"].sum()
    listed = found.hotspots.frame.set_index("hotspot_id")["n"]
    pd.testing.assert_series_equal(
        by_spot.sort_index(), listed.sort_index(), check_dtype=False, check_index_type=False
    )


def test_geojson_is_in_degrees_and_says_where_it_came_from(found, tmp_path):
    path = tmp_path / "hotspots.geojson"
    save_found(found, found.incidents, path)
    content = json.loads(path.read_text(encoding="utf-8"))
    x, y = content["features"][0]["geometry"]["coordinates"][0][0]
    assert -8 < x < -7
    assert 49 < y < 50
    assert content["footbeat"]["crs"] == "EPSG:27700"


def test_other_endings_are_refused(found, tmp_path):
    with pytest.raises(UsageError, match=r"must end in \.gpkg"):
        save_found(found, found.incidents, tmp_path / "hotspots.shp")


def test_a_file_that_is_there_is_not_written_over(found, saved):
    before = saved.read_bytes()
    with pytest.raises(StoreError, match="must not exist yet"):
        save_found(found, found.incidents, saved)
    assert saved.read_bytes() == before


def test_the_same_list_gives_the_same_geopackage_at_any_time(found, saved):
    with closing(sqlite3.connect(saved)) as store:
        days = store.execute("SELECT last_change FROM gpkg_contents").fetchall()
        days += store.execute("SELECT update_time FROM layer_styles").fetchall()
    assert {day for (day,) in days} == {"1980-01-01T00:00:00.000Z"}
    again = saved.with_name("again.gpkg")
    save_found(found, found.incidents, again)
    assert again.read_bytes() == saved.read_bytes()
