"""Files of pings, read as they are written: rows in pieces, every value as the file has it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from footbeat.errors import ColumnError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_BLOCK_BYTES = 1 << 24
_ROWS = 1 << 20
_SAMPLE_BYTES = 1 << 16
_DELIMITERS = ",;\t|"


@dataclass
class PingFile(ABC):
    """One file of pings.

    Attributes
    ----------
    path
        Where it lies.
    chosen
        Our column to the header that holds it.
    n_broken
        Rows that did not have as many values as the header, known once the file was read.
    """

    path: Path
    chosen: dict[str, str]
    n_broken: int = field(default=0, init=False)

    @abstractmethod
    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows in pieces, with our column names and the file's own values."""

    @abstractmethod
    def headers(self) -> list[str]:
        """Return every header of the file; of GeoJSON, those of what was read."""

    def salvage(self) -> Iterator[pa.Table]:
        """Yield what stands before the place where an unreadable file broke off."""
        return iter(())

    def sample(self, n_rows: int) -> pa.Table | None:
        """Return the first rows, at most so many; None where there are none."""
        piece = next(iter(self.tables()), None)
        self.n_broken = 0
        return None if piece is None else piece.slice(0, n_rows)

    def _ours(self, piece: pa.Table) -> pa.Table:
        return pa.table({ours: piece.column(theirs) for ours, theirs in self.chosen.items()})


class CsvPings(PingFile):
    """A delimited text file."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows in pieces; all values are texts."""
        try:
            with self._open() as reader:
                for batch in reader:
                    yield self._ours(pa.Table.from_batches([batch]))
        except pa.ArrowInvalid as error:
            raise unreadable(self.path, "CSV") from error

    def headers(self) -> list[str]:
        """Return the headers of the first line."""
        return look_at_text(self.path)[2]

    def _open(self) -> pcsv.CSVStreamingReader:
        encoding, delimiter, _ = look_at_text(self.path)
        headers = list(self.chosen.values())
        return pcsv.open_csv(
            self.path,
            pcsv.ReadOptions(block_size=_BLOCK_BYTES, encoding=encoding),
            pcsv.ParseOptions(delimiter=delimiter, invalid_row_handler=self._skip),
            pcsv.ConvertOptions(
                include_columns=headers,
                column_types=dict.fromkeys(headers, pa.string()),
                strings_can_be_null=True,
                null_values=["", "NULL", "null", "NaN", "nan", "NA", "None"],
            ),
        )

    def _skip(self, row: pcsv.InvalidRow) -> str:
        del row
        self.n_broken += 1
        return "skip"


class ParquetPings(PingFile):
    """A Parquet file."""

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows in pieces of at most a million."""
        return self._pieces(_ROWS)

    def headers(self) -> list[str]:
        """Return the names of the columns."""
        return parquet_headers(self.path)

    def sample(self, n_rows: int) -> pa.Table | None:
        """Return the first rows without reading more."""
        return next(self._pieces(n_rows), None)

    def _pieces(self, n_rows: int) -> Iterator[pa.Table]:
        try:
            for batch in pq.ParquetFile(self.path).iter_batches(
                n_rows, columns=list(self.chosen.values())
            ):
                yield self._ours(pa.Table.from_batches([batch]))
        except (OSError, pa.ArrowInvalid) as error:
            raise unreadable(self.path, "Parquet") from error


def look_at_text(path: Path) -> tuple[str, str, list[str]]:
    """Return the encoding, the delimiter and the headers of a text file."""
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if not sample.strip():
        raise ColumnError(
            f"`{path.name}` must hold rows.", found="It is empty.", do="Export it again."
        )
    encoding = _encoding(sample)
    head = sample.decode(encoding, errors="replace").lstrip("\ufeff").splitlines()[0]
    delimiter = max(_DELIMITERS, key=head.count)
    return encoding, delimiter, [name.strip().strip('"') for name in head.split(delimiter)]


def _encoding(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # The sample may end within a letter.
        sample[: sample.rfind(b"\n") + 1].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def parquet_headers(path: Path) -> list[str]:
    """Return the columns of a Parquet file."""
    try:
        return list(pq.read_schema(path).names)
    except (OSError, pa.ArrowInvalid) as error:
        raise unreadable(path, "Parquet") from error


def unreadable(path: Path, kind: str) -> StoreError:
    """Return the error for a file that is not what its name says."""
    return StoreError(
        f"`{path.name}` must be a whole {kind} file.",
        found="It cannot be read as one.",
        do="Export or copy it again.",
    )
