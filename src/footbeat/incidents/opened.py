"""Tables of the input made ready to stream: headers known, text plain, other kinds set apart."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from footbeat.engine.scan import BadRecord, stream_csv, stream_parquet
from footbeat.errors import DataError, StoreError
from footbeat.incidents.headers import fits_source
from footbeat.incidents.mend import UNCLOSED, mend_quotes
from footbeat.incidents.sheets import write_sheet
from footbeat.incidents.sources import (
    match_headers,
    name_apart,
    name_apart_file,
    normalise_header,
)
from footbeat.incidents.text import plain_text
from footbeat.incidents.tidy import tidy_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    from numpy.typing import NDArray

    from footbeat.incidents.files import InputFile
    from footbeat.incidents.headers import Fits
    from footbeat.incidents.sources import Source


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
    n_above
        Lines above the header that the copy lacks.
    runs
        Of a sheet, a record's number and its row, wherever the two part.
    """

    file: InputFile
    number: int
    headers: tuple[str, ...]
    path: Path
    delimiter: str = ""
    notes: tuple[str, ...] = ()
    n_above: int = 0
    runs: tuple[tuple[int, int], ...] = ()

    def to_file(self, lines: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return lines of the text that is read as lines of the file as it came."""
        if not self.runs:
            return lines + self.n_above
        records, rows = np.array(self.runs, np.int64).T
        run = np.searchsorted(records, lines, side="right") - 1
        return np.asarray(rows[run] + lines - records[run])


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
    # By name first: a file set apart need not even have a header.
    apart = {file.name: says for file in files if (says := name_apart_file(source, file.name))}
    ready = [
        open_file(file, number, source, scratch)
        for number, file in enumerate(files)
        if file.name not in apart
    ]
    apart |= {
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


def open_file(
    file: InputFile, number: int, source: Source, scratch: Path, *, also: Sequence[Fits] = ()
) -> OpenFile:
    """Return one table ready to be streamed: sheets and odd text as plain copies.

    The header is where the source's needed columns stand, else where the tests `also` say.

    Raises
    ------
    StoreError
        When the file is not what its name says.
    ColumnError
        When it has no header.
    """
    path, notes = _plainly_named(file, number, scratch), list[str]()
    runs: tuple[tuple[int, int], ...] = ()
    fits = (*filter(None, [fits_source(source)]), *also)
    if file.form == "parquet":
        return OpenFile(file, number, _parquet_headers(file), path)
    if file.form == "xlsx":
        path = scratch / f"sheet-{number:05}.csv"
        sheet = write_sheet(file.path, file.name, path, fits=fits)
        notes.extend(sheet.notes)
        runs = sheet.runs
    draft = scratch / f"plain-{number:05}.csv"
    # The header of a sheet is found already, and stands in the first line.
    again = () if runs else fits
    encoding = "" if runs else source.encoding
    plain = plain_text(path, file.name, draft, encoding, fits=again)
    if plain.encoding not in {"utf-8", "utf-8-sig"}:
        notes.append(f"{file.name} was read as {plain.encoding}.")
    if plain.n_titles:
        notes.append(f"Lines above the header of {file.name} left out: {plain.n_above}.")
    if plain.is_wider:
        notes.append(
            f"The rows of {file.name} have one cell fewer than its header: its last column was "
            "taken as empty."
        )
    if plain.had_nul:
        notes.append(f"NUL bytes in {file.name} were left out.")
    return OpenFile(
        file, number, plain.headers, plain.path, plain.delimiter, tuple(notes), plain.n_above, runs
    )


def stream_file(
    session: duckdb.DuckDBPyConnection, opened: OpenFile, source: Source, bad: list[BadRecord]
) -> Iterator[pa.RecordBatch]:
    """Yield the columns the source maps, as text named ``c0``, ``c1`` … by their place.

    Records that are no rows are appended to `bad` once the stream has ended.
    """
    places = match_headers(source, opened.headers, opened.file.name)
    known = [normalise_header(header) for header in opened.headers]
    also = [known.index(name) for name in map(normalise_header, source.also) if name in known]
    return stream_columns(session, opened, sorted({*places.values(), *also}), bad)


def read_start(
    session: duckdb.DuckDBPyConnection, opened: OpenFile, wanted: Sequence[int], scratch: Path
) -> pa.RecordBatch | None:
    """Return the first rows; of a mended copy where one quote swallowed them; None where none."""
    bad: list[BadRecord] = []
    batch = next(stream_columns(session, opened, wanted, bad), None)
    if batch is None and any(record.why == UNCLOSED for record in bad):
        mended, _ = mend_file(opened, scratch)
        batch = next(stream_columns(session, mended, wanted, []), None)
    return batch


def stream_columns(
    session: duckdb.DuckDBPyConnection,
    opened: OpenFile,
    wanted: Sequence[int],
    bad: list[BadRecord],
) -> Iterator[pa.RecordBatch]:
    """Yield the columns at some places, as text named ``c0``, ``c1`` … by their place.

    A last column, ``content``, is a number that equal rows share.
    """
    if opened.file.form == "parquet":
        batches = stream_parquet(session.cursor(), opened.path, opened.headers, wanted)
    else:
        batches = stream_csv(
            session.cursor(),
            opened.path,
            n_columns=len(opened.headers),
            wanted=wanted,
            delimiter=opened.delimiter,
            bad=bad,
        )
    return map(tidy_batch, batches)


def mend_file(opened: OpenFile, scratch: Path) -> tuple[OpenFile, list[BadRecord]]:
    """Return the file without the lines in which a quote is not closed, and those lines."""
    draft = scratch / f"mended-{opened.number:05}.csv"
    bad = mend_quotes(opened.path, draft, opened.delimiter, len(opened.headers))
    return replace(opened, path=draft), bad


def _plainly_named(file: InputFile, number: int, scratch: Path) -> Path:
    """Return a copy of a file whose path holds signs that DuckDB takes for a pattern."""
    if not set(str(file.path)) & set("*?[]{}"):
        return file.path
    return Path(shutil.copyfile(file.path, scratch / f"copy-{number:05}{file.path.suffix}"))


def _parquet_headers(file: InputFile) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(file.path).names)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(
            f"`{file.name}` must be a Parquet file.",
            found="It is damaged or something else.",
            do="Export it again.",
        ) from error
