"""`footbeat task brief`: the papers of one operational day."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import typer

from footbeat.cli.days import read_day
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run
from footbeat.cli.task.arguments import FolderArgument
from footbeat.errors import ColumnError, DataError, StoreError
from footbeat.outputs import check_suffix, writing
from footbeat.reports.briefing import (
    Extras,
    brief_day,
    briefing_bounds,
    describe_walk,
    write_briefing_pdf,
)
from footbeat.reports.briefing_docx import write_briefing_docx
from footbeat.reports.last_done import describe_last_visits
from footbeat.streets import read_streets
from footbeat.tasking.releases import check_intact
from footbeat.tasking.rota_file import load_rota, units_by_place
from footbeat.tasking.schedule import PUBLIC, load_schedule
from footbeat.tasking.walks import choose_walks, load_walks

if TYPE_CHECKING:
    from datetime import date

    from footbeat.streets import Streets
    from footbeat.tasking.schedule import Schedule

_NOTE_COLUMNS = ("look_for", "last_done", "unit", "named_officer")


def brief(
    folder: FolderArgument,
    *,
    day: Annotated[str, typer.Option(help="Operational day, YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File to write: .pdf, or .docx to edit.")],
    streets: Annotated[Path | None, typer.Option(help="File of street lines to draw.")] = None,
    notes: Annotated[
        Path | None,
        typer.Option(help="CSV: hotspot_id and any of look_for, last_done, unit, named_officer."),
    ] = None,
    visits: Annotated[
        Path | None,
        typer.Option(help="Visits so far, from `footbeat track visits` or `track log`."),
    ] = None,
    walks: Annotated[
        Path | None, typer.Option(help="Walks to draw, from `footbeat task walk`.")
    ] = None,
    rota: Annotated[
        Path | None, typer.Option(help="Call signs, from `footbeat task rota --out rota.json`.")
    ] = None,
    with_comparison: Annotated[
        bool, typer.Option("--with-comparison", help="A page for comparison places too.")
    ] = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Set the shift sheet and one A4 page for each hot spot patrolled that day.

    Example: footbeat task brief s1 --day 2026-11-06 --streets streets.gpkg --out friday.pdf
    """
    reply = Reply(as_json, quiet)
    suffix = check_suffix(out, (".pdf", ".docx"))
    check_intact(folder)
    sealed = load_schedule(folder)
    for text in sealed.provenance.cautions:
        reply.caution(text)
    papers = brief_day(
        sealed,
        read_day(day, "--day"),
        _ground(streets, sealed),
        extras=_extras(sealed, read_day(day, "--day"), notes, visits, walks, rota),
        with_comparison=with_comparison,
    )
    with writing(out, overwrite=overwrite) as draft:
        (write_briefing_docx if suffix == ".docx" else write_briefing_pdf)(papers, draft)
    given = (streets, notes, visits, walks, rota)
    inputs = [folder / PUBLIC, *(file for file in given if file)]
    parameters = {"day": day, "with_comparison": with_comparison}
    info = sealed.provenance.as_json()
    record_run("task brief", parameters=parameters, inputs=inputs, output=out, info=info)
    shown = [place.hotspot_id for place in papers.places]
    reply.finish(
        {"pages": 1 + len(shown), "hotspots": shown, "file": out},
        f"{1 + len(shown)} pages for {papers.day}: the shift sheet and {len(shown)} hot spots.",
        f"Written: {out}",
    )


def _extras(  # noqa: PLR0917 - every file may be left out
    sealed: Schedule,
    day: date,
    notes: Path | None,
    visits: Path | None,
    walks: Path | None,
    rota: Path | None,
) -> Extras:
    extras = read_notes(notes) if notes else Extras()
    if visits:
        done = read_last_visits(visits, day, sealed.timezone)
        extras = replace(extras, last_done={**done, **extras.last_done})
    if rota:
        extras = replace(extras, units={**extras.units, **read_units(rota, day)})
    if walks is None:
        return extras
    chosen = choose_walks(sealed, day, load_walks(walks, sealed.provenance.crs))
    return replace(extras, walks={walk.hotspot_id: describe_walk(walk) for walk in chosen})


def read_units(path: Path, day: date) -> dict[str, str]:
    """Read who goes where from the rota of a day.

    Raises
    ------
    DataError
        When it is the rota of another day.
    """
    planned = load_rota(path)
    if planned.day != day:
        raise DataError(
            "A briefing takes the rota of its own day.",
            found=f"`{path.name}` is of {planned.day}; the briefing is for {day}.",
            do="Plan one with `footbeat task rota DIR --day` for that day.",
        )
    return units_by_place(planned)


def read_last_visits(path: Path, day: date, timezone: str) -> dict[str, str]:
    """Read what was done last at each place; activities that stand beside the visits are told too.

    Raises
    ------
    StoreError
        When the file is no Parquet file.
    """
    beside = path.with_name(f"{path.stem}.activities.parquet")
    try:
        visits = pd.read_parquet(path)
        activities = pd.read_parquet(beside) if beside.exists() else None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a Parquet file of visits.",
            found="It cannot be read as one.",
            do="Make one with `footbeat track visits`.",
        ) from error
    return describe_last_visits(visits, day, timezone, activities)


def read_notes(path: Path) -> Extras:
    """Read what people add to a briefing from a CSV file.

    Raises
    ------
    StoreError
        When it cannot be read.
    ColumnError
        When it has no column `hotspot_id`.
    """
    try:
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig").fillna("")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"`{path.name}` must be a CSV file in UTF-8.",
            found="It cannot be read as one.",
            do="Save it again as “CSV UTF-8”.",
        ) from error
    if "hotspot_id" not in frame:
        raise ColumnError(
            f"`{path.name}` must have a column `hotspot_id`.",
            found=f"It has {', '.join(frame.columns)}.",
            do="Name the column so.",
        )
    look_for, last_done, units, officers = (_by_place(frame, name) for name in _NOTE_COLUMNS)
    return Extras(look_for=look_for, last_done=last_done, units=units, officers=officers)


def _by_place(frame: pd.DataFrame, name: str) -> dict[str, str]:
    values = frame[name] if name in frame else [""] * len(frame)
    return {
        str(key): str(value)
        for key, value in zip(frame["hotspot_id"], values, strict=True)
        if value
    }


def _ground(streets: Path | None, sealed: Schedule) -> Streets | None:
    if streets is None:
        return None
    return read_streets(streets, sealed.provenance.crs, briefing_bounds(sealed))
