"""Incidents counted by cell on an engine: what a list needs of a file too large to hold."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely

from footbeat.engine.base import Source
from footbeat.errors import ColumnError, StoreError, UsageError
from footbeat.incidents.exclude import may_steer
from footbeat.incidents.load import Incidents
from footbeat.tables import INCIDENTS, check_table, provenance_of
from footbeat.targeting.alike import find_alike, number_texts
from footbeat.targeting.counted import count_cells
from footbeat.targeting.layout import would_count

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

_COUNTS = ("q", "r", "n", "n_located", "n_excluded", "n_weighed")
_TALLY = pa.schema(
    [("by", pa.string()), *((name, pa.int64()) for name in _COUNTS), ("harm_days", pa.float64())]
)
_CELLS = pa.schema([("q", pa.int64()), ("r", pa.int64()), ("n", pa.int64())])
_KINDS = pa.schema([("kind", pa.string()), ("offence", pa.string()), ("n", pa.int64())])
_TEXTS = ("kind", "linked_id", "offence", "is_public", "is_knife", "excluded")
_TIMED = ("start", "end", "precision")
_TIMES = "n_alike"
# Sorts of rows: what does not count; what would, might it steer patrols; what counts, by harm.
_OTHER, _LOST, _COUNTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class BulkFile:
    """An incidents file that is streamed rather than held.

    Attributes
    ----------
    path, provenance
        Where it lies, and what its note says.
    n_rows
        Rows in it.
    condensed
        Its rows, those alike perhaps once, where they were looked through before.
    """

    path: Path
    provenance: Provenance
    n_rows: int
    condensed: Source | None = None

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
        if self.condensed is not None:
            held = self.condensed.columns
            wanted = {name: held[name] for name in (*columns, _TIMES) if name in held}
            return replace(self.condensed, columns=wanted)

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
    n_excluded
        Records there that would count, were there no reason that they must not steer patrols.
    n_weighed
        Incidents that count there whose harm is known.
    harm_days
        Their harm.
    """

    q: IntArray
    r: IntArray
    n: IntArray
    n_located: IntArray
    n_excluded: IntArray
    n_weighed: IntArray
    harm_days: FloatArray


@contextmanager
def condense(
    file: BulkFile, options: CaseOptions, *, engine: Engine, by: str = ""
) -> Iterator[BulkFile]:
    """Give the file with its rows alike once, if that is quicker, to count or find its ground."""
    with engine.condensed(file.source(columns_for(file, options, by)), _TIMES) as rows:
        yield replace(file, condensed=rows)


def kinds_in(file: BulkFile, *, engine: Engine) -> Incidents:
    """Return one row for each kind and offence in a file, all else missing."""

    def kernel(rows: pa.Table) -> pa.Table:
        texts = rows.select(["kind", "offence"])
        alike = find_alike(texts, texts.column_names)
        n = pa.array(np.bincount(alike.code, times_of(rows), alike.row.size).astype(np.int64))
        return texts.take(pa.array(alike.row)).append_column("n", n).cast(_KINDS)

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
    grid, provenance = options.grid, file.provenance

    def kernel(rows: pa.Table) -> pa.Table:
        located = is_located(rows, area)
        x, y = (values[located] for values in coordinates_of(rows))
        numbers, values = np.zeros(len(rows), np.int64), pa.array([""])
        if by:
            numbers, values = number_texts(rows[by])
        sort, harm = _sorts(rows, options, provenance)
        numbers = numbers * (_COUNTED + harm.size) + sort
        named = (numbers[located], values.fill_null(""), harm)
        return _tabulate(grid.locate(x, y), times_of(rows)[located], *named)

    source = file.source(columns_for(file, options, by))
    found = engine.add_up([source], kernel, schema=_TALLY, by=["by", "q", "r"])
    return dict(_apart(found))


def gather_incidents(
    file: BulkFile,
    cells: dict[str, tuple[IntArray, IntArray]],
    options: CaseOptions,
    *,
    engine: Engine,
    area: shapely.Geometry | None = None,
    by: str = "",
) -> dict[str, Incidents]:
    """Return every record in some cells, all columns, by the values of a column.

    Parameters
    ----------
    cells
        q and r of the cells wanted for each value of `by`.
    area
        The ground; records of those cells outside it are not fetched.
    """
    grid, schema = options.grid, INCIDENTS.schema
    packed = {key: _pack(q, r) for key, (q, r) in cells.items()}
    everywhere = np.unique(np.concatenate(list(packed.values())))

    def kernel(rows: pa.Table) -> pa.Table:
        located = rows.filter(pa.array(is_located(rows, None)))
        keys = _pack(*grid.locate(*coordinates_of(located)))
        # Few records lie in any of the cells: only those are looked at value by value.
        near = np.isin(keys, everywhere)
        near[near] = is_located(located.filter(pa.array(near)), area)
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
        q, r, n = count_cells(*grid.locate(*coordinates_of(rows)))
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


def times_of(rows: pa.Table) -> IntArray:
    """Return how many rows of the file each row stands for."""
    if _TIMES in rows.column_names:
        return np.asarray(rows[_TIMES].to_numpy(), dtype=np.int64)
    return np.ones(len(rows), np.int64)


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


def columns_for(file: BulkFile, options: CaseOptions, by: str) -> tuple[str, ...]:
    """Return the columns that decide which rows count, `by` among them."""
    if by and by not in BY:
        raise UsageError(
            f"`--by` must be one of {', '.join(BY)}.", found=f"It is “{by}”.", do="Pick one."
        )
    asked = options.since or options.until or options.hours or options.weekdays
    first, last = file.provenance.start, file.provenance.end
    n_days = (date.fromisoformat(last) - date.fromisoformat(first)).days if first and last else None
    # The first day may not be settled yet, of a long history; several years are counted apart.
    timed = asked or n_days is None or n_days >= options.history_days or first[:4] != last[:4]
    names = (*_TEXTS, "x", "y", "location_grade", "harm_days", *(_TIMED if timed else ()))
    return (*names, by) if by else names


def _is_of(rows: pa.Table, by: str, value: str) -> NDArray[np.bool_]:
    if not by:
        return np.ones(len(rows), dtype=bool)
    same = pc.equal(rows[by].fill_null(""), value)
    return np.asarray(same.to_numpy(zero_copy_only=False), dtype=bool)


def _sorts(
    rows: pa.Table, options: CaseOptions, provenance: Provenance
) -> tuple[IntArray, FloatArray]:
    """Return of what sort each row is, and the harm of each sort that counts, NaN for none.

    Texts are asked once for all rows alike, times row by row.
    """
    alike = find_alike(rows, _TEXTS)
    kinds = rows.select(_TEXTS).take(pa.array(alike.row))
    timeless = replace(options, since=None, until=None, hours=None, weekdays=())
    counts = _would_count(Incidents(kinds, provenance), timeless)[alike.code]
    if timeless != options:
        timed = Incidents(rows.filter(pa.array(counts)), provenance)
        counts[counts] = _would_count(timed, options)
    steers = may_steer(Incidents(kinds, provenance))[alike.code]
    numbers, harm = number_texts(rows["harm_days"])
    sort = np.where(counts, np.where(steers, _COUNTED + numbers, _LOST), _OTHER)
    return sort, np.asarray(harm.to_numpy(zero_copy_only=False), np.float64)


def _would_count(incidents: Incidents, options: CaseOptions) -> NDArray[np.bool_]:
    numbered = incidents.table.append_column("row", pa.array(np.arange(len(incidents))))
    chosen = would_count(replace(incidents, table=numbered), options)
    mask = np.zeros(len(incidents), dtype=bool)
    mask[chosen.table["row"].to_numpy()] = True
    return mask


def _tabulate(
    cells: tuple[IntArray, IntArray],
    times: IntArray,
    number: IntArray,
    values: pa.Array,
    harm: FloatArray,
) -> pa.Table:
    """Count rows by value and cell; those of each sort stand apart."""
    n_sorts = _COUNTED + harm.size
    n_numbers = len(values) * n_sorts
    key, r, n = count_cells(cells[0] * n_numbers + number, cells[1], times)
    q, number = np.divmod(key, n_numbers)
    value, sort = np.divmod(number, n_sorts)
    of_sort = np.concatenate([np.full(_COUNTED, np.nan), harm])[sort]
    is_weighed = np.isfinite(of_sort)
    counts = (n * (sort >= _COUNTED), n, n * (sort == _LOST), n * is_weighed)
    columns = [values.take(pa.array(value)), q, r, *counts, n * np.where(is_weighed, of_sort, 0.0)]
    return pa.table(dict(zip(_TALLY.names, columns, strict=True)), schema=_TALLY)


def _apart(found: pa.Table) -> Iterator[tuple[str, Tally]]:
    for value in pc.unique(found["by"]).to_pylist():
        part = found.filter(pc.equal(found["by"], value))
        yield value, Tally(*(part[name].to_numpy() for name in _TALLY.names[1:]))


def _pack(q: IntArray, r: IntArray) -> IntArray:
    return (q << 32) + r
