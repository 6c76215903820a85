"""Months a force did not publish are named, force by force."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from footbeat.incidents.counts import observed_days, select_incidents
from footbeat.incidents.gaps import find_gaps, narrow_gaps, say_gaps
from footbeat.incidents.load import Incidents, load_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.quality import measure_quality
from footbeat.incidents.read import convert_incidents, read_incidents
from footbeat.incidents.report import ReadReport
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


def convert(folder: Path, *lines: str, **options: object) -> ReadReport:
    path = folder / "street.csv"
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    out, left = folder / "o.parquet", folder / "r.parquet"
    return convert_incidents([path], out, ReadOptions(**options), rejects=left)  # type: ignore[arg-type] # options of one call


PLACED, NOWHERE = "0.71,51.54,,,Robbery", ",,,,Robbery"


def test_a_month_of_which_every_row_was_rejected_is_missing(tmp_path: Path) -> None:
    report = convert(
        tmp_path,
        f"a,2024-01,Essex,{PLACED}",
        f"b,2024-02,Essex,{NOWHERE}",
        f"c,2024-02,Essex,0,0{NOWHERE[1:]}",
        f"d,2024-03,Essex,{PLACED}",
    )
    assert report.missing_months == ("2024-02",)
    assert report.rejected_months == {"2024-02": {"location is (0, 0)": 1, "no location": 1}}
    assert not report.missing_months_by_force
    assert not report.rejected_months_by_force
    assert any("No row of 2024-02 could be used" in text for text in report.warnings)
    incidents = load_incidents(tmp_path / "o.parquet")
    assert observed_days(incidents) == 31 + 31
    assert measure_quality(incidents).by_month["2024-02"] is None


def test_a_month_of_one_force_of_which_every_row_was_rejected_is_missing(tmp_path: Path) -> None:
    report = convert(
        tmp_path,
        *(f"{f}{m},2024-0{m},{f},{PLACED}" for f, m in (("Essex", 1), ("Essex", 2), ("Kent", 1))),
        f"d,2024-02,Kent,{NOWHERE}",
        f"e,2024-02,Wales,{NOWHERE}",
    )
    assert report.missing_months == ()
    assert report.missing_months_by_force == {"Kent": ("2024-02",), "Wales": ("2024-01", "2024-02")}
    assert report.rejected_months_by_force["Kent"] == {"2024-02": {"no location": 1}}
    assert any("No row of Kent 2024-02 could be used" in text for text in report.warnings)


def test_a_month_at_the_edge_of_which_every_row_was_rejected_is_missing(tmp_path: Path) -> None:
    report = convert(tmp_path, f"a,2024-01,Essex,{NOWHERE}", f"b,2024-02,Essex,{PLACED}")
    assert (report.start, report.missing_months) == ("2024-01-01", ("2024-01",))


def test_a_month_of_which_no_row_was_asked_for_was_observed(tmp_path: Path) -> None:
    lines = (f"a,2024-01,Essex,{PLACED}", f"b,2024-02,Essex,{PLACED[:-7]}Anti-social behaviour")
    report = convert(tmp_path, *lines, kinds=("crime",))
    assert report.rejects_by_reason == {"kind not asked for": 1}
    assert report.missing_months == ()


def test_a_month_of_which_most_rows_were_rejected_is_told(tmp_path: Path) -> None:
    lost = [f"{i},2024-02,Essex,{NOWHERE}" for i in "bcd"]
    report = convert(tmp_path, f"a,2024-01,Essex,{PLACED}", f"e,2024-02,Essex,{PLACED}", *lost)
    assert report.missing_months == ()
    assert any("could not be used in Essex 2024-02 (3 of 4)" in text for text in report.warnings)


def test_a_month_without_any_force_is_not_named_for_each() -> None:
    observed = [("A", "2024-01"), ("B", "2024-01"), ("A", "2024-03"), ("B", "2024-03"), ("", "x")]
    assert find_gaps(observed, "2024-01", "2024-03") == {}


def test_many_forces_are_told_in_one_line() -> None:
    said = say_gaps({f"F{i}": ("2024-01", "2024-02") for i in range(9)})
    assert "F5 2024-01 to 2024-02; and 3 more forces. Missing, not zero." in said
    assert narrow_gaps({"F": ("2024-01",)}, "2024-02", "2024-03") == {}
    assert say_gaps({}) == ""
