"""Input that trackers and people really hand in: refused in words, or counted, never guessed."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.tables import UTC_TIME, Provenance
from footbeat.tracking.rows import order_rows, rows_from
from footbeat.tracking.visits import match_visits

START = pd.Timestamp("2026-06-01T07:00Z")


def hotspots_at(x: float, y: float) -> Hotspots:
    frame = gpd.GeoDataFrame(
        {"hotspot_id": ["A"]}, geometry=[box(x, y, x + 230, y + 230)], crs="EPSG:27700"
    )
    return Hotspots(complete_hotspots(frame, "drawn"), Provenance(crs="EPSG:27700"))


def pings_of(seconds: np.ndarray, x: np.ndarray, y: np.ndarray) -> pa.Table:
    n = len(seconds)
    micros = np.round((START.timestamp() + seconds) * 1e6).astype(np.int64)
    return pa.table(
        {
            "unit_id": pa.array(["u"] * n),
            "time": pa.array(micros).cast(UTC_TIME),
            "x": pa.array(x),
            "y": pa.array(y),
            "accuracy_m": pa.nulls(n, pa.float64()),
            "speed_ms": pa.nulls(n, pa.float64()),
        }
    )


def test_one_unit_with_a_million_pings_is_one_walk() -> None:
    n = 1_000_000
    rng = np.random.default_rng(4)
    seconds = np.arange(n) * 2.0
    # An hour inside, an hour 500 m away, over and over: 277 and a part of visits.
    inside = (seconds // 3600).astype(int) % 2 == 0
    x = np.where(inside, 115.0, 615.0) + rng.normal(0, 3, n)
    order = rng.permutation(n)
    pings = pings_of(seconds[order], x[order], np.full(n, 115.0))
    found = match_visits(pings, hotspots_at(0, 0))
    minutes = found.to_frame().groupby("unit_id")["minutes"].sum()
    assert found.n_pings == n
    assert minutes.iloc[0] == pytest.approx(inside.sum() * 2 / 60, rel=0.01)


def test_a_hundred_thousand_pings_at_one_instant_are_one_fix() -> None:
    n = 100_000
    rng = np.random.default_rng(5)
    seconds = np.concatenate([np.zeros(n), np.arange(1, 21) * 60.0])
    x = np.concatenate([rng.uniform(0, 230, n), np.full(20, 115.0)])
    found = match_visits(pings_of(seconds, x, np.full(n + 20, 115.0)), hotspots_at(0, 0))
    assert found.left_out["duplicate"] == n - 1
    assert found.to_frame()["minutes"].tolist() == pytest.approx([20.0])


def test_many_ties_are_ordered_as_few_are() -> None:
    rng = np.random.default_rng(6)
    seconds, x = np.repeat([0.0, 60.0], 300), rng.uniform(0, 230, 600).round(0)
    pings = pings_of(seconds, x, rng.uniform(0, 230, 600).round(0))
    rows = order_rows(rows_from(pings.append_column("rejected", pa.nulls(600, pa.string())), 10.0))
    keys = list(zip(rows.t, rows.accuracy_m, rows.x, rows.y, strict=True))
    assert keys == sorted(keys)


@pytest.fixture
def tell(tmp_path: Path, run_json):
    """Match a file of pings around a hot spot in Oxford and return code and answer."""
    hotspots_at(451_000, 206_000).frame.to_file(tmp_path / "h.gpkg", layer="hotspots")

    def match(text: str, *more: str) -> tuple[int, dict]:
        (tmp_path / "p.csv").write_text(text, encoding="utf-8")
        places = ["--hotspots", str(tmp_path / "h.gpkg"), "--out", str(tmp_path / "v.parquet")]
        key = ["--key", str(tmp_path / "keys" / "unit.key")]
        return run_json("track", "visits", str(tmp_path / "p.csv"), *places, *key, *more)

    return match


def test_clock_in_the_future_is_counted_not_used(tell) -> None:
    good = "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))
    code, told = tell("unit,time,x,y\n" + good + "u,2096-06-01T18:30:00Z,451100,206100\n")
    assert code == 0
    assert told["rejects_by_reason"] == {"time in the future": 1}
    assert (told["n_pings"], told["n_visits"]) == (21, 1)


def test_file_whose_every_clock_is_wrong_is_refused(tell) -> None:
    code, told = tell("unit,time,x,y\nu,2096-06-01T18:30:00Z,451100,206100\n")
    assert code == 11
    assert told["error"]["problem"] == "There must be pings that can be used."


def test_zones_mixed_in_one_file_are_counted(tell) -> None:
    good = "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))
    code, told = tell("unit,time,x,y\n" + good + "u,2026-06-01 19:05:00,451100,206100\n")
    assert code == 0
    assert told["rejects_by_reason"] == {"time zone unlike the file’s": 1}


def test_degrees_called_metres_are_refused_with_the_remedy(tell) -> None:
    code, told = tell("unit,time,x,y\nu,2026-06-01T18:00:00Z,-1.2577,51.7520\n")
    assert code == 11
    assert "pings look like degrees" in told["error"]["found"]
    assert told["error"]["do"] == "Pass --ping-crs EPSG:4326."


def test_numbers_that_are_none_are_counted(tell) -> None:
    good = "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))
    bad = ["u,2026-06-01T18:30:00Z,NaN,206100", "u,2026-06-01T18:31:00Z,451100,inf"]
    bad += ["u,2026-06-01T18:32:00Z,,206100", "u,2026-06-01T18:33:00Z,0,0"]
    code, told = tell("unit,time,x,y\n" + good + "\n".join(bad) + "\n")
    assert code == 0
    assert told["rejects_by_reason"] == {"no position": 3, "position (0, 0)": 1}


def test_file_cut_off_in_a_row_loses_that_row_and_says_so(tell) -> None:
    good = "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))
    code, told = tell("unit,time,x,y\n" + good + "u,2026-06-01T18:2")
    assert code == 0
    assert told["rejects_by_reason"] == {"row broken off": 1}


def test_parquet_cut_off_is_refused_and_leaves_nothing(tell, tmp_path: Path, run_json) -> None:
    tell("unit,time,x,y\nu,2026-06-01T18:00:00Z,451100,206100\n")
    pq.write_table(pings_of(np.arange(9.0), np.zeros(9), np.zeros(9)), tmp_path / "p.parquet")
    whole = (tmp_path / "p.parquet").read_bytes()
    (tmp_path / "p.parquet").write_bytes(whole[: len(whole) // 2])
    places = ["--hotspots", str(tmp_path / "h.gpkg"), "--out", str(tmp_path / "w.parquet")]
    key = ["--key", str(tmp_path / "keys" / "unit.key")]
    code, told = run_json("track", "visits", str(tmp_path / "p.parquet"), *places, *key)
    assert code == 14
    assert told["error"]["problem"] == "`p.parquet` must be a whole Parquet file."
    assert not (tmp_path / "w.parquet").exists()


def test_hot_spots_in_another_system_meet_the_same_pings(tell, tmp_path: Path) -> None:
    good = "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))
    _, metres = tell("unit,time,x,y\n" + good)
    hotspots_at(451_000, 206_000).frame.to_crs("EPSG:32630").to_file(
        tmp_path / "h.gpkg", layer="hotspots"
    )
    code, other = tell("unit,time,x,y\n" + good, "--ping-crs", "EPSG:27700", "--overwrite")
    assert code == 0
    assert other["patrol_minutes"] == pytest.approx(metres["patrol_minutes"], abs=0.01)


def test_days_without_a_ping_are_named_not_taken_for_absence(tell) -> None:
    days = [1, 2, 5]
    good = "".join(
        f"u,2026-06-{d:02}T18:{m:02}:00Z,451100,206100\n" for d in days for m in range(20)
    )
    _, told = tell("unit,time,x,y\n" + good)
    assert told["empty_days"] == ["2026-06-03", "2026-06-04"]


GOOD = "unit,time,x,y\n" + "".join(f"u,2026-06-01T18:{m:02}:00Z,451100,206100\n" for m in range(20))


@pytest.mark.parametrize(
    "option",
    [
        ("--officers", "0"),
        ("--officers", "-2"),
        ("--gap-s", "-5"),
        ("--gap-s", "nan"),
        ("--stay-min", "nan"),
        ("--funding", "banana"),
        ("--theme", "07700 900123"),
    ],
)
def test_numbers_that_cannot_be_are_wrong_usage(tell, option: tuple[str, str]) -> None:
    code, told = tell(GOOD, *option)
    assert (code, bool(told["error"]["do"])) == (2, True)


def test_unknown_coordinate_system_is_refused(tell) -> None:
    code, told = tell(GOOD, "--ping-crs", "banana")
    assert (code, told["error"]["found"]) == (11, "It is “banana”.")


def test_layout_with_an_unknown_zone_is_refused_whatever_the_times_say(
    tell, tmp_path: Path
) -> None:
    (tmp_path / "l.toml").write_text('[format]\ntimezone = "Mars/Base"', encoding="utf-8")
    code, told = tell(GOOD, "--layout", str(tmp_path / "l.toml"))
    assert (code, "Mars/Base" in told["error"]["found"]) == (2, True)


def test_file_without_a_usable_row_says_why(tell) -> None:
    code, told = tell("unit,time,x,y\nu,soon,451100,206100\nu,2026-06-01T18:00:00Z,,1\n")
    assert code == 11
    assert "no readable time (1)" in told["error"]["found"]
    assert "no position (1)" in told["error"]["found"]


@pytest.mark.parametrize("text", ['crs = "EPSG:27700"', "[columns]\nx = 3", "columns = 1"])
def test_layout_of_another_form_is_refused(tell, tmp_path: Path, text: str) -> None:
    (tmp_path / "l.toml").write_text(text, encoding="utf-8")
    code, told = tell(GOOD, "--layout", str(tmp_path / "l.toml"))
    assert (code, bool(told["error"]["do"])) == (11, True)


def test_layout_without_columns_keeps_the_usual_ones(tell, tmp_path: Path) -> None:
    (tmp_path / "l.toml").write_text('[format]\ntimezone = "UTC"', encoding="utf-8")
    code, told = tell(GOOD, "--layout", str(tmp_path / "l.toml"))
    assert (code, told["n_visits"]) == (0, 1)
