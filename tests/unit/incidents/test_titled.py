"""Tables under titles, covers and parameters, as record systems and publishers lay them out."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pyarrow.parquet as pq
import pytest

from footbeat.incidents.harm_files import import_harm
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents

if TYPE_CHECKING:
    from pathlib import Path

    from footbeat.incidents.report import ReadReport

HEADER = "Reference,Date,Longitude,Latitude,Type"
ROWS = [f"A{n},2024-03-{n + 1:02} 10:00,0.71{n},51.54,Robbery" for n in range(9)]


def read(path: Path) -> ReadReport:
    return convert_incidents(
        [path],
        path.with_suffix(".parquet"),
        ReadOptions(source="generic"),
        rejects=path.with_name("rejects.parquet"),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    "above",
    [
        "sep=,\n",
        "Crime extract\nRun on 01/02/2024, by Niche\n\n",
        "sep=,\nCrimes,of,the,year,2024\n",
    ],
)
def test_lines_above_the_header_are_left_out_and_told(
    tmp_path: Path, above: str, encoding: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_text(above + "\n".join([HEADER, *ROWS, ""]), encoding=encoding)
    report = read(path)
    assert (report.read, report.kept) == (9, 9)
    n_lines = above.count("\n")
    told = f"Lines above the header of export.csv left out: {n_lines}."
    assert told in report.warnings


def test_empty_lines_above_the_header_are_no_titles(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("\n\n" + "\n".join([HEADER, *ROWS, ""]), encoding="utf-8")
    report = read(path)
    assert report.kept == 9
    assert not any("above the header" in note for note in report.warnings)


@pytest.mark.parametrize("cover", ["", "Parameters"])
def test_the_sheet_and_row_with_the_mapped_headers_are_read(tmp_path: Path, cover: str) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    if cover:
        sheet.title = cover
        sheet.append(["Parameter", "Value", "Note"])
        sheet.append(["From", "01/01/2024", "all beats"])
        sheet = book.create_sheet("Data")
    sheet.append(["Report", "Crimes", "Run on", "01/02/2024"])
    for line in (HEADER, *ROWS):
        sheet.append(line.split(","))
    book.save(tmp_path / "export.xlsx")
    assert read(tmp_path / "export.xlsx").kept == 9


def test_a_serial_of_few_digits_is_the_minute_it_falls_short_of(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADER.split(","))
    for n in range(3):
        book.active.append([n, 45391.99861, 0.7, 51.54, "Robbery"])
        book.active.cell(n + 2, 2).number_format = "dd/mm/yyyy hh:mm"
    book.save(tmp_path / "export.xlsx")
    assert read(tmp_path / "export.xlsx").kept == 3
    (start,) = set(pq.read_table(tmp_path / "export.parquet")["start"].to_pylist())
    assert f"{start:%Y-%m-%d %H:%M}" == "2024-04-09 22:58"


def test_the_extent_a_system_writes_into_a_sheet_is_not_believed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (HEADER, *ROWS):
        book.active.append(line.split(","))
    book.save(tmp_path / "right.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "right.xlsx") as right,
        zipfile.ZipFile(tmp_path / "export.xlsx", "w") as wrong,
    ):
        for name in right.namelist():
            text = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', right.read(name))
            wrong.writestr(name, text)
    assert read(tmp_path / "export.xlsx").kept == 9


@pytest.mark.parametrize("heading", ["CCHI Score", "CCHI Score (days)"])
def test_a_harm_workbook_is_read_behind_a_cover_of_three_cells(
    tmp_path: Path, heading: str
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Prepared by", "Its publisher", "2020"])
    sheet = book.create_sheet("CCHI 2020")
    sheet.append(["SHORT_TITLE", heading, "Classification Code"])
    sheet.append(["Robbery", 365, "34B"])
    book.save(tmp_path / "index.xlsx")
    assert import_harm(tmp_path / "index.xlsx").days["34b"] == 365


def test_severity_weights_are_read_behind_a_list_of_contents(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Sheet", "Title", "Link"])
    sheet = book.create_sheet("List of weights")
    sheet.append(["CSS weights"])
    sheet.append(["Offence group", "Offence code", "Offence", "Weight"])
    sheet.append(["Robbery", "34B", "Robbery of personal property", 746.25])
    book.save(tmp_path / "css.xlsx")
    assert import_harm(tmp_path / "css.xlsx").days["34b"] == 746.25


def test_a_table_of_ones_own_may_have_a_title(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Our weights\n\noffence,days\nrobbery,300\n", encoding="utf-8")
    assert import_harm(path).days == {"robbery": 300}


@pytest.mark.parametrize("last", ["", "Notes"])
def test_a_header_one_cell_wider_than_its_rows_lacks_only_that_column(
    tmp_path: Path, last: str
) -> None:
    path = tmp_path / "wide.csv"
    rows = [f"{i},2024-03-01 10:{i:02},0.7,51.54,robbery" for i in range(20)]
    path.write_text("\n".join([f"id,start,lon,lat,offence,{last}", *rows]), encoding="utf-8")
    options = ReadOptions(source="generic")
    report = convert_incidents([path], tmp_path / "o.parquet", options, rejects=tmp_path / "r")
    assert (report.read, report.kept) == (20, 20)
    assert any("one cell fewer than its header" in text for text in report.warnings)
