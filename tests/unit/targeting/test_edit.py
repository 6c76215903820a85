"""What analysts change by hand keeps identifiers, counts anew, and says who and why."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from footbeat.areas import read_hotspots
from footbeat.errors import UsageError
from footbeat.targeting.drawn import load_drawn, load_edits, save_drawn
from footbeat.targeting.edit import Edit, apply_edit
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.save import load_left_out, save_found
from footbeat.targeting.select import SelectOptions

SIGNED = {"reason": "one beat", "by": "A. Khan", "at": "2026-11-22"}


@pytest.fixture(scope="module")
def path(tmp_path_factory, scattered_town):
    path = tmp_path_factory.mktemp("edit") / "h.gpkg"
    select = SelectOptions(5, max_area_ha=4)
    options = FindOptions(CaseOptions("square", 200), "count", None, select, 20)
    found = find_hotspots(scattered_town(), options, rng=np.random.default_rng(1))
    save_found(found, found.incidents, path)
    return path


@pytest.fixture
def drawn(path):
    return load_drawn(path)


def ids(drawn):
    return drawn.frame["hotspot_id"].tolist()


def edited(drawn, event, *places, **options):
    return apply_edit(drawn, Edit(event, places, **{**SIGNED, **options}))


def test_merged_places_keep_the_first_identifier_and_add_up(drawn):
    first, second, third = ids(drawn)[:3]
    after = edited(drawn, "merge", third, first)
    assert ids(after) == [third, second, *ids(drawn)[3:]]
    n = drawn.frame["n"]
    assert after.frame["n"].iloc[0] == n.iloc[0] + n.iloc[2]
    assert after.frame["area_ha"].iloc[0] == pytest.approx(8)
    assert pd.isna(after.frame["rank_low"].iloc[0])
    assert after.frame["rank"].tolist() == [1, 2, 3, 4]


def test_split_gives_the_identifier_to_the_part_with_more(drawn):
    whole = drawn.frame.iloc[0]
    x = (shapely.bounds(whole.geometry)[0] + shapely.bounds(whole.geometry)[2]) / 2 + 30
    after = edited(drawn, "split", whole["hotspot_id"], line=(x, 0, x, 1))
    one, two = after.frame.iloc[0], after.frame.iloc[1]
    assert (one["hotspot_id"], two["hotspot_id"]) == (
        whole["hotspot_id"],
        f"{whole['hotspot_id']}-2",
    )
    assert one["n"] >= two["n"]
    assert one["n"] + two["n"] == whole["n"]
    assert one.geometry.area + two.geometry.area == pytest.approx(whole.geometry.area)
    assert {one["name"], two["name"]} == {f"{whole['name']}, east", f"{whole['name']}, west"}


def test_nudged_place_counts_what_now_lies_in_it(drawn):
    first = ids(drawn)[0]
    before = drawn.frame.iloc[0]
    after = edited(drawn, "nudge", first, move_m=(3000.0, 0.0)).frame.iloc[0]
    assert after.geometry.centroid.x == pytest.approx(before.geometry.centroid.x + 3000)
    assert after["n"] < before["n"]


def test_renamed_and_excluded_places_leave_the_rest_alone(drawn):
    after = edited(drawn, "rename", ids(drawn)[1], name="Pier")
    assert after.frame["name"].iloc[1] == "Pier"
    gone = edited(after, "exclude", ids(drawn)[0], reason="closed")
    assert ids(gone) == ids(drawn)[1:]
    assert gone.left_out[0].reason == "excluded by A. Khan: closed"
    assert gone.left_out[0].rank == 1
    assert [each.event for each in gone.edits] == ["rename", "exclude"]
    untouched = gone.frame.iloc[1:].drop(columns=["rank", "geometry"])
    pd.testing.assert_frame_equal(
        untouched.reset_index(drop=True),
        drawn.frame.iloc[2:].drop(columns=["rank", "geometry"]).reset_index(drop=True),
    )


def test_changes_are_kept_in_the_file_with_everything_else(drawn, path, tmp_path):
    after = edited(drawn, "merge", *ids(drawn)[:2], name="The Front")
    after = edited(after, "exclude", ids(after)[-1])
    save_drawn(after, path, tmp_path / "e.gpkg")
    assert load_edits(tmp_path / "e.gpkg") == after.edits
    assert load_left_out(tmp_path / "e.gpkg") == after.left_out
    assert read_hotspots(tmp_path / "e.gpkg").ids == tuple(ids(after))
    layers = {name for name, _ in pyogrio.list_layers(tmp_path / "e.gpkg")}
    assert {"hotspots", "cells", "incidents", "layer_styles", "edits"} <= layers
    again = load_drawn(tmp_path / "e.gpkg")
    assert again.edits[0].said.startswith("Merged ")
    assert again.edits[0].said.endswith(": one beat (A. Khan, 2026-11-22).")


def test_cells_are_named_after_the_hot_spot_they_now_lie_in(drawn, path, tmp_path):
    first, second, *_, last = ids(drawn)
    after = edited(edited(drawn, "merge", first, second), "exclude", last)
    save_drawn(after, path, tmp_path / "e.gpkg")
    before = pyogrio.read_dataframe(path, layer="cells").set_index("cell")["hotspot_id"]
    now = pyogrio.read_dataframe(tmp_path / "e.gpkg", layer="cells").set_index("cell")["hotspot_id"]
    expected = before.replace({second: first, last: None})
    assert now.fillna("-").tolist() == expected[now.index].fillna("-").tolist()


def test_a_name_given_by_hand_survives_the_next_list(drawn, path, tmp_path, scattered_town):
    save_drawn(edited(drawn, "rename", ids(drawn)[0], name="Pier"), path, tmp_path / "e.gpkg")
    options = FindOptions(CaseOptions("square", 200), "count", None, SelectOptions(3), 0)
    previous = read_hotspots(tmp_path / "e.gpkg")
    found = find_hotspots(
        scattered_town(), options, rng=np.random.default_rng(1), previous=previous
    )
    assert found.hotspots.frame["name"].iloc[0] == "Pier"
    assert found.hotspots.provenance.extra["renamed"] == {ids(drawn)[0]: "Pier"}


@pytest.mark.parametrize(
    ("event", "n_places", "options", "said"),
    [
        ("merge", 1, {}, "two places or more"),
        ("exclude", 2, {}, "must name one"),
        ("rename", 1, {}, "the new name"),
        ("nudge", 1, {}, "how far"),
        ("split", 1, {}, "the line"),
        ("split", 1, {"line": (0.0, -900.0, 1.0, -900.0)}, "must cross"),
        ("split", 1, {"line": (5.0, 5.0, 5.0, 5.0)}, "two different ends"),
        ("exclude", 1, {"reason": " "}, "reason and an author"),
        ("exclude", 1, {"by": ""}, "reason and an author"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused(drawn, event, n_places, options, said):
    with pytest.raises(UsageError, match=said):
        edited(drawn, event, *ids(drawn)[:n_places], **options)


def test_unknown_places_and_lists_without_incidents_are_refused(drawn):
    with pytest.raises(UsageError, match="of the list"):
        edited(drawn, "exclude", "nowhere")
    with pytest.raises(UsageError, match="count a new outline"):
        edited(replace(drawn, incidents=None), "nudge", ids(drawn)[0], move_m=(1.0, 1.0))


def test_a_list_drawn_by_hand_keeps_each_name_with_its_outline_in_order_of_rank(tmp_path):
    boxes = [shapely.box(0, 0, 100, 100), shapely.box(500, 0, 700, 200)]
    columns = {"Name": ["second", "first"], "rank": [2, 1]}
    frame = gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:27700")
    frame.to_file(tmp_path / "hand.gpkg")
    drawn = load_drawn(tmp_path / "hand.gpkg")
    assert ids(drawn) == ["first", "second"]
    assert drawn.frame["area_ha"].tolist() == [4, 1]
    assert drawn.frame.geometry.area.tolist() == [40_000, 10_000]


def test_a_list_that_cannot_keep_changes_is_to_be_saved_as_one_that_can(tmp_path):
    with pytest.raises(UsageError, match="Only a GeoPackage can keep") as raised:
        load_drawn(tmp_path / "list.xlsx")
    assert raised.value.do.startswith("Save it as GeoPackage")
