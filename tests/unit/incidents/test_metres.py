"""Tables with Footbeat's own column names, in degrees or in metres."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from footbeat.errors import CrsError, DataError
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.report import ReadReport

MEMPHIS = "EPSG:32616"


def write(path: Path, header: str, x: float, y: float) -> Path:
    rows = [f"{n},2024-03-01 10:00,{x + n},{y + n}" for n in range(5)]
    path.write_text("\n".join([f"id,date,{header}", *rows, ""]), encoding="utf-8")
    return path


def read(*paths: Path, crs: str | None = None) -> tuple[ReadReport, np.ndarray]:
    out = paths[0].with_name("out.parquet")
    options = ReadOptions(source="generic", crs=crs)
    report = convert_incidents(
        list(paths), out, options, rejects=paths[0].with_name("rejects.parquet")
    )
    return report, pq.read_table(out)["x"].to_numpy()


@pytest.mark.parametrize("header", ["x,y", "easting,northing", "Easting,Northing"])
def test_metres_are_of_the_system_asked_for(tmp_path: Path, header: str) -> None:
    report, x = read(write(tmp_path / "mem.csv", header, 224_000.5, 3_890_000.5), crs=MEMPHIS)
    assert (report.kept, report.crs) == (5, MEMPHIS)
    assert sorted(x) == [224_000.5 + n for n in range(5)]


def test_eastings_and_northings_are_of_the_national_grid(tmp_path: Path) -> None:
    report, x = read(write(tmp_path / "export.csv", "easting,northing", 588_123, 185_457))
    assert (report.kept, report.crs) == (5, "EPSG:27700")
    assert sorted(x) == [588_123 + n for n in range(5)]


def test_degrees_called_x_and_y_stay_degrees(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,date,x,y\n1,2024-03-01,-90.05,35.15\n", encoding="utf-8")
    report, x = read(tmp_path / "a.csv", crs=MEMPHIS)
    assert report.kept == 1
    assert 100_000 < x[0] < 400_000


def test_degrees_called_eastings_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "id,date,easting,northing\n1,2024-03-01,0.7,51.5\n", encoding="utf-8"
    )
    with pytest.raises(DataError, match="degrees or kilometres where metres are due"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("header", "crs"), [("x,y", None), ("lon,lat", None), ("lon,lat", MEMPHIS)]
)
def test_metres_without_a_system_are_refused_with_what_to_write(
    tmp_path: Path, header: str, crs: str | None
) -> None:
    with pytest.raises(CrsError, match="look like metres") as refused:
        read(write(tmp_path / "export.csv", header, 588_123, 185_457), crs=crs)
    assert "[crs]" in refused.value.do
    assert "--crs" in refused.value.do


def test_files_of_two_systems_are_not_read_as_one(tmp_path: Path) -> None:
    metres = write(tmp_path / "a.csv", "easting,northing", 588_123, 185_457)
    degrees = write(tmp_path / "b.csv", "lon,lat", 0.7, 51.5)
    with pytest.raises(CrsError, match="one coordinate system"):
        read(metres, degrees)
