"""Pings as arrays in order of unit and time, whatever order they came in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.tracking.compiled import njit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_MICROS = 1_000_000
_MOST_BITS = 62


@dataclass(frozen=True, slots=True)
class Rows:
    """Pings ordered by unit and time, as arrays of shape (n,).

    At the same time the most accurate comes first; equally accurate ones are ordered by
    position, so that the order in which rows arrive never matters.

    Attributes
    ----------
    names
        The units' pseudonyms, sorted; `unit` counts along them.
    unit, t, x, y, accuracy_m
        Unit, seconds since 1970, metres, radius.
    interval_s
        Median interval of the unit on that day where an earlier stretch worked it out, else NaN.
    is_seen
        Whether an earlier stretch settled and counted the row.
    """

    names: tuple[str, ...]
    unit: IntArray
    t: FloatArray
    x: FloatArray
    y: FloatArray
    accuracy_m: FloatArray
    interval_s: FloatArray
    is_seen: BoolArray

    def __len__(self) -> int:
        return len(self.t)

    def take(self, where: IntArray | BoolArray) -> Self:
        """Return some of the rows, in the order asked for."""
        arrays = (getattr(self, field.name)[where] for field in fields(self)[1:])
        return type(self)(self.names, *arrays)

    def join(self, other: Rows) -> Rows:
        """Return the rows of both, in no order."""
        names = tuple(sorted({*self.names, *other.names}))
        units = [_renumbered(rows, names) for rows in (self, other)]
        arrays = (
            np.concatenate([getattr(self, field.name), getattr(other, field.name)])
            for field in fields(self)[2:]
        )
        return Rows(names, np.concatenate(units), *arrays)


def rows_from(pings: pa.Table, accuracy_m: float) -> Rows:
    """Return the pings that were not rejected, in no order; `accuracy_m` where none is stated."""
    if pings.column("rejected").null_count < pings.num_rows:
        pings = pings.filter(pc.is_null(pings.column("rejected")))
    names, unit = _number_units(pings.column("unit_id"))
    t = pings.column("time").cast(pa.int64()).to_numpy() / _MICROS
    x, y, stated = (pings.column(name).to_numpy() for name in ("x", "y", "accuracy_m"))
    accuracy = np.where(np.isnan(stated), accuracy_m, stated)
    return Rows(names, unit, t, x, y, accuracy, np.full(len(t), np.nan), np.zeros(len(t), bool))


def order_rows(rows: Rows) -> Rows:
    """Return the rows ordered by unit and time."""
    if not len(rows):
        return rows
    since = np.round((rows.t - rows.t.min()) * _MICROS).astype(np.int64)
    span = int(since.max()) + 1
    if (span * len(rows.names)).bit_length() > _MOST_BITS:
        key = np.lexsort([rows.y, rows.x, rows.accuracy_m, rows.t, rows.unit])
        return rows.take(key)
    key = rows.unit * span + since
    order = np.argsort(key)
    _order_ties(order, key, rows.accuracy_m, rows.x, rows.y)
    return rows.take(order)


@njit
def _order_ties(
    order: IntArray, key: IntArray, accuracy_m: FloatArray, x: FloatArray, y: FloatArray
) -> None:
    for i in range(1, len(order)):
        j = i
        while j > 0 and key[order[j]] == key[order[j - 1]]:
            a, b = order[j - 1], order[j]
            if (accuracy_m[a], x[a], y[a]) <= (accuracy_m[b], x[b], y[b]):
                break
            order[j - 1], order[j] = b, a
            j -= 1


def _number_units(column: pa.ChunkedArray) -> tuple[tuple[str, ...], IntArray]:
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    coded = column.combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.concat_arrays(coded.chunks) if coded.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    found: list[str] = coded.dictionary.to_pylist()
    names = tuple(sorted(set(found)))
    rank = _places(found, names)
    return names, rank[coded.indices.to_numpy(zero_copy_only=False)]


def _renumbered(rows: Rows, names: Sequence[str]) -> IntArray:
    return _places(rows.names, names)[rows.unit]


def _places(found: Sequence[str], names: Sequence[str]) -> IntArray:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in found], dtype=np.int64)
