"""The command `footbeat target persistence`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyogrio
import typer

from footbeat.areas import provenance_note
from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.cli.target.asked import (
    AreaOption,
    AreasOption,
    GroupOption,
    IncidentsArgument,
    RadiusOption,
    ShapeOption,
    SinceOption,
    SizeOption,
    UntilOption,
    WeightOption,
    read_area,
    read_places,
)
from footbeat.incidents.load import load_incidents
from footbeat.outputs import check_suffix, check_writable, writing
from footbeat.targeting.layout import CaseOptions
from footbeat.targeting.persistence import PersistenceOptions, measure_persistence

if TYPE_CHECKING:
    from footbeat.targeting.persistence import Persistent

_SUFFIXES = (".gpkg", ".csv")
_N_SHOWN = 20


def persistence(
    incidents_file: IncidentsArgument,
    *,
    out: Annotated[Path | None, typer.Option(help="GeoPackage or CSV to write.")] = None,
    period_months: Annotated[
        int | None, typer.Option(min=1, help="Observed months in a period; about 12 periods.")
    ] = None,
    step_months: Annotated[
        int | None, typer.Option(min=1, help="Months from one period to the next; its length.")
    ] = None,
    level: Annotated[
        float, typer.Option(min=0, max=1, help="Largest adjusted p of a hot place.")
    ] = 0.05,
    shape: ShapeOption = "hex",
    size_m: SizeOption = None,
    radius_m: RadiusOption = None,
    weight: WeightOption = "count",
    group: GroupOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    area: AreaOption = None,
    areas: AreasOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Tell places that stay hot from those that turn hot, come and go, or were hot once.

    Example: footbeat target persistence incidents.parquet --out persistence.gpkg
    """
    reply = Reply(as_json, quiet)
    if out:
        check_suffix(out, _SUFFIXES)
        check_writable(out, overwrite=overwrite)
    incidents = load_incidents(incidents_file)
    crs = incidents.provenance.crs
    options = PersistenceOptions(period_months, step_months, radius_m, level)
    measured = measure_persistence(
        incidents,
        CaseOptions(shape, size_m, weight, group=group, since=since, until=until),
        options,
        area=read_area(area, crs),
        places=read_places(shape, areas, None, crs),
    )
    if out:
        _save(measured, out, overwrite=overwrite)
        inputs = [path for path in (incidents_file, area, areas) if path]
        info = measured.provenance.as_json()
        parameters = {**asdict(options), "shape": shape, "size_m": size_m, "group": group}
        record_run(
            "target persistence", parameters=parameters, inputs=inputs, output=out, info=info
        )
    for text in (*measured.provenance.cautions, *measured.notes):
        reply.caution(text)
    _report(reply, measured, out)


def _save(measured: Persistent, out: Path, *, overwrite: bool) -> None:
    with writing(out, overwrite=overwrite) as draft:
        if out.suffix.lower() == ".csv":
            measured.frame.drop(columns="geometry").to_csv(
                draft, index=False, lineterminator="\n", encoding="utf-8"
            )
            return
        note = provenance_note(measured.provenance)
        pyogrio.write_dataframe(
            measured.frame, draft, layer="persistence", driver="GPKG", dataset_metadata=note
        )


def _report(reply: Reply, measured: Persistent, out: Path | None) -> None:
    places = measured.frame.drop(columns="geometry").to_dict("records")
    values = {
        "n_incidents": measured.n_incidents,
        "n_cells": measured.n_cells,
        "periods": measured.periods,
        "counted": measured.counted,
        "places": places,
        "notes": measured.notes,
        "files": [out.name] if out else [],
    }
    columns = ("persistence", "place", "incidents", "periods hot", "oldest to latest")
    rows = [
        (each["persistence"], each["cell"], f"{each['n']:,.0f}", each["n_hot"], each["pattern"])
        for each in places[:_N_SHOWN]
    ]
    told = ", ".join(f"{n:,} {name}" for name, n in measured.counted.items())
    title = f"{told}, of {measured.n_cells:,} places in {len(measured.periods)} periods"
    reply.finish(values, table(title, columns, rows), *([f"Wrote {out}."] if out else []))
