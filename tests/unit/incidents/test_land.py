"""Easting and northing exchanged throughout are told by where the land is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Transformer

from footbeat.errors import DataError
from footbeat.incidents.land import tell_exchanged
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.report import ReadReport

HEADER = "Crime Number,Date From,Time From,Easting,Northing"
SOUTHEND, LEEDS, COLCHESTER = (588_000, 185_400), (430_000, 433_000), (600_000, 190_500)


def read(folder: Path, *points: tuple[int, int]) -> ReadReport:
    path = folder / "records.csv"
    rows = [f"42/{i}/24,03/04/2024,10:00,{x + i},{y + i}" for i, (x, y) in enumerate(points)]
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    options = ReadOptions(source="records-from-to")
    return convert_incidents([path], folder / "o.parquet", options, rejects=folder / "r.parquet")


def test_a_file_exchanged_throughout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="axes look swapped"):
        read(tmp_path, *[SOUTHEND[::-1]] * 200)


def test_a_few_exchanged_rows_are_rejected_as_such(tmp_path: Path) -> None:
    report = read(tmp_path, *[SOUTHEND] * 195, *[SOUTHEND[::-1]] * 5)
    assert report.rejects_by_reason == {"axes look swapped": 5}
    assert not any("exchanged" in text for text in report.warnings)


def test_where_land_lies_both_ways_it_is_said(tmp_path: Path) -> None:
    report = read(tmp_path, *[LEEDS] * 50)
    assert report.kept == 50
    assert any("an exchange cannot be told" in text for text in report.warnings)


def test_rows_that_cannot_be_told_beside_exchanged_ones_are_doubted(tmp_path: Path) -> None:
    report = read(tmp_path, *[SOUTHEND[::-1]] * 50, *[COLCHESTER[::-1]] * 50)
    assert report.rejects_by_reason == {"axes look swapped": 50}
    assert any("exchange x and y in the mapping" in text for text in report.warnings)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (-4.25, 55.86), (-5.12, 54.84), (-5.60, 55.42), (-6.30, 55.60), (-2.00, 55.77),
        (-1.77, 57.51), (-1.14, 60.15), (-0.85, 60.80), (-8.57, 57.81), (-1.63, 59.53),
        (-6.30, 49.92), (-4.67, 51.18), (-4.48, 54.15), (1.75, 52.48), (-5.05, 58.55),
    ],
)  # fmt: skip
def test_no_coast_of_great_britain_is_taken_for_sea(lon: float, lat: float) -> None:
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    x, y = (np.array([value]) for value in to_grid.transform(lon, lat))
    assert not tell_exchanged(x, y)[0]


def test_no_street_of_england_and_wales_is_taken_for_exchanged(shared_data: Path) -> None:
    path = shared_data / "police_uk/england_wales_2024.parquet"
    table = pq.read_table(path, columns=["longitude", "latitude"]).slice(0, 400_000)
    frame = table.to_pandas().astype(float).dropna()
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    x, y = to_grid.transform(frame["longitude"].to_numpy(), frame["latitude"].to_numpy())
    assert not tell_exchanged(np.asarray(x), np.asarray(y))[0].any()
