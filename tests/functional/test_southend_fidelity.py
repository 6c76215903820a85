"""Southend's fidelity, reproduced from a simulation: 98 % delivered, 1–2 background minutes."""

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import Window
from footbeat.simulate.patrols import PatrolOptions, simulate_patrols
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.tracking.fidelity import measure_fidelity
from footbeat.tracking.visits import match_visits


def test_pattern_of_southend_comes_back() -> None:
    corners = [(500_000 + 700 * (k % 5), 180_000 + 700 * (k // 5)) for k in range(20)]
    shapes = [box(x, y, x + 230, y + 230) for x, y in corners]
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{k}" for k in range(20)]}, geometry=shapes, crs="EPSG:27700"
    )
    hotspots = Hotspots(complete_hotspots(frame, "drawn"), Provenance(crs="EPSG:27700"))
    terms = ScheduleOptions(date(2026, 7, 1), 90, "daily:8", VisitPlan(Window.parse("14:00-22:00")))
    drawn = draw_schedule(hotspots, terms, seed=b"s" * 32, nonce=b"n" * 32).frame
    made = simulate_patrols(hotspots, drawn, PatrolOptions(), rng=np.random.default_rng(20))
    done = measure_fidelity(match_visits(made.pings, hotspots), drawn)
    assert (done.assigned, done.comparison_days) == (720, 1080)
    assert done.delivered_share == pytest.approx(0.98, abs=0.015)
    assert done.minutes_control is not None
    assert 1.0 <= done.minutes_control <= 2.0
    # Truth beside the estimate: minutes on patrol days by the simulation itself.
    truth = made.truth[made.truth["minutes"] >= 5].groupby(["hotspot_id", "day"])["minutes"].sum()
    keys = pd.MultiIndex.from_frame(drawn[drawn["arm"] == "treated"][["hotspot_id", "day"]])
    known = truth.reindex(keys.set_levels(pd.to_datetime(keys.levels[1]).date, level=1)).fillna(0)
    assert done.minutes_treated == pytest.approx(known.mean(), abs=0.4)
