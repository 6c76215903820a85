"""`footbeat track log`: keyed patrols and activities."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow.parquet as pq
import typer

from footbeat.areas import read_hotspots
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.cli.track.visits import default_key
from footbeat.incidents.files import check_apart
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.tables import with_provenance
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.keyed import Log, read_log
from footbeat.tracking.pings import CLOCK_AHEAD
from footbeat.tracking.units import check_key_apart, load_key
from footbeat.tracking.visits import Visits, cover_days, save_visits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footbeat.tables import Provenance


def log(
    sheet: Annotated[Path, typer.Argument(help="Keyed sheet: .csv or .xlsx.", metavar="F")],
    *,
    hotspots: Annotated[Path, typer.Option(help="Polygons of the hot spots.")],
    out: Annotated[Path, typer.Option(help="File of visits to write: .parquet.")],
    schedule: Annotated[Path | None, typer.Option(help="Folder of the schedule.")] = None,
    key: Annotated[Path | None, typer.Option(help="File of the unit key.")] = None,
    timezone: Annotated[str, typer.Option(help="Local time zone.")] = "",
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Read keyed patrols: visits with bounds, and activities as counts beside them.

    Example: footbeat track log patrols.xlsx --hotspots h.gpkg --out keyed.parquet
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".parquet",))
    counts = activities_path(out)
    for path in (out, counts):
        check_writable(path, overwrite=overwrite)
    key_path = key or default_key()
    check_key_apart(key_path, out)
    check_apart([sheet, hotspots], [out, counts])
    places = read_hotspots(hotspots)
    zone = timezone or places.provenance.timezone
    latest = datetime.now(UTC) + CLOCK_AHEAD
    due = load_schedule(schedule).frame if schedule else None
    keyed = read_log(
        sheet, places, key=load_key(key_path), timezone=zone, latest=latest, schedule=due
    )
    span, empty = _covered(keyed)
    provenance = replace(places.provenance, timezone=zone, start=span[0], end=span[1])
    save_visits(Visits(keyed.visits, provenance, empty_days=empty), out, overwrite=overwrite)
    with writing(counts, overwrite=overwrite) as draft:
        pq.write_table(with_provenance(keyed.activities, provenance), draft, compression="zstd")
    record_run(
        "track log",
        parameters={"timezone": zone},
        inputs=[sheet, hotspots],
        output=out,
        info=provenance.as_json() | {"rejects": keyed.rejects, "refused": keyed.refused},
    )
    _answer(reply, keyed, provenance, empty, out)


def activities_path(out: Path) -> Path:
    """Return where the activities stand: beside the visits, named after them."""
    return out.with_name(f"{out.stem}.activities.parquet")


def _covered(keyed: Log) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Return the first and last day with a row that was used, and those between without one."""
    days = {
        day for one in (keyed.visits, keyed.activities) for day in one.column("day").to_pylist()
    }
    return cover_days(days) if days else (("", ""), ())


def _answer(
    reply: Reply, keyed: Log, provenance: Provenance, empty: tuple[str, ...], out: Path
) -> None:
    rejected = sum(keyed.rejects.values())
    warnings = [*provenance.cautions, *_cautions(keyed, len(empty))]
    for text in warnings:
        reply.caution(text)
    n_visits, n_activities = keyed.visits.num_rows, keyed.activities.num_rows
    rows = [
        ("rows read", keyed.n_read),
        ("visits", n_visits),
        ("activities", n_activities),
        ("rejected", rejected),
    ]
    reply.finish(
        {
            "n_visits": n_visits,
            "n_activities": n_activities,
            "rejected": rejected,
            "read": keyed.n_read,
            "rejects_by_reason": keyed.rejects,
            "refused": sorted(keyed.refused),
            "empty_days": empty,
            "kinds": sorted(set(keyed.activities.column("kind").to_pylist())),
            "warnings": warnings,
        },
        table("Keyed patrols", ("", "number"), rows),
        f"Written: {out} and {activities_path(out).name}.",
    )


def _cautions(keyed: Log, n_empty: int) -> Iterator[str]:
    if n_empty:
        have = "day has" if n_empty == 1 else "days have"
        yield f"{n_empty:,} {have} no row at all: presence is not known."
    for header, what in keyed.refused.items():
        yield f"Column “{header}” looks like {what}: it was not taken over."
    for header, n in keyed.hidden.items():
        look = "value looks" if n == 1 else "values look"
        yield f"{n:,} {look} like personal data in “{header}”: not taken over."
    if keyed.n_crews_unread:
        patrols = "patrol states" if keyed.n_crews_unread == 1 else "patrols state"
        yield f"{keyed.n_crews_unread:,} {patrols} no number of officers: counted as one officer."
    for reason, n in keyed.rejects.items():
        yield f"{n:,} {'row was' if n == 1 else 'rows were'} rejected: {reason}."
