"""Personal data is refused by header, by value, in every column kept and in every batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from footbeat.errors import ColumnError
from footbeat.incidents.personal import name_personal_header, name_personal_values
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.read import read_incidents

NAMES = ["Wójcik, Krzysztof", "Khan, Amir", "Begum, Ioana", "Smith, John", "Osei, Kofi"]
BIRTHS = [f"{1 + i % 28:02}/05/{1940 + 7 * i % 65}" for i in range(60)]


def read_mapped(folder: Path, ours: str, values: list[str], *, start: str = "When") -> None:
    path, source = folder / "records.csv", folder / "map.toml"
    rows = [f'r{i},05/03/2024 10:{i % 60:02},588123,185457,"{v}"' for i, v in enumerate(values)]
    path.write_text("\n".join(["Ref,When,Easting,Northing,AGG1", *rows]), encoding="utf-8")
    columns = {"start": start, "x": "Easting", "y": "Northing", ours: "AGG1"}
    lines = [f'{name} = "{header}"' for name, header in columns.items()]
    text = "\n".join(['name = "t"', "[columns]", *lines, "[crs]", 'input = "EPSG:27700"'])
    source.write_text(text, encoding="utf-8")
    read_incidents([path], source=source)


@pytest.mark.parametrize(
    "ours",
    ["incident_id", "linked_id", "category", "offence", "location", "premises", "beat", "lsoa",
     "force"],
)  # fmt: skip
def test_names_are_refused_in_every_column_that_is_kept(tmp_path: Path, ours: str) -> None:
    with pytest.raises(ColumnError, match="looks like a name"):
        read_mapped(tmp_path, ours, NAMES)


@pytest.mark.parametrize("ours", ["start", "end", "recorded_at"])
def test_dates_of_birth_are_refused_as_times(tmp_path: Path, ours: str) -> None:
    with pytest.raises(ColumnError, match="dates of birth"):
        read_mapped(tmp_path, ours, BIRTHS)


def test_old_offences_recorded_late_are_no_births(tmp_path: Path) -> None:
    read_mapped(tmp_path, "recorded_at", ["05/03/2024"] * 40 + ["01/01/1990"] * 10)


def test_names_that_come_late_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="in some rows"):
        read_mapped(tmp_path, "location", ["High Street"] * 70_000 + ["John Smith"] * 70_000)


def test_a_name_in_some_rows_is_enough(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="looks like a name"):
        read_mapped(tmp_path, "location", ["High Street"] * 120 + ["SMITH, John"] * 80)


def test_a_date_of_birth_is_never_proposed_as_the_date_of_the_incident(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"r{i},{day},0.71,51.54,Robbery" for i, day in enumerate(BIRTHS)]
    path.write_text("\n".join(["Ref,D1,Lon,Lat,Type", *rows]), encoding="utf-8")
    proposal = propose_mapping(path)
    assert [doubt.column for doubt in proposal.refused] == ["D1"]
    assert "start" not in proposal.columns


@pytest.mark.parametrize(
    "header",
    ["DateOfBirth", "VictimName", "PhoneNumber", "TelNo", "Name", "Names", "Forename1", "Mob No",
     "Persons", "D.O.B.", "DoB Suspect", "NHSNumber", "SurnameText", "Witness 1", "Person 1",
     "Alias", "Next of Kin", "Parent Name", "Guardian", "Attending Officer", "Officer", "YOB",
     "Initials", "Complainant Details"],
)  # fmt: skip
def test_headers_are_read_whatever_their_case(header: str) -> None:
    assert name_personal_header(header)


@pytest.mark.parametrize(
    "header", ["Location", "LocationName", "Street Name", "BeatName", "LSOA name", "Falls within",
     "Parent Crime", "Officer Generated", "Witness Count"],
)  # fmt: skip
def test_names_of_places_are_no_names_of_people(header: str) -> None:
    assert name_personal_header(header) == ""


@pytest.mark.parametrize(
    "values",
    [
        NAMES,
        [f"{a}, {b}" for a in ("Ábel", "Brza", "Cvet", "Dvor", "Ejup") for b in ("Xo", "Yu", "Zi")],
        ["MENSAH", "NOWAK", "PATEL", "KHAN", "OKAFOR", "SINGH"],
        ["447263093993", "447210857150", "447393134330", "447749001630", "447393134331"],
        ["7888563066", "7864782285", "7558784751", "7722267517", "7931234567", "7111234567"],
        ["Suspect seen, ring 07700900123"] + [f"High Street {letter}" for letter in "abcdefgh"],
    ],
)
def test_values_of_any_common_form_are_known(values: list[str]) -> None:
    assert name_personal_values(values)


@pytest.mark.parametrize(
    "values",
    [
        [str(7_300_001_000 + i) for i in range(500)],
        ["Victoria Centre", "King George Hospital", "St Mary's Church", "Park Row", "Lord Street"],
        ["Burglary, Dwelling", "Theft, Other", "Assault, Common", "Robbery, Personal"],
        [f"Broadway {i}, Leigh" for i in range(40)],
    ],
)
def test_places_offences_and_references_are_not_taken_for_people(values: list[str]) -> None:
    assert name_personal_values(values) == ""
