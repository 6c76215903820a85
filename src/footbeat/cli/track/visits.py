"""`footbeat track visits`: pings become visits with error bars."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from footbeat.areas import read_hotspots
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.engine.choose import DEFAULT_ENGINE, choose_engine
from footbeat.incidents.files import check_apart
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.tasking.schedule import load_schedule
from footbeat.tracking.dosage import officer_minutes, patrol_minutes
from footbeat.tracking.layouts import PingLayout, load_layout
from footbeat.tracking.match import match_files, ping_options
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.pings import CLOCK_AHEAD, PingOptions, list_rejects
from footbeat.tracking.units import check_key_apart, load_key
from footbeat.tracking.visits import Tags, Visits, save_visits

_DEFAULTS = VisitOptions()


def visits(
    pings: Annotated[list[Path], typer.Argument(help="Files of pings.", metavar="PINGS…")],
    *,
    hotspots: Annotated[Path, typer.Option(help="Polygons of the hot spots.")],
    out: Annotated[Path, typer.Option(help="File of visits to write: .parquet.")],
    schedule: Annotated[Path | None, typer.Option(help="Folder of the schedule.")] = None,
    ping_crs: Annotated[str, typer.Option(help="Coordinate system of the pings.")] = "",
    layout: Annotated[Path | None, typer.Option(help="The tracker's columns, as TOML.")] = None,
    key: Annotated[Path | None, typer.Option(help="File of the unit key.")] = None,
    stay_min: Annotated[float, typer.Option(help="Shortest visit.")] = _DEFAULTS.stay_min,
    edge_m: Annotated[float, typer.Option(help="Metres outside that end a stay.")] = (
        _DEFAULTS.edge_m
    ),
    gap_s: Annotated[float, typer.Option(help="Seconds of silence that end a stay.")] = (
        _DEFAULTS.gap_s
    ),
    rejects: Annotated[Path | None, typer.Option(help="CSV of rejected rows and why.")] = None,
    timezone: Annotated[str, typer.Option(help="Local time zone.")] = "",
    engine: Annotated[str, typer.Option(help="memory, duckdb or spark.")] = DEFAULT_ENGINE,
    master: Annotated[str, typer.Option(help="Spark's master, such as spark://host:7077.")] = "",
    agency: Annotated[str | None, typer.Option(help="Who employs the units.")] = None,
    funding: Annotated[str | None, typer.Option(help="additional or usual.")] = None,
    theme: Annotated[str | None, typer.Option(help="Theme of the programme.")] = None,
    officers: Annotated[int | None, typer.Option(help="Officers in every unit.")] = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Match pings to hot spots: visits, passes, minutes with low and high.

    Example: footbeat track visits pings.csv --hotspots h.gpkg --schedule s1 --out v.parquet
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".parquet",))
    if rejects:
        check_suffix(rejects, (".csv",))
    for path in filter(None, (out, rejects)):
        check_writable(path, overwrite=overwrite)
    key_path = key or default_key()
    check_key_apart(key_path, out)
    check_apart([*pings, hotspots, *filter(None, [layout])], filter(None, (out, rejects)))
    places = read_hotspots(hotspots)
    options = VisitOptions(
        stay_min=stay_min,
        # These act in `track fidelity`; here they only must not stand in the way of a longer stay.
        delivered_min=max(stay_min, _DEFAULTS.delivered_min),
        return_min=max(stay_min, _DEFAULTS.return_min),
        edge_m=edge_m,
        gap_s=gap_s,
        timezone=timezone or places.provenance.timezone,
    )
    reading = ping_options(
        places,
        load_layout(layout) if layout else PingLayout(),
        key=load_key(key_path),
        ping_crs=ping_crs,
        latest=datetime.now(UTC) + CLOCK_AHEAD,
        visits=options,
    )
    due = load_schedule(schedule).frame if schedule else None
    tags = Tags("gps", agency, funding, theme, officers)
    found = match_files(
        pings,
        places,
        reading,
        options,
        engine=choose_engine(engine, master),
        schedule=due,
        tags=tags,
    )
    save_visits(found, out, overwrite=overwrite)
    if rejects:
        _write_rejects(rejects, pings, reading, overwrite=overwrite)
    _record(found, pings, hotspots, out, {"stay_min": stay_min, "edge_m": edge_m, "gap_s": gap_s})
    _answer(reply, found, out)


def default_key() -> Path:
    """Return where the unit key lives when none is named: apart, with the user's settings."""
    return Path(typer.get_app_dir("footbeat")) / "unit.key"


def _write_rejects(
    rejects: Path, pings: list[Path], reading: PingOptions, *, overwrite: bool
) -> None:
    """Write which row of which file cannot be used, and why; never what it holds."""
    with (
        writing(rejects, overwrite=overwrite) as draft,
        draft.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(("file", "row", "reason"))
        writer.writerows(list_rejects(pings, reading))
    record_run("track visits", parameters={}, inputs=pings, output=rejects)


def _record(
    found: Visits, pings: list[Path], hotspots: Path, out: Path, parameters: dict[str, float]
) -> None:
    info = found.provenance.as_json() | {"rejects": found.rejects, "left_out": found.left_out}
    record_run(
        "track visits",
        parameters=parameters,
        inputs=[*pings, hotspots],
        output=out,
        info=info,
    )


def _answer(reply: Reply, found: Visits, out: Path) -> None:
    frame = found.to_frame()
    warnings = [*found.provenance.cautions, *cautions(found)]
    for text in warnings:
        reply.caution(text)
    minutes = {"patrol": patrol_minutes(frame), "officer": officer_minutes(frame)}
    rejected = sum(found.rejects.values())
    rows = [
        ("pings read", f"{found.n_pings:,}"),
        ("rejected", f"{rejected:,}"),
        ("visits", f"{len(found):,}"),
        ("passes", f"{found.n_passes:,}"),
        ("patrol-minutes", f"{minutes['patrol']:,.0f}"),
        ("officer-minutes", f"{minutes['officer']:,.0f}"),
    ]
    reply.finish(
        {
            "n_pings": found.n_pings,
            "n_visits": len(found),
            "n_passes": found.n_passes,
            "patrol_minutes": minutes["patrol"],
            "officer_minutes": minutes["officer"],
            "rejected": rejected,
            "rejects_by_reason": found.rejects,
            "left_out": found.left_out,
            "n_brief": found.n_brief,
            "n_frozen": found.n_frozen,
            "n_alternating": found.n_alternating,
            "empty_days": found.empty_days,
            "start": found.provenance.start,
            "end": found.provenance.end,
            "warnings": warnings,
        },
        table(f"Visits, {found.provenance.start} to {found.provenance.end}", ("", "number"), rows),
        f"Written: {out}. Next: footbeat track fidelity {out} --schedule DIR",
    )


def cautions(found: Visits) -> list[str]:
    """Return what a reader of these visits must know of the pings."""
    said = [
        f"{n:,} {'ping was' if n == 1 else 'pings were'} rejected: {reason}."
        for reason, n in found.rejects.items()
    ]
    n_empty = len(found.empty_days)
    if n_empty:
        have = "day has" if n_empty == 1 else "days have"
        said.append(f"{n_empty:,} {have} no ping at all: presence is not known.")
    if found.n_alternating:
        are = "unit is" if found.n_alternating == 1 else "units are"
        said.append(
            f"{found.n_alternating:,} {are} in and out of one hot spot ten times within an hour: "
            "two devices may share a name, and their minutes are too few."
        )
    if not len(found) + found.n_passes + found.n_brief:
        said.append("No ping lies in or near any hot spot: check coordinates, and their order.")
    return said
