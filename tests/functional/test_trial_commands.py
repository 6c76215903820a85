"""The commands of the trial step, as people and scripts call them."""

import json
from datetime import date, timedelta
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.cli.main import run
from footbeat.incidents.load import save_incidents
from footbeat.manifest import hash_file
from footbeat.periods import Window
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule, save_schedule
from footbeat.tasking.windows import VisitPlan

CRS = "EPSG:27700"
ELSEWHERE = "hotspot_id=place,day=date,assigned=treated,n=count"


def answer(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    code = run([*map(str, words), "--json"])
    captured = capsys.readouterr()
    assert code == 0, captured.err
    return json.loads(captured.out)


def refusal(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = run([*map(str, words), "--json"])
    return code, json.loads(capsys.readouterr().out)["error"]["problem"]


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    arms = rng.random((60, 10)).argsort(1).argsort(1) < 4
    frame = pd.DataFrame(
        {
            "place": np.tile(list("abcdefghij"), 60),
            "date": np.repeat(pd.date_range("2026-01-01", periods=60).strftime("%Y-%m-%d"), 10),
            "treated": arms.ravel().astype(int),
            "count": rng.poisson(np.where(arms, 0.4, 0.8)).ravel(),
        }
    )
    frame.to_csv(tmp_path / "elsewhere.csv", index=False)
    return tmp_path / "elsewhere.csv"


def test_published_totals_get_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "trial", "aggregate", "--treated", "6/720", "--control", "34/1080")
    assert found["ratio"] == pytest.approx(0.264705882353)
    assert found["wald"]["high"] == pytest.approx(0.630495470638)
    assert found["exact"]["p"] == pytest.approx(0.000997217386184)
    assert found["e_test_p"] == pytest.approx(0.00108426221131)
    assert found["e_test_unpooled_p"] == pytest.approx(0.00035657861022)


def test_an_open_bound_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "trial", "aggregate", "--treated", "0/720", "--control", "3/1080")
    assert found["exact"]["low"] is None
    assert found["wald"] == {"low": None, "high": None, "p": None}


def test_totals_that_are_none_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    code, problem = refusal(
        capsys, "trial", "aggregate", "--treated", "six/720", "--control", "3/1080"
    )
    assert (code, problem) == (2, "An arm must be incidents over place-days.")


def test_power_says_what_a_design_can_find(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--hotspots", 20, "--days", 90, "--treat", 8, "--rate", 0.1, "--effect", 0.85]
    found = answer(capsys, "trial", "power", *words)
    assert found["mde"] == pytest.approx(0.395239753264, abs=1e-4)
    assert 0.1 < found["power"] < 0.3
    assert found["days_needed"] > 500


@pytest.mark.parametrize(
    "wrong", [["--rate", "nan"], ["--rate", "0.1", "--dispersion", "0"], ["--rate", "inf"]]
)
def test_power_of_no_number_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    design = ["--hotspots", 20, "--days", 90, "--treat", 8]
    code, problem = refusal(capsys, "trial", "power", *design, *wrong)
    assert code == 2
    assert "numbers above 0" in problem


def test_a_rate_too_low_for_any_effect_gives_null(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--hotspots", 20, "--days", 90, "--treat", 8, "--rate", 0.01]
    assert answer(capsys, "trial", "power", *words)["mde"] is None


def test_a_trial_run_elsewhere_is_analysed(
    capsys: pytest.CaptureFixture[str], elsewhere: Path
) -> None:
    words = ["--mechanism", "daily:4", "--columns", ELSEWHERE, "--draws", 999]
    found = answer(capsys, "trial", "effect", elsewhere, *words)
    assert found["low"] < found["ratio"] < found["high"]
    assert (found["n_treated"], found["n_control"]) == (240, 360)
    assert "poisson-place-day" in [one["name"] for one in found["estimators"]]
    assert found["data_cut"] is None
    assert found["planned"] is False
    assert 0 < found["placebo_p"] <= 1


def test_a_mechanism_that_was_not_used_is_a_data_error(
    capsys: pytest.CaptureFixture[str], elsewhere: Path
) -> None:
    code, problem = refusal(
        capsys, "trial", "effect", elsewhere, "--mechanism", "daily:5", "--columns", ELSEWHERE
    )
    assert code == 11
    assert "must have been drawn by `daily:5`" in problem


def test_an_effect_without_a_schedule_is_a_usage_error(
    capsys: pytest.CaptureFixture[str], elsewhere: Path
) -> None:
    code, problem = refusal(capsys, "trial", "effect", elsewhere)
    assert (code, problem) == (2, "An effect must know how the arms were drawn.")


@pytest.fixture
def trial(tmp_path: Path) -> Path:
    """A folder with hot spots, a sealed schedule and incidents."""
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{i}" for i in range(8)]},
        geometry=[box(i * 400, 0, i * 400 + 150, 150) for i in range(8)],
        crs=CRS,
    )
    hotspots = Hotspots(
        complete_hotspots(frame.assign(name=frame["hotspot_id"]), "h"), Provenance(CRS)
    )
    hotspots.frame.to_file(tmp_path / "h.gpkg", layer="hotspots")
    options = ScheduleOptions(
        date(2026, 2, 1), 60, "daily:3", VisitPlan(Window.parse("14:00-22:00"))
    )
    schedule = draw_schedule(hotspots, options, seed=bytes(32), nonce=bytes(32))
    save_schedule(schedule, tmp_path / "schedule")
    rng = np.random.default_rng(5)
    counts = rng.poisson(np.where(schedule.arms, 0.5, 1.0))
    day, place = (np.repeat(index.ravel(), counts.ravel()) for index in np.indices(counts.shape))
    save_incidents(make_incidents(day, place), tmp_path / "i.parquet")
    return tmp_path


def make_incidents(day: np.ndarray, place: np.ndarray) -> object:
    import pyarrow as pa

    from footbeat.incidents.load import Incidents
    from footbeat.tables import INCIDENTS, check_table

    start = pd.Timestamp("2026-02-01T12:00Z") + pd.to_timedelta(day, unit="D")
    n = len(day)
    columns = {
        "incident_id": [str(i) for i in range(n)],
        "kind": ["crime"] * n,
        "source": ["generic"] * n,
        "offence": ["robbery"] * n,
        "start": start,
        "end": start + timedelta(minutes=1),
        "status": ["live"] * n,
        "precision": ["minute"] * n,
        "x": place * 400.0 + 75,
        "y": np.full(n, 75.0),
        "location_grade": ["A"] * n,
        "is_police_generated": np.zeros(n, bool),
    }
    known = Provenance(CRS, "generic", start="2026-01-01", end="2026-12-31")
    return Incidents(check_table(pa.Table.from_pydict(columns), INCIDENTS), known)


def placedays_words(trial: Path) -> list[object]:
    given = [trial / "i.parquet", "--schedule", trial / "schedule", "--hotspots", trial / "h.gpkg"]
    return ["trial", "placedays", *given, "--out", trial / "placedays.parquet"]


def test_from_incidents_to_a_report(capsys: pytest.CaptureFixture[str], trial: Path) -> None:
    counted = answer(capsys, *placedays_words(trial))
    assert counted["n_placedays"] == 480
    assert counted["n_incidents"] > 200
    assert counted["immature"] == 0
    words = ["--schedule", trial / "schedule", "--draws", 999, "--out", trial / "effect.json"]
    effect = answer(capsys, "trial", "effect", trial / "placedays.parquet", *words)
    assert effect["high"] < 1
    assert effect["data_cut"] == "2026-12-31"
    assert (trial / "effect.json.manifest.json").is_file()
    report = answer(capsys, "trial", "report", trial, "--out", trial / "r.html")
    assert report["ratio"] == effect["ratio"]
    page = (trial / "r.html").read_text(encoding="utf-8")
    assert "480" in page
    assert "How to make this again" in page
    assert hash_file(trial / "effect.json").sha256[:16] in page


def test_a_schedule_edited_after_locking_is_refused(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    sealed = trial / "schedule" / "sealed" / "schedule.parquet"
    frame = pd.read_parquet(sealed)
    frame["arm"] = frame["arm"].map({"treated": "control", "control": "treated"})
    frame.to_parquet(sealed)
    code, problem = refusal(capsys, *placedays_words(trial))
    assert code == 11
    assert "must be the one that was locked" in problem
    assert not (trial / "placedays.parquet").exists()


def test_outputs_are_not_overwritten_without_leave(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    (trial / "placedays.parquet").write_text("mine", encoding="utf-8")
    code, _ = refusal(capsys, *placedays_words(trial))
    assert code == 14
    assert (trial / "placedays.parquet").read_text(encoding="utf-8") == "mine"


def test_displacement_is_weighed_from_a_table(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rows = ["area,pre,post", "treated,207,110", "control,308,318"]
    rows += ["displacement-treated,178,157", "displacement-control,150,140"]
    (tmp_path / "t.csv").write_text("\n".join(rows), encoding="utf-8")
    found = answer(capsys, "trial", "displacement", "--table", tmp_path / "t.csv")
    assert found["wdd"] == -118
    assert found["se"] == pytest.approx(39.5979797464)
    assert found["wdq"] == pytest.approx(0.258185688349)
    assert found["tne"] == pytest.approx(130.5)


@pytest.mark.parametrize(
    "text",
    ["area,pre,post\ntreated,1,2\n", "area,before\ntreated,1\n", "area,pre,post\ntarget,1,2\n",
     "area,pre,post\ntreated,-1,2\ncontrol,1,1\n"],
)  # fmt: skip
def test_a_displacement_table_that_makes_no_sense_is_a_data_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str
) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    code, problem = refusal(capsys, "trial", "displacement", "--table", tmp_path / "t.csv")
    assert code == 11
    assert "must have" in problem


def test_power_is_simulated_and_costed_when_asked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["--hotspots", 8, "--days", 30, "--treat", 3, "--rate", 0.6, "--effect", 0.6]
    found = answer(
        capsys,
        "trial",
        "power",
        *words,
        "--sims",
        20,
        "--patrol-cost",
        60,
        "--plot",
        tmp_path / "power.svg",
    )
    assert found["simulated"]["sims"] == 20
    assert abs(found["simulated"]["power"] - found["power"]) < 0.4
    assert found["cost"] == 60 * 90
    assert found["curve"][0]["cost_needed"] < found["curve"][-1]["cost_needed"]
    assert (tmp_path / "power.svg").is_file()
    assert [point["effect"] for point in found["curve"]] == sorted(
        point["effect"] for point in found["curve"]
    )


def test_a_running_trial_is_monitored_and_drawn(
    capsys: pytest.CaptureFixture[str], elsewhere: Path, tmp_path: Path
) -> None:
    words = ["--mechanism", "daily:4", "--columns", ELSEWHERE, "--plot", tmp_path / "m.png"]
    found = answer(capsys, "trial", "monitor", elsewhere, *words)
    assert found["evidence_benefit"] > 1 > found["evidence_harm"]
    assert len(found["by_day"]) == 60
    assert found["interval"]["asymptotic"] is True
    assert (tmp_path / "m.png").stat().st_size > 1000


def test_a_design_is_calibrated_from_its_public_part(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    words = ["--sims", 20, "--draws", 199, "--rate", 0.5, "--workers", 1]
    found = answer(capsys, "trial", "calibrate", trial / "schedule", *words)
    names = [one["name"] for one in found["estimators"]]
    assert names[0] == "randomisation"
    assert "monitor" in names


def test_the_coverage_of_the_design_stands_beside_every_result(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    words = ["--sims", 20, "--draws", 199, "--rate", 0.5, "--workers", 1, "--keep"]
    answer(capsys, "trial", "calibrate", trial / "schedule", *words)
    answer(capsys, *placedays_words(trial))
    asked = ["--schedule", trial / "schedule", "--draws", 999]
    effect = answer(capsys, "trial", "effect", trial / "placedays.parquet", *asked)
    assert (
        "of 20 simulated intervals of this design held the truth" in effect["estimators"][0]["note"]
    )


def test_a_plan_is_locked_followed_and_deposited(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    schedule, placedays = trial / "schedule", trial / "placedays.parquet"
    planned = answer(capsys, "trial", "plan", schedule, "--settle-days", 14)
    assert len(planned["plan_hash"]) == 64
    answer(capsys, *placedays_words(trial))
    words = ["--schedule", schedule, "--draws", 999]
    effect = answer(capsys, "trial", "effect", placedays, *words)
    assert effect["planned"] is True
    assert effect["settle_days"] == 14
    harm = refusal(capsys, "trial", "effect", placedays, *words, "--outcome", "harm_days")
    assert harm[0] == 11
    assert refusal(capsys, "trial", "plan", schedule)[0] == 11
    deposit = [schedule, "--placedays", placedays, "--out", trial / "d.zip", "--draws", 999]
    answer(capsys, "trial", "archive", *deposit)
    found = answer(capsys, "trial", "verify", trial / "d.zip")
    assert found["valid"] is True
    assert found["ratio"] == effect["ratio"]


@pytest.mark.parametrize(
    "wrong", [["--alpha", 1.5], ["--alpha", 0], ["--power", 0.01], ["--power", 1], ["--power", 0]]
)
def test_power_refuses_levels_that_are_none(
    capsys: pytest.CaptureFixture[str], wrong: list[object]
) -> None:
    design = ["--hotspots", 20, "--days", 90, "--treat", 8, "--rate", 0.1]
    code, problem = refusal(capsys, "trial", "power", *design, *wrong)
    assert code == 2
    assert "must lie between" in problem


@pytest.mark.parametrize(
    "wrong",
    [["--alpha", 0], ["--alpha", 2], ["--harm-per-unit", -5], ["--harm-per-unit", 0]],
)
def test_the_monitor_refuses_options_out_of_bounds(
    capsys: pytest.CaptureFixture[str], elsewhere: Path, wrong: list[object]
) -> None:
    words = ["--mechanism", "daily:4", "--columns", ELSEWHERE]
    code, problem = refusal(capsys, "trial", "monitor", elsewhere, *words, *wrong)
    assert code == 2
    assert "must" in problem


def test_every_command_that_computes_an_effect_records_a_look(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    schedule = trial / "schedule"
    answer(capsys, *placedays_words(trial))
    (trial / "placedays.parquet").rename(schedule / "placedays.parquet")
    answer(capsys, "trial", "report", schedule, "--out", trial / "r.html")
    assert refusal(capsys, "trial", "plan", schedule)[0] == 11
    words = ["--schedule", schedule, "--draws", 999]
    asked = ["--estimator", "poisson-place-day"]
    same = answer(capsys, "trial", "effect", schedule / "placedays.parquet", *words)
    other = answer(capsys, "trial", "effect", schedule / "placedays.parquet", *words, *asked)
    assert (same["n_looks"], other["n_looks"]) == (1, 2)


def test_before_and_after_is_never_called_an_experiment(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    days = pd.date_range("2026-01-01", periods=200)
    frame = pd.DataFrame(
        {
            "place": np.tile(np.arange(12), 200),
            "day": np.repeat(days.strftime("%Y-%m-%d"), 12),
            "treated": np.tile((np.arange(12) < 4).astype(int), 200),
            "n": rng.poisson(0.5, 2400),
        }
    )
    frame.to_csv(tmp_path / "c.csv", index=False)
    words = ["--start", "2026-05-21", "--plot", tmp_path / "e.svg"]
    found = answer(capsys, "trial", "quasi", tmp_path / "c.csv", *words)
    assert found["says"].startswith("NOT AN EXPERIMENT")
    assert (tmp_path / "e.svg").is_file()


def test_totals_are_told_as_people_read_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trial", "aggregate", "--treated", "71/720", "--control", "152/1080"]) == 0
    first = capsys.readouterr().out.splitlines()[0].replace("\N{NO-BREAK SPACE}", " ")
    assert first == (
        "30 % fewer (7 % to 47 % fewer): 71 incidents on 720 patrol days, 152 on 1,080 "
        "comparison days"
    )


def test_displacement_in_place_and_time_is_told_from_placedays(
    capsys: pytest.CaptureFixture[str], trial: Path
) -> None:
    answer(capsys, *placedays_words(trial), "--buffer-m", 100, "--hours", "06:00-20:00")
    words = ["--placedays", trial / "placedays.parquet", "--schedule", trial / "schedule"]
    found = answer(capsys, "trial", "displacement", *words, "--draws", 999)
    names = [row["name"] for row in found["rows"]]
    assert names[:2] == ["same-place-same-day", "ring-around"]
    assert {"spillover-near-patrol", "time-next-day"} <= set(names)
    assert all(row["note"] for row in found["rows"])


def test_displacement_of_nothing_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "trial", "displacement")[0] == 2
