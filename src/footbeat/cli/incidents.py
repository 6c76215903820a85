"""The commands of the first step: any export becomes incidents one can trust."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footbeat.cli.frame import JsonOption, OverwriteOption, QuietOption, Reply, record_run, table
from footbeat.errors import UsageError
from footbeat.incidents.export import write_csv, write_geopackage
from footbeat.incidents.files import check_apart
from footbeat.incidents.join import join_incidents
from footbeat.incidents.load import load_incidents, save_incidents
from footbeat.incidents.plan import ReadOptions
from footbeat.incidents.propose import propose_mapping
from footbeat.incidents.quality import Quality, measure_file
from footbeat.incidents.read import convert_incidents
from footbeat.incidents.report import ReadReport
from footbeat.incidents.stacks import NO_LABELS, load_labels, say_remembered, write_labels
from footbeat.manifest import Manifest, hash_files
from footbeat.outputs import (
    check_suffix,
    check_writable,
    clear_scratch,
    scratch_folder,
    writing,
)
from footbeat.reports.quality_page import headline, render_quality_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

    from footbeat.tables import Provenance

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
    labels: Annotated[Path | None, typer.Option(help="Labelled stacked points (.csv).")] = None,
    harm_table: Annotated[
        Path | None, typer.Option(help="Cambridge workbook, ONS weights or own table of harm.")
    ] = None,
    harm_mix: Annotated[
        Path | None, typer.Option(help="Offences in each police.uk category by force (.csv).")
    ] = None,
    force: Annotated[str, typer.Option(help="Force whose mix counts; all by default.")] = "",
    each_force: Annotated[
        bool, typer.Option("--each-force", help="Weigh each row by its own force's mix.")
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
    options = ReadOptions(
        source, crs or None, area, wanted, keep_address, labels, harm_table, harm_mix, force,
        each_force,
    )  # fmt: skip
    n_left = clear_scratch(out)
    if n_left:
        reply.caution(f"{n_left:,} scratch folders that interrupted runs left here were removed.")
    with reply.progress_share("Reading") as tell:
        report = _write(files, out, rejects, options, overwrite=overwrite, tell=tell)
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
    values = _values(report, outputs) | {"scratch_removed": n_left}
    reply.finish(values, *_tables(report, outputs))


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
    check_apart([file], filter(None, [out]))
    proposal = propose_mapping(file)
    if out:
        with writing(out, overwrite=overwrite) as draft:
            draft.write_text(proposal.toml, encoding="utf-8")
        record_run("incidents map", parameters={}, inputs=[file], output=out)
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


@app.command()
def join(
    files: Annotated[list[Path], typer.Argument(help="Tables that `incidents read` wrote.")],
    *,
    out: Annotated[Path, typer.Option(help="Joined incidents (.parquet).")],
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Put crimes and the logs they came from into one table in which each counts once.

    Example: footbeat incidents join crimes.parquet logs.parquet --out both.parquet
    """
    reply = Reply(as_json, quiet)
    check_suffix(out, (".parquet",))
    check_apart(files, [out])
    joined = join_incidents([load_incidents(file) for file in files])
    save_incidents(joined.incidents, out, overwrite=overwrite)
    record_run("incidents join", parameters={}, inputs=files, output=out)
    for caution in joined.incidents.provenance.cautions:
        reply.caution(caution)
    head = (
        f"{len(joined.incidents):,} records: {joined.linked:,} name another, with which they count "
        f"once; {joined.copies:,} copies left out"
    )
    values = asdict(replace(joined, incidents=len(joined.incidents)))  # type: ignore[arg-type] # told by their number
    kinds = table("", ("kind", "records"), _rows(joined.by_kind))
    reply.finish(values, head, kinds, f"Written: {out.name}")


@app.command()
def quality(
    file: Annotated[Path, typer.Argument(help="Incidents that `incidents read` wrote (.parquet).")],
    *,
    out: Annotated[Path | None, typer.Option(help="Page to write (.html).")] = None,
    labels: Annotated[
        Path | None, typer.Option(help="Labelled points (.csv): used, or written to be filled in.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Find the data's faults: places, stacked points, copies, times, recording delay.

    Example: footbeat incidents quality incidents.parquet --out quality.html
    """
    reply = Reply(as_json, quiet)
    known = load_labels(labels) if labels and labels.exists() else NO_LABELS
    measured, provenance = measure_file(file, known)
    written = _write_quality(measured, provenance, file, out, labels, overwrite=overwrite)
    for caution in filter(None, (*provenance.cautions, say_remembered(known))):
        reply.caution(caution)
    grades = table("", ("grade", "incidents"), _rows(measured.by_grade))
    stacks = [(s.location, f"{s.n:,}", s.guess, s.label) for s in measured.stacked[:10]]
    full = table("", ("stacked point", "incidents", "may be", "label"), stacks)
    reply.finish(
        asdict(measured), headline(measured), grades, *([full] if stacks else []), *written
    )


def _write_quality(
    measured: Quality,
    provenance: Provenance,
    file: Path,
    out: Path | None,
    labels: Path | None,
    *,
    overwrite: bool,
) -> list[str]:
    """Write the page and, where there is none yet, the file for labels."""
    written = []
    if out:
        check_suffix(out, (".html",))
        manifest = Manifest("incidents quality", {}, hash_files([file]), (), {})
        page = render_quality_page(measured, provenance, name=file.stem, manifest=manifest)
        with writing(out, overwrite=overwrite) as draft:
            draft.write_text(page, encoding="utf-8")
        record_run("incidents quality", parameters={}, inputs=[file], output=out)
        written.append(f"Written: {out.name}")
    if labels and not labels.exists():
        with writing(labels) as draft:
            write_labels(measured.stacked, draft)
        record_run("incidents quality", parameters={}, inputs=[file], output=labels)
        written.append(f"Written: {labels.name}. Fill in its last column, then read with --labels.")
    return written


def _write(
    files: list[Path],
    out: Path,
    rejects: Path | None,
    options: ReadOptions,
    *,
    overwrite: bool,
    tell: Callable[[float], None],
) -> ReadReport:
    """Write the incidents and, where asked for, the rejects: both whole or neither."""
    suffix = check_suffix(out, tuple(_WRITERS))
    if rejects and rejects.absolute() == out.absolute():
        raise UsageError(
            "The incidents and the rejects must be two files.",
            found=f"Both are called {out.name}.",
            do="Name another with --rejects, such as rejects.csv.",
        )
    also = (options.area, options.labels, options.harm_table, options.harm_mix)
    check_apart([*files, *filter(None, also)], filter(None, (out, rejects)))
    for path in filter(None, (out, rejects)):
        check_writable(path, overwrite=overwrite)
    with scratch_folder(out) as folder:
        kept, left = folder / "kept.parquet", folder / "rejects.parquet"
        report = convert_incidents(files, kept, options, rejects=left, tell=tell)
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
