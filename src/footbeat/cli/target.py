"""The commands `footbeat target …`: find, score, explain and compare places."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import shapely
import typer

from footbeat.areas import read_hotspots, read_polygons
from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
    table,
)
from footbeat.errors import UsageError
from footbeat.grid import MAX_CELLS, Grid, Shape
from footbeat.incidents.load import load_incidents
from footbeat.manifest import load_manifest, manifest_path
from footbeat.outputs import check_suffix, check_writable
from footbeat.periods import WEEKDAYS, Window
from footbeat.reports import words
from footbeat.targeting.compare import compare_lists
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions, Transform, Weight
from footbeat.targeting.methods import DEFAULT_METHOD, METHODS
from footbeat.targeting.save import SUFFIXES, save_found
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.spread import measure_spread

if TYPE_CHECKING:
    from footbeat.targeting.compare import Comparison
    from footbeat.targeting.found import Found
    from footbeat.targeting.spread import Spread

app = typer.Typer(
    help="Target: rank places, say how certain a rank is, and why each place ranks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

DEFAULT_SEED = 1
_NO_LIMIT = 2**40


def _day(text: str) -> date:
    return date.fromisoformat(text)


IncidentsArgument = Annotated[
    Path, typer.Argument(help="Incidents, from `footbeat incidents read`.", metavar="INCIDENTS")
]
ShapeOption = Annotated[Shape, typer.Option(help="Shape of the cells.")]
SizeOption = Annotated[
    float | None,
    typer.Option("--size-m", help="Size of cells in metres; 250 for hexagons, 150 for squares."),
]
HectaresOption = Annotated[
    float | None, typer.Option("--size-ha", help="Size of cells in hectares, instead of --size-m.")
]
MethodOption = Annotated[str, typer.Option(help=f"One of {', '.join(METHODS)}.")]
WeightOption = Annotated[Weight, typer.Option(help="Rank by incidents or by days of harm.")]
GroupOption = Annotated[str | None, typer.Option(help="Offence group; `all` for every offence.")]
SinceOption = Annotated[
    date | None, typer.Option(parser=_day, metavar="DATE", help="First day that counts.")
]
UntilOption = Annotated[
    date | None, typer.Option(parser=_day, metavar="DATE", help="Last day that counts.")
]
HoursOption = Annotated[str | None, typer.Option(help="Hours that count, such as 14:00-02:00.")]
WeekdaysOption = Annotated[
    str, typer.Option(help="Operational weekdays that count, such as fri,sat.")
]
AreaOption = Annotated[
    Path | None, typer.Option(help="Polygon of the force: the ground that can be chosen.")
]
SeedOption = Annotated[int, typer.Option(help="Seed of the simulations behind rank intervals.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Allow more than 5 million cells.")]


@app.command("find")
def find(
    incidents_file: IncidentsArgument,
    *,
    out: Annotated[Path, typer.Option(help="GeoPackage or GeoJSON to write.")],
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    size_ha: HectaresOption = None,
    method: MethodOption = DEFAULT_METHOD,
    weight: WeightOption = "count",
    transform: Annotated[
        Transform, typer.Option(help="What is done to harm before it is summed.")
    ] = "raw",
    group: GroupOption = None,
    top: Annotated[int, typer.Option(min=1, help="Hot spots wanted.")] = 20,
    spacing_m: Annotated[float, typer.Option(min=0, help="Least metres between hot spots.")] = 0.0,
    max_area_ha: Annotated[
        float, typer.Option(min=0, help="Largest hot spot that merging may make.")
    ] = 12.0,
    min_incidents: Annotated[float | None, typer.Option(help="Incidents a cell must have.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    hours: HoursOption = None,
    weekdays: WeekdaysOption = "",
    area: AreaOption = None,
    exclude: Annotated[Path | None, typer.Option(help="Polygons that must not be chosen.")] = None,
    previous: Annotated[
        Path | None, typer.Option(help="Earlier list, whose identifiers are kept.")
    ] = None,
    draws: Annotated[int, typer.Option(min=0, help="Simulations behind rank intervals.")] = 1000,
    seed: SeedOption = DEFAULT_SEED,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Rank places and merge those that touch into walkable, explained hot spots.

    Example: footbeat target find incidents.parquet --top 20 --out hotspots.gpkg
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, SUFFIXES)
    check_writable(out, overwrite=overwrite)
    incidents = load_incidents(incidents_file)
    case = CaseOptions(
        shape, _size(shape, size_m, size_ha), weight, transform, group, None, since, until,
        hours=Window.parse(hours) if hours else None, weekdays=parse_weekdays(weekdays),
        max_cells=_NO_LIMIT if force else MAX_CELLS,
    )  # fmt: skip
    select = SelectOptions(top, spacing_m, max_area_ha, min_incidents)
    crs = incidents.provenance.crs
    found = find_hotspots(
        incidents,
        FindOptions(case, method, None, select, draws),
        rng=np.random.default_rng(seed),
        area=read_area(area, crs),
        exclude=read_area(exclude, crs),
        previous=read_hotspots(previous) if previous else None,
    )
    save_found(found, found.incidents, out, overwrite=overwrite)
    inputs = [path for path in (incidents_file, area, exclude, previous) if path]
    info = found.hotspots.provenance.as_json()
    parameters = {"method": method, **found.params}
    record_run(
        "target find", parameters=parameters, inputs=inputs, output=out, info=info, seed=seed
    )
    _report_found(reply, found, out)


@app.command("compare")
def compare(
    old_file: Annotated[Path, typer.Argument(help="Earlier list.", metavar="OLD")],
    new_file: Annotated[Path, typer.Argument(help="Later list.", metavar="NEW")],
    *,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say which places entered, left and stayed, and what else changed between two lists.

    Example: footbeat target compare last-year.gpkg this-year.gpkg
    """
    compared = compare_lists(
        read_hotspots(old_file),
        read_hotspots(new_file),
        old_run=_run_of(old_file),
        new_run=_run_of(new_file),
    )
    _report_comparison(Reply(as_json, quiet), compared)


@app.command("concentration")
def concentration(
    incidents_file: IncidentsArgument,
    *,
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    group: GroupOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    area: AreaOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Say how unevenly incidents are spread, and what the top cells hold the year after.

    Example: footbeat target concentration incidents.parquet
    """
    reply = Reply(as_json, quiet)
    incidents = load_incidents(incidents_file)
    case = CaseOptions(shape, size_m, group=group, since=since, until=until)
    spread = measure_spread(incidents, case, area=read_area(area, incidents.provenance.crs))
    _report_spread(reply, spread, incidents.provenance.cautions)


def _report_found(reply: Reply, found: Found, out: Path) -> None:
    for text in (*found.hotspots.provenance.cautions, *found.notes):
        reply.caution(text)
    frame = found.hotspots.frame
    rows = [
        (row.rank, row.name, words.count(row.n), words.count(row.harm_days), *_certainty(row))
        for row in frame.itertuples()
    ]
    columns = ("rank", "place", "incidents", "harm, days", "rank between", "P(top)")
    listing = table(f"{len(rows):,} hot spots by {found.method}", columns, rows)
    left = [(place.rank, place.place, place.reason) for place in found.left_out]
    passed = table("Left out", ("rank", "place", "reason"), left)
    values = {
        **found.as_json(),
        "cautions": found.hotspots.provenance.cautions,
        "files": [out.name],
    }
    reply.finish(values, listing, *([passed] if left else []), _shares(found), f"Wrote {out}.")


def _report_comparison(reply: Reply, compared: Comparison) -> None:
    gone = table(
        "Entered and left",
        ("", "rank", "place", "reason"),
        [
            (word, place.rank, place.name, place.reason)
            for word, places in (("in", compared.entered), ("out", compared.left))
            for place in places
        ],
    )
    stayed = table(
        "Stayed",
        ("place", "rank was", "is", "moved, m"),
        [(s.name, s.old_rank, s.new_rank, f"{s.moved_m:,.0f}") for s in compared.stayed],
    )
    reply.finish(plain(compared), gone, stayed, "\n".join(compared.changed))


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


def _run_of(path: Path) -> dict[str, Any] | None:
    return load_manifest(path) if manifest_path(path).exists() else None


def _shares(found: Found) -> str:
    shares = found.concentration
    harm = "" if shares.harm_share is None else f" and {words.share(shares.harm_share)} of the harm"
    held = round(shares.incident_share * found.n_incidents)
    return (
        f"{words.share(shares.area_share)} of the area ({shares.area_ha:,.0f} of "
        f"{shares.total_ha:,.0f} ha) held {words.share(shares.incident_share)} of the incidents "
        f"({held:,} of {found.n_incidents:,}){harm}, in the period that chose them.\n"
        f"{shares.basis}"
    )


def _certainty(row: Any) -> tuple[str, str]:  # noqa: ANN401 - a row of a frame
    if not row.rank_low >= 1:
        return words.UNKNOWN, words.UNKNOWN
    return f"{int(row.rank_low)} to {int(row.rank_high)}", f"{row.p_top:.2f}"


def _size(shape: Shape, size_m: float | None, size_ha: float | None) -> float | None:
    if size_m is not None and size_ha is not None:
        raise UsageError(
            "The size of cells must be given once.",
            found="Both --size-m and --size-ha were given.",
            do="Leave one out.",
        )
    return Grid.of_hectares(shape, size_ha).size_m if size_ha is not None else size_m


def parse_weekdays(text: str) -> tuple[str, ...]:
    """Return weekdays from a list such as ``fri,sat``.

    Raises
    ------
    UsageError
        When one is not a weekday.
    """
    days = tuple(day.strip().lower()[:3] for day in text.split(",") if day.strip())
    if any(day not in WEEKDAYS for day in days):
        raise UsageError(
            f"`--weekdays` must list some of {', '.join(WEEKDAYS)}.", found=f"It is “{text}”."
        )
    return days


def read_area(path: Path | None, crs: str) -> shapely.Geometry | None:
    """Return the union of a file's polygons in `crs`, mended where they cross themselves."""
    if path is None:
        return None
    return shapely.union_all(shapely.make_valid(read_polygons(path, crs).geometry.to_numpy()))
