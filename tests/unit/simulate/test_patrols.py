"""Simulated patrols: what they promise the matching of pings."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.simulate.movement import StreetNet, join_paths, trace
from footbeat.simulate.patrols import (
    Device,
    PatrolOptions,
    ping_path,
    simulate_patrols,
    true_stays,
)
from footbeat.tables import PINGS, Provenance, check_table


@pytest.fixture
def hotspots() -> Hotspots:
    squares = [box(x, 0, x + 250, 250) for x in (1000, 3000)]
    frame = gpd.GeoDataFrame({"hotspot_id": ["A", "B"]}, geometry=squares, crs="EPSG:27700")
    return Hotspots(complete_hotspots(frame, "squares"), Provenance(crs="EPSG:27700"))


@pytest.fixture
def schedule() -> pd.DataFrame:
    start = pd.Timestamp("2026-06-01T18:00Z")
    rows = [
        (name, date(2026, 6, 1 + day), arm, start + pd.Timedelta(days=day))
        for day in range(10)
        for name, arm in (("A", "treated"), ("B", "control"))
    ]
    frame = pd.DataFrame(rows, columns=["hotspot_id", "day", "arm", "window_start"])
    return frame.assign(window_end=frame["window_start"] + pd.Timedelta(hours=4))


def test_pings_keep_the_contract_and_the_same_state_gives_the_same_pings(hotspots, schedule):
    first, second = (
        simulate_patrols(hotspots, schedule, rng=np.random.default_rng(1)) for _ in range(2)
    )
    assert check_table(first.pings, PINGS).num_rows > 500
    assert first.pings.equals(second.pings)
    pd.testing.assert_frame_equal(first.truth, second.truth)


def test_scheduled_stays_happen_only_where_and_when_they_are_due(hotspots, schedule):
    options = PatrolOptions(delivered_share=1.0, usual_per_day=0.0)
    truth = simulate_patrols(hotspots, schedule, options, rng=np.random.default_rng(2)).truth
    long = truth[truth["minutes"] > 5]
    assert set(long["hotspot_id"]) == {"A"}
    assert sorted(long["day"]) == sorted(set(schedule["day"]))
    assert long["minutes"].between(8, 26).all()


def test_a_visit_that_was_not_made_leaves_nothing(hotspots, schedule):
    options = PatrolOptions(delivered_share=0.0, usual_per_day=0.0)
    simulated = simulate_patrols(hotspots, schedule, options, rng=np.random.default_rng(3))
    assert simulated.pings.num_rows == 0
    assert simulated.truth.empty


def test_true_stays_bridge_a_step_over_the_edge_but_not_a_walk_away():
    square = box(0, 0, 100, 100)
    inside_out = [(50.0, 50.0), (110.0, 50.0), (50.0, 50.0), (130.0, 50.0), (50.0, 50.0)]
    stays = true_stays(trace(inside_out, 1.0), square)
    assert len(stays) == 2
    assert stays[0] == pytest.approx((0.0, 170.0), abs=1.0)


def test_pings_without_error_lie_on_the_path():
    path = join_paths([trace([(0.0, 0.0), (600.0, 0.0)], 1.0)])
    device = Device(interval_s=10.0, accuracy_m=0.0, drop_share=0.0)
    pings = ping_path(path, device, rng=np.random.default_rng(0))
    assert pings["x"] == pytest.approx(pings["time"])
    assert np.all(pings["y"] == 0)


def test_errors_have_the_stated_radius():
    path = trace([(0.0, 0.0), (0.0, 0.0), (100_000.0, 0.0)], 1.0)
    device = Device(interval_s=30.0, accuracy_m=10.0, drop_share=0.0, memory_s=0.0)
    pings = ping_path(path, device, rng=np.random.default_rng(5))
    off = np.hypot(pings["x"] - path.at(pings["time"])[0], pings["y"])
    assert np.mean(off < 10.0) == pytest.approx(0.68, abs=0.03)


def test_units_follow_streets_where_there_are_any(hotspots, schedule):
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(800, 3400, 100.0), [-200.0, 50, 150]))
    columns = 26
    along = [(i, i + 1) for i in range(len(x) - 1) if (i + 1) % columns]
    across = [(i, i + columns) for i in range(len(x) - columns)]
    start, end = np.array(along + across).T
    options = PatrolOptions(device=Device(accuracy_m=0.0), usual_per_day=0.0)
    streets = StreetNet(x, y, start, end)
    simulated = simulate_patrols(
        hotspots, schedule, options, rng=np.random.default_rng(6), streets=streets
    )
    px, py = simulated.pings.column("x").to_numpy(), simulated.pings.column("y").to_numpy()
    off = np.minimum(np.abs((px + 50) % 100 - 50), np.abs(py[:, None] - [-200, 50, 150]).min(1))
    assert off.max() < 1e-6
