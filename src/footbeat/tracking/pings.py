"""Read pings: any tracker's files become the `pings` contract, every row kept or counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyproj import CRS
from pyproj.exceptions import CRSError

from footbeat.engine.base import Source
from footbeat.engine.groups import plain_schema
from footbeat.errors import CrsError, DataError, StoreError
from footbeat.tracking.cleaning import CLEANED, PingCleaner, read_numbers, read_times
from footbeat.tracking.files import CsvPings, ParquetPings, look_at_text, parquet_headers
from footbeat.tracking.layouts import PingLayout, are_degrees
from footbeat.tracking.tracklogs import LON_LAT, GeoJsonPings, GpxPings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from footbeat.tracking.files import PingFile

_DEGREES = "EPSG:4326"
_SAMPLE_ROWS = 10_000
_WORLD = (180.0, 90.0)
_NEAR_M = 1_000.0
BROKEN = "row broken off"
CLOCK_AHEAD = timedelta(hours=1)
"""How far a tracker's clock may be ahead: later times lie in the future."""


@dataclass(frozen=True, slots=True)
class PingOptions:
    """How files of pings are read.

    Attributes
    ----------
    key
        Key of the units' pseudonyms.
    crs
        Coordinate system of the hot spots, to which fixes are brought.
    bounds
        West, south, east and north of the hot spots.
    timezone
        Time zone of times that state none.
    latest
        Times after this lie in the future.
    ping_crs
        Coordinate system of the fixes; empty to take the layout's, or the headers' word.
    layout
        The files' columns.
    worst_accuracy_m
        Fixes less accurate than this are rejected.
    """

    key: bytes = field(repr=False)
    crs: str
    bounds: tuple[float, float, float, float]
    timezone: str
    latest: datetime
    ping_crs: str = ""
    layout: PingLayout = field(default_factory=PingLayout)
    worst_accuracy_m: float = 200.0


@dataclass(frozen=True, slots=True)
class PingSource:
    """One file and how its rows become pings."""

    file: PingFile
    cleaner: PingCleaner

    def tables(self) -> Iterator[pa.Table]:
        """Yield cleaned rows in pieces, and last the rows that were broken off."""
        self.file.n_broken = 0
        for piece in self.file.tables():
            yield self.cleaner(piece)
        if self.file.n_broken:
            yield broken_rows(self.file.n_broken)

    def as_source(self) -> Source:
        """Return the file as engines know it."""
        is_parquet = isinstance(self.file, ParquetPings)
        return Source(self.file.path, self.file.chosen, self.cleaner, self.tables, is_parquet)


def open_sources(paths: Sequence[Path], options: PingOptions) -> list[PingSource]:
    """Look into every file and settle how it is read.

    Raises
    ------
    StoreError
        When a file cannot be read.
    ColumnError
        When a file lacks a column.
    CrsError
        When coordinates are in another system than was said.
    """
    return [_open_source(path, options) for path in paths]


def read_pings(paths: Sequence[Path], options: PingOptions) -> pa.Table:
    """Read files of pings into one table, in no order.

    Returns
    -------
    pa.Table
        The `pings` contract in the hot spots' metres with units as pseudonyms, and a column
        `rejected` with the reason a row cannot be used. No row is dropped.

    Raises
    ------
    DataError
        When the files hold no rows.
    """
    pieces = [piece for source in open_sources(paths, options) for piece in source.tables()]
    table = pa.concat_tables(pieces) if pieces else CLEANED.empty_table()
    if not table.num_rows:
        raise no_rows()
    return table.cast(plain_schema(CLEANED))


def list_rejects(
    paths: Sequence[Path], options: PingOptions
) -> Iterator[tuple[str, int | None, str]]:
    """Yield the file, the row and the reason of every row that cannot be used.

    Rows count from 1 after the header, among those that have as many values as it; rows broken
    off come last and have no number. Nothing the row holds is repeated.
    """
    for source in open_sources(paths, options):
        n_before = 0
        for piece in source.tables():
            reasons = piece.column("rejected").cast(pa.string()).to_pylist()
            for number, reason in enumerate(reasons, start=n_before + 1):
                if reason:
                    yield source.file.path.name, None if reason == BROKEN else number, reason
            n_before += piece.num_rows


def open_pings(path: Path, layout: PingLayout) -> PingFile:
    """Open a file of pings by its ending: CSV, Parquet, GPX or GeoJSON.

    Raises
    ------
    StoreError
        When the file is not there, is empty, or is not what its ending says.
    ColumnError
        When its headers do not hold what is needed.
    """
    if not path.is_file():
        raise StoreError(
            f"`{path.name}` must be a file of pings.",
            found="It is a folder." if path.is_dir() else "It is not there.",
            do="Name one or more files.",
        )
    suffix = path.suffix.lower()
    if suffix in {".csv", ".txt", ".tsv"}:
        return CsvPings(path, layout.choose(look_at_text(path)[2], path.name))
    if suffix in {".parquet", ".pq"}:
        return ParquetPings(path, layout.choose(parquet_headers(path), path.name))
    if suffix == ".gpx":
        return GpxPings(path, LON_LAT)
    if suffix in {".geojson", ".json"}:
        return GeoJsonPings(path, layout)
    raise StoreError(
        f"`{path.name}` must be CSV, Parquet, GPX or GeoJSON.",
        found=f"Its name ends in {suffix or 'nothing'}.",
        do="Export the pings again as one of these.",
    )


def no_rows() -> DataError:
    """Return the error for files without a single row."""
    return DataError(
        "The files must hold pings.", found="They hold no rows.", do="Check the export's period."
    )


def broken_rows(n: int) -> pa.Table:
    """Return `n` rejected rows that hold nothing else."""
    nothing = {name: pa.nulls(n, CLEANED.field(name).type) for name in CLEANED.names}
    reasons = pa.array([BROKEN] * n).cast(CLEANED.field("rejected").type)
    return pa.table(nothing | {"rejected": reasons}, schema=CLEANED)


def _open_source(path: Path, options: PingOptions) -> PingSource:
    file = open_pings(path, options.layout)
    sample = file.sample(_SAMPLE_ROWS)
    crs, zoned = options.crs, False
    timezone = options.layout.timezone or options.timezone
    if sample is not None:
        crs = _settle_crs(file, sample, options)
        zoned = _states_zones(sample, options)
    layout = options.layout
    latest_us = int(options.latest.timestamp() * 1e6)
    cleaner = PingCleaner(
        options.key,
        crs,
        options.crs,
        timezone,
        latest_us,
        zoned,
        layout.is_day_first,
        layout.speed_to_ms,
        options.worst_accuracy_m,
    )
    return PingSource(file, cleaner)


def _states_zones(sample: pa.Table, options: PingOptions) -> bool:
    """Tell whether most times of a file state their offset."""
    column = sample.column("time").combine_chunks()
    _, read, zoned = read_times(column, options.timezone, is_day_first=options.layout.is_day_first)
    return bool(zoned[read].mean() >= 0.5) if read.any() else False  # noqa: PLR2004 - most


def _settle_crs(file: PingFile, sample: pa.Table, options: PingOptions) -> str:
    said = options.ping_crs or options.layout.crs
    _check_known(said)
    if not said:
        said = _DEGREES if are_degrees(file.chosen) else options.crs
    x, y = read_numbers(sample, "x"), read_numbers(sample, "y")
    usable = np.isfinite(x) & np.isfinite(y) & ((x != 0) | (y != 0))
    x, y = x[usable], y[usable]
    if not len(x):
        return said
    in_degrees = (np.abs(x) <= _WORLD[0]) & (np.abs(y) <= _WORLD[1])
    if said == _DEGREES and not in_degrees.any():
        raise _wrong_crs(file, options, (float(x.min()), float(x.max())), "metres")
    west, south, east, north = options.bounds
    is_near = (np.abs(x - np.clip(x, west, east)) < _NEAR_M) & (
        np.abs(y - np.clip(y, south, north)) < _NEAR_M
    )
    if said != _DEGREES and in_degrees.all() and not is_near.any():
        raise _wrong_crs(file, options, (float(x.min()), float(x.max())), "degrees")
    return said


def _check_known(crs: str) -> None:
    try:
        CRS.from_user_input(crs or _DEGREES)
    except CRSError as error:
        raise CrsError(
            "The coordinate system of the pings must be one PROJ knows.",
            found=f"It is “{crs}”.",
            do="Pass --ping-crs with a code such as EPSG:27700, or mend the layout.",
        ) from error


def _wrong_crs(
    file: PingFile, options: PingOptions, span: tuple[float, float], unit: str
) -> CrsError:
    code = _DEGREES if unit == "degrees" else options.crs
    return CrsError(
        f"The hot spots and `{file.path.name}` must share a coordinate system, or say theirs.",
        found=f"Hot spots are in {options.crs}; pings look like {unit} "
        f"(x from {span[0]:.6g} to {span[1]:.6g}).",
        do=f"Pass --ping-crs {code}.",
    )
