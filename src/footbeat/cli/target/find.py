"""The command `footbeat target find`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from footbeat.areas import read_hotspots
from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    plain,
    record_run,
    table,
)
from footbeat.cli.target.asked import (
    DEFAULT_SEED,
    NO_LIMIT,
    AreaOption,
    AreasOption,
    ClusterOption,
    FeaturesOption,
    ForceOption,
    GroupOption,
    HarmTableOption,
    HectaresOption,
    HoursOption,
    IncidentsArgument,
    MethodOption,
    PermutationsOption,
    RadiusOption,
    SeedOption,
    ShapeOption,
    SinceOption,
    SizeOption,
    StreetsOption,
    UntilOption,
    WeekdaysOption,
    WeightOption,
    finite,
    load_weighed,
    method_options,
    parse_weekdays,
    read_area,
    read_ground,
    read_places,
    read_size,
    refuse_idle_files,
    refuse_idle_words,
)
from footbeat.cli.target.bulk import (
    ByOption,
    EngineOption,
    MasterOption,
    find_on_engine,
    refuse_beside_engine,
)
from footbeat.cli.target.tuning import OptionsOption
from footbeat.grid import MAX_CELLS
from footbeat.manifest import Manifest, hash_files
from footbeat.outputs import check_suffix, check_writable
from footbeat.periods import Window
from footbeat.reports import words
from footbeat.reports.maps import save_map_page
from footbeat.streets import read_streets
from footbeat.targeting.comparison import TrialDays
from footbeat.targeting.decided import read_decided
from footbeat.targeting.drawn import load_edits, tell_forgotten
from footbeat.targeting.ethics import Leave, grant_leave, read_backtest, require_leave
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.methods import DEFAULT_METHOD, METHODS
from footbeat.targeting.save import SUFFIXES, save_found
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.weighing import Transform, check_editions
from footbeat.tasking.schedule import load_schedule

if TYPE_CHECKING:
    from footbeat.targeting.found import Found


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
    spacing_m: Annotated[
        float, typer.Option(min=0, callback=finite, help="Least metres between hot spots.")
    ] = 0.0,
    max_area_ha: Annotated[
        float,
        typer.Option(min=0, callback=finite, help="Largest hot spot that merging may make."),
    ] = 12.0,
    min_incidents: Annotated[
        float | None, typer.Option(min=0, callback=finite, help="Incidents a cell must have.")
    ] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    hours: HoursOption = None,
    weekdays: WeekdaysOption = "",
    area: AreaOption = None,
    areas: AreasOption = None,
    streets: StreetsOption = None,
    include: Annotated[
        Path | None, typer.Option(help="Polygons that must be on the list, whatever they score.")
    ] = None,
    exclude: Annotated[Path | None, typer.Option(help="Polygons that must not be chosen.")] = None,
    previous: Annotated[
        Path | None,
        typer.Option(help="Earlier list: its identifiers, and what was decided on it, stay."),
    ] = None,
    schedule: Annotated[
        Path | None, typer.Option(help="Schedule's folder: its patrol days do not count.")
    ] = None,
    harm_table: HarmTableOption = None,
    features: FeaturesOption = None,
    radius_m: RadiusOption = None,
    cluster_by: ClusterOption = "dbscan",
    permutations: PermutationsOption = 0,
    option: OptionsOption = None,
    ethics_ref: Annotated[
        str, typer.Option("--ethics-ref", help="Where the ethical review of a model is filed.")
    ] = "",
    backtest: Annotated[
        Path | None,
        typer.Option(help="Output of `target backtest --json`: a model must beat the count."),
    ] = None,
    map_page: Annotated[
        Path | None, typer.Option("--map", help="Offline HTML map to write as well.")
    ] = None,
    place: Annotated[str, typer.Option(help="Name of the force or town, for that map.")] = "",
    engine: EngineOption = "",
    master: MasterOption = "",
    by: ByOption = "",
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
    _check_outputs(out, map_page, overwrite=overwrite)
    leave = _leave(method, ethics_ref, backtest)
    case = CaseOptions(
        shape, read_size(shape, size_m, size_ha), weight, transform, group, None, since, until,
        hours=Window.parse(hours) if hours else None, weekdays=parse_weekdays(weekdays),
        max_cells=NO_LIMIT if force else MAX_CELLS,
    )  # fmt: skip
    refuse_idle_files(shape, method=method, features=features)
    refuse_idle_words(weight, transform, place=place, map_page=map_page)
    select = SelectOptions(top, spacing_m, max_area_ha, min_incidents)
    asked = method_options(
        method, radius_m, permutations=permutations, cluster_by=cluster_by, given=option
    )
    if engine or master or by:
        refuse_beside_engine({
            "--areas": areas, "--streets": streets, "--include": include, "--exclude": exclude,
            "--previous": previous, "--schedule": schedule, "--harm-table": harm_table,
            "--features": features, "--map": map_page,
        })  # fmt: skip
        options = FindOptions(case, method, asked, select, draws, leave)
        find_on_engine(
            reply, incidents_file, options, out=out, engine=engine, master=master, by=by, seed=seed,
            inputs=[path for path in (incidents_file, area) if path], overwrite=overwrite,
            area=area,
        )  # fmt: skip
        return
    incidents = load_weighed(incidents_file, harm_table)
    crs = incidents.provenance.crs
    ground, lines = read_area(area, crs), read_streets(streets, crs) if streets else None
    old, trial = read_hotspots(previous) if previous else None, _trial(schedule)
    if weight == "harm":
        check_editions(incidents, [old, trial.hotspots if trial else None])
    with reply.progress("Rank intervals", 100) as advance:
        found = find_hotspots(
            incidents,
            FindOptions(case, method, asked, select, draws, leave),
            rng=np.random.default_rng(seed),
            area=ground,
            exclude=read_decided(exclude, crs) if exclude else (),
            include=read_decided(include, crs) if include else (),
            previous=old,
            edits=load_edits(previous) if previous else (),
            places=read_places(shape, areas, lines, crs),
            streets=lines,
            trial=trial,
            features=read_ground(features, crs),
            advance=advance,
        )
    notes = tell_forgotten(len(found.edits), out, previous)
    found = replace(found, notes=(*found.notes, *notes))
    given = (incidents_file, area, areas, include, exclude, previous, streets, harm_table)
    inputs = [path for path in (*given, features, backtest) if path]
    save_found(found, found.incidents, out, overwrite=overwrite)
    if map_page:
        save_map_page(
            found, map_page, place=place, streets=streets, boundary=ground,
            manifest=_manifest(found, inputs, seed), overwrite=overwrite,
        )  # fmt: skip
    files = [path for path in (out, map_page) if path]
    _record(found, inputs, files, seed)
    _report_found(reply, found, files)


def _leave(method: str, ethics_ref: str, backtest: Path | None) -> Leave | None:
    """Return leave to use a model, or None where none was asked for; refused before any work."""
    if method not in METHODS or not METHODS[method].is_model:
        return None
    leave = None
    if backtest is not None:
        leave = grant_leave(method, ethics_ref, read_backtest(backtest), backtest.name)
    require_leave(method, leave)
    return leave


def _trial(folder: Path | None) -> TrialDays | None:
    if folder is None:
        return None
    drawn = load_schedule(folder)
    return TrialDays(drawn.hotspots, drawn.frame)


def _check_outputs(out: Path, map_page: Path | None, *, overwrite: bool) -> None:
    check_suffix(out, SUFFIXES)
    check_writable(out, overwrite=overwrite)
    if map_page:
        check_suffix(map_page, (".html",))
        check_writable(map_page, overwrite=overwrite)


def _manifest(found: Found, inputs: list[Path], seed: int) -> Manifest:
    info = found.hotspots.provenance.as_json()
    parameters = plain({"method": found.method, **found.params})
    return Manifest("target find", parameters, hash_files(inputs), (), info, seed)


def _record(found: Found, inputs: list[Path], files: list[Path], seed: int) -> None:
    parameters = {"method": found.method, **found.params}
    info = found.hotspots.provenance.as_json()
    for path in files:
        record_run(
            "target find", parameters=parameters, inputs=inputs, output=path, info=info, seed=seed
        )


def _report_found(reply: Reply, found: Found, files: list[Path]) -> None:
    for text in (*found.hotspots.provenance.cautions, *found.notes):
        reply.caution(text)
    frame = found.hotspots.frame
    rows: list[tuple[object, ...]] = [
        (row.rank, row.name, words.count(row.n), words.count(row.harm_days), *_certainty(row))
        for row in frame.itertuples()
    ]
    columns = ["rank", "place", "incidents", "harm, days", "rank between", "P(top)"]
    if any(found.details[ident].get("harm_rank") for ident in found.hotspots.ids):
        columns.append("by count, harm")
        told = (found.details[ident] for ident in found.hotspots.ids)
        rows = [
            (*row, f"{each['count_rank']}, {each['harm_rank']}")
            for row, each in zip(rows, told, strict=True)
        ]
    listing = table(f"{len(rows):,} hot spots by {found.method}", columns, rows)
    left = [(place.rank, place.place, place.reason) for place in found.left_out]
    passed = table("Left out", ("rank", "place", "reason"), left)
    values = {
        **found.as_json(),
        "cautions": found.hotspots.provenance.cautions,
        "files": [path.name for path in files],
    }
    reply.finish(
        values,
        listing,
        *([passed] if left else []),
        _shares(found),
        *(f"Wrote {path}." for path in files),
    )


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
