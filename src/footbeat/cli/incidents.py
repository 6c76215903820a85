"""The commands of the first step: any export becomes incidents one can trust."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.incidents.export import write_csv, write_geopackage
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.read import ReadOptions, convert_incidents
from footbeat.incidents.report import ReadReport
from footbeat.outputs import check_suffix, check_writable, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

app = typer.Typer(
    name="incidents",
    help="Incidents: any export becomes a table one can trust.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
)


@app.callback()
def incidents() -> None:
    """Read, map and judge exports."""


@app.command()
def read(
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX, Parquet, folders, zips.")],
    *,
    out: Annotated[Path, typer.Option(help="Incidents: .parquet, .gpkg or .csv.")],
    source: Annotated[
        str, typer.Option(help="Built-in source, or the path of a mapping.")
    ] = "police-uk",
    crs: Annotated[str, typer.Option(help="Coordinate system of the result, in metres.")] = "",
    area: Annotated[Path | None, typer.Option(help="Polygons outside which to reject.")] = None,
    rejects: Annotated[Path | None, typer.Option(help="CSV of rejected rows and why.")] = None,
    kinds: Annotated[str, typer.Option(help="Kinds of record to keep: crime,asb …")] = "",
    keep_address: Annotated[
        bool, typer.Option("--keep-address", help="Keep house numbers and postcodes.")
    ] = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Turn any export into incidents: every row kept, or rejected with a reason.

    Example: footbeat incidents read southend/ --out incidents.parquet --rejects rejects.csv
    """
    reply = Reply(as_json, quiet)
    wanted = tuple(kind.strip() for kind in kinds.split(",") if kind.strip())
    options = ReadOptions(source, crs or None, area, wanted, keep_address)
    with reply.progress("Reading") as advance:
        report = _write(files, out, rejects, options, overwrite=overwrite, advance=advance)
    for warning in report.warnings:
        reply.caution(warning)
    outputs = [path for path in (out, rejects) if path]
    for path in outputs:
        record_run(
            command="incidents read",
            parameters=asdict(options),
            inputs=files,
            output=path,
            info=report.provenance.as_json(),
        )
    reply.finish(_values(report, outputs), *_tables(report, outputs))


@app.command("map")
def map_(
    file: Annotated[Path, typer.Argument(help="An export: CSV, XLSX or Parquet.")],
    *,
    out: Annotated[Path | None, typer.Option(help="Mapping to write (.toml).")] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Propose how to read an export, and say what is unsure; check it before use.

    Example: footbeat incidents map export.csv --out our-system.toml
    """
    reply = Reply(as_json, quiet)
    proposal = propose_mapping(file)
    if out:
        with writing(out, overwrite=overwrite) as draft:
            draft.write_text(proposal.toml, encoding="utf-8")
    pairs = table("", ("ours", "in the export"), list(proposal.columns.items()))
    doubts = table("", ("unsure", "why"), [(d.column, d.why) for d in proposal.unsure])
    refused = table("", ("refused", "why"), [(d.column, d.why) for d in proposal.refused])
    after = (
        f"Next: footbeat incidents read {file.name} --source {out.name}" if out else proposal.toml
    )
    shown = [
        pairs,
        *([doubts] if proposal.unsure else []),
        *([refused] if proposal.refused else []),
    ]
    reply.finish(asdict(proposal), *shown, after)


def _write(
    files: list[Path],
    out: Path,
    rejects: Path | None,
    options: ReadOptions,
    *,
    overwrite: bool,
    advance: Callable[[], None],
) -> ReadReport:
    """Write the incidents and, where asked for, the rejects: both whole or neither."""
    suffix = check_suffix(out, tuple(_WRITERS))
    for path in filter(None, (out, rejects)):
        check_writable(path, overwrite=overwrite)
    with tempfile.TemporaryDirectory(prefix=".footbeat-", dir=out.absolute().parent) as folder:
        kept, left = Path(folder) / "kept.parquet", Path(folder) / "rejects.parquet"
        report = convert_incidents(files, kept, options, rejects=left, advance=advance)
        if rejects:
            with writing(rejects, overwrite=overwrite) as draft:
                write_csv(left, draft)
        with writing(out, overwrite=overwrite) as draft:
            _WRITERS[suffix](kept, draft)
    return report


def _move(parquet: Path, draft: Path) -> None:
    shutil.move(parquet, draft)


_WRITERS = {".parquet": _move, ".gpkg": write_geopackage, ".csv": write_csv}


def _values(report: ReadReport, outputs: list[Path]) -> dict[str, object]:
    values = {name: getattr(report, name) for name in ReadReport.__slots__ if name != "provenance"}
    return values | {"attribution": report.provenance.attribution, "files_written": outputs}


def _tables(report: ReadReport, outputs: list[Path]) -> list[str | Table]:
    head = (
        f"{report.kept:,} of {report.read:,} rows kept, {report.rejected:,} rejected; "
        f"times to the {report.precision}; {report.start} to {report.end}; {report.crs}"
    )
    counts = (
        ("Kept, by kind", report.by_kind),
        ("Rejected, by reason", report.rejects_by_reason),
        ("Kept but excluded from targeting, by reason", report.excluded_by_reason),
    )
    tables = [table("", (title, "rows"), _rows(rows)) for title, rows in counts if rows]
    group = f"Offences are counted by the group `{report.default_group}` unless --group says other."
    after = f"Next: footbeat target find {outputs[0].name} --out hotspots.gpkg"
    written = f"Written: {', '.join(path.name for path in outputs)}"
    return [head, *tables, group, *report.provenance.attribution, written, after]


def _rows(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    return [(name, f"{n:,}") for name, n in counts.items()]
