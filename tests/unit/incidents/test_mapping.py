"""Mappings proposed from headers and values, and personal columns refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from footbeat.errors import DataError
from footbeat.incidents.personal import name_personal_header, name_personal_values
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.read import read_incidents

RECORDS = """Crime Number,Victim Name,DOB,Committed From,Committed To,Recorded,HO Code,Easting,\
Northing,Address,Status,Knife Flag,Domestic,Beat
CR/1,John Smith,01/02/1980,13/01/2024 22:10,13/01/2024 23:00,14/01/2024 08:00,34B,588000,185500,\
"12 High Street, SS1 1AA",Live,Y,N,B1
CR/2,Mary Jones,02/02/1980,14/01/2024 22:10,14/01/2024 23:00,14/01/2024 08:00,5D,588010,185520,\
"Flat 2, 14 High Street",Cancelled,N,N,B1
CR/3,Ann Jones,02/02/1980,15/01/2024 22:10,,16/01/2024 08:00,8N,588010,185520,High Street,\
No crimed,N,Y,B2
"""


def read_proposed(path: Path, folder: Path) -> tuple[object, list[dict[str, object]]]:
    mapping = folder / "map.toml"
    mapping.write_text(propose_mapping(path).toml, encoding="utf-8")
    kept, rejects = read_incidents([path], source=mapping)
    assert len(rejects) == 0
    return kept.provenance, kept.table.to_pylist()


def test_memphis_is_mapped_and_read_right(shared_data: Path, tmp_path: Path) -> None:
    provenance, rows = read_proposed(shared_data / "memphis_robberies.csv", tmp_path)
    assert len(rows) == 2_245
    assert getattr(provenance, "timezone", "") == "America/Chicago"
    assert {row["offence"] for row in rows} == {"robbery"}
    assert rows[0]["start"].isoformat() == "2019-01-01T07:30:00+00:00"  # type: ignore[union-attr] # a time


def test_chicago_is_mapped_and_read_right(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "chicago_assaults.parquet"
    assert "offence" in {doubt.column for doubt in propose_mapping(path).unsure}
    provenance, rows = read_proposed(path, tmp_path)
    assert (len(rows), getattr(provenance, "precision", "")) == (74_396, "minute")


def test_a_records_export_is_mapped_and_its_names_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text(RECORDS, encoding="utf-8")
    proposal = propose_mapping(path)
    assert {doubt.column for doubt in proposal.refused} == {"Victim Name", "DOB"}
    assert "Smith" not in proposal.toml
    _, rows = read_proposed(path, tmp_path)
    assert [row["offence"] for row in rows] == ["robbery", "wounding", "abh"]
    assert [row["status"] for row in rows] == ["live", "cancelled", "cancelled"]
    assert {row["location"] for row in rows} == {"High Street"}
    assert [row["harm_days"] for row in rows] == [365.0, 1460.0, 10.0]


def test_a_built_in_source_is_recognised(shared_data: Path) -> None:
    path = shared_data / "police_uk/southend/2024-01/2024-01-essex-street.csv"
    assert propose_mapping(path).unsure[0].column == "source"


CALLS = """CAD Ref,Date,Time,Initial Class,Close Class 1,X Coord,Y Coord,Linked Crime No,Caller
CAD-0,29/02/24,1438,ROBBERY,Violence against the person,587839,186028,42/0/24,Mr Smith
CAD-1,23/05/24,0950,CONCERN FOR SAFETY,Robbery,588070,186923,,Mr Smith
CAD-2,29/02/24,0535,CONCERN FOR SAFETY,ASB - Nuisance,589531,183956,,Mr Smith
"""
STOPS = """Type,Date,Latitude,Longitude,Legislation,Object of search,Outcome
Person search,2024-01-01T10:00:00+00:00,51.54,0.71,Misuse of Drugs Act 1971,Drugs,Arrest
"""


def test_a_command_and_control_export_is_mapped_as_logs(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(CALLS, encoding="utf-8")
    _, rows = read_proposed(path, tmp_path)
    kinds = {row["incident_id"]: row["kind"] for row in rows}
    assert kinds == {"CAD-0": "incident-log", "CAD-1": "incident-log", "CAD-2": "asb"}
    assert "kind" in {doubt.column for doubt in propose_mapping(path).unsure}


@pytest.mark.parametrize(
    ("header", "ours"),
    [
        ("Opened Time", "start_time"),
        ("Investigation Reference", "incident_id"),
        ("Result of incident", "status"),
        ("Disposition", "status"),
        ("Occ Type", "offence"),
        ("CallTypeDesc", "offence"),
        ("ChiefComplaint", "offence"),
    ],
)
def test_what_systems_call_it_is_known(tmp_path: Path, header: str, ours: str) -> None:
    values = {"start_time": "02:{:02}:00 PM", "incident_id": "I/{}", "status": "DUP"}
    value = values.get(ours, "Robbery of personal property")
    rows = [f"03/{13 + i % 15}/2024,-87.6{i},41.8{i},{value.format(i)},q" for i in range(40)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([f"Opened Date,Lon,Lat,{header},Odd", *rows]), encoding="utf-8")
    proposal = propose_mapping(path)
    assert proposal.columns[ours] == header
    assert {d.column: d.why for d in proposal.unsure}["left out"].endswith("Odd")


def test_a_file_that_does_not_say_its_kind_is_unsure(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("Ref,Date,Lon,Lat,Type\na,01/02/2024,0.71,51.54,Assault\n", encoding="utf-8")
    assert "kind" in {doubt.column for doubt in propose_mapping(path).unsure}


@pytest.mark.parametrize("source", ["generic", "police-uk", "records-titles"])
def test_stop_and_search_is_no_incident_whatever_the_source(tmp_path: Path, source: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(STOPS, encoding="utf-8")
    with pytest.raises(DataError, match="stop and search"):
        read_incidents([path], source=source)
    with pytest.raises(DataError, match="stop and search"):
        propose_mapping(path)


def test_logs_in_a_table_of_ones_own_are_no_crimes(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    kinds = ("log", "Incident log", "crime", "incident-log", "ASB")
    rows = [f"{n},{kind},2024-03-02,0.71,51.54" for n, kind in enumerate(kinds)]
    path.write_text("\n".join(["id,kind,start,longitude,latitude", *rows, ""]), encoding="utf-8")
    kept, _ = read_incidents([path], source="generic")
    found = dict(
        zip(*(kept.table[name].to_pylist() for name in ("incident_id", "kind")), strict=True)
    )
    assert found == {
        "0": "incident-log", "1": "incident-log", "2": "crime", "3": "incident-log", "4": "asb"
    }  # fmt: skip


def test_decimal_commas_and_thousands_are_mapped_and_read(tmp_path: Path) -> None:
    path = tmp_path / "commas.csv"
    head = "Crime Ref;Date;Longitude;Latitude;Offence\n"
    path.write_text(head + "a;01/02/2024 10:00;0,70731;51,54012;Robbery\n", encoding="utf-8")
    assert 'decimal = ","' in propose_mapping(path).toml
    assert len(read_proposed(path, tmp_path)[1]) == 1
    head = "Crime Ref;Date;Easting;Northing;Offence\n"
    path.write_text(head + "a;01/02/2024 10:00;588,123;185,457;Robbery\n", encoding="utf-8")
    assert [(row["x"], row["y"]) for row in read_proposed(path, tmp_path)[1]] == [(588123, 185457)]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("surname", "a name"),
        ("victim_forename", "a name"),
        ("victim", "a name"),
        ("date_of_birth", "a date of birth"),
        ("mobile_no", "a telephone number"),
        ("nhs_number", "an NHS number"),
        ("street_name", ""),
        ("lsoa_name", ""),
        ("victim_count", ""),
        ("offence", ""),
    ],
)
def test_a_header_tells_personal_data(header: str, what: str) -> None:
    assert bool(name_personal_header(header)) == bool(what)


@pytest.mark.parametrize(
    ("values", "what"),
    [
        (["9434765919", "9434765870", "943 476 5862", "9434765838", "9434765846"], "NHS"),
        (["07700 900123", "+447700900124", "01632 960001", "02079460000", "07700900"], "telephone"),
        ([f"p{i}@example.org" for i in range(9)], "e-mail"),
        (["AB123456C", "AB 12 34 56 D", "CE123456A", "HJ123456B", "ZA654321A"], "insurance"),
        (["John Smith", "KHAN, Aisha", "Mr Patel", "Emma Jane Wood", "Sarah O'Neill"], "name"),
        (["George Street", "Victoria Road", "St Mary's Lane", "King James Way", "Lee Close"], ""),
        ([str(1_000_000_000 + 7 * i) for i in range(500)], ""),
        (["robbery", "burglary", "theft", "arson", "fraud"], ""),
    ],
)  # fmt: skip
def test_values_tell_personal_data(values: list[str], what: str) -> None:
    found = name_personal_values(values)
    assert (what in found) if what else found == ""
