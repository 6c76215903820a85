"""Commands that state an effect: from place-days, and on paper."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    figure,
    plain,
    record_run,
    table,
)
from footbeat.cli.trial.figures import FIGURES, save_figure
from footbeat.errors import UsageError
from footbeat.manifest import hash_file
from footbeat.outputs import check_suffix, check_writable
from footbeat.reports import words
from footbeat.reports.methods import name_estimator
from footbeat.trials.calibrated import find_calibration, with_coverage
from footbeat.trials.effect import N_DRAWS, estimate_effect
from footbeat.trials.elsewhere import parse_columns, read_placedays_elsewhere
from footbeat.trials.placedays import load_placedays
from footbeat.trials.plan import (
    ESTIMATORS,
    Look,
    choose_estimator,
    load_locked_plan,
    looks_with,
    record_look,
)
from footbeat.trials.results import save_effect
from footbeat.trials.schedules import open_schedules

if TYPE_CHECKING:
    from footbeat.trials.effect import Effect
    from footbeat.trials.placedays import Placedays
    from footbeat.trials.plan import LockedPlan
    from footbeat.trials.results import Estimate

PLACEDAYS_NAME, EFFECT_NAME = "placedays.parquet", "effect.json"

PlacedaysArgument = Annotated[
    Path, typer.Argument(help="Place-days (or, with --columns, any CSV or Parquet).")
]
ScheduleOption = Annotated[
    list[Path] | None, typer.Option(help="Schedule folder; repeat for phases.")
]
MechanismOption = Annotated[
    str, typer.Option(help="How a trial run elsewhere was drawn, such as daily:8.")
]
ColumnsOption = Annotated[
    str,
    typer.Option(help="Our names = theirs: hotspot_id=place,day=date,assigned=treated,n=count."),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the redraws.")]


def effect(
    placedays_file: PlacedaysArgument,
    *,
    schedule: ScheduleOption = None,
    mechanism: MechanismOption = "",
    columns: ColumnsOption = "",
    outcome: Annotated[str, typer.Option(help="n or harm_days.")] = "n",
    estimator: Annotated[
        str | None,
        typer.Option(help=f"The answer: {', '.join(ESTIMATORS)}; else the plan's."),
    ] = None,
    draws: Annotated[int, typer.Option(min=999, help="Redraws of the mechanism.")] = N_DRAWS,
    seed: SeedOption = 1,
    out: Annotated[Path | None, typer.Option(help="Result to write, as JSON.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Every estimator with its interval, PNG or SVG.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Estimate the effect of being scheduled, with interval, counts and every check.

    Example: footbeat trial effect placedays.parquet --schedule schedule
    """
    reply = Reply(as_json, quiet)
    if out:
        check_writable(out, overwrite=overwrite)
    if plot:
        check_suffix(plot, FIGURES)
        check_writable(plot, overwrite=overwrite)
    built = read_any(placedays_file, schedule, mechanism, columns)
    locked = load_locked_plan(schedule[0]) if schedule else None
    look = look_of(placedays_file, outcome, estimator, locked)
    found = estimate_effect(
        built,
        open_schedules(schedule) if schedule else None,
        outcome=outcome,
        n_draws=draws,
        plan=locked,
        estimator=estimator,
        n_looks=max((looks_with(folder, look) for folder in schedule or ()), default=1),
        rng=np.random.default_rng(seed),
    )
    found = with_coverage(found, find_calibration(schedule[0]) if schedule else None)
    for folder in schedule or ():
        record_look(folder, look, at=datetime.now(UTC))
    files = [path for path in (out, plot) if path]
    if out:
        save_effect(found, out, overwrite=overwrite)
    if plot:
        save_figure(found.plot(), plot, overwrite=overwrite)
    for path in files:
        settings = {"outcome": outcome, "draws": draws, "mechanism": found.mechanism}
        settings["estimator"] = found.estimator
        inputs = [placedays_file, *(schedule or ())]
        record_run("trial effect", parameters=settings, inputs=inputs, output=path, seed=seed)
    _report(reply, found, files)


def look_of(
    placedays_file: Path, outcome: str, estimator: str | None, locked: LockedPlan | None
) -> Look:
    """Return the look that an analysis is: the same whatever command makes it."""
    chosen = choose_estimator(locked.plan if locked else None, estimator)
    return Look(hash_file(placedays_file).sha256, outcome, chosen)


def read_any(path: Path, schedule: list[Path] | None, mechanism: str, columns: str) -> Placedays:
    """Read Footbeat's place-days, or a table made elsewhere when `mechanism` is given.

    Raises
    ------
    UsageError
        When neither a schedule nor a mechanism is named, or both are.
    """
    if bool(schedule) == bool(mechanism):
        raise UsageError(
            "An effect must know how the arms were drawn.",
            found="Both --schedule and --mechanism are given." if schedule else "Neither is given.",
            do="Give --schedule DIR, or --mechanism daily:8 for a trial run elsewhere.",
        )
    if mechanism:
        return read_placedays_elsewhere(path, mechanism, parse_columns(columns))
    return load_placedays(path)


def _report(reply: Reply, found: Effect, files: list[Path]) -> None:
    for text in (*found.cautions, *found.warnings):
        reply.caution(text)
    values = plain(found) | {"data_cut": found.data_cut or None, "files": files}
    arms = [
        _arm("patrol days", found.n_treated, found.events_treated),
        _arm("comparison days", found.n_control, found.events_control),
    ]
    reply.finish(
        values,
        f"{found.estimand}\n{_told(found)}; data cut {_cut(found)}",
        table("", ["arm", "place-days", found.outcome_label, "per 1,000 place-days"], arms),
        table("Estimators", ["name", "ratio", "low", "high", "p"], map(_row, found.estimators)),
        table("Checks", ["finding"], [(one.text,) for one in found.checks]),
    )


def _told(found: Effect) -> str:
    counts = words.evidence(
        found.events_treated,
        found.n_treated,
        found.events_control,
        found.n_control,
        label=found.outcome_label,
    )
    return f"{words.change(found.ratio, found.low, found.high)}: {counts}"


def _cut(found: Effect) -> str:
    text = found.data_cut
    return words.day(date.fromisoformat(text[:10])) if text else words.UNKNOWN


def _arm(label: str, n_placedays: int, events: float) -> list[str]:
    return [label, f"{n_placedays:,}", f"{events:,.6g}", f"{1000 * events / n_placedays:.4g}"]


def _row(estimate: Estimate) -> list[str]:
    cells = (estimate.ratio, estimate.low, estimate.high, estimate.p)
    return [name_estimator(estimate.name), *(figure(cell) for cell in cells)]
