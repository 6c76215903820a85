"""Exports become incidents: every row kept or rejected with a reason."""

from __future__ import annotations

import zipfile
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from footbeat.errors import DataError
from footbeat.incidents.counts import count_by_cell, observed_days, select_incidents
from footbeat.incidents.join import join_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import ReadReport, convert_incidents, read_incidents

HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)


def row(
    crime_id: str = "a" * 64,
    *,
    month: str = "2024-01",
    lon: str = "0.71",
    lat: str = "51.54",
    crime_type: str = "Robbery",
    location: str = "On or near High Street",
) -> str:
    return (
        f"{crime_id},{month},Essex Police,Essex Police,{lon},{lat},{location},E01015833,"
        f"Southend-on-Sea 001A,{crime_type},Under investigation,"
    )


def convert(folder: Path, *rows: str, **options: object) -> ReadReport:
    path = folder / "2024-01-essex-street.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return convert_incidents(
        [path],
        folder / "out.parquet",
        ReadOptions(**options),  # type: ignore[arg-type] # a test passes what it likes
        rejects=folder / "rejects.parquet",
    )


def test_a_month_of_police_uk_is_kept_whole(tmp_path: Path) -> None:
    report = convert(tmp_path, row(), row("", crime_type="Anti-social behaviour"))
    assert (report.read, report.kept, report.precision) == (2, 2, "month")
    assert report.by_kind == {"asb": 1, "crime": 1}
    assert (report.start, report.end, report.crs) == ("2024-01-01", "2024-01-31", "EPSG:27700")
    assert "no day" in report.provenance.cautions[0]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(month="2024-13"), "date cannot be read"),
        (row(month=""), "no date"),
        (row(lon="", lat=""), "no location"),
        (row(lon="east"), "coordinates cannot be read"),
        (row(lon="0", lat="0"), "location is (0, 0)"),
        (row(lon="51.54", lat="0.71"), "axes look swapped"),
        (row(lon="-87.6", lat="41.8"), "outside the area of the coordinate system"),
        ("only,three,fields", "not a row: fewer fields than the header"),
        (row() + ",one,more", "not a row: more fields than the header"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(tmp_path: Path, bad: str, reason: str) -> None:
    report = convert(tmp_path, row(), bad)
    assert report.rejects_by_reason == {reason: 1}
    assert report.kept + report.rejected == report.read == 2


def test_rejects_name_the_line_they_stand_on(tmp_path: Path) -> None:
    path = tmp_path / "street.csv"
    lines = [HEADER, row(), "x,y", row("b", month="?"), row("c"), "x", row("d", lon="")]
    path.write_text("\n".join(lines), encoding="utf-8")
    _, rejects = read_incidents([path])
    assert rejects.to_frame()["line"].tolist() == [3, 4, 6, 7]


def test_a_copied_row_counts_once_and_a_repeated_identifier_does_not(tmp_path: Path) -> None:
    report = convert(tmp_path, row(), row(), row(lat="51.55"))
    assert report.rejects_by_reason == {"copy of another row": 1}
    assert report.n_repeated_ids == 1


def test_alike_rows_without_identifier_are_different_events(tmp_path: Path) -> None:
    asb = row("", crime_type="Anti-social behaviour")
    assert convert(tmp_path, asb, asb, asb).kept == 3


def test_the_same_file_twice_adds_nothing(tmp_path: Path) -> None:
    asb = row("", crime_type="Anti-social behaviour")
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(f"{HEADER}\n{asb}\n{asb}\n{row()}", encoding="utf-8")
    kept, rejects = read_incidents([tmp_path])
    assert (len(kept), len(rejects)) == (3, 3)


def test_a_missing_month_is_not_zero(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n".join([HEADER, row(month="2023-11")]), encoding="utf-8")
    (tmp_path / "b.csv").write_text("\n".join([HEADER, row(month="2024-01")]), encoding="utf-8")
    kept, _ = read_incidents([tmp_path])
    assert kept.provenance.missing_months == ("2023-12",)
    assert observed_days(kept) == 30 + 31


def test_drugs_and_police_stations_are_kept_and_excluded(tmp_path: Path) -> None:
    rows = row("a", crime_type="Drugs"), row("b", location="On or near Police Station"), row("c")
    report = convert(tmp_path, *rows)
    assert report.excluded_by_reason == {"officer-generated": 1, "premises: police-station": 1}
    assert report.kept == 3


def test_stop_and_search_is_refused_as_targeting_input(shared_data: Path) -> None:
    folder = shared_data / "police_uk" / "bedfordshire" / "2023-05"
    searches = folder / "2023-05-bedfordshire-stop-and-search.csv"
    with pytest.raises(DataError, match="stop and search"):
        read_incidents([searches])


def test_southend_is_read_whole(shared_data: Path) -> None:
    kept, rejects = read_incidents([shared_data / "police_uk" / "southend"])
    assert (len(kept), len(rejects)) == (16_740, 0)
    assert len(kept.provenance.missing_months) == 58
    chosen = select_incidents(kept, group="violence")
    assert 0 < len(chosen) < len(kept)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    rows = [row(f"{n:04}", lat=f"51.{500 + n}") for n in range(200)]
    convert(tmp_path, *rows)
    first = (tmp_path / "out.parquet").read_bytes()
    convert(tmp_path, *rows)
    assert (tmp_path / "out.parquet").read_bytes() == first


def test_incidents_are_counted_by_cell(tmp_path: Path) -> None:
    from footbeat.grid import Grid

    convert(tmp_path, row("a"), row("b"), row("c", lat="51.6"))
    kept, _ = read_incidents([tmp_path / "2024-01-essex-street.csv"])
    _, _, totals = count_by_cell(kept, Grid("hex", 250.0))
    assert sorted(totals) == [1.0, 2.0]


OUTCOMES = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Outcome type"
)


@pytest.mark.parametrize("header", [OUTCOMES, "nonsense;%%", ""])
def test_files_of_another_kind_in_a_download_are_set_apart_by_name_too(
    tmp_path: Path, header: str
) -> None:
    packed = tmp_path / "download.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        month = "2024-01/2024-01-essex"
        archive.writestr(f"{month}-street.csv", f"{HEADER}\n{row()}\n")
        archive.writestr(f"{month}-outcomes.csv", f"{header}\n1,2\n")
        archive.writestr(f"{month}-stop-and-search.csv", "what,ever\n1,2\n")
    report = convert_incidents(
        [packed], tmp_path / "out.parquet", ReadOptions(), rejects=tmp_path / "r.parquet"
    )
    assert (report.read, report.kept) == (1, 1)
    assert sorted(report.apart.values()) == ["outcomes", "stop and search"]
    assert any(text.startswith("1 files of outcomes were kept apart") for text in report.warnings)


def test_missing_months_are_told_for_the_period_that_counts(tmp_path: Path) -> None:
    months = ["2019-01", "2019-04", "2024-01", "2024-03"]
    path = tmp_path / "2024-01-essex-street.csv"
    rows = [row(str(i) * 64, month=month) for i, month in enumerate(months)]
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    incidents, _ = read_incidents([path])
    assert any("2019-02 to 2019-03, 2019-05 to 2023-12" in c for c in incidents.provenance.cautions)
    chosen = select_incidents(incidents, since=date(2024, 1, 1))
    assert chosen.provenance.cautions[-1] == (
        "Months without data: 2024-02; 58 more outside the period counted. They are missing, "
        "not zero."
    )


def test_all_the_police_files_at_hand_are_read_in_one_go(shared_data: Path, tmp_path: Path) -> None:
    report = convert_incidents(
        [shared_data / "police_uk"],
        tmp_path / "out.parquet",
        ReadOptions(),
        rejects=tmp_path / "rejects.parquet",
    )
    assert report.read == report.kept + report.rejected == 1_385_995
    assert set(report.apart.values()) == {"stop and search"}
    assert report.missing_months_by_force["Nottinghamshire Police"][-1] == "2024-04"
    assert any("LSOA codes are of 2011" in text for text in report.warnings)


RECORDS = "Crime Number,Committed From,HO Code,Status,Easting,Northing"


def extract(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([RECORDS, *rows, ""]), encoding="utf-8")
    return path


def record(number: str, status: str, code: str = "34B") -> str:
    return f"{number},01/03/2024 10:15,{code},{status},588000,186000"


def keyed_mapping(folder: Path) -> Path:
    built_in = files("footbeat.incidents").joinpath("mappings", "records-from-to.toml")
    text = built_in.read_text(encoding="utf-8")
    path = folder / "keyed.toml"
    path.write_text(text.replace("# identifier_is_key", "identifier_is_key"), encoding="utf-8")
    return path


def test_the_latest_row_of_a_key_holds(tmp_path: Path) -> None:
    early = extract(tmp_path / "march.csv", record("C1", "Open"), record("C2", "Open"))
    late = extract(tmp_path / "april.csv", record("C2", "No Crime"), record("C1", "Open", "8N"))
    incidents, rejects = read_incidents([early, late], source=keyed_mapping(tmp_path))
    found = incidents.to_frame().set_index("incident_id")
    assert found["offence"].to_dict() == {"C1": "abh", "C2": "robbery"}
    assert len(select_incidents(incidents)) == 1
    assert rejects.table["file"].to_pylist() == ["march.csv", "march.csv"]
    assert all("later row" in reason for reason in rejects.table["reason"].to_pylist())


def test_a_row_that_comes_back_as_it_was_holds_again(tmp_path: Path) -> None:
    path = extract(tmp_path / "all.csv", *(record("C1", s) for s in ("Open", "No Crime", "Open")))
    incidents, _ = read_incidents([path], source=keyed_mapping(tmp_path))
    assert incidents.table["status"].to_pylist() == ["live"]


def test_joined_extracts_of_a_key_hold_the_latest(tmp_path: Path) -> None:
    source = keyed_mapping(tmp_path)
    early, _ = read_incidents([extract(tmp_path / "a.csv", record("C1", "Open"))], source=source)
    rows = record("C1", "Open", "8N"), record("C2", "Open").replace("01/03", "05/03")
    late, _ = read_incidents([extract(tmp_path / "b.csv", *rows)], source=source)
    for parts in ([early, late], [late, early]):
        found = join_incidents(parts).incidents
        assert found.table["offence"].to_pylist() == ["abh", "robbery"]


def test_without_a_key_every_row_that_differs_is_kept(tmp_path: Path) -> None:
    path = extract(tmp_path / "all.csv", record("C1", "Open"), record("C1", "Open", "8N"))
    incidents, _ = read_incidents([path], source="records-from-to")
    assert len(incidents) == 2


def mixed_precisions(folder: Path) -> Path:
    rows = [record(f"C{day}", "Open").replace("01/03", f"{day:02}/03") for day in range(1, 30)]
    return extract(folder / "mixed.csv", *rows, "M1,March 2024,34B,Open,588000,186000")


def test_one_row_of_a_month_does_not_coarsen_the_others(tmp_path: Path) -> None:
    incidents, _ = read_incidents([mixed_precisions(tmp_path)], source="records-from-to")
    late = select_incidents(incidents, since=date(2024, 3, 5))
    assert len(late) == 25
    assert late.provenance.precision == "minute"
    assert any("1 incidents of which only the month" in c for c in late.provenance.cautions)
    assert len(select_incidents(incidents, since=date(2024, 3, 1), until=date(2024, 3, 31))) == 30


def test_a_mixture_of_precisions_is_told(tmp_path: Path) -> None:
    report = convert_incidents(
        [mixed_precisions(tmp_path)],
        tmp_path / "out.parquet",
        ReadOptions(source="records-from-to"),
        rejects=tmp_path / "rejects.parquet",
    )
    assert any("1 of 30 rows know only the month" in text for text in report.warnings)


def test_a_rejected_default_date_is_not_the_beginning(tmp_path: Path) -> None:
    default = record("D1", "Open").replace("01/03/2024 10:15", "01/01/1900")
    mixed = mixed_precisions(tmp_path)
    mixed.write_text(mixed.read_text(encoding="utf-8") + default, encoding="utf-8")
    incidents, rejects = read_incidents([mixed], source="records-from-to")
    assert len(rejects) == 1
    assert (incidents.provenance.start, incidents.provenance.missing_months) == ("2024-03-01", ())


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("01/01/1900 03:00", "date is a system's default"),
        ("01/01/1970 10:20", "date is a system's default"),
        ("01/01/1901 00:00", "date is far from all others"),
        ("01/03/2031 10:15", "date is far from all others"),
    ],
)
def test_a_slip_of_the_year_does_not_stretch_the_period(
    tmp_path: Path, bad: str, reason: str
) -> None:
    slip = record("D1", "Open").replace("01/03/2024 10:15", bad)
    rows = [record(f"C{day}", "Open").replace("01/03", f"{day:02}/03") for day in range(1, 30)]
    path = extract(tmp_path / "slip.csv", *rows, slip)
    incidents, rejects = read_incidents([str(path)], source="records-from-to")
    assert rejects.table["reason"].to_pylist() == [reason]
    period = incidents.provenance.start, incidents.provenance.end
    assert period == ("2024-03-01", "2024-03-29")


def test_nothing_begins_after_the_last_recording(tmp_path: Path) -> None:
    rows = [f"{d},2024-03-{d:02} 10:00,2024-03-{d:02} 12:00,588000,186000" for d in range(1, 30)]
    path = tmp_path / "late.csv"
    slip = "99,2025-03-04 10:00,2024-03-04 12:00,588000,186000"
    path.write_text("\n".join(["id,start,recorded_at,x,y", *rows, slip]), encoding="utf-8")
    incidents, rejects = read_incidents(path, source="generic", crs="EPSG:27700")
    assert rejects.table["reason"].to_pylist() == ["date is after everything was recorded"]
    assert incidents.provenance.end == "2024-03-29"


def test_many_old_cases_are_kept_and_told(tmp_path: Path) -> None:
    rows = [record(f"C{day}", "Open").replace("01/03", f"{day:02}/03") for day in range(1, 30)]
    old = [row.replace("/2024", "/2009").replace("C", "H", 1) for row in rows]
    path = extract(
        tmp_path / "old.csv", *rows, *(f"X{n}{row}" for n in range(4) for row in rows), *old
    )
    report = convert_incidents(
        [path],
        tmp_path / "out.parquet",
        ReadOptions(source="records-from-to"),
        rejects=tmp_path / "rejects.parquet",
    )
    assert report.rejected == 0
    assert any("29 rows are dated years before most others" in text for text in report.warnings)


def test_months_that_many_rows_are_of_are_no_slips(tmp_path: Path) -> None:
    header = "id,start,longitude,latitude"
    town = [f"{i},2024-{1 + i % 12:02},0.7{i % 90:02},51.54" for i in range(4_000)]
    older = [f"a{i},2018-10,0.7{i % 90:02},51.54" for i in range(25)]
    path = tmp_path / "months.csv"
    path.write_text("\n".join([header, *town, *older]), encoding="utf-8")
    incidents, rejects = read_incidents(path, source="generic")
    assert (len(rejects), incidents.provenance.start) == (0, "2018-10-01")
    path.write_text("\n".join([header, *town, *older[:3]]), encoding="utf-8")
    assert len(read_incidents(path, source="generic")[1]) == 3
