"""Home Office codes are one code however they are spelt, and those without a key are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from footbeat.incidents.home_office import (
    is_home_office,
    load_home_office,
    say_uncoded,
    spell_code,
)
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.read import convert_incidents

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "Crime Number,Date From,Time From,Date To,Time To,Easting,Northing,HO Code"


@pytest.mark.parametrize(
    "code", ["34B", "034B", "34/2", "034/02", "34/02", "034/2", "03402", "34B/00", "034/B"]
)
def test_every_spelling_of_a_robbery_is_robbery(code: str) -> None:
    assert load_home_office()[code.casefold()] == "robbery"


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("8/01", "abh"),
        ("008/06", "abh"),
        ("8/73", "common-assault"),
        ("008/26", "possession-of-weapons"),
        ("5/01", "wounding"),
        ("019/16", "rape"),
        ("092/61", "drugs-possession"),
        ("092/30", "drugs-trafficking"),
        ("001/01", "homicide"),
    ],
)
def test_the_subclass_decides_where_a_class_holds_several_offences(code: str, key: str) -> None:
    assert load_home_office()[code] == key


def test_harassment_of_class_8_is_no_assault() -> None:
    assert "8/30" not in load_home_office()


def test_full_codes_are_known_as_codes_and_titles_are_not() -> None:
    assert is_home_office(["034/02", "34/2", "034B", "8/01", "4.10"])
    assert not is_home_office(["Robbery", "12/03/2024", "99999"])
    assert spell_code("Robbery") == ("robbery",)


def test_codes_without_a_key_are_told_and_words_are_not_repeated() -> None:
    said = say_uncoded({"49": 3, "John Smith": 1})
    assert "4 rows" in said
    assert "49 (3 rows)" in said
    assert "Smith" not in said


def test_full_codes_reach_offence_and_harm_and_the_others_are_warned_of(tmp_path: Path) -> None:
    codes = ["034/02", "34/2", "034B", "8/01", "049/00"]
    rows = [
        f"42/{i}/24,03/04/2024,10:{i:02},03/04/2024,10:{i:02},{588123 + i},{185457 + i},{code}"
        for i, code in enumerate(codes)
    ]
    path, out = tmp_path / "export.csv", tmp_path / "o.parquet"
    path.write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    options = ReadOptions(source="records-from-to")
    report = convert_incidents([path], out, options, rejects=tmp_path / "r.parquet")
    kept = pq.read_table(out, columns=["incident_id", "offence", "harm_days"]).sort_by(
        "incident_id"
    )
    assert kept["offence"].to_pylist() == ["robbery", "robbery", "robbery", "abh", "049/00"]
    assert [days is not None for days in kept["harm_days"].to_pylist()] == [True] * 4 + [False]
    assert any("049/00 (1 rows)" in warning for warning in report.warnings)
