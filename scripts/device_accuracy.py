"""Write how far minutes are from the truth, by device, into the documentation.

    python scripts/device_accuracy.py [STREETS.gpkg]

Patrols are simulated on the streets of a GeoPackage with the layers `nodes` and `edges` (as
OSMnx saves them), or in straight lines where none is given.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from shapely.geometry import Point

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.grid import Grid
from footbeat.plots import SECONDARY, begin
from footbeat.simulate.accuracy import measure_accuracy
from footbeat.simulate.movement import StreetNet
from footbeat.simulate.patrols import Device
from footbeat.tables import Provenance

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "explanation" / "how-sure-are-minutes.md"
PLOT = DOCS / "img" / "device-accuracy.svg"
INTERVALS_S = (5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
ACCURACIES_M = (3.0, 8.0, 20.0)
COLOURS = {3.0: "#12436D", 8.0: "#28A197", 20.0: "#801650"}
MARKERS = {3.0: "o", 8.0: "s", 20.0: "^"}
INTERVAL_WORDS = ("5 s", "10 s", "30 s", "1 min", "2 min", "5 min")
ERROR_WORDS = {1 / 60: "1 s", 0.1: "6 s", 0.5: "30 s", 1.0: "1 min", 5.0: "5 min"}
BEGIN, END = "<!-- table: scripts/device_accuracy.py -->\n", "<!-- end of table -->\n"
WITHIN_M, APART_M = 2500, 400
N_HOTSPOTS, N_DAYS, N_A_DAY, SEED = 20, 30, 8, 20260


def load_streets(path: Path) -> StreetNet:
    """Read crossings and streets."""
    nodes, edges = gpd.read_file(path, layer="nodes"), gpd.read_file(path, layer="edges")
    key = next(name for name in ("osmid", "id", "node", "index") if name in nodes)
    place = {name: number for number, name in enumerate(nodes[key].astype(str))}
    start = edges["u"].astype(str).map(place).to_numpy(dtype=np.int64)
    end = edges["v"].astype(str).map(place).to_numpy(dtype=np.int64)
    return StreetNet(nodes.geometry.x.to_numpy(), nodes.geometry.y.to_numpy(), start, end)


def choose_places(streets: StreetNet | None, rng: np.random.Generator) -> Hotspots:
    """Choose hexagons of 250 m around crossings, or anywhere where there are no streets."""
    if streets is None:
        x, y = rng.uniform(0, 5000, (2, 200))
    else:
        near = (
            np.hypot(streets.x - np.median(streets.x), streets.y - np.median(streets.y)) < WITHIN_M
        )
        x, y = (values[near] for values in (streets.x, streets.y))
    chosen: list[Point] = []
    for index in rng.permutation(len(x)):
        here = Point(x[index], y[index])
        if len(chosen) < N_HOTSPOTS and all(here.distance(p) > APART_M for p in chosen):
            chosen.append(here)
    grid = Grid("hex", 250.0)
    q, r = grid.locate(np.array([p.x for p in chosen]), np.array([p.y for p in chosen]))
    hexagons = list(grid.polygons(q, r))
    frame = gpd.GeoDataFrame(
        {"hotspot_id": [f"h{n}" for n in range(len(chosen))]}, geometry=hexagons, crs="EPSG:32631"
    )
    return Hotspots(complete_hotspots(frame, "simulated"), Provenance(crs="EPSG:32631"))


def draw_days(hotspots: Hotspots, rng: np.random.Generator) -> pd.DataFrame:
    """Draw which hot spots are due on each day."""
    rows = []
    for n in range(N_DAYS):
        day = date(2026, 6, 1) + timedelta(days=n)
        start = pd.Timestamp(day, tz="UTC") + pd.Timedelta(hours=14)
        due = set(rng.choice(hotspots.ids, N_A_DAY, replace=False))
        for name in hotspots.ids:
            arm = "treated" if name in due else "control"
            rows.append((name, day, arm, start, start + pd.Timedelta(hours=8)))
    return pd.DataFrame(rows, columns=["hotspot_id", "day", "arm", "window_start", "window_end"])


def as_table(measured: pd.DataFrame) -> str:
    """Write the rows as Markdown."""
    head = (
        "| a fix every | accuracy (68 %) | stays | missed | median error | 9 in 10 within | bias | "
        "truth between low and high | low to high |\n"
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    )
    lines = [
        f"| {r.interval_s:.0f} s | {r.accuracy_m:.0f} m | {r.n_stays:.0f} | {r.missed_share:.1%} | "
        f"{r.median_error_min:.2f} min | {r.p90_error_min:.2f} min | {r.bias_min:+.2f} min | "
        f"{r.covered_share:.1%} | {r.width_min:.1f} min |"
        for r in measured.itertuples()
    ]
    return head + "\n".join(lines).replace("%", " %") + "\n"


def draw_plot(measured: pd.DataFrame) -> None:
    """Draw the median error and the coverage against the interval."""
    mpl.rcParams.update({"font.family": "sans-serif", "svg.hashsalt": "footbeat", "font.size": 10})
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    period = f"{N_DAYS} simulated days, {N_HOTSPOTS} hot spots"
    begin(left, "Error grows with the interval", f"Median error of a stay; {period}")
    begin(right, "The bounds hold the truth", "Stays in 100 whose truth lies between low and high")
    for accuracy in ACCURACIES_M:
        rows = measured[measured["accuracy_m"] == accuracy]
        style = {"color": COLOURS[accuracy], "marker": MARKERS[accuracy], "lw": 1.4}
        left.plot(rows["interval_s"], rows["median_error_min"], **style)
        right.plot(rows["interval_s"], rows["covered_share"] * 100, **style)
    _label_errors(left, measured)
    right.set(xscale="log", ylim=(90, 100.6), ylabel="stays in 100")
    right.axhline(95, color=SECONDARY, lw=0.8, ls="--")
    right.annotate("stated: 95 in 100", (5, 95), (0, 4), textcoords="offset points", size=9)
    for axis in (left, right):
        axis.set_xticks(INTERVALS_S, INTERVAL_WORDS)
        axis.minorticks_off()
        axis.set_xlabel("between two fixes")
    PLOT.parent.mkdir(exist_ok=True)
    figure.savefig(PLOT, metadata={"Date": None})


def _label_errors(axis: Axes, measured: pd.DataFrame) -> None:
    """Write the errors' marks in seconds and minutes, and each accuracy beside its line."""
    axis.set(xscale="log", yscale="log", ylim=(0.012, 8))
    axis.set_yticks(list(ERROR_WORDS), list(ERROR_WORDS.values()))
    axis.axhline(1, color=SECONDARY, lw=0.8, ls="--")
    first = measured[measured["interval_s"] == INTERVALS_S[0]]
    shifts = dict(zip(ACCURACIES_M, (8, -16, 8), strict=True))
    for interval, error, accuracy in zip(
        *(first[name].tolist() for name in ("interval_s", "median_error_min", "accuracy_m")),
        strict=True,
    ):
        words, colour = f"accurate to {accuracy:.0f} m", COLOURS[accuracy]
        place, shift = (interval, error), (0, shifts[accuracy])
        axis.annotate(words, place, shift, textcoords="offset points", size=9, color=colour)


def main(words: list[str]) -> None:
    """Simulate, then rewrite the table and the plot."""
    rng = np.random.default_rng(SEED)
    streets = load_streets(Path(words[0])) if words else None
    hotspots = choose_places(streets, rng)
    devices = [Device(i, a) for i in INTERVALS_S for a in ACCURACIES_M]
    schedule = draw_days(hotspots, rng)
    measured = measure_accuracy(hotspots, schedule, devices, rng=rng, streets=streets)
    text = PAGE.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    table = BEGIN + "\n" + as_table(measured) + "\n" + END
    PAGE.write_text(before + table + after, encoding="utf-8", newline="\n")
    draw_plot(measured)
    print(as_table(measured))


if __name__ == "__main__":
    main(sys.argv[1:])
