"""The command `footbeat target concentration`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footbeat.cli.frame import JsonOption, QuietOption, Reply, plain, table
from footbeat.cli.target.asked import (
    AreaOption,
    AreasOption,
    GroupOption,
    IncidentsArgument,
    ShapeOption,
    SinceOption,
    SizeOption,
    StreetsOption,
    UntilOption,
    read_area,
    read_places,
    refuse_idle_files,
)
from footbeat.incidents.load import load_incidents
from footbeat.reports import words
from footbeat.streets import read_streets
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.spread import measure_spread

if TYPE_CHECKING:
    from footbeat.targeting.spread import Spread


def concentration(
    incidents_file: IncidentsArgument,
    *,
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    group: GroupOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    area: AreaOption = None,
    areas: AreasOption = None,
    streets: StreetsOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say how unevenly incidents are spread, and what the top cells hold the year after.

    Example: footbeat target concentration incidents.parquet
    """
    reply = Reply(as_json, quiet)
    refuse_idle_files(shape, streets=streets)
    incidents = load_incidents(incidents_file)
    case = CaseOptions(shape, size_m, group=group, since=since, until=until)
    crs = incidents.provenance.crs
    lines = read_streets(streets, crs) if streets else None
    places = read_places(shape, areas, lines, crs)
    spread = measure_spread(incidents, case, area=read_area(area, crs), places=places)
    _report_spread(reply, spread, incidents.provenance.cautions)


def _report_spread(reply: Reply, spread: Spread, cautions: tuple[str, ...]) -> None:
    for text in (*cautions, *spread.notes):
        reply.caution(text)
    columns = ("share of cells", "cells", "incidents", "share", "harm", "year after")
    rows = [
        (
            words.share(part.cell_share),
            words.count(part.n_cells),
            words.count(part.n_incidents),
            words.share(part.incident_share),
            words.share(part.harm_share),
            words.share(part.after_share),
        )
        for part in spread.shares
    ]
    gini = f"Gini {spread.gini:.3f}, generalised Gini {spread.generalised_gini:.3f}"
    listing = table(
        f"{spread.n_incidents:,} incidents over {spread.n_cells:,} cells", columns, rows
    )
    reply.finish(plain(spread), listing, f"{gini}.\n{spread.basis}")
