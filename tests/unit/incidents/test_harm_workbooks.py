"""Harm from workbooks laid out as their publishers lay them out."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from footbeat.errors import UsageError
from footbeat.incidents.harm_files import import_harm
from footbeat.incidents.load import load_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents


def cambridge_workbook(shared_data: Path, path: Path) -> None:
    """Lay the index out as its publisher does: a cover, a titled sheet with blanks, notes."""
    book = openpyxl.Workbook()
    cover = book.active
    cover.title = "Read me"
    cover["A1"] = "The Cambridge Crime Harm Index"
    cover["A3"] = "2020 edition"
    cover["A5"] = "Starting points for a first offender, in days"
    cover.column_dimensions["A"].width = 80
    sheet = book.create_sheet("CCHI 2020")
    sheet.append(["Cambridge Crime Harm Index 2020"])
    sheet.append(["Version 1.2", None])
    sheet.append([])
    with (shared_data / "reference" / "cchi2020.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    headings = list(rows[0])
    sheet.append([heading.replace("CCHI Score", "CCHI  Score ") for heading in headings])
    for row in rows:
        numbers = {"CCHI Score": float(row["CCHI Score"])} if row["CCHI Score"] else {}
        sheet.append([numbers.get(name, row[name] or None) for name in headings])
    sheet.append([])
    sheet.append(["Notes"])
    sheet.append(["1. Scores in italics are taken from a similar offence."])
    sheet.merge_cells("A1:F1")
    sheet.freeze_panes = "A5"
    book.create_sheet("Change log").append(["2020-11-01", "First release"])
    book.save(path)


def test_the_workbook_gives_what_its_table_gives(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "CCHI 2020.xlsx"
    cambridge_workbook(shared_data, path)
    workbook = import_harm(path)
    plain = import_harm(shared_data / "reference" / "cchi2020.csv")
    assert workbook.edition == "CCHI 2020"
    assert workbook.key_type == "home-office"
    assert dict(workbook.days) == dict(plain.days)
    assert workbook.ambiguous == plain.ambiguous
    assert (workbook.days["34b"], workbook.days["homicide"]) == (365, 5475)


def test_notes_below_the_table_are_no_offences(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "index.xlsx"
    cambridge_workbook(shared_data, path)
    assert not any(key.startswith(("notes", "1. scores")) for key in import_harm(path).days)


def severity_workbook(path: Path, *rows: tuple[object, ...], heading: str) -> None:
    """Lay weights out as the Office for National Statistics does: contents, title, units."""
    book = openpyxl.Workbook()
    contents = book.active
    contents.title = "Contents"
    contents["A1"] = "Crime Severity Score: data tool"
    contents["A3"] = "Table 1: List of weights"
    sheet = book.create_sheet("List of weights")
    sheet.append(["List of offence weights used in the Crime Severity Score"])
    sheet.append(["England and Wales, years ending March"])
    sheet.append([])
    sheet.append(["Offence group", "Offence code", "Offence", heading])
    for row in rows:
        sheet.append(row)
    sheet.append([])
    sheet.append(["Source: Office for National Statistics"])
    book.save(path)


@pytest.mark.parametrize("heading", ["Weight", "CSS weight", "Weighting", "Weights (2023)"])
def test_severity_weights_are_read_from_a_workbook(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "css.xlsx"
    severity_workbook(
        path,
        ("Homicide", "1", "Murder", 7_832.1),
        ("Robbery", "34B", "Robbery of personal property", "746.25"),
        ("Robbery", "34A", "Robbery of business property", None),
        ("Death or serious injury", 4.4, "Causing death by dangerous driving", "1,022.8"),
        heading=heading,
    )
    table = import_harm(path)
    assert (table.days["34b"], table.days["robbery"], table.days["4.4"]) == (746.25, 746.25, 1022.8)
    assert "34a" not in table.days
    assert table.licence == "Open Government Licence v3.0"


def test_a_workbook_weighs_an_export(shared_data: Path, tmp_path: Path) -> None:
    path = tmp_path / "CCHI 2020.xlsx"
    cambridge_workbook(shared_data, path)
    southend = shared_data / "police_uk" / "southend" / "2024-01"
    shares = shared_data / "reference" / "offence_share_by_force_2017_18.csv"

    def violence(**options: object) -> tuple[float, str]:
        out = tmp_path / f"{len(list(tmp_path.iterdir()))}.parquet"
        report = convert_incidents(
            [southend],
            out,
            ReadOptions(harm_table=path, **options),  # type: ignore[arg-type] # a test passes what it likes
            rejects=tmp_path / "rejects.parquet",
        )
        frame = load_incidents(out).to_frame()
        days = frame.loc[frame["category"] == "Violence and sexual offences", "harm_days"]
        return float(days.iloc[0]), report.provenance.harm_edition

    essex, edition = violence(harm_mix=shares, force="Essex")
    every, _ = violence(harm_mix=shares)
    assert edition == "CCHI 2020, mixed by the offences of Essex"
    assert 1 < essex < 365
    assert essex != every


def test_a_mix_without_a_table_of_harm_is_refused(shared_data: Path, tmp_path: Path) -> None:
    shares = shared_data / "reference" / "offence_share_by_force_2017_18.csv"
    with pytest.raises(UsageError, match="must have a table of harm"):
        convert_incidents(
            [shared_data / "police_uk" / "southend" / "2024-01"],
            tmp_path / "out.parquet",
            ReadOptions(harm_mix=shares),
            rejects=tmp_path / "rejects.parquet",
        )


def test_a_score_may_name_its_unit(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    path.write_text("Short Title,CCHI Score (days)\nRobbery,365\n", encoding="utf-8")
    assert import_harm(path).days["robbery"] == 365


def test_offences_the_table_does_not_weigh_are_told_on_every_output(tmp_path: Path) -> None:
    table, export = tmp_path / "own.csv", tmp_path / "export.csv"
    table.write_text("offence,days\nburglary,10\n", encoding="utf-8")
    offences = ["robbery"] * 3 + ["burglary"] * 2
    rows = [f"{i},2024-03-01 10:{i:02},0.7,51.54,{what}" for i, what in enumerate(offences)]
    export.write_text("\n".join(["id,start,lon,lat,offence", *rows]), encoding="utf-8")
    out = tmp_path / "out.parquet"
    options = ReadOptions(source="generic", harm_table=table)
    report = convert_incidents([export], out, options, rejects=tmp_path / "rejects.parquet")
    told = [text for text in load_incidents(out).provenance.cautions if "no weight" in text]
    assert told == [text for text in report.warnings if "no weight" in text]
    assert "no weight for 3 of 5 rows: robbery (3)" in told[0]
    options = ReadOptions(source="generic")
    report = convert_incidents([export], out, options, rejects=tmp_path / "rejects.parquet")
    assert not any("no weight" in text for text in report.warnings)
