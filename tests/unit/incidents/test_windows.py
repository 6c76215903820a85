"""Windows over a change of the clocks are kept; windows that end early elsewhere are not."""

from __future__ import annotations

import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from footbeat.incidents.counts import observed_days
from footbeat.incidents.load import load_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import ReadReport, convert_incidents

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Crime Number,Date From,Time From,Date To,Time To,Easting,Northing"
SOUND = "42/0/24,03/04/2024,10:00,03/04/2024,11:00,588123,185457"


def convert(path: Path, folder: Path) -> ReadReport:
    out, left = folder / "o.parquet", folder / "r.parquet"
    return convert_incidents([path], out, ReadOptions(source="records-from-to"), rejects=left)


def read(folder: Path, day: str, start: str, end: str) -> tuple[ReadReport, list[datetime]]:
    path = folder / "export.csv"
    row = f"42/1/24,{day},{start},{day},{end},588123,185457"
    path.write_text(f"{HEADER}\n{SOUND}\n{row}", encoding="utf-8")
    report = convert(path, folder)
    table = pq.read_table(folder / "o.parquet", columns=["incident_id", "end"]).to_pylist()
    return report, [row["end"] for row in table if row["incident_id"] == "42/1/24"]


@pytest.mark.parametrize(
    ("day", "start", "end", "ends"),
    [
        ("27/10/2024", "01:50", "01:10", "2024-10-27T01:10"),
        ("27/10/2024", "01:10", "01:50", "2024-10-27T00:50"),
        ("31/03/2024", "01:30", "02:10", "2024-03-31T02:10"),
    ],
)
def test_a_window_over_the_change_is_kept(
    tmp_path: Path, day: str, start: str, end: str, ends: str
) -> None:
    report, found = read(tmp_path, day, start, end)
    assert report.rejected == 0
    assert found[0].strftime("%Y-%m-%dT%H:%M") == ends


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [("26/10/2024", "01:50", "01:10"), ("27/10/2024", "03:50", "01:10")],
)
def test_a_window_that_ends_early_is_still_rejected(
    tmp_path: Path, day: str, start: str, end: str
) -> None:
    report, _ = read(tmp_path, day, start, end)
    assert report.rejects_by_reason == {"ends before it starts": 1}


def test_rejects_of_a_zip_name_the_folder_they_stand_in(tmp_path: Path) -> None:
    bad = SOUND.replace("03/04/2024", "never")
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for folder in ("a", "b"):
            text = "\n".join([HEADER, SOUND.replace("42/0", f"42/{folder}"), bad])
            archive.writestr(f"2024/{folder}/export.csv", text)
    convert(path, tmp_path)
    names = pq.read_table(tmp_path / "r.parquet").column("file").to_pylist()
    assert names == ["2024/a/export.csv", "2024/b/export.csv"]


def test_a_window_that_reaches_far_does_not_lengthen_the_period(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    far = "42/1/24,10/04/2024,10:00,10/04/2034,11:00,588123,185457"
    path.write_text(f"{HEADER}\n{SOUND}\n{far}", encoding="utf-8")
    report = convert(path, tmp_path)
    assert report.kept == 2
    assert (report.start, report.end, report.missing_months) == ("2024-04-03", "2024-04-10", ())
    assert observed_days(load_incidents(tmp_path / "o.parquet")) == 8
