"""Schedules that were never delivered must show no effect.

Hot spots are ranked on one city's street assaults of 2015 to 2018. Schedules are then drawn for
quarters of 2019, in which nobody patrolled by them, and analysed as if somebody had. A valid
analysis finds 1 inside at least 90 % of its 95 % intervals and p-values that are uniform.

With some 40 incidents a quarter only some 40 values of the statistic are possible, so p moves in
steps and cannot be uniform itself: it can only never be too small. Where ties are broken by lot
p is uniform exactly. Both are tested: `ks_p` with ties broken, `too_small_p` as printed.

    python scripts/never_delivered.py chicago_assaults.parquet --seeds 200

The input needs the columns `date`, `loc_cat`, `longitude` and `latitude`.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
from scipy.stats import kstest

from footbeat.incidents.load import Incidents
from footbeat.incidents.read import read_incidents
from footbeat.periods import Window
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.trials.building import PlacedayOptions, build_placedays
from footbeat.trials.describing import outcome_values
from footbeat.trials.effect import estimate_effect, estimate_ratio
from footbeat.trials.inference import Draws, replay_layers
from footbeat.trials.panel import lay_out
from footbeat.trials.placedays import Placedays
from footbeat.trials.results import Estimate

MAPPING = """
name = "chicago-assaults"
title = "Chicago aggravated assaults in the street"
timezone = "America/Chicago"

[columns]
start = "date"
x = "longitude"
y = "latitude"
category = "loc_cat"

[crs]
input = "EPSG:4326"
"""
TIE = 1e-9
QUARTERS = (date(2019, 1, 1), date(2019, 4, 1), date(2019, 7, 1), date(2019, 10, 1))
ALPHA, LEAST_COVERAGE, LEAST_KS_P = 0.05, 0.90, 0.01


def read_street(path: Path) -> Incidents:
    """Read the assaults that happened in the street."""
    table = pq.read_table(path)
    with tempfile.TemporaryDirectory() as folder:
        street, mapping = Path(folder) / "street.parquet", Path(folder) / "chicago.toml"
        pq.write_table(table.filter(pc.equal(table["loc_cat"].cast("string"), "street")), street)
        mapping.write_text(MAPPING, encoding="utf-8")
        incidents, _ = read_incidents([street], source=mapping)
    return incidents


def p_by_lot(placedays: Placedays, n_draws: int, rng: np.random.Generator) -> float:
    """Return the p of no effect with ties broken by lot: uniform where there is none."""
    panel = lay_out(placedays)
    phase, values = panel.phases[0], outcome_values(placedays, "n")
    layer = phase.layer(values)
    sums = replay_layers(phase, layer, np.zeros_like(layer), Draws(n_draws, rng))
    drawn, observed = (np.abs(one[0]) / np.sqrt(one[2]) for one in (sums.drawn, sums.observed))
    above, ties = (drawn > observed + TIE).sum(), (np.abs(drawn - observed) <= TIE).sum()
    return float((above + rng.random() * (1 + ties)) / (n_draws + 1))


def run_trials(
    incidents: Incidents, n_seeds: int, n_draws: int
) -> tuple[list[Estimate], list[float], str]:
    """Draw and analyse one never-delivered schedule for each seed, quarters in turn."""
    case = CaseOptions(since=date(2015, 1, 1), until=date(2018, 12, 31), group="all")
    options = FindOptions(case, n_draws=0)
    hotspots = find_hotspots(incidents, options, rng=np.random.default_rng(1)).hotspots
    base = ScheduleOptions(
        QUARTERS[0], 90, "daily:8", VisitPlan(Window.parse("14:00-22:00")),
        timezone="America/Chicago",
    )  # fmt: skip
    counting = PlacedayOptions(settle_days=0, group="all")
    estimates, broken, whole = [], [], ""
    for seed in range(n_seeds):
        drawn = replace(base, start=QUARTERS[seed % len(QUARTERS)])
        schedule = draw_schedule(hotspots, drawn, seed=seed.to_bytes(32, "big"), nonce=bytes(32))
        placedays = build_placedays(incidents, schedule, options=counting)
        rng = np.random.default_rng(seed)
        estimates.append(estimate_ratio(placedays, schedule, n_draws=n_draws, rng=rng))
        broken.append(p_by_lot(placedays, n_draws, rng))
        if not whole:
            whole = str(estimate_effect(placedays, schedule, n_draws=n_draws, rng=rng))
    return estimates, broken, whole


def covers(estimate: Estimate) -> bool:
    """Tell whether 1 lies in the interval; an open side reaches everywhere."""
    return (estimate.low or 0.0) <= 1 <= (estimate.high or float("inf"))


def main() -> int:
    """Print what was found, and end with 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--draws", type=int, default=2000)
    given = parser.parse_args()
    estimates, broken, first = run_trials(read_street(given.file), given.seeds, given.draws)
    p_values = [estimate.p for estimate in estimates if estimate.p is not None]
    coverage = float(np.mean([covers(estimate) for estimate in estimates]))
    uniform = kstest(broken, "uniform")
    too_small = kstest(p_values, "uniform", alternative="greater")
    print(f"first trial: {first}")
    print(
        json.dumps(
            {
                "seeds": given.seeds,
                "coverage": coverage,
                "p_below_05": float(np.mean(np.array(p_values) <= ALPHA)),
                "ks_statistic": float(uniform.statistic),
                "ks_p": float(uniform.pvalue),
                "too_small_p": float(too_small.pvalue),
                "different_p": len({round(p, 2) for p in p_values}),
            }
        )
    )
    smallest = min(uniform.pvalue, too_small.pvalue)
    return int(coverage < LEAST_COVERAGE or smallest < LEAST_KS_P)


if __name__ == "__main__":
    sys.exit(main())
