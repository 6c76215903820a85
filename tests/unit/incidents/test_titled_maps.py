"""A mapping is proposed for tables under titles, and what it says is then read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.read import convert_incidents

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["Crime Ref", "Offence Date", "Easting", "Northing", "Offence"]
ROWS = [[f"A{n}", f"{n + 1:02}/03/2024 10:0{n}", 588_000 + n, 185_000 + n, "Robbery"]
        for n in range(9)]  # fmt: skip
TITLES = [["Crimes", "of", "March", "2024"], [], ["Run by", "Niche", "for", "area A"]]


def read_as_proposed(path: Path) -> int:
    source = path.with_name("map.toml")
    source.write_text(propose_mapping(path).toml, encoding="utf-8")
    options = ReadOptions(source=source)
    rejects = path.with_name("rejects.parquet")
    return convert_incidents([path], path.with_name("o.parquet"), options, rejects=rejects).kept


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("first", ["", "sep={}\n"])
def test_text_under_titles_is_mapped_as_it_is_read(
    tmp_path: Path, first: str, delimiter: str
) -> None:
    path = tmp_path / "export.csv"
    lines = [delimiter.join(map(str, row)) for row in [*TITLES, HEADER, *ROWS]]
    path.write_text(first.format(delimiter) + "\n".join(lines), encoding="utf-8")
    proposal = propose_mapping(path)
    assert proposal.columns["start"] == "Offence Date"
    assert any("above the header" in doubt.why for doubt in proposal.unsure)
    assert read_as_proposed(path) == 9


def test_a_table_on_a_later_sheet_is_mapped_as_it_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in [["Parameter", "Value", "Note"], ["From", "March", "all beats"]]:
        book.active.append(row)
    sheet = book.create_sheet("Data")
    for row in [*TITLES, HEADER, *ROWS]:
        sheet.append(row)
    book.save(tmp_path / "export.xlsx")
    assert propose_mapping(tmp_path / "export.xlsx").columns["x"] == "Easting"
    assert read_as_proposed(tmp_path / "export.xlsx") == 9


def test_headers_without_known_words_are_found_by_their_shape(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Extract of 1 March\nA1,B2,C3\n1,2,3\n", encoding="utf-8")
    assert set(propose_mapping(path).ignored) == {"A1", "B2", "C3"}


def test_the_order_of_dates_is_proposed_by_the_values(tmp_path: Path) -> None:
    def doubts(*dates: str) -> tuple[str, list[str]]:
        path = tmp_path / "export.csv"
        rows = [f"{n},{date},0.7,51.5" for n, date in enumerate(dates)]
        path.write_text("\n".join(["ref,date,lon,lat", *rows]), encoding="utf-8")
        proposal = propose_mapping(path)
        return proposal.toml, [doubt.why for doubt in proposal.unsure if doubt.column == "dates"]

    toml, why = doubts("3/14/2024", "3/4/2024")
    assert 'dates = "month-first"' in toml
    assert why == []
    assert "read alike" in doubts("3/4/2024", "5/6/2024")[1][0]
    assert doubts("03-Apr-2024", "2024-05-06", "4/4/2024")[1] == []
    assert "mixes both" in doubts(*["13/4/2024"] * 19, "4/13/2024")[1][0]


LAYOUTS = {
    "athena": (
        ("Investigation URN,Offence Start Date,Offence Start Time,Offence End Date,"
        "Offence End Time,Date Created,Classification,Grid Ref E,Grid Ref N"),
        ("42AB{n}24,0{d}-Mar-2024,09:0{n},0{d}-Mar-2024,24:00,0{d}-Mar-2024 10:00:00,Robbery,"
        "588{n}00,185{n}00"),
        {"start_time": "Offence Start Time", "end": "Offence End Date",
         "end_time": "Offence End Time", "recorded_at": "Date Created",
         "offence": "Classification", "x": "Grid Ref E", "y": "Grid Ref N"},
    ),
    "storm": (
        "STORM Log,Date,Time,Initial Type,Closing Type,X,Y,Loc,Linked Crime No",
        "SX-{n},2024030{d},90{n},Concern,ASB - Nuisance,588{n}00,185{n}00,High St,42/{n}/24",
        {"incident_id": "STORM Log", "linked_id": "Linked Crime No", "start_time": "Time",
         "offence": "Closing Type", "location": "Loc"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_of_known_systems_are_mapped_and_read(tmp_path: Path, layout: str) -> None:
    header, row, expected = LAYOUTS[layout]
    path = tmp_path / "export.csv"
    rows = [row.format(n=n, d=n + 1) for n in range(8)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    proposal = propose_mapping(path)
    assert {ours: proposal.columns.get(ours) for ours in expected} == expected
    assert ('kind = "incident-log"' in proposal.toml) == (layout == "storm")
    assert read_as_proposed(path) == 8


def test_a_header_that_stands_twice_is_told_and_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Ref,Date,Lon,Lat,Lat,,\n1,2024-03-01,0.7,51.5,,,\n", encoding="utf-8")
    proposal = propose_mapping(path)
    assert proposal.columns["y"] == "Lat"
    assert [doubt.column for doubt in proposal.unsure if "more than once" in doubt.why] == ["Lat"]
    assert "" not in proposal.ignored
