"""The whole loop on a synthetic village, as the command runs it."""

import json
import shutil
from pathlib import Path

import pytest

from footbeat.areas import read_hotspots
from footbeat.cli.main import run
from footbeat.incidents.load import load_incidents
from footbeat.simulate.staging import Streams, stage_town
from footbeat.simulate.town import LABEL, TownOptions
from footbeat.tasking.commitment import verify_schedule
from footbeat.trials.placedays import load_placedays
from footbeat.trials.results import load_effect

VILLAGE = TownOptions(
    n_hotspots=6, treat=2, n_days=28, history_days=365, width_m=3_200.0, height_m=2_400.0
)
PAGES = ("map.html", "report.html", "no-effect/report.html")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "d"


@pytest.fixture(scope="module")
def told(demo: Path) -> dict:
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("sys.stdout.write", said.append)
        code = run(["demo", "--small", "--towns", "12", "--out", str(demo), "--json", "--quiet"])
    assert code == 0
    return json.loads("".join(said))


def test_demo_says_what_people_script_against(told: dict) -> None:
    keys = {
        "hotspots_planted", "hotspots_found", "overlap", "truth", "effect", "no_effect", "naive",
        "coverage", "delivered_share", "files",
    }  # fmt: skip
    assert keys <= set(told)
    assert {"ratio", "low", "high", "covered"} <= set(told["effect"]) & set(told["no_effect"])
    assert {"sims", "covered"} <= set(told["coverage"])
    assert told["overlap"] == pytest.approx(told["hotspots_found"] / told["hotspots_planted"])


def test_covered_is_what_the_interval_says_and_nothing_else(told: dict) -> None:
    for part, truth in (("effect", told["truth"]["intention_to_treat"]), ("no_effect", 1.0)):
        low, high = told[part]["low"] or 0.0, told[part]["high"] or float("inf")
        assert told[part]["truth"] == pytest.approx(truth)
        assert told[part]["covered"] is (low <= truth <= high)


def test_custody_suite_would_have_ranked_first_and_was_set_aside(told: dict) -> None:
    first = told["set_aside"][0]
    assert first["rank"] == 1
    assert "custody-suite" in first["reason"]


def test_both_towns_have_the_same_days_and_comparison_days_hardly_differ(told: dict) -> None:
    with_effect, without = told["effect"], told["no_effect"]
    assert with_effect["n_treated"] == without["n_treated"] == 28 * 2
    assert with_effect["n_control"] == without["n_control"] == 28 * 4
    assert with_effect["events_treated"] <= without["events_treated"]
    assert abs(with_effect["events_control"] - without["events_control"]) <= 5


def test_coverage_is_counted_over_the_towns_asked_for(told: dict) -> None:
    assert told["coverage"]["sims"] == 12
    assert 8 <= told["coverage"]["covered"] <= 12


def test_every_file_told_of_is_there(told: dict) -> None:
    wanted = {
        "START-HERE.txt", "boundary.gpkg", "briefing.pdf", "demo.manifest.json", "effect.json",
        "hotspots.gpkg", "incidents-trial.parquet", "incidents.parquet", "map.html", "no-effect",
        "pings.csv", "placedays.parquet", "records-history.csv", "records-trial.csv",
        "records.toml", "report.html", "report.pdf", "schedule", "streets.gpkg", "truth.json",
        "visits.parquet",
    }  # fmt: skip
    assert wanted <= set(told["files"])
    assert all(Path(path).exists() for path in told["files"].values())


def test_synthetic_is_written_on_everything(told: dict, demo: Path) -> None:
    assert told["is_synthetic"] is True
    for name in PAGES:
        assert "SYNTHETIC" in (demo / name).read_text(encoding="utf-8"), name
    for name in ("START-HERE.txt", "records.toml", "truth.json", "demo.manifest.json"):
        assert LABEL in (demo / name).read_text(encoding="utf-8"), name
    assert load_incidents(demo / "incidents.parquet").provenance.is_synthetic
    assert read_hotspots(demo / "hotspots.gpkg").provenance.is_synthetic
    assert load_placedays(demo / "placedays.parquet").provenance.is_synthetic
    assert load_effect(demo / "effect.json").is_synthetic


def test_plan_was_fixed_before_the_draw_and_the_schedule_verifies(told: dict, demo: Path) -> None:
    assert told["files"]["schedule"].endswith("schedule")
    assert verify_schedule(demo / "schedule").valid
    assert load_effect(demo / "effect.json").planned


def test_commands_of_the_guide_repeat_the_demonstration(
    told: dict, demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def say(*words: str) -> dict:
        code = run([*words, "--json", "--overwrite"])
        out = capsys.readouterr().out
        assert code == 0, out
        return json.loads(out)

    here = {path.name: str(path) for path in demo.iterdir()}
    incidents, placedays = (str(tmp_path / name) for name in ("i.parquet", "p.parquet"))
    say(
        "incidents", "read", here["records-trial.csv"], "--source", here["records.toml"],
        "--area", here["boundary.gpkg"], "--out", incidents,
    )  # fmt: skip
    say(
        "trial", "placedays", incidents, "--schedule", here["schedule"], "--hotspots",
        here["hotspots.gpkg"], "--visits", here["visits.parquet"], "--out", placedays,
    )  # fmt: skip
    again = say("trial", "effect", placedays, "--schedule", here["schedule"])
    assert again["ratio"] == pytest.approx(told["effect"]["ratio"])
    assert again["events_control"] == told["effect"]["events_control"]


def test_folder_that_is_there_is_kept_and_nothing_half_written(
    told: dict, demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (demo / "truth.json").read_bytes()
    code = run(["demo", "--small", "--towns", "1", "--out", str(demo), "--json"])
    assert code == 14
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "store"
    assert (demo / "truth.json").read_bytes() == before
    assert told["files"]


def test_town_of_one_seed_is_the_same_town(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "other")]
    for folder, seed in zip(folders, (3, 3, 4), strict=True):
        folder.mkdir()
        stage_town(folder, VILLAGE, Streams.from_seed(seed))
    names = ("records-history.csv", "records-trial.csv", "pings.csv", "truth.json")
    one, two, other = ([(f / name).read_bytes() for name in names] for f in folders)
    assert one == two
    assert all(a != b for a, b in zip(one, other, strict=True))


def test_simulated_town_is_read_like_any_export(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    town = tmp_path / "town"
    code = run(
        ["simulate", "town", "--out", str(town), "--seed", "5", "--hotspots", "4", "--treat", "1",
         "--days", "14", "--effect", "1.5", "--carry-over", "2", "--json", "--quiet"]
    )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert {"files", "truth"} <= set(told)
    assert told["truth"]["ratio"] == 1.5
    assert told["truth"]["intention_to_treat"] > 1
    assert told["truth"]["carry_over_days"] == 2
    code = run(
        ["incidents", "read", f"{town}/records-history.csv", "--source", f"{town}/records.toml",
         "--area", f"{town}/boundary.gpkg", "--out", str(tmp_path / "i.parquet"), "--json"]
    )  # fmt: skip
    read = json.loads(capsys.readouterr().out)
    assert code == 0
    assert read["kept"] + read["rejected"] == read["read"]
    assert read["precision"] == "minute"
    assert "premises: custody-suite" in read["excluded_by_reason"]
    assert len(read["rejects_by_reason"]) >= 4
    shutil.rmtree(town)


def test_more_patrols_than_places_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "t"
    code = run(["simulate", "town", "--out", str(out), "--hotspots", "4", "--treat", "4", "--json"])
    assert code == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"
    assert not out.exists()
