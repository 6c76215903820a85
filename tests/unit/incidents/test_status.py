"""A record's status by its words; a word of unknown meaning is named, not passed over."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from footbeat.incidents.personal import is_plain_word
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.report import ReadReport
from footbeat.incidents.status import count_unknown, read_status, say_unknown

MAP = """
name = "records"
[columns]
incident_id = "id"
start = "when"
x = "x"
y = "y"
status = "state"
[crs]
input = "EPSG:27700"
[codes.status]
"Z9" = "cancelled"
"""


def read(folder: Path, *states: str) -> ReadReport:
    source, path = folder / "map.toml", folder / "records.csv"
    source.write_text(MAP, encoding="utf-8")
    rows = [f"r{i},2024-01-01 10:00,588123,185457,{state}" for i, state in enumerate(states)]
    path.write_text("\n".join(["id,when,x,y,state", *rows]), encoding="utf-8")
    options = ReadOptions(source=source)
    return convert_incidents([path], folder / "o.parquet", options, rejects=folder / "r.parquet")


@pytest.mark.parametrize(
    ("word", "status", "is_known"),
    [
        ("LIVE", "live", True),
        ("Under investigation", "live", True),
        ("Filed - no further action", "live", True),
        ("No-crimed", "cancelled", True),
        ("Transferred to Kent", "cancelled", True),
        ("Reclassified", "reclassified", True),
        ("Recategorised", "reclassified", True),
        ("Non-Crime", "cancelled", True),
        ("Non Crime Occurrence", "cancelled", True),
        ("Not a crime", "cancelled", True),
        ("Nocrime", "cancelled", True),
        ("Transfer to other force", "cancelled", True),
        ("Dup", "cancelled", True),
        ("Deleted", "cancelled", True),
        ("Void", "cancelled", True),
        ("Created in Error", "cancelled", True),
        ("False report", "cancelled", True),
        ("Rejected", "cancelled", True),
        ("Report rejected", "cancelled", True),
        ("Not an offence", "cancelled", True),
        ("No offence disclosed", "cancelled", True),
        ("Unfounded", "cancelled", True),
        ("N100", "cancelled", True),
        ("Additional verifiable information", "cancelled", True),
        ("Rejected by CPS", "live", True),
        ("Not rejected", "live", True),
        ("Withdrawn", "live", True),
        ("Victim withdrew support", "live", True),
        ("Detected - no further action", "live", True),
        ("Transferred to CID", "live", True),
        ("Transferred to Response Team", "live", True),
        ("Not cancelled", "live", True),
        ("uncancelled", "live", True),
        ("Cancelled - reinstated", "live", True),
        ("Not reclassified", "live", True),
        ("Z9", "cancelled", True),
        ("Q7", "live", False),
        ("Limbo", "live", False),
    ],
)
def test_a_word_has_one_status_by_rule(word: str, status: str, is_known: bool) -> None:  # noqa: FBT001 - a test's own table
    codes = {"z9": "cancelled"}
    assert read_status(pa.array([word, None]), codes).to_pylist() == [status, "live"]
    assert count_unknown(pa.array([word, word]), codes) == ({} if is_known else {word: 2})


def test_words_of_unknown_meaning_are_counted_and_named(tmp_path: Path) -> None:
    report = read(tmp_path, "Limbo", "Limbo", "Q7", "Open", "Z9", "")
    assert report.unknown_status == {"Limbo": 2, "Q7": 1}
    said = next(text for text in report.warnings if "Status" in text)
    assert "“Limbo” (2 rows), “Q7” (1 rows)" in said
    assert report.excluded_by_reason == {"cancelled": 1}


def test_a_name_in_the_status_is_counted_but_never_repeated(tmp_path: Path) -> None:
    report = read(tmp_path, "Sarah Patel", "07700900123", "Limbo")
    assert report.unknown_status == {"(not shown)": 2, "Limbo": 1}
    assert not any("Sarah" in text or "07700" in text for text in report.warnings)
    assert say_unknown({"Sarah Patel": 3}).count("1 other words (3 rows)") == 1


def test_no_warning_where_every_word_is_known(tmp_path: Path) -> None:
    report = read(tmp_path, "Open", "Closed", "cancelled")
    assert report.unknown_status == {}
    assert say_unknown({}) == ""


def test_a_proposed_mapping_says_which_words_it_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    rows = ["a1,01/02/2024 10:00,588123,185457,Limbo", "a2,02/02/2024 10:00,588124,185457,Open"]
    path.write_text("\n".join(["Crime Ref,Date,Easting,Northing,Status", *rows]), encoding="utf-8")
    doubts = {doubt.column: doubt.why for doubt in propose_mapping(path).unsure}
    assert "“Limbo” (1 rows)" in doubts["status"]
    assert "Open" not in doubts["status"]


@pytest.mark.parametrize("text", ["Q7", "Awaiting review", "12", "A/B (c)"])
def test_codes_and_plain_words_may_be_repeated(text: str) -> None:
    assert is_plain_word(text)


@pytest.mark.parametrize(
    "text", ["Mr Patel", "Smith J", "Home of John Smith", "AB123456C", "=1+1", "a@b.co", "x" * 60]
)
def test_anything_else_may_not(text: str) -> None:
    assert not is_plain_word(text)
