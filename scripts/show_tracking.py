"""Show what tracking gets right: a simulated month beside its truth, and labelled tracks.

    python scripts/show_tracking.py [goal_tracks.parquet]

A month of patrols in 20 hot spots is simulated with known stays, seen through a tracker with a fix
every 30 seconds, matched and measured; then Southend's 90 days. Where a file of labelled tracks is
named (GOAL, Eftelioglu et al. 2022), foot and vehicle are told apart and held against its labels.
"""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import Window
from footbeat.simulate.patrols import PatrolOptions, simulate_patrols
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.tracking.fidelity import measure_fidelity
from footbeat.tracking.fixes import Fixes
from footbeat.tracking.modes import classify_fixes
from footbeat.tracking.visits import match_visits

if TYPE_CHECKING:
    from footbeat.tracking.fidelity import Fidelity

MONTH, SOUTHEND = 30, 90
STAY_MIN, VEHICLE = 5, 2


def draw_places() -> Hotspots:
    """Lay out 20 squares of 230 m, 700 m apart."""
    corners = [(500_000 + 700 * (k % 5), 180_000 + 700 * (k // 5)) for k in range(20)]
    shapes = [box(x, y, x + 230, y + 230) for x, y in corners]
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{k:02}" for k in range(20)]}, geometry=shapes, crs="EPSG:27700"
    )
    return Hotspots(complete_hotspots(frame, "drawn"), Provenance(crs="EPSG:27700"))


def patrol(hotspots: Hotspots, n_days: int) -> tuple[pd.DataFrame, Fidelity]:
    """Return true and estimated minutes by hot spot, and fidelity, of so many days."""
    terms = ScheduleOptions(
        date(2026, 7, 1), n_days, "daily:8", VisitPlan(Window.parse("14:00-22:00"))
    )
    drawn = draw_schedule(hotspots, terms, seed=b"s" * 32, nonce=b"n" * 32).frame
    made = simulate_patrols(hotspots, drawn, PatrolOptions(), rng=np.random.default_rng(20))
    found = match_visits(made.pings, hotspots)
    true = made.truth[made.truth["minutes"] >= STAY_MIN].groupby("hotspot_id")["minutes"]
    sums = found.to_frame().groupby("hotspot_id")
    beside = pd.DataFrame(
        {
            "stays": true.size(),
            "visits": sums.size(),
            "truth": true.sum(),
            "minutes": sums["minutes"].sum(),
            "low": sums["minutes_low"].sum(),
            "high": sums["minutes_high"].sum(),
        }
    )
    return beside, measure_fidelity(found, drawn)


def as_table(beside: pd.DataFrame) -> str:
    """Write the month as Markdown."""
    lines = [
        "| hot spot | true stays | visits | true minutes | minutes | low to high |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {r.Index} | {r.stays} | {r.visits} | {r.truth:.0f} | {r.minutes:.0f} "
        f"| {r.low:.0f}–{r.high:.0f} |"
        for r in beside.itertuples()
    ]
    total = beside.sum()
    lines.append(
        f"| all | {total['stays']:.0f} | {total['visits']:.0f} | {total['truth']:,.0f} "
        f"| {total['minutes']:,.0f} | {total['low']:,.0f}–{total['high']:,.0f} |"
    )
    return "\n".join(lines)


def judge_modes(path: str) -> str:
    """Say how many labelled fixes are told right, on foot and driving."""
    tracks = pd.read_parquet(path).sort_values(["track_id", "timestamp"])
    track = tracks["track_id"].to_numpy(dtype=np.int64)
    t = tracks["timestamp"].astype("datetime64[us]").astype("int64").to_numpy() / 1e6
    x, y, fill = tracks["x_m"].to_numpy(), tracks["y_m"].to_numpy(), np.full(len(t), 5.0)
    is_break = np.diff(track, prepend=-1) != 0
    fixes = Fixes(track, t, x, y, fill, fill * 60, is_break, np.arange(len(t)))
    by_vehicle = classify_fixes(fixes) == VEHICLE
    drives = (tracks["label"] == "Driving").to_numpy()
    n_foot, n_drives = int((~drives & ~by_vehicle).sum()), int((drives & by_vehicle).sum())
    return (
        f"{n_foot + n_drives:,} of {len(t):,} fixes told right: {n_foot:,} of "
        f"{int((~drives).sum()):,} on foot, {n_drives:,} of {int(drives.sum()):,} driving."
    )


def main(words: list[str]) -> None:
    """Print what is shown."""
    hotspots = draw_places()
    print(as_table(patrol(hotspots, MONTH)[0]))
    done = patrol(hotspots, SOUTHEND)[1]
    print(f"\n{SOUTHEND} days: {done.headline}; {done.minutes_treated:.1f} min a patrol day.")
    if words:
        print(judge_modes(words[0]))


if __name__ == "__main__":
    main(sys.argv[1:])
