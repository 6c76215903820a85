"""Months a force did not publish are named, force by force."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from footbeat.incidents.counts import select_incidents
from footbeat.incidents.gaps import find_gaps, narrow_gaps, say_gaps
from footbeat.incidents.load import Incidents
from footbeat.incidents.quality import measure_quality
from footbeat.incidents.read import read_incidents
from footbeat.reports.quality_page import render_quality_page

HEADER = "Crime ID,Month,Falls within,Longitude,Latitude,Location,LSOA code,Crime type"


def read(folder: Path, *rows: tuple[str, str]) -> Incidents:
    path = folder / "street.csv"
    lines = [
        f"id{i},{month},{force},0.71,51.54,On or near High Street,E01015833,Robbery"
        for i, (force, month) in enumerate(rows)
    ]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return read_incidents([path])[0]


def two_forces(folder: Path) -> Incidents:
    return read(
        folder,
        *((force, f"2024-0{month}") for force in ("Essex", "Kent") for month in (1, 2, 4, 5)),
        ("Essex", "2024-03"),
        ("Essex", "2024-06"),
    )


def test_a_month_another_force_has_is_missing_for_the_force_without_it(tmp_path: Path) -> None:
    incidents = two_forces(tmp_path)
    assert incidents.provenance.missing_months == ()
    assert incidents.provenance.extra["missing_months_by_force"] == {"Kent": ["2024-03", "2024-06"]}
    assert "Kent 2024-03, 2024-06" in incidents.provenance.cautions[-1]


def test_a_shorter_period_says_only_its_own_gaps(tmp_path: Path) -> None:
    incidents = two_forces(tmp_path)
    early = select_incidents(incidents, since=date(2024, 1, 1), until=date(2024, 3, 31))
    assert [text for text in early.provenance.cautions if "Kent" in text] == [
        "Forces without data in some months: Kent 2024-03. Missing, not zero."
    ]
    whole = select_incidents(incidents, since=date(2024, 4, 1), until=date(2024, 5, 31))
    assert not any("Kent" in text for text in whole.provenance.cautions)


def test_the_quality_page_names_the_gaps_of_each_force(tmp_path: Path) -> None:
    incidents = two_forces(tmp_path)
    quality = measure_quality(incidents)
    assert quality.missing_months_by_force == {"Kent": ("2024-03", "2024-06")}
    page = render_quality_page(quality, incidents.provenance, name="two")
    assert "Months without data, force by force" in page
    assert page.count("2024-03, 2024-06") >= 2


def test_a_force_whose_rows_were_all_rejected_in_a_month_has_data_in_it(tmp_path: Path) -> None:
    path = tmp_path / "street.csv"
    lines = [
        "a,2024-01,Essex,0.71,51.54,,,Robbery",
        "b,2024-02,Essex,0.71,51.54,,,Robbery",
        "c,2024-01,Kent,0.71,51.54,,,Robbery",
        "d,2024-02,Kent,,,,,Robbery",
    ]
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    assert "missing_months_by_force" in read_incidents([path])[0].provenance.extra
    assert read_incidents([path])[0].provenance.extra["missing_months_by_force"] == {}


def test_a_month_without_any_force_is_not_named_for_each() -> None:
    observed = [("A", "2024-01"), ("B", "2024-01"), ("A", "2024-03"), ("B", "2024-03"), ("", "x")]
    assert find_gaps(observed, "2024-01", "2024-03") == {}


def test_many_forces_are_told_in_one_line() -> None:
    said = say_gaps({f"F{i}": ("2024-01", "2024-02") for i in range(9)})
    assert "F5 2024-01 to 2024-02; and 3 more forces. Missing, not zero." in said
    assert narrow_gaps({"F": ("2024-01",)}, "2024-02", "2024-03") == {}
    assert say_gaps({}) == ""
