"""The command that counts incidents by place and day."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from footbeat.areas import read_hotspots
from footbeat.cli.days import day_of
from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    record_run,
    table,
)
from footbeat.incidents.load import load_incidents
from footbeat.outputs import check_suffix, check_writable
from footbeat.periods import Window
from footbeat.tracking.visits import load_visits
from footbeat.trials.building import PlacedayOptions, build_placedays, freeze
from footbeat.trials.placedays import Placedays, load_placedays, save_placedays
from footbeat.trials.plan import Plan, load_locked_plan
from footbeat.trials.schedules import open_schedules


def placedays(
    incidents_file: Annotated[
        Path, typer.Argument(help="Incidents, from `incidents read`.", metavar="INCIDENTS")
    ],
    *,
    schedule: Annotated[list[Path], typer.Option(help="Schedule folder; repeat for phases.")],
    hotspots: Annotated[Path, typer.Option(help="Hot spots the schedule was drawn from.")],
    out: Annotated[Path, typer.Option(help="Place-days to write, as Parquet.")],
    visits: Annotated[Path | None, typer.Option(help="Visits, from `track visits`.")] = None,
    hours: Annotated[
        str | None, typer.Option(help="Hours that count, such as 14:00-02:00; else the plan's.")
    ] = None,
    settle_days: Annotated[
        int | None, typer.Option(help="Age at which a place-day enters; else the plan's, or 28.")
    ] = None,
    data_cut: Annotated[
        date | None,
        typer.Option(parser=day_of("--data-cut"), metavar="DATE", help="Records complete up to."),
    ] = None,
    group: Annotated[
        str | None, typer.Option(help="Offence group counted, or all; else the plan's.")
    ] = None,
    negative_group: Annotated[
        str | None, typer.Option(help="Offence group no patrol could prevent, as a check.")
    ] = None,
    buffer_m: Annotated[
        float, typer.Option(min=0, help="Ring around each hot spot, counted as n_buffer.")
    ] = 0.0,
    previous: Annotated[
        Path | None, typer.Option(help="Earlier place-days: what had entered stays as it was.")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Count incidents on every place and day of a schedule, patrolled or not.

    Example: footbeat trial placedays incidents.parquet --schedule schedule --hotspots h.gpkg
    --out placedays.parquet
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".parquet",))
    check_writable(out, overwrite=overwrite)
    locked = load_locked_plan(schedule[0])
    plan = locked.plan if locked else Plan(group="")
    window = plan.hours if hours is None else hours
    options = PlacedayOptions(
        hours=Window.parse(window) if window else None,
        settle_days=plan.settle_days if settle_days is None else settle_days,
        data_cut=data_cut,
        group=group or plan.group or None,
        negative_group=negative_group or plan.negative_group or None,
        plan_hash=locked.plan_hash if locked else "",
        buffer_m=buffer_m,
    )
    built = build_placedays(
        load_incidents(incidents_file),
        open_schedules(schedule),
        read_hotspots(hotspots),
        visits=load_visits(visits) if visits else None,
        options=options,
    )
    if previous:
        built, n_changed = freeze(built, load_placedays(previous))
        reply.note(f"{n_changed:,} place-days have new records; they stay as they were.")
    save_placedays(built, out, overwrite=overwrite)
    inputs = [incidents_file, *schedule, hotspots, *([visits] if visits else [])]
    info = built.provenance.as_json()
    record_run(
        "trial placedays", parameters=options_of(built), inputs=inputs, output=out, info=info
    )
    _report(reply, built, out)


def options_of(built: Placedays) -> dict[str, object]:
    """Return how place-days were made, for the manifest."""
    about = built.about
    return {
        "group": about.group,
        "hours": about.hours,
        "settle_days": about.settle_days,
        "data_cut": about.data_cut,
        "mechanism": about.mechanism,
    }


def _report(reply: Reply, built: Placedays, out: Path) -> None:
    for caution in built.provenance.cautions:
        reply.caution(caution)
    values = {
        "n_placedays": len(built),
        "n_incidents": built.about.n_incidents,
        "data_cut": built.about.data_cut or None,
        "immature": built.n_immature,
        "n_outside": built.about.n_outside,
        "group": built.about.group,
        "files": [out],
    }
    rows = [
        (arm, int(part["mature"].sum()), int(part.loc[part["mature"], "n"].sum()))
        for arm, part in (
            ("patrol days", built.frame[built.frame["assigned"] == 1]),
            ("comparison days", built.frame[built.frame["assigned"] == 0]),
        )
    ]
    reply.finish(
        values,
        table(
            f"Place-days, data cut {built.about.data_cut}", ["arm", "entered", "incidents"], rows
        ),
        f"{built.n_immature:,} place-days are not old enough or not covered, and wait.",
        f"Written: {out}. Next: footbeat trial effect {out} --schedule …",
    )
