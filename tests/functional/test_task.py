import json
import shutil
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pypdf
import pytest
from shapely.geometry import LineString, box

from footbeat.cli.main import run

START = ["--start", "2026-11-06"]


@pytest.fixture
def hotspots(tmp_path: Path) -> Path:
    shapes = [box(500_000 + i * 600, 200_000, 500_150 + i * 600, 200_150) for i in range(20)]
    names = ["=cmd()" if i == 0 else f"Place {i}" for i in range(20)]
    ids = [f"h{i:02}" for i in range(20)]
    columns = {"hotspot_id": ids, "name": names, "tier": ["A"] * 15 + ["B"] * 5}
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:27700")
    frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    return tmp_path / "h.gpkg"


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    def run_json(*words: str | Path) -> tuple[int, dict]:
        code = run(["task", *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_json


def test_southend_s_schedule_is_drawn_sealed_and_verified(
    say, hotspots: Path, tmp_path: Path
) -> None:
    code, drawn = say("schedule", hotspots, *START, "--preset", "southend", "--out", tmp_path / "s")
    assert code == 0
    assert (drawn["n_treated"], drawn["n_control"], drawn["per_day"]) == (720, 1080, 8)
    assert drawn["clean_control_share"]["4"]["expected"] == pytest.approx(0.1296, abs=1e-12)
    assert drawn["near_pairs"] == 19
    code, outcome = say("verify", tmp_path / "s")
    assert code == 0
    assert outcome == {
        "valid": True,
        "opened": True,
        "commitment": drawn["commitment"],
        "lodged": [],
        "problems": [],
    }


def test_released_week_holds_seven_days_and_neutral_text(
    say, hotspots: Path, tmp_path: Path
) -> None:
    folder, out = tmp_path / "s", tmp_path / "week.xlsx"
    say("schedule", hotspots, *START, "--preset", "southend", "--out", folder)
    code, released = say("week", folder, "--from", "2026-11-09", "--out", out)
    assert code == 0
    assert len(released["assignments"]) == 140
    assert {row["day"] for row in released["assignments"]} == {
        f"2026-11-{day:02}" for day in range(9, 16)
    }
    book = openpyxl.load_workbook(out)
    assert [len(sheet.tables) for sheet in book] == [1, 1]
    texts = [cell.value for sheet in book for row in sheet for cell in row if cell.value]
    assert "'=cmd()" in texts
    assert not [text for text in texts if str(text).startswith("=")]
    copy = next((folder / "released").iterdir())
    copy.write_bytes(copy.read_bytes()[:-1] + b"x")
    code, outcome = say("verify", folder)
    assert (code, outcome["valid"]) == (11, False)
    assert outcome["problems"] == [f"released/{copy.name} is not what was released."]


def test_tampered_schedule_is_not_released(say, hotspots: Path, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    say("schedule", hotspots, *START, "--preset", "southend", "--out", folder)
    csv = folder / "sealed" / "schedule.csv"
    csv.write_bytes(csv.read_bytes().replace(b"treated", b"control", 1))
    code, answer = say("week", folder, "--from", "2026-11-09", "--out", tmp_path / "week.ics")
    assert code == 11
    assert answer["error"]["code"] == "data.tampered"
    assert not (tmp_path / "week.ics").exists()


def test_lodging_shows_in_the_verification(say, hotspots: Path, tmp_path: Path) -> None:
    say("schedule", hotspots, *START, "--preset", "op-rowan", "--out", tmp_path / "s")
    say("lodge", tmp_path / "s", "--where", "osf.io/abcde")
    _, outcome = say("verify", tmp_path / "s")
    assert [entry["where"] for entry in outcome["lodged"]] == ["osf.io/abcde"]


def test_chosen_seed_draws_the_same_arms_and_is_recorded(
    say, hotspots: Path, tmp_path: Path
) -> None:
    asked = ["schedule", hotspots, *START, "--days", "14", "--treat", "A:6,B:2", "--strata", "tier"]
    rows = []
    for name in ("one", "two"):
        _, drawn = say(*asked, "--seed", "42", "--out", tmp_path / name)
        assert drawn["seed_source"] == "chosen"
        rows.append((tmp_path / name / "sealed" / "schedule.csv").read_bytes())
    assert rows[0] == rows[1]
    assert drawn["mechanism"] == "daily:8;strata=tier;k=A:6,B:2"


def test_several_designs_are_compared_and_nothing_is_written(
    say, hotspots: Path, tmp_path: Path
) -> None:
    designs = ["--design", "daily", "--design", "coin"]
    code, answer = say("schedule", hotspots, *START, "--preset", "southend", *designs)
    assert code == 0
    assert [item["mechanism"] for item in answer["designs"]] == ["daily:8", "coin:0.4"]
    assert [path.name for path in tmp_path.iterdir()] == ["h.gpkg"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--days", "10", "--treat", "20"], "between 1 and one fewer"),
        (["--days", "10"], "how many hot spots"),
        (["--treat", "8"], "how many days"),
        (["--days", "0", "--treat", "8"], "--days"),
        (["--days", "-5", "--treat", "8"], "--days"),
        (["--days", "100000000", "--treat", "8"], "--days"),
        (["--days", "10", "--treat", "8", "--plan", "absent.json"], "absent.json"),
        (["--days", "10", "--share", "nan"], "--share"),
        (["--days", "10", "--treat", "8", "--rate", "nan"], "--rate"),
        (["--days", "10", "--treat", "8", "--rate", "-1"], "--rate"),
        (["--days", "10", "--treat", "A:6"], "no strata are named"),
        (["--days", "10", "--treat", "8", "--window", "22:00-22:00"], "end after it starts"),
        (["--days", "10", "--treat", "8", "--weekdays", "fry"], "mon to sun"),
        (["--days", "10", "--treat", "A:6,C:2", "--strata", "tier"], "same strata"),
        (["--days", "10", "--treat", "eight"], "--treat must be a number"),
        (["--days", "10", "--treat", "8", "--preset", "london"], "preset"),
    ],
)
def test_impossible_schedules_are_refused_in_words(
    say, hotspots: Path, tmp_path: Path, options: list[str], problem: str
) -> None:
    code, answer = say("schedule", hotspots, *START, *options, "--out", tmp_path / "s")
    assert code == 2
    assert problem in answer["error"]["problem"]
    assert not (tmp_path / "s").exists()


def test_missing_strata_column_is_named(say, hotspots: Path, tmp_path: Path) -> None:
    asked = ["--days", "10", "--treat", "8", "--strata", "band", "--out", tmp_path / "s"]
    code, answer = say("schedule", hotspots, *START, *asked)
    assert code == 11
    assert "`band`" in answer["error"]["problem"]


def test_briefing_has_the_shift_sheet_and_a_page_for_each_patrol(
    say, hotspots: Path, tmp_path: Path
) -> None:
    say("schedule", hotspots, *START, "--preset", "southend", "--out", tmp_path / "s")
    notes = tmp_path / "notes.csv"
    notes.write_text("hotspot_id,look_for\nh00,the steps\n", encoding="utf-8")
    asked = ["--day", "2026-11-06", "--notes", notes, "--out", tmp_path / "day.pdf"]
    code, answer = say("brief", tmp_path / "s", *asked)
    assert code == 0
    assert answer["pages"] == 9
    assert len(answer["hotspots"]) == 8
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF")
    assert (tmp_path / "day.pdf.manifest.json").exists()


def test_briefing_for_a_day_outside_the_schedule_writes_nothing(
    say, hotspots: Path, tmp_path: Path
) -> None:
    say("schedule", hotspots, *START, "--preset", "southend", "--out", tmp_path / "s")
    code, answer = say("brief", tmp_path / "s", "--day", "2027-11-06", "--out", tmp_path / "d.pdf")
    assert code == 11
    assert "2027-11-06 is not in it" in answer["error"]["found"]
    assert not (tmp_path / "d.pdf").exists()


def test_second_phase_chains_to_the_first(say, hotspots: Path, tmp_path: Path) -> None:
    asked = ["schedule", hotspots, "--days", "14", "--treat", "8"]
    _, first = say(*asked, "--start", "2026-11-06", "--out", tmp_path / "one")
    overlap = [*asked, "--start", "2026-11-19", "--continues", tmp_path / "one"]
    code, answer = say(*overlap, "--out", tmp_path / "two")
    assert code == 2
    assert "must begin after" in answer["error"]["problem"]
    later = [*asked, "--start", "2026-11-20", "--continues", tmp_path / "one"]
    _, second = say(*later, "--out", tmp_path / "two")
    public = json.loads((tmp_path / "two" / "schedule.json").read_text(encoding="utf-8"))
    assert second["phase"] == 2
    assert public["options"]["previous"] == first["commitment"]


def test_override_is_recorded_and_shows_in_the_status(say, hotspots: Path, tmp_path: Path) -> None:
    folder = tmp_path / "s"
    say("schedule", hotspots, *START, "--preset", "southend", "--out", folder)
    told = ["--day", "2026-11-07", "--hotspot", "h03", "--by", "sergeant"]
    code, answer = say("log", folder, "--event", "override", *told)
    assert (code, answer["events"]) == (0, 1)
    code, answer = say("status", folder, "--today", "2027-01-30")
    assert code == 0
    assert answer["days_left"] == 5
    assert answer["events"] == {"override": 1}
    assert answer["warning"].startswith("7 days")
    assert say("verify", folder)[0] == 0


def test_walks_are_found_written_and_drawn_on_the_briefing(
    say, hotspots: Path, tmp_path: Path
) -> None:
    lines = [LineString([(499_900, 200_075), (512_000, 200_075)])]
    lines += [
        LineString([(x + 75, 199_900), (x + 75, 200_075)]) for x in range(500_000, 500_700, 600)
    ]
    streets = gpd.GeoDataFrame(
        {"name": ["Long Road", "A", "B"], "highway": "residential"},
        geometry=lines,
        crs="EPSG:27700",
    )
    streets.to_file(tmp_path / "s.gpkg", layer="edges")
    asked = ["--streets", tmp_path / "s.gpkg", "--effort", "0.5", "--walks", "1"]
    for name in ("w.gpkg", "w.gpx", "w.kml", "w.geojson"):
        code, answer = say("walk", hotspots, *asked, "--out", tmp_path / name)
        assert code == 0
    assert len(answer["walks"]) == 20
    assert answer["walks"][1]["coverage"] <= answer["walks"][1]["bound"]
    say("schedule", hotspots, *START, "--preset", "southend", "--out", tmp_path / "s")
    told = ["--day", "2026-11-06", "--streets", tmp_path / "s.gpkg", "--walks", tmp_path / "w.gpkg"]
    code, answer = say("brief", tmp_path / "s", *told, "--out", tmp_path / "b.pdf")
    assert (code, answer["pages"]) == (0, 9)


def test_streets_of_another_town_are_refused(say, hotspots: Path, tmp_path: Path) -> None:
    far = gpd.GeoDataFrame(
        {"highway": ["path"]}, geometry=[LineString([(0, 0), (9, 9)])], crs="EPSG:27700"
    )
    far.to_file(tmp_path / "s.gpkg", layer="edges")
    code, answer = say(
        "walk", hotspots, "--streets", tmp_path / "s.gpkg", "--out", tmp_path / "w.gpx"
    )
    assert code == 11
    assert "same town" in answer["error"]["do"]


def test_rota_is_planned_planned_again_and_named_on_the_shift_sheet(
    say, hotspots: Path, tmp_path: Path
) -> None:
    folder, day = tmp_path / "s", ["--day", "2026-11-06"]
    say("schedule", hotspots, *START, "--preset", "southend", "--out", folder)
    code, first = say("rota", folder, *day, "--units", "3", "--out", tmp_path / "r.json")
    assert code == 0
    assert sum(len(unit["visits"]) for unit in first["units"]) == 8 + 3 - len(first["unserved"])
    lost = ["--previous", tmp_path / "r.json", "--lose", "unit 2", "--at", "18:00"]
    code, second = say("rota", folder, *day, *lost, "--out", tmp_path / "r.xlsx")
    assert code == 0
    late = [visit for visit in second["units"][1]["visits"] if visit["arrive"] >= "18:00"]
    assert late == []
    say("brief", folder, *day, "--rota", tmp_path / "r.json", "--out", tmp_path / "b.pdf")
    sheet = pypdf.PdfReader(tmp_path / "b.pdf").pages[0].extract_text()
    sent = {unit["unit"] for unit in first["units"] if any(v["hotspot_id"] for v in unit["visits"])}
    assert sent
    assert all(unit in sheet for unit in sent)
    code, answer = say("rota", folder, *day, "--lose", "unit 2")
    assert (code, answer["error"]["code"]) == (2, "usage")
    code, answer = say("rota", folder, *day, "--units", "3", "--base", "91,9000000")
    assert code == 2
    assert "km away" in answer["error"]["found"]
    other = ["--day", "2026-11-07", "--rota", tmp_path / "r.json"]
    code, answer = say("brief", folder, *other, "--out", tmp_path / "c.pdf")
    assert code == 11
    assert "2026-11-06" in answer["error"]["found"]


def test_a_design_is_not_compared_with_itself(say, hotspots: Path) -> None:
    twice = ["--design", "daily", "--design", "daily"]
    code, answer = say("schedule", hotspots, *START, "--days", "30", "--treat", "8", *twice)
    assert code == 2
    assert "daily:8" in answer["error"]["found"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--start", "9999-12-30", "--days", "30"], "9999-12-30"),
        (["--start", "2026-11-06", "--days", "30", "--rate", "0"], "It is 0."),
        (["--start", "2026-13-06"], "2026-13-06"),
    ],
)
def test_a_schedule_of_days_or_rates_that_cannot_be_is_refused(
    say, hotspots: Path, tmp_path: Path, words: list[str], found: str
) -> None:
    code, answer = say("schedule", hotspots, "--treat", "8", *words, "--out", tmp_path / "s")
    assert code == 2
    assert found in answer["error"]["found"]
    assert answer["error"]["do"]
    assert not (tmp_path / "s").exists()


def test_refreshed_list_is_drawn_as_a_second_phase_and_both_verify(
    say, hotspots: Path, tmp_path: Path
) -> None:
    asked = ["--days", "28", "--treat", "8"]
    _, first = say("schedule", hotspots, *START, *asked, "--out", tmp_path / "one")
    _, status = say("status", tmp_path / "one", "--today", "2026-11-06")
    assert status["warning"].startswith("28 days or fewer")
    _, status = say("status", tmp_path / "one", "--today", "2026-11-27")
    assert status["warning"].startswith("7 days or fewer")
    frame = gpd.read_file(hotspots).iloc[3:].reset_index(drop=True)
    new = frame.iloc[:2].assign(
        hotspot_id=["n1", "n2"], geometry=frame.geometry.iloc[:2].translate(0, 900)
    )
    refreshed = pd.concat([frame, new], ignore_index=True)
    gpd.GeoDataFrame(refreshed, crs=frame.crs).to_file(tmp_path / "r.gpkg", layer="hotspots")
    later = ["--start", "2026-12-04", "--continues", tmp_path / "one", "--out", tmp_path / "two"]
    code, second = say("schedule", tmp_path / "r.gpkg", *asked, *later)
    assert (code, second["phase"]) == (0, 2)
    public = json.loads((tmp_path / "two" / "schedule.json").read_text(encoding="utf-8"))
    assert public["options"]["previous"] == first["commitment"]
    assert len(public["places"]) == 19
    for name in ("one", "two"):
        _, outcome = say("verify", tmp_path / name)
        assert outcome["valid"]


def test_schedule_is_opened_after_its_last_day(say, hotspots: Path, tmp_path: Path) -> None:
    asked = ["--days", "7", "--treat", "8", "--out", tmp_path / "s"]
    _, drawn = say("schedule", hotspots, *START, *asked)
    code, answer = say("reveal", tmp_path / "s", "--today", "2026-11-12")
    assert (code, answer["error"]["code"]) == (2, "usage")
    code, answer = say("reveal", tmp_path / "s", "--today", "2026-11-13")
    assert (code, answer["valid"], answer["commitment"]) == (0, True, drawn["commitment"])
    shutil.rmtree(tmp_path / "s" / "sealed")
    code, outcome = say("verify", tmp_path / "s")
    assert (code, outcome["valid"], outcome["opened"]) == (0, True, True)
