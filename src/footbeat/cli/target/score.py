"""The command `footbeat target score`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from footbeat.cli.frame import (
    JsonOption,
    OverwriteOption,
    QuietOption,
    Reply,
    record_run,
    table,
)
from footbeat.cli.target.asked import (
    NO_LIMIT,
    AreasOption,
    ClusterOption,
    FeaturesOption,
    ForceOption,
    GroupOption,
    HarmTableOption,
    MethodOption,
    PermutationsOption,
    RadiusOption,
    ShapeOption,
    SinceOption,
    SizeOption,
    StreetsOption,
    UntilOption,
    WeightOption,
    load_weighed,
    method_options,
    read_ground,
    read_places,
    refuse_beside,
    refuse_idle_files,
)
from footbeat.cli.target.tuning import OptionsOption
from footbeat.errors import UsageError
from footbeat.grid import MAX_CELLS
from footbeat.outputs import check_suffix, check_writable
from footbeat.stats.density import Kernel
from footbeat.streets import read_streets
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.methods import DEFAULT_METHOD
from footbeat.targeting.score import (
    SUFFIXES,
    ScoreTable,
    read_table,
    save_scores,
    score_counts,
    score_places,
    score_points,
)
from footbeat.targeting.surfaces import KdeOptions

_N_SHOWN = 10


def score(
    incidents_file: Annotated[
        Path | None,
        typer.Argument(help="Incidents; not needed with --counts.", metavar="[INCIDENTS]"),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="GeoPackage, Parquet or CSV to write.")],
    method: MethodOption = DEFAULT_METHOD,
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    radius_m: RadiusOption = None,
    cluster_by: ClusterOption = "dbscan",
    extent: Annotated[
        str | None, typer.Option(help="Rectangle xmin,ymin,xmax,ymax of cells to score.")
    ] = None,
    counts: Annotated[Path | None, typer.Option(help="CSV of x, y, n: cells of your own.")] = None,
    at: Annotated[Path | None, typer.Option(help="CSV of x, y: evaluate a density there.")] = None,
    measure: Annotated[
        Literal["density", "sum"], typer.Option(help="Per square kilometre, or sum of kernels.")
    ] = "density",
    kernel: Annotated[Kernel, typer.Option(help="Kernel of a density.")] = "quartic",
    exact: Annotated[bool, typer.Option("--exact", help="Sum every incident exactly.")] = False,
    permutations: PermutationsOption = 0,
    option: OptionsOption = None,
    weight: WeightOption = "count",
    group: GroupOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    harm_table: HarmTableOption = None,
    areas: AreasOption = None,
    streets: StreetsOption = None,
    features: FeaturesOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Score every place by one method.

    Example: footbeat target score incidents.parquet --method gi-star --out scores.gpkg
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, SUFFIXES)
    check_writable(out, overwrite=overwrite)
    refuse_idle_files(shape, method=method, streets=streets, extent=extent, features=features)
    idle: dict[str, object] = {
        "--extent": extent, "--areas": areas, "--streets": streets, "--features": features,
    }  # fmt: skip
    if at is not None:
        refuse_beside("--at", "Points are evaluated, not places.", idle)
    if counts is not None:
        idle |= {
            "INCIDENTS": incidents_file, "--at": at, "--group": group, "--since": since,
            "--until": until, "--harm-table": harm_table, "--weight harm": weight == "harm",
            f"--shape {shape}": shape not in {"hex", "square"},
        }  # fmt: skip
        refuse_beside("--counts", "It holds the cells and what is in them.", idle)
    kde = KdeOptions(radius_m, kernel, measure, exact)
    options = method_options(
        method, radius_m, kde=kde, permutations=permutations, cluster_by=cluster_by, given=option
    )
    case = CaseOptions(
        shape, size_m, weight, group=group, since=since, until=until,
        max_cells=NO_LIMIT if force else MAX_CELLS,
    )  # fmt: skip
    incidents = load_weighed(incidents_file, harm_table) if incidents_file else None
    if counts is not None:
        own = read_table(counts, ("x", "y", "n"))
        scored = score_counts(own, method, options, size_m=size_m, radius_m=radius_m)
    elif incidents is None:
        raise UsageError("There must be incidents or --counts to score.", do="Give one of them.")
    elif at is not None:
        scored = score_points(incidents, case, read_table(at, ("x", "y")), _kde(options))
    else:
        crs = incidents.provenance.crs
        lines = read_streets(streets, crs) if streets else None
        scored = score_places(
            incidents,
            case,
            method,
            options,
            extent=_extent(extent),
            places=read_places(shape, areas, lines, crs),
            features=read_ground(features, crs),
        )
    save_scores(scored, out, incidents=incidents, overwrite=overwrite)
    given = (incidents_file, counts, at, harm_table, areas, streets, features)
    inputs = [path for path in given if path]
    info = incidents.provenance.as_json() if incidents else {}
    parameters = {"method": method, **scored.params}
    record_run("target score", parameters=parameters, inputs=inputs, output=out, info=info)
    for text in (*(incidents.provenance.cautions if incidents else ()), *scored.notes):
        reply.caution(text)
    _report(reply, scored, out)


def _report(reply: Reply, scored: ScoreTable, out: Path) -> None:
    first = scored.frame.nlargest(_N_SHOWN, "score", keep="first")
    rows = [(r.cell, f"{r.n:,.0f}", f"{r.score:,.4g}") for r in first.itertuples()]
    values = {
        "n_cells": len(scored.frame),
        "method": scored.method,
        "params": scored.params,
        "notes": scored.notes,
        "figures": scored.figures,
        "files": [out.name],
    }
    title = f"{len(scored.frame):,} places by {scored.method}: the highest"
    reply.finish(values, table(title, ("place", "incidents", "score"), rows), f"Wrote {out}.")


def _kde(options: object | None) -> KdeOptions:
    if isinstance(options, KdeOptions):
        return options
    raise UsageError(
        "`--at` must be used with a density.", found="--method is another.", do="Pass --method kde."
    )


def _extent(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        x_min, y_min, x_max, y_max = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            "`--extent` must be four numbers.",
            found=f"It is “{text}”.",
            do="Give xmin,ymin,xmax,ymax in metres.",
        ) from error
    return x_min, y_min, x_max, y_max
