"""What happened to a schedule (`footbeat task log`) and where it stands (`task status`)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from footbeat.cli.days import read_day
from footbeat.cli.frame import JsonOption, QuietOption, Reply, table
from footbeat.cli.task.arguments import FolderArgument, now
from footbeat.errors import StoreError
from footbeat.tasking.events import REASONS, Event, Kind, read_events, record_event
from footbeat.tasking.phases import days_left, warn_of_end
from footbeat.tasking.schedule import load_public, load_schedule, roster_from_public
from footbeat.tasking.standing import Standing, measure_standing


def log(
    folder: FolderArgument,
    *,
    event: Annotated[Kind, typer.Option(help="abstraction, override or closure.")],
    day: Annotated[str, typer.Option(help="Operational day, YYYY-MM-DD.")],
    hotspot: Annotated[str, typer.Option(help="Identifier of the hot spot.")],
    reason: Annotated[str, typer.Option(help="A reason of the fixed list.")] = "",
    by: Annotated[str, typer.Option(help="Rank or role of who decided, never a name.")] = "",
    saw_results: Annotated[
        bool | None, typer.Option("--saw-results/--blind", help="Had they seen results?")
    ] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Record what happened; nothing changes the draw, and an override is never blocked.

    Example: footbeat task log s1 --event override --day 2026-11-07 --hotspot h03 --by sergeant
    """
    why = reason or (REASONS[event][0] if event == "override" else "")
    entry = Event(event, read_day(day, "--day"), hotspot, why, by, saw_results)
    n_events = record_event(folder, entry, at=now())
    Reply(as_json, quiet).finish(
        {"events": n_events, "event": entry},
        f"Recorded: {event} at {hotspot} on {day}. Events so far: {n_events}.",
        "The draw stays as it is.",
    )


def status(
    folder: FolderArgument,
    *,
    visits: Annotated[
        Path | None, typer.Option(help="Visits so far, from `footbeat track visits`.")
    ] = None,
    today: Annotated[str, typer.Option(help="Count up to the day before this one.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say what was delivered, short and missed so far, and how long the phase still runs.

    Example: footbeat task status s1 --visits visits.parquet
    """
    reply, at = Reply(as_json, quiet), read_day(today, "--today") if today else now().date()
    days = roster_from_public(load_public(folder)).days
    warning = warn_of_end(days, at)
    if warning:
        reply.caution(warning)
    happened = read_events(folder)["kind"].value_counts().to_dict()
    standing = _standing(folder, visits, at)
    values = {
        "days_left": days_left(days, at),
        "last_day": days[-1],
        "warning": warning or None,
        "events": happened,
        "standing": standing,
    }
    rows = [("days left", days_left(days, at)), *happened.items(), *_rows(standing)]
    reply.finish(values, table(f"Schedule {folder.name} before {at}", ("", ""), rows))


def _standing(folder: Path, visits: Path | None, today: date) -> Standing | None:
    if visits is None:
        return None
    try:
        frame = pd.read_parquet(visits)
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{visits.name}` must be a Parquet file of visits.",
            found="It cannot be read as one.",
            do="Make one with `footbeat track visits`.",
        ) from error
    return measure_standing(load_schedule(folder), frame, today)


def _rows(standing: Standing | None) -> list[tuple[str, object]]:
    if standing is None:
        return [("delivered", None)]
    names = ("due", "delivered", "short", "missed", "extra")
    return [(name, getattr(standing, name)) for name in names]
