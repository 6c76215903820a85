"""The command that watches a running trial."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from footbeat.cli.trial.effects import (
    ColumnsOption,
    MechanismOption,
    PlacedaysArgument,
    ScheduleOption,
    read_any,
)
from footbeat.cli.trial.figures import FIGURES, save_figure
from footbeat.cli.trial.levels import check_level
from footbeat.errors import UsageError
from footbeat.outputs import check_suffix, check_writable
from footbeat.trials.monitor import watch
from footbeat.trials.panel import lay_out
from footbeat.trials.plan import Plan, load_locked_plan
from footbeat.trials.schedules import open_schedules

if TYPE_CHECKING:
    from footbeat.trials.monitor import Monitor
    from footbeat.trials.plan import LockedPlan

_SHOWN_DAYS = 10


def monitor(
    placedays_file: PlacedaysArgument,
    *,
    schedule: ScheduleOption = None,
    mechanism: MechanismOption = "",
    columns: ColumnsOption = "",
    outcome: Annotated[str, typer.Option(help="n or harm_days.")] = "n",
    harm_per_unit: Annotated[
        float | None, typer.Option(help="Days of harm that are one unit; else the plan's, or 365.")
    ] = None,
    alpha: Annotated[float, typer.Option(help="Chance of ever raising a false alert.")] = 0.05,
    plot: Annotated[
        Path | None, typer.Option(help="Chart of the evidence by day, PNG or SVG.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Read the evidence for benefit and for harm: valid every day, for ever.

    Example: footbeat trial monitor placedays.parquet --schedule schedule
    """
    check_level(alpha)
    if plot:
        check_suffix(plot, FIGURES)
        check_writable(plot, overwrite=overwrite)
    unit = _choose_unit(harm_per_unit, load_locked_plan(schedule[0]) if schedule else None)
    built = read_any(placedays_file, schedule, mechanism, columns)
    rosters = [one.roster for one in open_schedules(schedule)] if schedule else None
    found = watch(built, lay_out(built, rosters), outcome=outcome, harm_per_unit=unit, alpha=alpha)
    if plot:
        save_figure(found.plot(), plot, overwrite=overwrite)
        record_run(
            "trial monitor", parameters={"alpha": alpha}, inputs=[placedays_file], output=plot
        )
    _report(Reply(as_json, quiet), found, plot)


def _choose_unit(asked: float | None, locked: LockedPlan | None) -> float:
    if asked is None:
        return locked.plan.harm_per_unit if locked else Plan().harm_per_unit
    if not 0 < asked < math.inf:
        raise UsageError(
            "A unit of harm must be a number of days above 0.",
            found=f"It is {asked:g}.",
            do="Leave --harm-per-unit out, or give for example 365.",
        )
    return asked


def _report(reply: Reply, found: Monitor, plot: Path | None) -> None:
    low, high = found.interval
    values = plain(found) | {
        "interval": {"low": low, "high": high, "asymptotic": True},
        "files": [plot] if plot else [],
    }
    rows = [
        [row.day, f"{row.events:,.6g}", figure(row.evidence_benefit), figure(row.evidence_harm)]
        for row in found.by_day[-_SHOWN_DAYS:]
    ]
    counts = (
        f"{found.events_treated:,.6g} on {found.n_treated:,} patrol days, "
        f"{found.events_control:,.6g} on {found.n_control:,} comparison days"
    )
    reply.finish(
        values,
        found.says,
        f"Events: {counts}. Always-valid interval of the ratio (asymptotic): "
        f"{figure(low)} to {figure(high)}",
        table(
            f"Evidence; {found.threshold:.0f} is an alert",
            ["day", "events", "benefit", "harm"],
            rows,
        ),
    )
