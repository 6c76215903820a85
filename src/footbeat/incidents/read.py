"""Any export becomes incidents: streamed, every row kept or rejected with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footbeat.areas import provenance_note
from footbeat.engine.scan import bulk_session
from footbeat.errors import DataError
from footbeat.incidents.dates import ONLY_OTHER_ORDER, how_to_turn
from footbeat.incidents.draft import REJECTS, REPETITIVE, Drafted, draft_rows
from footbeat.incidents.files import list_inputs
from footbeat.incidents.lines import ReadText, find_lines
from footbeat.incidents.load import Incidents, load_incidents
from footbeat.incidents.opened import OpenFile, open_files
from footbeat.incidents.pace import Pace, estimate_rows
from footbeat.incidents.places import is_metric, load_input
from footbeat.incidents.plan import ReadOptions, plan_reading
from footbeat.incidents.report import ReadReport, make_report
from footbeat.incidents.settle import (
    Settled,
    settle_rows,
    stream_settled,
    stream_settled_rejects,
)
from footbeat.incidents.sources import load_source
from footbeat.outputs import private_scratch, scratch_folder
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import pandas as pd

    from footbeat.incidents.tally import Tally


# Why a record is not a row, by DuckDB's name for it.
_BAD_RECORDS = {
    "TOO MANY COLUMNS": "more fields than the header",
    "MISSING COLUMNS": "fewer fields than the header",
    "UNQUOTED VALUE": "a quote that is not closed",
    "LINE SIZE OVER MAXIMUM": "longer than a million bytes",
}
_REJECTS = pa.schema([("file", pa.string()), ("line", pa.int64()), ("reason", pa.string())])
_GROUP_ROWS = 122_880


@dataclass(frozen=True, slots=True)
class Rejects:
    """Rows that were not kept: `file`, `line` of it (of a sheet or of Parquet, row), `reason`."""

    table: pa.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def to_frame(self) -> pd.DataFrame:
        """Return the rejects as a pandas frame."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame


def read_incidents(
    paths: str | Path | Sequence[str | Path],
    *,
    source: str | Path = "police-uk",
    crs: str | None = None,
    area: str | Path | None = None,
    kinds: tuple[str, ...] = (),
) -> tuple[Incidents, Rejects]:
    """Read an export into memory: one path or several, of files, folders and zips.

    For exports larger than memory use :func:`convert_incidents`.

    Returns
    -------
    tuple
        The incidents and the rows that were rejected; together they are every row.

    Raises
    ------
    FootbeatError
        As :func:`convert_incidents` does.
    """
    given = [paths] if isinstance(paths, str | Path) else paths
    within = Path(area) if isinstance(area, str) else area
    with private_scratch() as folder:
        out, rejects = folder / "incidents.parquet", folder / "rejects.parquet"
        options = ReadOptions(source=source, crs=crs, area=within, kinds=kinds)
        convert_incidents([Path(path) for path in given], out, options, rejects=rejects)
        return load_incidents(out), Rejects(pq.read_table(rejects))


def convert_incidents(
    paths: Sequence[Path],
    out: Path,
    options: ReadOptions,
    *,
    rejects: Path,
    tell: Callable[[float], None] = lambda _: None,
) -> ReadReport:
    """Stream an export into a Parquet file of incidents and another of rejects.

    `out` and `rejects` are drafts that the caller puts in place (see `footbeat.outputs`);
    scratch files stand in the folder of `out` and are gone at the end.

    Parameters
    ----------
    tell
        Called after each batch of rows with the share of the work done, 0 to 1.

    Raises
    ------
    StoreError
        When an input cannot be read.
    ColumnError
        When an input does not have the columns the source names.
    DataError
        When no row can be kept, or every file is of another kind.
    """
    source = load_source(options.source)
    with (
        scratch_folder(out) as scratch,
        bulk_session(scratch) as session,
    ):
        files, skipped = list_inputs(paths, scratch)
        opened, apart = open_files(files, source, scratch)
        reading = plan_reading(session, opened, source, options, scratch)
        pace = Pace(estimate_rows(opened), tell)
        drafted = draft_rows(session, opened, reading, scratch, pace.add_read)
        settled = settle_rows(
            session,
            drafted.drafts,
            identifier_is_key=source.identifier_is_key,
            is_metric=is_metric(load_input(reading.projection.input_crs)),
        )
        _write_rejects(session, rejects, opened, drafted)
        _check_any_kept(settled, drafted.tally)
        with pq.ParquetWriter(
            out,
            INCIDENTS.schema,
            compression="zstd",
            use_dictionary=list(REPETITIVE),
            store_schema=False,
        ) as writer:
            for batch in stream_settled(session):
                writer.write_batch(batch.cast(INCIDENTS.schema), row_group_size=_GROUP_ROWS)
                drafted.tally.count_kept(batch)
                pace.add_written(batch.num_rows, settled.n_kept)
            report = make_report(settled, drafted, reading, opened, apart=apart, skipped=skipped)
            writer.add_key_value_metadata(provenance_note(report.provenance))
        return report


def _write_rejects(
    session: duckdb.DuckDBPyConnection, out: Path, opened: Sequence[OpenFile], drafted: Drafted
) -> None:
    """Write file, line and reason of every rejected row, in the order of the input."""
    batches = [batch.cast(REJECTS) for batch in stream_settled_rejects(session)]
    late = pa.Table.from_batches(batches, REJECTS)
    with pq.ParquetWriter(out, _REJECTS, compression="zstd") as writer:
        for file, text, early in zip(opened, drafted.texts, drafted.rejects, strict=True):
            mine = late.filter(pc.equal(late.column("_file"), file.number))
            table = _rejects_of(text, pa.concat_tables([pq.read_table(early), mine]))
            drafted.tally.count_rejects(table.column("reason"))
            drafted.tally.read += len(text.bad) + len(text.slips)
            writer.write_table(table)


def _rejects_of(text: ReadText, rows: pa.Table) -> pa.Table:
    """Return one file's rejects with the line each stands on, records that are no rows included."""
    rows = rows.sort_by("_row")
    found, bad = find_lines(text, np.asarray(rows.column("_row")))
    line = np.concatenate([found, np.array([record.line for record in bad], np.int64)])
    why = [f"not a row: {_BAD_RECORDS.get(record.why, 'cannot be read')}" for record in bad]
    reason = np.array([*rows.column("reason").to_pylist(), *why], object)
    order = np.argsort(line, kind="stable")
    name = pa.repeat(pa.scalar(text.opened.file.name), len(line))
    return pa.table([name, pa.array(line[order]), pa.array(reason[order], pa.string())], _REJECTS)


def _check_any_kept(settled: Settled, tally: Tally) -> None:
    if settled.n_kept:
        return
    if not tally.read:
        raise DataError(
            "The input must have rows.", found="It has headers only.", do="Export it again."
        )
    worst = max(tally.rejects, key=lambda reason: tally.rejects[reason])
    order = next((order for order, why in ONLY_OTHER_ORDER.items() if why == worst), None)
    raise DataError(
        "At least one row must be usable.",
        found=f"All {tally.read:,} were rejected, {tally.rejects[worst]:,} because: {worst}.",
        do=how_to_turn(order)
        if order
        else "Check the source's columns, coordinate system and date order, and the area.",
    )
