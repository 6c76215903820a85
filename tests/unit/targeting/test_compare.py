from dataclasses import replace

import geopandas as gpd
import pytest
import shapely

from footbeat.areas import Hotspots
from footbeat.tables import Provenance
from footbeat.targeting.compare import compare_lists, match_places


def hotspot(west_m, east_m):
    frame = gpd.GeoDataFrame(
        {"hotspot_id": ["a"], "name": ["Front"], "rank": [1]},
        geometry=[shapely.box(west_m, 0, east_m, 250)],
        crs="EPSG:27700",
    )
    return Hotspots(frame, Provenance(crs="EPSG:27700"))


def test_half_short_by_a_rounding_error_is_the_same_place():
    pairs = match_places(hotspot(0, 500), hotspot(250 + 1e-11, 750))
    assert [(i, j) for i, j, _ in pairs] == [(0, 0)]


def test_less_than_half_is_another_place():
    assert match_places(hotspot(0, 500), hotspot(251, 751)) == []


def known(**changed):
    return replace(hotspot(0, 500), provenance=Provenance(crs="EPSG:27700", **changed))


def run(version="0.1.0", sha="a", **parameters):
    return {
        "parameters": {"method": "count", **parameters},
        "inputs": [{"name": "incidents.parquet", "n_bytes": 1, "sha256": sha}],
        "version": version,
    }


@pytest.mark.parametrize(
    ("old", "new", "old_run", "new_run", "said"),
    [
        (known(end="2024-01-31"), known(end="2024-02-29"), run(), run(), ["Data: end was"]),
        (known(), known(), run(), run(sha="b"), ["Data: incidents.parquet is not the file"]),
        (known(), known(), run(), run(size_m=150), ["Method: size m was none, is 150."]),
        (known(), known(), run(), run(by="", weekdays=[]), []),
        (known(), known(), run(), run("0.2.0"), ["Version: was 0.1.0, is 0.2.0."]),
        (
            known(extra={"location_grades": {"A": 90, "C": 10}}),
            known(extra={"location_grades": {"A": 40, "C": 60}}),
            run(),
            run(),
            [
                "Geocoder: 90 % of places were of grade A, 40 % are.",
                "Geocoder: 10 % of places were of grade C, 60 % are.",
            ],
        ),
        (known(), known(), run(), run(), []),
        (known(), known(), run(), None, ["Method and version: not known for both"]),
    ],
)
def test_what_changed_besides_the_places_is_told_under_its_own_head(
    old, new, old_run, new_run, said
):
    changed = compare_lists(old, new, old_run=old_run, new_run=new_run).changed
    assert len(changed) == len(said)
    assert all(told.startswith(start) for told, start in zip(changed, said, strict=True))
