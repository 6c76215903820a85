"""Pings as arrays in order of unit and time, whatever order they came in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.engine.groups import number_groups
from footbeat.tracking.compiled import njit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]

_MICROS = 1_000_000
_MOST_BITS = 62
_DIGIT_BITS = 11
_MOST_TIED = 100


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
    found, places = number_groups(pings.column("unit_id"))
    names = tuple(sorted(set(found)))
    unit = _places(found, names)[places]
    t = pings.column("time").cast(pa.int64()).to_numpy() / _MICROS
    x, y = (pings.column(name).to_numpy() for name in ("x", "y"))
    accuracy = pings.column("accuracy_m").fill_null(accuracy_m).to_numpy()
    if np.isnan(accuracy).any():
        accuracy = np.where(np.isnan(accuracy), accuracy_m, accuracy)
    return Rows(names, unit, t, x, y, accuracy, np.full(len(t), np.nan), np.zeros(len(t), bool))


def order_rows(rows: Rows) -> Rows:
    """Return the rows ordered by unit and time."""
    return _reordered(rows, _order(rows)) if len(rows) else rows


def _reordered(rows: Rows, order: IntArray) -> Rows:
    """Return the rows in an order; what few rows have is not looked up for all of them."""
    interval_s, is_seen = np.full(len(order), np.nan), np.zeros(len(order), dtype=bool)
    is_known = rows.is_seen | ~np.isnan(rows.interval_s)
    if is_known.any():
        where = np.flatnonzero(is_known[order])
        interval_s[where] = rows.interval_s[order[where]]
        is_seen[where] = rows.is_seen[order[where]]
    x, y, accuracy = rows.x[order], rows.y[order], rows.accuracy_m[order]
    return Rows(rows.names, rows.unit[order], rows.t[order], x, y, accuracy, interval_s, is_seen)


def _order(rows: Rows) -> IntArray:
    begin = rows.t.min()
    time_bits = round((rows.t.max() - begin) * _MICROS).bit_length()
    n_bits = time_bits + len(rows.names).bit_length()
    if n_bits <= _MOST_BITS:
        order, key = sort_keys(_unit_times(rows.unit, rows.t, begin, time_bits), n_bits)
        if _order_ties(order, key, rows.accuracy_m, rows.x, rows.y):
            return order
    return np.lexsort([rows.y, rows.x, rows.accuracy_m, rows.t, rows.unit])


@njit
def _unit_times(unit: IntArray, t: FloatArray, begin: float, time_bits: int) -> IntArray:
    """Return unit and microseconds in one number, the unit above `time_bits` bits."""
    keys = np.empty(len(t), dtype=np.int64)
    for i in range(len(t)):
        keys[i] = (unit[i] << time_bits) | int(np.rint((t[i] - begin) * _MICROS))
    return keys


@njit
def sort_keys(key: IntArray, n_bits: int) -> tuple[IntArray, IntArray]:
    """Return the order of keys of so many bits, none negative, and the keys in that order.

    They are sorted digit by digit, lowest first: comparing a million takes twice as long.
    """
    n = len(key)
    order, other = np.arange(n), np.empty(n, dtype=np.int64)
    now, then = key.copy(), np.empty(n, dtype=np.int64)
    mask = (1 << _DIGIT_BITS) - 1
    for shift in range(0, n_bits, _DIGIT_BITS):
        begin = np.zeros(mask + 2, dtype=np.int64)
        for k in now:
            begin[((k >> shift) & mask) + 1] += 1
        begin = np.cumsum(begin)
        for i in range(n):
            digit = (now[i] >> shift) & mask
            place = begin[digit]
            begin[digit] = place + 1
            then[place], other[place] = now[i], order[i]
        now, then = then, now
        order, other = other, order
    return order, now


@njit
def _order_ties(
    order: IntArray, key: IntArray, accuracy_m: FloatArray, x: FloatArray, y: FloatArray
) -> bool:
    """Order rows of one unit and time; return false where so many are tied that it takes long."""
    for i in range(1, len(order)):
        j = i
        while j > 0 and key[j] == key[j - 1]:
            a, b = order[j - 1], order[j]
            if (accuracy_m[a], x[a], y[a]) <= (accuracy_m[b], x[b], y[b]):
                break
            if i - j > _MOST_TIED:
                return False
            order[j - 1], order[j] = b, a
            j -= 1
    return True


def _renumbered(rows: Rows, names: Sequence[str]) -> IntArray:
    return _places(rows.names, names)[rows.unit]


def _places(found: Sequence[str], names: Sequence[str]) -> IntArray:
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[name] for name in found], dtype=np.int64)
