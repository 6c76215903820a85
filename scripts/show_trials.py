"""Simulated trials of the published shapes, analysed and reported as real ones would be.

    python scripts/show_trials.py --out shown

Southend and Bedfordshire under no effect and falls of 15, 40 and 73.5 %; a patrol that acts on
the next day only, drawn by `daily` and by `runs`; a year of daily looks.
"""

import argparse
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from footbeat.periods import day_range
from footbeat.reports.trial import save_trial_report
from footbeat.tables import Provenance
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.building import conform
from footbeat.trials.effect import Effect, estimate_effect
from footbeat.trials.monitor import watch
from footbeat.trials.panel import lay_out
from footbeat.trials.placedays import About, Placedays
from footbeat.trials.worlds import Design, World

SHAPES = {"southend": (20, 90, "daily:8"), "bedfordshire": (21, 90, "daily:7")}
RATIOS = {"no-effect": 1.0, "15-percent": 0.85, "40-percent": 0.60, "73.5-percent": 0.265}
RATE = 0.10
SYNTHETIC = Provenance(crs="EPSG:27700", is_synthetic=True, cautions=("Simulated, not real.",))


def design_of(n_places: int, n_days: int, mechanism: str) -> Design:
    """Return a design over invented places."""
    ids = tuple(f"h{number:02}" for number in range(1, n_places + 1))
    return Design(mechanism, Roster(ids, tuple(day_range(date(2026, 1, 1), n_days))))


def draw_placedays(design: Design, world: World, seed: int) -> Placedays:
    """Draw one trial."""
    rng = np.random.default_rng(seed)
    arms = design.draw_arms(rng)[0]
    counts = world.draw_counts(arms, rng)
    n_days, n_places = arms.shape
    frame = pd.DataFrame(
        {
            "hotspot_id": np.tile(design.roster.hotspot_ids, n_days),
            "day": np.repeat(np.array(design.roster.days, dtype=object), n_places),
            "phase": 1,
            "stratum": "all",
            "assigned": arms.ravel().astype(int),
            "probability": design.probabilities().ravel(),
            "n": counts.ravel().astype(int),
            "exposure_h": 24.0,
            "mature": True,
        }
    )
    return Placedays(conform(frame), SYNTHETIC, About((design.mechanism,), data_cut="2026-12-31"))


def analyse(placedays: Placedays) -> Effect:
    """Estimate as the command does."""
    return estimate_effect(placedays, n_draws=4999, rng=np.random.default_rng(1))


def show_shapes(folder: Path) -> None:
    """Analyse each shape under each truth, and write its reports."""
    for shape, (n_places, n_days, mechanism) in SHAPES.items():
        design = design_of(n_places, n_days, mechanism)
        for label, ratio in RATIOS.items():
            effect = analyse(draw_placedays(design, World(RATE, ratio), seed=1))
            for ending in ("html", "pdf", "docx"):
                path = folder / f"{shape}-{label}.{ending}"
                save_trial_report(effect, path, place=shape.title(), overwrite=True)
            print(f"{shape:13} truth {ratio:5.3f}  {effect}  p {effect.p:.4f}")


def show_carry_over() -> None:
    """Analyse a patrol that acts on the next day only."""
    world = World(0.5, 1.0, carry_over=0.6)
    for mechanism in ("daily:8", "runs:on=1-3,off=1-7,min_off=5"):
        effect = analyse(draw_placedays(design_of(20, 180, mechanism), world, seed=3))
        print(f"\n{mechanism}: {effect.estimand}\n  {effect}")
        for lag in effect.lags:
            if lag.ratio and lag.low and lag.high:
                print(f"  {lag.days:+d} days: {lag.ratio:.2f} ({lag.low:.2f} to {lag.high:.2f})")
        print(f"  first warning: {effect.warnings[0]}")


def show_monitor() -> None:
    """Look every day of a year, without and with an effect."""
    for ratio in (1.0, 0.6, 1.6):
        placedays = draw_placedays(design_of(20, 365, "daily:8"), World(RATE, ratio), seed=5)
        found = watch(placedays, lay_out(placedays))
        low, high = found.interval
        print(
            f"\ntruth {ratio}: {found.says}\n  {len(found.by_day)} looks, interval {low} to {high}"
        )


def main() -> None:
    """Write the reports and print the rest."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("shown"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    show_shapes(given.out)
    show_carry_over()
    show_monitor()


if __name__ == "__main__":
    main()
