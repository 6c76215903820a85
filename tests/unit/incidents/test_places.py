"""Coordinates in the wrong unit or order are told for what they are, and never kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footbeat.errors import DataError
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import ReadReport, convert_incidents, read_incidents

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Crime Number,Date From,Time From,Easting,Northing"
Points = list[tuple[float, float]]
TOWN: Points = [(585_000 + 13 * i, 185_000 + 7 * i) for i in range(40)]


def read(folder: Path, points: Points, area: Path | None = None) -> ReadReport:
    path = folder / "export.csv"
    rows = [f"42/{i}/24,03/04/2024,10:{i % 60:02},{x},{y}" for i, (x, y) in enumerate(points)]
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    options = ReadOptions(source="records-from-to", area=area)
    return convert_incidents([path], folder / "o.parquet", options, rejects=folder / "r.parquet")


@pytest.mark.parametrize("point", [(0.71, 51.54), (-1.25, 51.75), (588.123, 185.457)])
def test_degrees_and_kilometres_are_no_metres(tmp_path: Path, point: tuple[float, float]) -> None:
    report = read(tmp_path, [*TOWN, point])
    assert report.rejects_by_reason == {"degrees or kilometres where metres are due": 1}


def test_an_export_wholly_in_degrees_is_refused_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="degrees or kilometres where metres are due"):
        read(tmp_path, [(0.70 + i / 1000, 51.54) for i in range(40)])


def test_rows_with_exchanged_axes_are_told_by_the_others(tmp_path: Path) -> None:
    exchanged = [(y, x) for x, y in TOWN[:3]]
    report = read(tmp_path, [*TOWN[3:], *exchanged, (250_000, 850_000)])
    assert report.rejects_by_reason == {
        "axes look swapped": 3,
        "far from all other incidents": 1,
    }


def test_axes_exchanged_throughout_are_told_by_the_area(tmp_path: Path) -> None:
    area = tmp_path / "area.geojson"
    ring = [[0.6, 51.5], [0.9, 51.5], [0.9, 51.6], [0.6, 51.6], [0.6, 51.5]]
    area.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, '
        f'"geometry": {{"type": "Polygon", "coordinates": [{ring}]}}}}]}}',
        encoding="utf-8",
    )
    assert read(tmp_path, TOWN, area).kept == len(TOWN)
    with pytest.raises(DataError, match="axes look swapped"):
        read(tmp_path, [(y, x) for x, y in TOWN], area)


def test_another_town_is_kept(tmp_path: Path) -> None:
    other: Points = [(x - 80_000, y + 90_000) for x, y in TOWN[:25]]
    near: Points = [(x + 3, y + 500 * i) for i in range(3) for x, y in TOWN]
    report = read(tmp_path, near + other)
    assert (report.kept, report.rejects_by_reason) == (145, {})
    assert any("25 rows lie far from most others" in text for text in report.warnings)


def test_few_points_far_away_are_told_when_they_are_no_slips(tmp_path: Path) -> None:
    hamlet: Points = [(x - 80_000, y + 90_000) for x, y in TOWN[:5]]
    report = read(tmp_path, TOWN + hamlet)
    assert report.rejects_by_reason == {"far from all other incidents": 5}
    assert any("5 of 45 rows were left out" in text for text in report.warnings)


def test_the_edge_of_a_county_is_not_far_from_what_it_touches(tmp_path: Path) -> None:
    road: Points = [(585_000.0 - 9_000 * i, 185_000.0) for i in range(1, 9)]
    assert read(tmp_path, TOWN + road).rejected == 0


def test_one_point_far_away_many_times_is_a_slip(tmp_path: Path) -> None:
    report = read(tmp_path, TOWN + [(250_000.0, 650_000.0)] * 9)
    assert report.rejects_by_reason == {"far from all other incidents": 9}


def test_points_in_degrees_are_never_called_exchanged_by_their_metres(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    town = [(-0.46 + i / 1000, 52.13 + i / 2000) for i in range(30)]
    rows = [f"{i},2024-03-04 10:{i:02},{x},{y}" for i, (x, y) in enumerate([*town, (-1.48, 54.82)])]
    path.write_text("\n".join(["id,start,longitude,latitude", *rows]), encoding="utf-8")
    _, rejects = read_incidents(str(path), source="generic")
    assert rejects.table["reason"].to_pylist() == ["far from all other incidents"]
