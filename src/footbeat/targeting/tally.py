"""Incidents counted by cell on an engine: what a list needs of a file too large to hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numba
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from footbeat.engine.base import Source
from footbeat.errors import ColumnError, DataError, StoreError, UsageError
from footbeat.incidents.counts import select_incidents
from footbeat.incidents.exclude import may_steer
from footbeat.incidents.load import Incidents
from footbeat.tables import INCIDENTS, check_table, provenance_of
from footbeat.targeting.alike import find_alike, number_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from footbeat.engine.base import Engine
    from footbeat.grid import Grid
    from footbeat.tables import Provenance
    from footbeat.targeting.layout import CaseOptions

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

BY = ("beat", "lsoa", "source")

_COUNTS = ("q", "r", "n", "n_located")
_TALLY = pa.schema([("by", pa.string()), *((name, pa.int64()) for name in _COUNTS)])
_CELLS = pa.schema([("q", pa.int64()), ("r", pa.int64()), ("n", pa.int64())])
_KINDS = pa.schema([("kind", pa.string()), ("offence", pa.string()), ("n", pa.int64())])
_TEXTS = ("kind", "linked_id", "offence", "is_public", "is_knife", "excluded")
_TIMED = ("start", "end", "precision")
_MOST_KEYS = 2**62
# Keys are counted in places of their own up to so many, or so many a row.
_FEWEST_HELD, _MOST_EMPTY = 1 << 17, 4


@dataclass(frozen=True, slots=True)
class BulkFile:
    """An incidents file that is streamed rather than held.

    Attributes
    ----------
    path, provenance
        Where it lies, and what its note says.
    n_rows
        Rows in it.
    """

    path: Path
    provenance: Provenance
    n_rows: int

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read the note and the columns of a file, and none of its rows.

        Raises
        ------
        StoreError, ColumnError
            When it is no incidents file.
        UsageError
            When records in it are linked: counting a crime and its log once needs all of it.
        """
        try:
            file = pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise StoreError(
                f"`{path.name}` must be a Parquet file of incidents.",
                found="It is not there." if not path.exists() else "It is something else.",
                do="Make one with `footbeat incidents read FILES --out incidents.parquet`.",
            ) from error
        provenance = provenance_of(file.schema_arrow)
        if provenance is None:
            raise ColumnError(
                f"`{path.name}` must carry Footbeat's note of its coordinate system and source.",
                found="It is a Parquet file without one.",
                do="Read it first: `footbeat incidents read FILE --out incidents.parquet`.",
            )
        check_table(file.schema_arrow.empty_table(), INCIDENTS)
        if _has_links(file):
            raise UsageError(
                "`--engine` and `--by` cannot count linked records once.",
                found=f"`{path.name}` holds records with a linked_id.",
                do="Leave --engine and --by out.",
            )
        return cls(path, provenance, file.metadata.num_rows)

    def source(self, columns: Sequence[str]) -> Source:
        """Return the file as an engine reads it, those columns only."""

        def read() -> Iterator[pa.Table]:
            for batch in pq.ParquetFile(self.path).iter_batches(columns=list(columns)):
                yield pa.Table.from_batches([batch])

        return Source(self.path, {name: name for name in columns}, _as_it_is, read, is_parquet=True)


@dataclass(frozen=True, slots=True)
class Tally:
    """Incidents by cell.

    Attributes
    ----------
    q, r
        The cells in which anything was recorded, in order, shape (cells,).
    n
        Incidents that count there.
    n_located
        All records there, whatever they are: they tell which ground is covered.
    """

    q: IntArray
    r: IntArray
    n: IntArray
    n_located: IntArray


def kinds_in(file: BulkFile, *, engine: Engine) -> Incidents:
    """Return one row for each kind and offence in a file, all else missing."""

    def kernel(rows: pa.Table) -> pa.Table:
        alike = find_alike(rows, ("kind", "offence"))
        n = pa.array(np.bincount(alike.code, minlength=alike.row.size))
        return rows.take(pa.array(alike.row)).append_column("n", n).cast(_KINDS)

    source = file.source(("kind", "offence"))
    found = engine.add_up([source], kernel, schema=_KINDS, by=["kind", "offence"])
    absent = {f.name: pa.nulls(len(found), f.type) for f in INCIDENTS.schema}
    known = absent | {"kind": found["kind"], "offence": found["offence"]}
    return Incidents(pa.table(known, schema=INCIDENTS.schema), file.provenance)


def tally_incidents(
    file: BulkFile,
    options: CaseOptions,
    *,
    engine: Engine,
    area: shapely.Geometry | None = None,
    by: str = "",
) -> dict[str, Tally]:
    """Count incidents by cell, and by the values of a column, in one pass over a file.

    Parameters
    ----------
    file, options
        The incidents, and which of them count, every choice made.
    engine
        Where the rows are read; its answer does not depend on which.
    area
        The ground; incidents outside it are not counted.
    by
        A column whose values are counted apart, such as ``beat``; empty for all together.

    Returns
    -------
    dict
        Tallies by value, in the order of the values.
    """
    if by and by not in BY:
        raise UsageError(
            f"`--by` must be one of {', '.join(BY)}.", found=f"It is “{by}”.", do="Pick one."
        )
    grid, provenance = options.grid, file.provenance

    def kernel(rows: pa.Table) -> pa.Table:
        located = is_located(rows, area)
        wanted = _chosen(rows, options, provenance)[located]
        q, r = grid.locate(*(values[located] for values in coordinates_of(rows)))
        if not by:
            return _tabulate(q, r, np.zeros(q.size, np.int64), wanted, pa.array([""]))
        numbers, values = number_texts(rows[by])
        return _tabulate(q, r, numbers[located], wanted, values.fill_null(""))

    names = dict.fromkeys([*_columns_for(options), *([by] if by else [])])
    found = engine.add_up([file.source(tuple(names))], kernel, schema=_TALLY, by=["by", "q", "r"])
    return dict(_apart(found))


def choose(incidents: Incidents, options: CaseOptions) -> Incidents:
    """Return the incidents that count and may steer patrols."""
    wanted = select_incidents(
        incidents,
        group=None if options.group in {None, "all"} else options.group,
        since=options.since,
        until=options.until,
        hours=options.hours,
        weekdays=options.weekdays,
        kinds=options.kinds,
        excluded=True,
    )
    return wanted.where(may_steer(wanted))


def gather_incidents(
    file: BulkFile,
    cells: dict[str, tuple[IntArray, IntArray]],
    options: CaseOptions,
    *,
    engine: Engine,
    by: str = "",
) -> dict[str, Incidents]:
    """Return every record in some cells, all columns, by the values of a column.

    Parameters
    ----------
    cells
        q and r of the cells wanted for each value of `by`.
    """
    grid, schema = options.grid, INCIDENTS.schema
    packed = {key: _pack(q, r) for key, (q, r) in cells.items()}
    everywhere = np.unique(np.concatenate(list(packed.values())))

    def kernel(rows: pa.Table) -> pa.Table:
        located = rows.filter(pa.array(is_located(rows, None)))
        keys = _pack(*grid.locate(*coordinates_of(located)))
        # Few records lie in any of the cells: only those are looked at value by value.
        near = np.isin(keys, everywhere)
        located, keys = located.filter(pa.array(near)), keys[near]
        parts = [
            located.filter(pa.array(_is_of(located, by, value) & np.isin(keys, wanted)))
            for value, wanted in (packed.items() if near.any() else ())
        ]
        return pa.concat_tables([schema.empty_table(), *(part.cast(schema) for part in parts)])

    rows = engine.gather([file.source(schema.names)], kernel, schema=schema)
    order = pc.sort_indices(rows, [("start", "ascending"), ("incident_id", "ascending"),
                                   ("x", "ascending"), ("y", "ascending")])  # fmt: skip
    rows = rows.take(order)
    return {
        value: Incidents(rows.filter(pa.array(_is_of(rows, by, value))), file.provenance)
        for value in cells
    }


def count_points(path: Path, grid: Grid, *, engine: Engine) -> tuple[IntArray, IntArray, IntArray]:
    """Count the points of a Parquet file with columns `x` and `y` by cell, in order of (q, r)."""

    def kernel(rows: pa.Table) -> pa.Table:
        q, r, n = _count_cells(*grid.locate(*coordinates_of(rows)))
        return pa.table({"q": q, "r": r, "n": n}, schema=_CELLS)

    def read() -> Iterator[pa.Table]:
        for batch in pq.ParquetFile(path).iter_batches(columns=["x", "y"]):
            yield pa.Table.from_batches([batch])

    source = Source(path, {"x": "x", "y": "y"}, _as_it_is, read, is_parquet=True)
    found = engine.add_up([source], kernel, schema=_CELLS, by=["q", "r"])
    q, r, n = (found[name].to_numpy() for name in _CELLS.names)
    return q, r, n


def is_located(rows: pa.Table, area: shapely.Geometry | None) -> NDArray[np.bool_]:
    """Tell which records have a place, inside an area where one is given."""
    x, y = coordinates_of(rows)
    mask = np.isfinite(x) & np.isfinite(y)
    usable = pc.not_equal(rows["location_grade"], "X")
    mask &= np.asarray(usable.to_numpy(zero_copy_only=False), dtype=bool)
    if area is not None:
        shapely.prepare(area)
        mask &= np.asarray(shapely.intersects_xy(area, x, y))
    return mask


def coordinates_of(rows: pa.Table) -> tuple[FloatArray, FloatArray]:
    """Return x and y of records, NaN where missing."""
    x, y = (np.asarray(rows[name].to_numpy(zero_copy_only=False), np.float64) for name in "xy")
    return x, y


def _as_it_is(rows: pa.Table) -> pa.Table:
    return rows


def _has_links(file: pq.ParquetFile) -> bool:
    place = file.schema_arrow.get_field_index("linked_id")
    for number in range(file.metadata.num_row_groups):
        group = file.metadata.row_group(number)
        known = group.column(place).statistics
        if known is None or known.null_count is None or known.null_count < group.num_rows:
            return True
    return False


def _columns_for(options: CaseOptions) -> tuple[str, ...]:
    timed = options.since or options.until or options.hours or options.weekdays
    return (*_TEXTS, "x", "y", "location_grade", *(_TIMED if timed else ()))


def _is_of(rows: pa.Table, by: str, value: str) -> NDArray[np.bool_]:
    if not by:
        return np.ones(len(rows), dtype=bool)
    same = pc.equal(rows[by].fill_null(""), value)
    return np.asarray(same.to_numpy(zero_copy_only=False), dtype=bool)


def _chosen(rows: pa.Table, options: CaseOptions, provenance: Provenance) -> NDArray[np.bool_]:
    """Tell which rows count: texts are asked once for all rows alike, times row by row."""
    alike = find_alike(rows, _TEXTS)
    kinds = rows.select(_TEXTS).take(pa.array(alike.row))
    timeless = replace(options, since=None, until=None, hours=None, weekdays=())
    is_wanted = _is_chosen(Incidents(kinds, provenance), timeless)[alike.code]
    if timeless != options:
        timed = Incidents(rows.filter(pa.array(is_wanted)), provenance)
        is_wanted[is_wanted] = _is_chosen(timed, options)
    return is_wanted


def _is_chosen(incidents: Incidents, options: CaseOptions) -> NDArray[np.bool_]:
    numbered = incidents.table.append_column("row", pa.array(np.arange(len(incidents))))
    chosen = choose(replace(incidents, table=numbered), options)
    mask = np.zeros(len(incidents), dtype=bool)
    mask[chosen.table["row"].to_numpy()] = True
    return mask


def _tabulate(
    q: IntArray, r: IntArray, value: IntArray, wanted: NDArray[np.bool_], values: pa.Array
) -> pa.Table:
    """Count rows by value and cell; those wanted and the others of a cell stand apart."""
    twice, r, n = _count_cells(2 * (q * len(values) + value) + wanted, r)
    q, value = np.divmod(twice >> 1, len(values))
    columns = [values.take(pa.array(value)), q, r, n * (twice & 1), n]
    return pa.table(dict(zip(_TALLY.names, columns, strict=True)), schema=_TALLY)


def _apart(found: pa.Table) -> Iterator[tuple[str, Tally]]:
    for value in pc.unique(found["by"]).to_pylist():
        part = found.filter(pc.equal(found["by"], value))
        yield value, Tally(*(part[name].to_numpy() for name in _TALLY.names[1:]))


def _pack(q: IntArray, r: IntArray) -> IntArray:
    return (q << 32) + r


def _count_cells(q: IntArray, r: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return each cell once, and how often it stands there; in no order."""
    if q.size == 0:
        return q, r, q
    low_q, low_r = q.min(), r.min()
    span = int(r.max() - low_r) + 1
    n_keys = (int(q.max() - low_q) + 1) * span
    if n_keys > _MOST_KEYS:
        raise DataError(
            "Points must lie within reach of each other.",
            found="They span more cells than can be numbered.",
            do="Check the coordinate system, or leave stray points out with --area.",
        )
    if n_keys <= max(_FEWEST_HELD, _MOST_EMPTY * q.size):
        keys, n = _count_dense(q, r, low_q, low_r, span, n_keys)
    else:
        keys, n = _count_keys((q - low_q) * span + (r - low_r))
    return keys // span + low_q, keys % span + low_r, n


@numba.njit(cache=True, nogil=True)
def _count_dense(  # noqa: PLR0917 - numba takes no keywords
    q: IntArray, r: IntArray, low_q: int, low_r: int, span: int, n_keys: int
) -> tuple[IntArray, IntArray]:
    """Count equal keys where they lie so close that each may have a place of its own."""
    n = np.zeros(n_keys, np.int64)
    for i in range(q.size):
        n[(q[i] - low_q) * span + r[i] - low_r] += 1
    keys = np.flatnonzero(n)
    return keys, n[keys]


@numba.njit(cache=True, nogil=True)
def _count_keys(keys: IntArray) -> tuple[IntArray, IntArray]:
    """Count equal keys, none below 0, in a table of open addresses."""
    size = 16
    while size < 2 * keys.size:
        size *= 2
    held, n = np.full(size, -1, np.int64), np.zeros(size, np.int64)
    for key in keys:
        slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) % size
        while held[slot] != -1 and held[slot] != key:
            slot = (slot + 1) % size
        held[slot] = key
        n[slot] += 1
    used = held >= 0
    return held[used], n[used]
