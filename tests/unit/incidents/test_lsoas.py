"""LSOA codes of two censuses, told apart and never joined silently."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from footbeat.areas import read_polygons
from footbeat.errors import MismatchError
from footbeat.incidents.lsoas import is_new_code, match_areas, name_vintages, place_in_areas
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents, read_incidents


def test_codes_above_the_last_of_2011_are_new(shared_data: Path) -> None:
    census = shared_data / "reference" / "census2011_population_lsoa11_essex_bedfordshire.csv"
    old = pa.array(pd.read_csv(census)["lsoa11cd"])
    current = pd.read_parquet(shared_data / "boundaries" / "lsoa21_to_lad_force.parquet")
    assert not is_new_code(old).any()
    assert is_new_code(pa.array(current["lsoa21cd"])).sum() == 1_945 + 80
    assert is_new_code(pa.array(["S01006506", None, "", "E01999999"])).tolist() == [False] * 3 + [
        True
    ]


def test_a_month_without_new_codes_is_old_only_where_chance_is_ruled_out() -> None:
    coded, new = {"2019-01": 1_000, "2019-02": 10, "2024-01": 1_000}, {"2024-01": 20}
    assert list(name_vintages(coded, new).values()) == ["2011", "either", "2021"]
    assert set(name_vintages(coded, {}).values()) == {"either"}


def test_southends_two_vintages_are_named(shared_data: Path, tmp_path: Path) -> None:
    report = convert_incidents(
        [shared_data / "police_uk" / "southend"],
        tmp_path / "out.parquet",
        ReadOptions(),
        rejects=tmp_path / "rejects.parquet",
    )
    assert report.provenance.extra["lsoa_vintage"] == "mixed"
    assert any("LSOA codes are of 2011 in 2018-10" in warning for warning in report.warnings)


def test_codes_of_another_vintage_are_not_joined(shared_data: Path) -> None:
    areas = gpd.read_file(shared_data / "boundaries" / "lsoa21_southend.geojson")["lsoa21cd"]
    new, _ = read_incidents([shared_data / "police_uk" / "southend" / "2024-01"])
    old, _ = read_incidents([shared_data / "police_uk" / "southend" / "2018-10"])
    assert (match_areas(new.table.column("lsoa"), areas) >= 0).all()
    with pytest.raises(MismatchError, match="vintage"):
        match_areas(old.table.column("lsoa"), areas)


def test_places_join_to_areas_without_codes(shared_data: Path) -> None:
    areas = read_polygons(shared_data / "boundaries" / "lsoa21_southend.geojson", "EPSG:27700")
    incidents, _ = read_incidents([shared_data / "police_uk" / "southend" / "2024-01"])
    by_place = place_in_areas(incidents, areas)
    by_code = match_areas(incidents.table.column("lsoa"), areas["lsoa21cd"])
    # Anchors lie on streets, and streets are often where two areas meet.
    assert np.mean(by_place == by_code) > 0.9


def test_the_area_clips_what_lies_outside(shared_data: Path, tmp_path: Path) -> None:
    report = convert_incidents(
        [shared_data / "police_uk" / "essex_full_month"],
        tmp_path / "out.parquet",
        ReadOptions(area=shared_data / "boundaries" / "lsoa21_southend.geojson"),
        rejects=tmp_path / "rejects.parquet",
    )
    assert report.kept == pytest.approx(1_598, abs=20)
    assert report.rejects_by_reason["outside the area asked for"] == report.read - report.kept - 155


def test_codes_beyond_the_areas_are_joined_only_when_it_is_said_how_many(shared_data: Path) -> None:
    areas = gpd.read_file(shared_data / "boundaries" / "lsoa21_southend.geojson")["lsoa21cd"]
    codes = pa.chunked_array([[*areas[:150], "E01999999", None]])
    with pytest.raises(MismatchError, match="vintage"):
        match_areas(codes, areas)
    assert match_areas(codes, areas, may_be_unknown=1)[-2:].tolist() == [-1, -1]
