"""The first pass over an export: every batch through the row kernel, into drafts on disk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from footbeat.areas import read_polygons
from footbeat.engine.scan import BadRecord, stream_csv, stream_parquet
from footbeat.errors import DataError, StoreError
from footbeat.incidents.harm import load_short_table
from footbeat.incidents.places import choose_crs, plan_projection
from footbeat.incidents.rows import Reading, is_all_midnight, read_rows, to_numbers
from footbeat.incidents.sources import match_headers, name_apart, normalise_header
from footbeat.incidents.tally import Tally
from footbeat.incidents.text import plain_text
from footbeat.incidents.times import months_of, parse_times
from footbeat.tables import INCIDENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import duckdb
    from numpy.typing import NDArray

    from footbeat.incidents.files import InputFile
    from footbeat.incidents.sources import Source

_NUMBERED = pa.schema([("_file", pa.int32()), ("_row", pa.int64())])
REJECTS = pa.schema([*_NUMBERED, ("reason", pa.string())])
DRAFT = pa.schema(
    [pa.field(field.name, field.type) for field in INCIDENTS.schema]
    + [*_NUMBERED, ("content", pa.uint64())]
)


@dataclass(frozen=True, slots=True)
class OpenFile:
    """One table of the input, ready to be streamed.

    Attributes
    ----------
    path
        Where it can be read: the file itself, or a plain copy.
    delimiter
        Empty for Parquet.
    notes
        What had to be done to read it.
    """

    file: InputFile
    number: int
    headers: tuple[str, ...]
    path: Path
    delimiter: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drafted:
    """The outcome of the first pass: counts, records that are no rows by file, what was assumed."""

    tally: Tally
    bad: dict[int, list[BadRecord]]
    notes: tuple[str, ...]


def open_files(
    files: Sequence[InputFile], source: Source, scratch: Path
) -> tuple[list[OpenFile], dict[str, str]]:
    """Return the files to read, and those of another kind with what they hold.

    Raises
    ------
    DataError
        When every file is of another kind.
    ColumnError
        When a file does not have the source's columns.
    """
    ready = [_open_file(file, number, source, scratch) for number, file in enumerate(files)]
    apart = {
        opened.file.name: says for opened in ready if (says := name_apart(source, opened.headers))
    }
    wanted = [opened for opened in ready if opened.file.name not in apart]
    for opened in wanted:
        match_headers(source, opened.headers, opened.file.name)
    if not wanted:
        raise DataError(
            "Places can only be ranked by incidents, not by records of what police did.",
            found=f"Every file holds {' or '.join(sorted(set(apart.values())))}.",
            do="Give the street-level files (…-street.csv) of the same download.",
        )
    return wanted, apart


def plan_reading(
    session: duckdb.DuckDBPyConnection,
    first: OpenFile,
    source: Source,
    *,
    crs: str | None,
    area: Path | None,
    kinds: tuple[str, ...],
    keep_address: bool,
) -> Reading:
    """Decide everything that must be the same for every row.

    Raises
    ------
    CrsError
        When a coordinate system is not known, or cannot be chosen by the data.
    """
    target = crs or source.output_crs or _choose_crs(session, first, source)
    return Reading(
        source=source,
        columns={},
        projection=plan_projection(source.input_crs, target),
        harm=load_short_table(),
        is_inside=_area_test(area, target) if area else None,
        kinds=kinds,
        keep_address=keep_address,
    )


def draft_rows(
    session: duckdb.DuckDBPyConnection,
    opened: Sequence[OpenFile],
    reading: Reading,
    scratch: Path,
    advance: Callable[[], None],
) -> Drafted:
    """Send every batch through the kernel; rows go to one draft and rejects to another."""
    tally, bad = Tally(), {file.number: list[BadRecord]() for file in opened}
    notes: list[str] = []
    with (
        pq.ParquetWriter(scratch / "draft.parquet", DRAFT, compression="lz4") as draft,
        pq.ParquetWriter(scratch / "rejects.parquet", REJECTS) as rejects,
    ):
        for file in opened:
            for rows in _read_file(
                session, file, reading, tally=tally, bad=bad[file.number], notes=notes
            ):
                good = rows.column("reason").is_null()
                draft.write_batch(rows.filter(good).select(DRAFT.names).cast(DRAFT))
                rejects.write_batch(rows.filter(pc.invert(good)).select(REJECTS.names))
                advance()
    return Drafted(tally, bad, tuple(notes))


def _open_file(file: InputFile, number: int, source: Source, scratch: Path) -> OpenFile:
    if file.form == "parquet":
        return OpenFile(file, number, _parquet_headers(file), file.path)
    plain = plain_text(file.path, file.name, scratch / f"plain-{number:05}.csv", source.encoding)
    notes = []
    if plain.encoding not in {"utf-8", "utf-8-sig"}:
        notes.append(f"{file.name} was read as {plain.encoding}.")
    if plain.had_nul:
        notes.append(f"NUL bytes in {file.name} were left out.")
    return OpenFile(file, number, plain.headers, plain.path, plain.delimiter, tuple(notes))


def _parquet_headers(file: InputFile) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(file.path).names)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"`{file.name}` must be a Parquet file.",
            found="It is damaged or something else.",
            do="Export it again.",
        ) from error


def _choose_crs(session: duckdb.DuckDBPyConnection, first: OpenFile, source: Source) -> str:
    places = match_headers(source, first.headers, first.file.name)
    batch = next(_stream(session, first, source, []), None)
    if batch is None:
        return choose_crs(np.empty(0), np.empty(0), source.input_crs)
    x, y = (to_numbers(batch.column(f"c{places[axis]}"), source.decimal) for axis in ("x", "y"))
    return choose_crs(x, y, source.input_crs)


def _area_test(
    area: Path, crs: str
) -> Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.bool_]]:
    whole = read_polygons(area, crs).union_all()
    shapely.prepare(whole)

    def is_inside(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray(shapely.intersects_xy(whole, x, y))

    return is_inside


def _stream(
    session: duckdb.DuckDBPyConnection, opened: OpenFile, source: Source, bad: list[BadRecord]
) -> Iterator[pa.RecordBatch]:
    places = match_headers(source, opened.headers, opened.file.name)
    known = [normalise_header(header) for header in opened.headers]
    also = [known.index(name) for name in map(normalise_header, source.also) if name in known]
    wanted = sorted({*places.values(), *also})
    if opened.file.form == "parquet":
        return stream_parquet(session.cursor(), opened.path, opened.headers, wanted)
    return stream_csv(
        session.cursor(),
        opened.path,
        n_columns=len(opened.headers),
        wanted=wanted,
        delimiter=opened.delimiter,
        bad=bad,
    )


def _read_file(
    session: duckdb.DuckDBPyConnection,
    opened: OpenFile,
    reading: Reading,
    *,
    tally: Tally,
    bad: list[BadRecord],
    notes: list[str],
) -> Iterator[pa.RecordBatch]:
    """Yield one file's rows, numbered from 0, with `_file` and `_row`."""
    places = match_headers(reading.source, opened.headers, opened.file.name)
    mine = replace(reading, columns={ours: f"c{place}" for ours, place in places.items()})
    batches = _stream(session, opened, reading.source, bad)
    first = next(batches, None)
    if first is not None and is_all_midnight(first, mine):
        mine = replace(mine, midnight_is_day=True)
        notes.append(f"Every time in {opened.file.name} is midnight: read as days, without a time.")
    n_rows = 0
    for batch in chain([] if first is None else [first], batches):
        rows = read_rows(batch, mine)
        tally.count_read(rows.num_rows, _months(batch, mine))
        file = np.full(rows.num_rows, opened.number, np.int32)
        number = np.arange(n_rows, n_rows + rows.num_rows)
        n_rows += rows.num_rows
        yield rows.append_column("_file", pa.array(file)).append_column("_row", pa.array(number))


def _months(batch: pa.RecordBatch, reading: Reading) -> list[str]:
    """Return the months a batch has rows of, kept or not: what was published is observed."""
    return months_of(parse_times(batch.column(reading.columns["start"]), reading.source.dates))
