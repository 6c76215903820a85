"""Single values that are surely personal are blanked and counted; streets and references stay."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from footbeat.errors import ColumnError
from footbeat.incidents.cells import find_personal_values, name_personal_value
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.quality import measure_file
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.report import ReadReport
from footbeat.reports.quality_page import render_quality_page

PERSONAL = {
    "Elm Road, caller 07700 900123": "a telephone number",
    "01702 341234": "a telephone number",
    "(020) 7946 0018": "a telephone number",
    "ring +44 1702 341234": "a telephone number",
    "amir.khan@example.org": "an e-mail address",
    "943 476 5919": "an NHS number",
    "NHS no 9434765919": "an NHS number",
    "AB 12 34 56 C": "a national insurance number",
    "Elm Road DOB 03/04/1981": "a date of birth",
    "suspect born 3 April 1981": "a date of birth",
    "Smith, John": "a name",
    "HARGREAVES, Susan J": "a name",
    "Smith, Victoria": "a name",
    "Mrs Begum": "a name",
    "Mr A. Wójcik, Leigh": "a name",
    "Dr. A. Patel": "a name",
    "PC 1234 Smith": "a name",
    "447700900123": "a telephone number",
    "12/03/1980": "a date",
}
SOUND = (
    "On or near Smith Street", "Leigh, Victoria", "John Lewis", "Crown Point, John Lewis",
    "High Street, Leigh", "A127, Southend", "Dr Martin Court", "Unit 12, 14-16 High Street",
    "E01015833", "42/123456/24", "10033538393", "M25 J28 to J29", "Mr Fish Bar, London Road",
    "St James, Clerkenwell", "588123 185457", "King George Avenue", "1/2 Elm Road",
)  # fmt: skip


@pytest.mark.parametrize("text", PERSONAL)
def test_what_is_surely_personal_is_known(text: str) -> None:
    assert name_personal_value(text, "location") == PERSONAL[text]
    assert find_personal_values(pa.array([text]), "location") == {text: PERSONAL[text]}


@pytest.mark.parametrize("text", SOUND)
def test_streets_and_references_are_not(text: str) -> None:
    assert name_personal_value(text, "location") == ""


@pytest.mark.parametrize(
    "text", ["14 High Street", "Flat 2, 14 High Street", "SS1 2AB", "Home of John Smith"]
)
@pytest.mark.parametrize("ours", ["premises", "beat", "category"])
def test_an_address_stands_in_the_location_only(text: str, ours: str) -> None:
    assert find_personal_values(pa.array([text]), ours) == {text: "an address"}
    assert find_personal_values(pa.array([text]), "location") == {}


@pytest.mark.parametrize(
    "text",
    [
        "Car park",
        "E3 Westcliff",
        "Home",
        "Nursing home",
        "House",
        "Sector 4 North",
        "24 hour shop",
        "7 Sisters",
        "Beat 12 High Street",
        "Dwelling - House",
        "S18 wounding",
        "1st Avenue",
    ],
)
def test_premises_beats_and_offences_are_no_addresses(text: str) -> None:
    assert find_personal_values(pa.array([text]), "premises") == {}


@pytest.mark.parametrize("text", ["07700900123", "9434765919", "AB123456C", "07712-345678"])
def test_a_reference_may_look_like_a_number_of_a_person(text: str) -> None:
    assert find_personal_values(pa.array([text]), "incident_id") == {}


@pytest.mark.parametrize("text", ["Smith, John", "07700 900123", "a.b@example.org"])
def test_what_is_no_reference_is_blanked_among_them(text: str) -> None:
    assert find_personal_values(pa.array([text]), "incident_id")


def test_no_street_of_data_police_uk_is_taken_for_personal(shared_data: Path) -> None:
    table = pq.read_table(
        shared_data / "police_uk/england_wales_2024.parquet", columns=["location"]
    )
    texts = table.column("location").unique().cast(pa.string()).drop_null()
    assert len(texts) > 100_000
    assert find_personal_values(texts, "location") == {}
    files = [*(shared_data / "police_uk").rglob("*street.csv")]
    for file in files:
        texts = pacsv.read_csv(file).column("Location").unique().drop_null()
        assert find_personal_values(texts, "location") == {}


def read(folder: Path, *odd: str, n: int = 400) -> tuple[ReadReport, list[str | None]]:
    path, out = folder / "records.csv", folder / "o.parquet"
    header = "Crime Number,Date From,Time From,Easting,Northing,Street"
    texts = [*odd, *["Elm Road"] * (n - len(odd))]
    rows = [f'42/{i}/24,03/04/2024,10:00,{588000 + i},185457,"{t}"' for i, t in enumerate(texts)]
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    source = folder / "s.toml"
    columns = {
        "incident_id": "Crime Number", "start": "Date From", "start_time": "Time From",
        "x": "Easting", "y": "Northing", "location": "Street",
    }  # fmt: skip
    lines = [f'{ours} = "{theirs}"' for ours, theirs in columns.items()]
    text = ['name = "t"', "[columns]", *lines, "[crs]", 'input = "EPSG:27700"']
    source.write_text("\n".join(text), encoding="utf-8")
    options = ReadOptions(source=source, keep_address=True)
    report = convert_incidents([path], out, options, rejects=folder / "r.parquet")
    rows_kept = pq.read_table(out).sort_by("x")
    return report, rows_kept.column("location").to_pylist()


def test_single_values_are_blanked_counted_and_stored_nowhere(tmp_path: Path) -> None:
    odd = ("Smith, John", "call 07700 900123", "Mrs Begum")
    report, locations = read(tmp_path, *odd)
    assert report.kept == 400
    assert locations == [None] * 3 + ["Elm Road"] * 397
    assert report.personal_values_removed == {"location": {"a name": 2, "a telephone number": 1}}
    assert any("location 2 (a name)" in text for text in report.warnings)
    stored = (tmp_path / "o.parquet").read_bytes() + json.dumps(report.warnings).encode()
    assert not any(word in stored for word in (b"Begum", b"07700", b"Smith"))


def test_the_quality_page_says_how_many_were_blanked(tmp_path: Path) -> None:
    read(tmp_path, "Smith, John")
    quality, provenance = measure_file(tmp_path / "o.parquet")
    assert quality.personal_values_removed == {"location": {"a name": 1}}
    page = render_quality_page(quality, provenance, name="t")
    assert "Single values blanked as personal: 1, in location." in page


def test_nothing_is_said_where_nothing_was_blanked(tmp_path: Path) -> None:
    report, _ = read(tmp_path)
    assert report.personal_values_removed == {}
    assert not any("blanked" in text for text in report.warnings)


def test_a_column_with_many_is_refused_as_a_whole(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="looks like a telephone number"):
        read(tmp_path, *[f"call 07700 900{i:03}" for i in range(9)])
