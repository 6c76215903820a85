"""`footbeat target find` on an engine: files too large to hold, and a list for each force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pyogrio
import typer

from footbeat.areas import provenance_note
from footbeat.cli.frame import Reply, plain, record_run, table
from footbeat.cli.target.asked import read_area
from footbeat.engine.choose import DEFAULT_ENGINE, choose_engine
from footbeat.errors import UsageError
from footbeat.outputs import writing
from footbeat.reports import words
from footbeat.targeting.bulk import find_in_bulk, join_lists
from footbeat.targeting.save import save_found
from footbeat.targeting.tally import BY, BulkFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from footbeat.areas import Hotspots
    from footbeat.targeting.find import FindOptions
    from footbeat.targeting.found import Found

EngineOption = Annotated[
    str,
    typer.Option(help="Count on an engine, rows streamed: duckdb, spark or memory."),
]
MasterOption = Annotated[str, typer.Option(help="Spark's master, such as spark://host:7077.")]
ByOption = Annotated[str, typer.Option(help=f"A list for each value of a column: {', '.join(BY)}.")]


def refuse_beside_engine(given: Mapping[str, object]) -> None:
    """Refuse options that need every incident in memory.

    Raises
    ------
    UsageError
        When one was given.
    """
    asked = [name for name, value in given.items() if value]
    if asked:
        raise UsageError(
            f"`{asked[0]}` cannot be used with --engine or --by.",
            found="Those only count incidents by cell.",
            do=f"Leave {asked[0]} out, or --engine and --by.",
        )


def find_on_engine(
    reply: Reply,
    file: Path,
    options: FindOptions,
    *,
    out: Path,
    engine: str,
    master: str,
    by: str,
    seed: int,
    inputs: list[Path],
    area: Path | None,
    overwrite: bool,
) -> None:
    """Find the lists, write them and say what they hold."""
    bulk = BulkFile.open(file)
    lists = find_in_bulk(
        bulk, options, engine=choose_engine(engine or DEFAULT_ENGINE, master),
        rng=np.random.default_rng(seed), area=read_area(area, bulk.provenance.crs), by=by,
    )  # fmt: skip
    first = next(iter(lists.values()))
    if by:
        _save_lists(join_lists(lists, by), out, overwrite=overwrite)
    else:
        save_found(first, first.incidents, out, overwrite=overwrite)
    parameters = {"method": first.method, **first.params, "by": by, "engine": engine}
    info = first.hotspots.provenance.as_json()
    record_run(
        "target find", parameters=plain(parameters), inputs=inputs, output=out, info=info, seed=seed
    )
    _report(reply, lists, out, by)


def _save_lists(hotspots: Hotspots, out: Path, *, overwrite: bool) -> None:
    note = provenance_note(hotspots.provenance)
    driver = "GPKG" if out.suffix == ".gpkg" else "GeoJSON"
    with writing(out, overwrite=overwrite) as draft:
        extra: dict[str, Any] = {"dataset_metadata": note} if driver == "GPKG" else {}
        pyogrio.write_dataframe(hotspots.frame, draft, layer="hotspots", driver=driver, **extra)


def _report(reply: Reply, lists: Mapping[str, Found], out: Path, by: str) -> None:
    first = next(iter(lists.values()))
    for text in (*first.hotspots.provenance.cautions, *first.notes):
        reply.caution(text)
    values: dict[str, Any] = first.as_json()
    if by:
        values = {
            "n_incidents": sum(found.n_incidents for found in lists.values()),
            "n_cells": sum(found.n_cells for found in lists.values()),
            "method": first.method,
            "params": dict(first.params),
            "by": by,
            "lists": {value: found.as_json() for value, found in lists.items()},
        }
    values |= {"cautions": first.hotspots.provenance.cautions, "files": [out.name]}
    columns = (by or "list", "incidents", "hot spots", "hold", "first", "incidents there")
    rows = [_row(value, found) for value, found in lists.items()]
    reply.finish(
        values, table(f"{len(rows):,} lists by {first.method}", columns, rows), f"Wrote {out}."
    )


def _row(value: str, found: Found) -> tuple[object, ...]:
    frame, held = found.hotspots.frame, found.concentration.incident_share
    top = frame.iloc[0] if len(frame) else None
    return (
        value or "all",
        words.count(found.n_incidents),
        len(frame),
        f"{words.share(held)} ({round(held * found.n_incidents):,})",
        words.UNKNOWN if top is None else top["name"],
        words.UNKNOWN if top is None else words.count(top["n"]),
    )
