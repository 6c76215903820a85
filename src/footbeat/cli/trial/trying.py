"""The command that tries the analysis on made-up trials of the user's own design."""

from __future__ import annotations

import math
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from footbeat.cli.frame import JsonOption, QuietOption, Reply, record_run, table
from footbeat.errors import DataError
from footbeat.tasking.schedule import PUBLIC, load_public, load_schedule, roster_from_public
from footbeat.trials.calibrated import (
    CALIBRATION_NAME,
    Calibrated,
    Calibration,
    save_calibration,
)
from footbeat.trials.calibration import CHUNK, CalibrationOptions, calibrate
from footbeat.trials.worlds import Design, World

_MOST_WORKERS = 8


def calibrate_design(
    folder: Annotated[Path, typer.Argument(help="Schedule folder: the design to try.")],
    *,
    sims: Annotated[int, typer.Option(min=20, help="Trials simulated with and without.")] = 1000,
    rate: Annotated[
        float | None,
        typer.Option(help="Incidents a hot spot and day; else those the places were chosen by."),
    ] = None,
    effect: Annotated[float, typer.Option(help="True ratio for coverage and power.")] = 0.7,
    dispersion: Annotated[float, typer.Option(min=1, help="Variance over mean.")] = 1.0,
    carry_over: Annotated[float, typer.Option(help="Ratio of yesterday's patrol on today.")] = 1.0,
    draws: Annotated[int, typer.Option(min=199, help="Redraws within each trial.")] = 1999,
    every: Annotated[
        bool, typer.Option("--all", help="Try the negative binomial too: ten times slower.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes; by default the processors there are.")
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in the folder: results then print it.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the simulations.")] = 1,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Simulate this very design and say how often each estimator is right.

    Example: footbeat trial calibrate schedule --sims 1000 --rate 0.1
    """
    reply = Reply(as_json, quiet)
    public = load_public(folder)
    design = Design(str(public["mechanism"]), roster_from_public(public))
    if rate is None:
        reply.caution("The rate is the one the places were chosen by, so it promises too much.")
    known = chosen_rate(folder) if rate is None else rate
    world = World(known, effect, dispersion=dispersion, carry_over=carry_over)
    n_workers = workers or min(os.cpu_count() or 1, _MOST_WORKERS)
    options = CalibrationOptions(sims, draws, every, n_workers)
    with reply.progress("Simulating", math.ceil(sims / CHUNK)) as advance:
        found = calibrate(design, world, options, seed=seed, advance=advance)
    made = Calibration(design.mechanism, sims, known, effect, found)
    path = folder / CALIBRATION_NAME
    if keep:
        save_calibration(made, path, overwrite=True)
        record_run(
            "trial calibrate", parameters=asdict(options) | asdict(world),
            inputs=[folder / PUBLIC], output=path, seed=seed,
        )  # fmt: skip
    values = asdict(made) | {"seed": seed, "world": asdict(world)}
    reply.finish(
        values | {"files": [path] if keep else []},
        f"{sims:,} trials of {design.mechanism} at {known:.3g} incidents a place-day",
        table(
            f"Shares; without effect, and with a ratio of {effect:g}",
            ["estimator", "false alarms", "coverage", "power"],
            [_row(one) for one in found],
        ),
        "A valid estimator has false alarms of at most 0.05 and coverage of about 0.95, give or "
        "take twice the error after ±.",
    )


def chosen_rate(folder: Path) -> float:
    """Return incidents a place-day in the period the hot spots were chosen by.

    Raises
    ------
    DataError
        When the hot spots do not say.
    """
    hotspots = load_schedule(folder).hotspots
    known = hotspots.provenance
    if not known.start or not known.end or hotspots.frame["n"].sum() <= 0:
        raise DataError(
            "The expected rate must be known.",
            found="The hot spots carry no counts or no period.",
            do="Give --rate, incidents a hot spot and day.",
        )
    days = (date.fromisoformat(known.end) - date.fromisoformat(known.start)).days + 1
    return float(hotspots.frame["n"].sum()) / len(hotspots) / days


def _row(one: Calibrated) -> list[str]:
    return [
        one.name,
        _share(one.size, one.size_se),
        "" if one.coverage is None else _share(one.coverage, one.coverage_se or 0.0),
        _share(one.power, one.power_se),
    ]


def _share(value: float, error: float) -> str:
    return f"{value:.3f} ± {error:.3f}"
