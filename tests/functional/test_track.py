"""`footbeat track …` from files to answers."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from pyproj import Transformer
from shapely.geometry import box

from footbeat.areas import read_hotspots
from footbeat.cli.main import run
from footbeat.simulate.patrols import Device, PatrolOptions, simulate_patrols
from footbeat.tables import VISITS
from footbeat.tasking.schedule import load_schedule


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]):
    def run_json(*words: str | Path) -> tuple[int, dict]:
        code = run([*map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run_json


@pytest.fixture
def scene(tmp_path: Path, say) -> Path:
    """Give a folder with hot spots, a schedule of 15 days and the pings of its patrols."""
    shapes = [box(500_000 + i * 900, 200_000, 500_230 + i * 900, 200_230) for i in range(6)]
    ids = [f"h{i}" for i in range(6)]
    frame = gpd.GeoDataFrame({"hotspot_id": ids, "name": ids}, geometry=shapes, crs="EPSG:27700")
    frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    words = ["--start", "2026-06-01", "--days", "15", "--treat", "2", "--seed", "5"]
    code, _ = say("task", "schedule", tmp_path / "h.gpkg", *words, "--out", tmp_path / "s")
    assert code == 0
    hotspots, drawn = read_hotspots(tmp_path / "h.gpkg"), load_schedule(tmp_path / "s")
    options = PatrolOptions(device=Device(interval_s=20), delivered_share=1.0)
    simulated = simulate_patrols(hotspots, drawn.frame, options, rng=np.random.default_rng(3))
    pq.write_table(simulated.pings, tmp_path / "p.parquet")
    simulated.truth.to_parquet(tmp_path / "truth.parquet")
    (tmp_path / "keys").mkdir()
    return tmp_path


@pytest.fixture
def match(scene: Path, say):
    def visits(pings: Path, *more: str | Path) -> tuple[int, dict]:
        places = ["--hotspots", scene / "h.gpkg", "--key", scene / "keys" / "unit.key"]
        out = ["--out", scene / "v.parquet", "--overwrite"]
        return say("track", "visits", pings, *places, *out, *more)

    return visits


def test_patrols_are_found_and_fidelity_is_theirs(scene: Path, match, say) -> None:
    code, found = match(scene / "p.parquet", "--schedule", scene / "s")
    assert code == 0
    truth = pd.read_parquet(scene / "truth.parquet")
    long = truth[truth["minutes"] >= 5.2]
    assert found["officer_minutes"] == pytest.approx(long["minutes"].sum(), rel=0.03)
    assert found["rejected"] == 0
    table = pq.read_table(scene / "v.parquet")
    assert table.column_names == list(VISITS.names)
    assert not any(name in str(table.column("unit_id").to_pylist()) for name in ("patrol", "resp"))
    assert (scene / "v.parquet.manifest.json").exists()
    code, fidelity = say("track", "fidelity", scene / "v.parquet", "--schedule", scene / "s")
    assert code == 0
    assert fidelity["assigned"] == 30
    assert fidelity["delivered"] == 30
    assert fidelity["delivered_share"] == 1.0
    assert fidelity["minutes_treated"] > 12
    assert fidelity["minutes_control"] < 4


def test_csv_in_degrees_and_parquet_in_metres_give_the_same_minutes(scene: Path, match) -> None:
    pings = pd.read_parquet(scene / "p.parquet")
    turn = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    lon, lat = turn.transform(pings["x"], pings["y"])
    degrees = pings[["unit_id", "time"]].assign(lon=lon, lat=lat)
    degrees["time"] = degrees["time"].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    degrees["accuracy"] = pings["accuracy_m"]
    degrees.to_csv(scene / "p.csv", index=False)
    _, metres = match(scene / "p.parquet")
    code, found = match(scene / "p.csv")
    assert code == 0
    assert found["n_visits"] == metres["n_visits"]
    assert found["officer_minutes"] == pytest.approx(metres["officer_minutes"], abs=0.01)


def test_degrees_called_metres_are_refused_with_the_remedy(scene: Path, match) -> None:
    frame = pd.DataFrame(
        {"unit": ["a"] * 3, "time": ["2026-06-01T18:00:00Z"] * 3, "x": [-0.1] * 3, "y": [51.5] * 3}
    )
    frame.to_csv(scene / "d.csv", index=False)
    code, answer = match(scene / "d.csv")
    assert code == 11
    assert answer["error"]["code"] == "data.crs"
    assert answer["error"]["do"] == "Pass --ping-crs EPSG:4326."


def test_every_bad_row_is_counted_with_its_reason(scene: Path, match) -> None:
    good = "u1,2026-06-01T18:00:{:02}Z,500100,200100,5\n"
    bad = [
        "u1,2099-06-01T18:00:00Z,500100,200100,5",
        "u1,not a time,500100,200100,5",
        "u1,2026-06-01T18:00:00,500100,200100,5",
        ",2026-06-01T18:00:00Z,500100,200100,5",
        "u1,2026-06-01T18:00:00Z,NaN,200100,5",
        "u1,2026-06-01T18:00:00Z,0,0,5",
        "u1,2026-06-01T18:00:00Z,500100,200100,900",
        "u1,2026-06-01T18:0",
    ]
    text = "unit_id,time,x,y,accuracy_m\n" + "".join(good.format(i) for i in range(10))
    (scene / "b.csv").write_text(text + "\n".join(bad), encoding="utf-8")
    code, found = match(scene / "b.csv", "--rejects", scene / "r.csv")
    assert code == 0
    assert found["n_pings"] == 18
    listed = pd.read_csv(scene / "r.csv")
    assert listed["reason"].value_counts().to_dict() == found["rejects_by_reason"]
    assert listed["row"].dropna().tolist() == [11, 12, 13, 14, 15, 16, 17]
    assert "u1" not in (scene / "r.csv").read_text(encoding="utf-8")
    assert found["rejected"] == 8
    assert set(found["rejects_by_reason"].values()) == {1}
    assert "time in the future" in found["rejects_by_reason"]
    assert "row broken off" in found["rejects_by_reason"]


def test_key_beside_the_visits_is_refused(scene: Path, match) -> None:
    code, answer = match(scene / "p.parquet", "--key", scene / "unit.key")
    assert code == 2
    assert "must live apart" in answer["error"]["problem"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("empty.csv", b"", 11),
        ("headers.csv", b"unit_id,time,x,y\n", 11),
        ("columns.csv", b"unit_id,time,x\nu,2026-06-01T18:00:00Z,1\n", 11),
        ("cut.parquet", b"PAR1 and no more", 14),
        ("notes.docx", b"words", 14),
    ],
)
def test_file_that_is_no_pings_says_so_and_leaves_nothing(
    scene: Path, match, name: str, content: bytes, code: int
) -> None:
    (scene / name).write_bytes(content)
    found, answer = match(scene / name)
    assert found == code
    assert answer["error"]["do"]
    assert not (scene / "v.parquet").exists()


def test_schedule_of_other_hot_spots_is_refused(scene: Path, match, say) -> None:
    match(scene / "p.parquet")
    other = gpd.read_file(scene / "h.gpkg").assign(hotspot_id=lambda f: "z" + f["hotspot_id"])
    other.to_file(scene / "z.gpkg", layer="hotspots")
    words = ["--start", "2026-06-01", "--days", "15", "--treat", "2", "--seed", "5"]
    say("task", "schedule", scene / "z.gpkg", *words, "--out", scene / "z")
    code, answer = say("track", "fidelity", scene / "v.parquet", "--schedule", scene / "z")
    assert code == 11
    assert answer["error"]["code"] == "data.mismatch"


def test_keyed_sheet_becomes_visits_and_activities(scene: Path, say) -> None:
    text = "hotspot,day,start,stop,unit,engagements\nh1,2026-06-02,19:41,19:58,EX1,3\nq,x,,,,\n"
    (scene / "log.csv").write_text(text, encoding="utf-8")
    words = ["--hotspots", scene / "h.gpkg", "--schedule", scene / "s"]
    words += ["--key", scene / "keys" / "unit.key", "--out", scene / "k.parquet"]
    code, found = say("track", "log", scene / "log.csv", *words)
    assert code == 0
    assert (found["n_visits"], found["n_activities"], found["rejected"]) == (1, 1, 1)
    assert pq.read_table(scene / "k.activities.parquet").num_rows == 1
    assert pq.read_table(scene / "k.parquet").column("source").to_pylist() == ["keyed"]


def test_fidelity_is_drawn_listed_and_worded(scene: Path, match, say) -> None:
    match(scene / "p.parquet")
    files = ["--out", scene / "days.csv", "--chart", scene / "days.png"]
    words = ["track", "fidelity", scene / "v.parquet", "--schedule", scene / "s", *files]
    code, found = say(*words)
    assert code == 0
    days = pd.read_csv(scene / "days.csv")
    assert len(days) == 90
    assert (days["minutes_low"] <= days["patrol_minutes"]).all()
    assert (days["patrol_minutes"] <= days["minutes_high"]).all()
    # A target is what a patrol day is held to; a comparison day has none.
    is_patrol = days["arm"] == "treated"
    assert days["said"][is_patrol].str.fullmatch(r"\d+(–\d+)? min; target 15").all()
    assert days["said"][~is_patrol].str.fullmatch(r"\d+(–\d+)? min").all()
    assert set(days["outcome"]) <= {
        "delivered",
        "late",
        "short",
        "missed",
        "clean",
        "visited",
        "contaminated",
    }
    assert (scene / "days.png").read_bytes().startswith(b"\x89PNG")
    assert (scene / "days.csv.manifest.json").exists()
    assert len(found["ledger"]) == int((days[days["arm"] == "control"]["n_visits"] > 0).sum())


def test_fidelity_page_holds_the_finding_the_minutes_and_the_ledger(
    scene: Path, match, say
) -> None:
    match(scene / "p.parquet")
    words = ["track", "fidelity", scene / "v.parquet", "--schedule", scene / "s"]
    code, found = say(*words, "--chart", scene / "f.html")
    page = (scene / "f.html").read_text(encoding="utf-8")
    assert code == 0
    assert f"{found['delivered']} of {found['assigned']} patrol days were delivered" in page
    assert "min; target 15" in page
    assert page.count(">none recorded<") == len(found["ledger"])
    assert 'src="http' not in page


def test_refused_chart_leaves_no_file_behind(scene: Path, match, say) -> None:
    match(scene / "p.parquet")
    words = ["track", "fidelity", scene / "v.parquet", "--schedule", scene / "s"]
    before = set(scene.iterdir())
    assert say(*words, "--out", scene / "o.csv", "--chart", scene / "o2.csv")[0] == 2
    assert say(*words, "--out", scene / "o.csv", "--chart", scene / "no" / "o.png")[0] == 14
    assert set(scene.iterdir()) == before


def test_times_that_are_not_known_are_null_and_the_return_follows_what_delivers(
    scene: Path, match, say
) -> None:
    match(scene / "p.parquet")
    words = ["track", "fidelity", scene / "v.parquet", "--schedule", scene / "s"]
    code, found = say(*words, "--delivered-min", "500")
    assert (code, found["return_min"], found["in_return"]) == (0, 500.0, 0)
    assert found["ledger"]
    assert {row["first_arrive"] for row in found["ledger"]} == {None}


def test_day_without_a_keyed_row_is_not_known_wherever_it_lies(scene: Path, say) -> None:
    rows = [f"h0,2026-06-0{day},18:00,18:20,EX1" for day in (2, 3, 5)]
    (scene / "log.csv").write_text("\n".join(["hotspot,day,start,stop,unit", *rows]))
    places = ["--hotspots", scene / "h.gpkg", "--key", scene / "keys" / "unit.key"]
    code, told = say("track", "log", scene / "log.csv", *places, "--out", scene / "k.parquet")
    assert (code, told["empty_days"]) == (0, ["2026-06-04"])
    _, found = say("track", "fidelity", scene / "k.parquet", "--schedule", scene / "s")
    # Twelve of the fifteen days have no row: before, between and after.
    assert (found["uncovered"], found["assigned"] + found["comparison_days"]) == (72, 18)
    assert not any("ping" in text for text in found["warnings"])


def test_override_is_named_in_the_ledger(scene: Path, match, say) -> None:
    match(scene / "p.parquet")
    frame = load_schedule(scene / "s").frame
    control = frame[frame["arm"] == "control"].iloc[0]
    where = ["--hotspot", control["hotspot_id"], "--day", str(pd.Timestamp(control["day"]).date())]
    how = ["--event", "override", "--by", "inspector"]
    code, answer = say("task", "log", scene / "s", *where, *how)
    assert code == 0, answer
    _, found = say("track", "fidelity", scene / "v.parquet", "--schedule", scene / "s")
    assert found["overrides"] == 1
    assert any(row["event"] == "override" for row in found["ledger"])


def test_old_pings_are_deleted_with_a_certificate(tmp_path: Path, say) -> None:
    (tmp_path / "old.csv").write_text("unit,time,x,y\nu,2020-06-01T18:00:00Z,1,2\n")
    _, planned = say("track", "keep", tmp_path, "--dry-run")
    assert (planned["due"], planned["deleted"], planned["may_hold_pings"]) == (["old.csv"], [], [])
    code, done = say("track", "keep", tmp_path)
    assert (code, done["deleted"]) == (0, ["old.csv"])
    assert [path.name for path in tmp_path.iterdir()] == [done["certificate"]]


def test_thresholds_are_options_where_they_act_and_are_recorded(scene: Path, match, say) -> None:
    words = ["track", "fidelity", scene / "v.parquet", "--schedule", scene / "s"]
    match(scene / "p.parquet")
    files = ["--out", scene / "d.csv"]
    _, usual = say(*words)
    code, strict = say(*words, "--delivered-min", "60", "--return-min", "90", *files)
    assert code == 0
    assert (strict["delivered"], strict["in_return"], strict["short"]) == (0, 0, 30)
    assert usual["in_return"] > 0
    run = json.loads((scene / "d.csv.manifest.json").read_text(encoding="utf-8"))
    assert run["parameters"] == {"delivered_min": 60.0, "return_min": 90.0}
    # A longer stay is a visit's own threshold; what delivers must then be no shorter.
    code, long = match(scene / "p.parquet", "--stay-min", "12")
    assert code == 0
    assert long["n_visits"] > 0
    code, answer = say(*words)
    assert code == 2
    assert "--delivered-min" in answer["error"]["do"]
    assert say(*words, "--delivered-min", "12")[0] == 0


def test_swapped_degrees_are_told_in_the_answer_itself(scene: Path, match) -> None:
    pings = pd.read_parquet(scene / "p.parquet")
    turn = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    lon, lat = turn.transform(pings["x"], pings["y"])
    pings[["unit_id", "time"]].assign(lat=lon, lon=lat).to_csv(scene / "p.csv", index=False)
    code, found = match(scene / "p.csv")
    assert (code, found["n_visits"]) == (0, 0)
    assert any("check coordinates, and their order" in text for text in found["warnings"])


def test_no_output_replaces_what_is_read(scene: Path, match) -> None:
    pings = scene / "p.parquet"
    before = pings.read_bytes()
    code, answer = match(pings, "--out", pings, "--overwrite")
    assert (code, "one of the inputs" in answer["error"]["found"]) == (2, True)
    assert pings.read_bytes() == before
