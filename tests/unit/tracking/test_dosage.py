"""Patrol-minutes count time with anyone there; officer-minutes are summed; both are kept apart."""

import json
from pathlib import Path

import pandas as pd
import pytest

from footbeat.cli.main import run
from footbeat.tracking.dosage import measure_dosage, officer_minutes, patrol_minutes

HEAD = "hotspot,day,start,stop,unit,officers,agency,funding,theme"


def stay(place: str, start: str, end: str, officers: float | None = None, **more: object) -> dict:
    day = "2026-06-01"
    times = {
        name: pd.Timestamp(f"{day}T{clock}Z") for name, clock in (("arrive", start), ("leave", end))
    }
    return {"hotspot_id": place, "day": day, "officers": officers, **times, **more}


def test_two_units_at_once_are_one_presence_and_two_officers() -> None:
    rows = pd.DataFrame([stay("A", "20:00", "20:15"), stay("A", "20:10", "20:25")])
    assert (patrol_minutes(rows), officer_minutes(rows)) == (25.0, 30.0)


def test_double_unit_counts_twice_for_officers_and_once_for_patrol() -> None:
    rows = pd.DataFrame([stay("A", "20:00", "20:15", 2), stay("B", "20:00", "20:10")])
    assert (patrol_minutes(rows), officer_minutes(rows)) == (25.0, 40.0)


def test_presence_adds_up_by_agency_source_and_whether_it_was_due() -> None:
    rows = pd.DataFrame(
        [
            stay("A", "20:00", "20:15", agency="force", source="gps", is_scheduled=True),
            stay("A", "20:10", "20:30", agency="council", source="keyed", is_scheduled=True),
            stay("B", "09:00", "09:06", agency="force", source="gps", is_scheduled=None),
        ]
    )
    by_agency = measure_dosage(rows, by=["agency", "source"]).set_index("agency")
    assert by_agency["patrol_minutes"].to_dict() == {"council": 20.0, "force": 21.0}
    by_due = measure_dosage(rows, by=["is_scheduled"])
    # Both at once in A are counted once; the visit off the schedule stays a row of its own.
    assert by_due["patrol_minutes"].tolist() == [30.0, 6.0]
    assert by_due["n_visits"].sum() == len(rows)


def test_command_keeps_agencies_of_a_keyed_sheet_apart(
    tmp_path: Path, square, capsys: pytest.CaptureFixture[str]
) -> None:
    square.frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    rows = [
        "A,2026-06-01,19:40,19:56,EX1,2,force,additional,theft",
        "A,2026-06-01,19:50,20:06,W1,1,council,usual,",
    ]
    (tmp_path / "log.csv").write_text("\n".join([HEAD, *rows]), encoding="utf-8")
    words = [str(tmp_path / "log.csv"), "--hotspots", str(tmp_path / "h.gpkg"), "--json"]
    key = ["--key", str(tmp_path / "keys" / "unit.key"), "--out", str(tmp_path / "v.parquet")]
    assert run(["track", "log", *words, *key]) == 0
    capsys.readouterr()
    asked = ["track", "minutes", str(tmp_path / "v.parquet"), "--json"]
    assert run([*asked, "--by", "agency,funding", "--out", str(tmp_path / "m.csv")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["patrol_minutes"], told["officer_minutes"]) == (26.0, 48.0)
    assert [(row["agency"], row["officer_minutes"]) for row in told["by"]] == [
        ("council", 16.0),
        ("force", 32.0),
    ]
    assert len(pd.read_csv(tmp_path / "m.csv")) == 2
    assert run([*asked, "--by", "name"]) == 2


def test_visit_in_two_files_counts_once_and_a_column_asked_for_twice_is_one(
    tmp_path: Path, square, run_json
) -> None:
    square.frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    rows = ["A,2026-06-01,19:40,19:56,EX1,2,force,,", "A,2026-06-01,21:00,21:10,,,force,,"]
    rows += rows[1:]
    for name, some in (("day", rows[:1]), ("month", rows)):
        (tmp_path / f"{name}.csv").write_text("\n".join([HEAD, *some]), encoding="utf-8")
        words = [str(tmp_path / f"{name}.csv"), "--hotspots", str(tmp_path / "h.gpkg")]
        words += ["--key", str(tmp_path / "keys" / "unit.key")]
        assert run_json("track", "log", *words, "--out", str(tmp_path / f"{name}.parquet"))[0] == 0
    files = [str(tmp_path / f"{name}.parquet") for name in ("day", "month", "day")]
    code, said = run_json("track", "minutes", *files, "--by", "agency,agency")
    assert (code, said["n_visits"], said["officer_minutes"]) == (0, 3, 52.0)
    assert said["warnings"] == ["2 visits stand in more than one file: each counts once."]
    assert len(said["by"]) == 1
