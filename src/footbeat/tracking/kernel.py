"""The visit kernel: whole units' fixes in, stays out. One function for every engine.

The kernel takes the `pings` of any number of whole units, in any order, and returns what it
found. An engine that streams gives it one stretch of time after another: the kernel then
returns only what later fixes cannot change, and the rows it must see again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.tables import UTC_TIME
from footbeat.tracking import fixes as cleaning
from footbeat.tracking import stays as columns
from footbeat.tracking.fixes import Fixes
from footbeat.tracking.modes import MODES, classify_stays
from footbeat.tracking.stays import Rules, find_stays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.options import VisitOptions
    from footbeat.tracking.zones import Zones

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

STAYS = pa.schema(
    [
        pa.field("unit_id", pa.string()),
        pa.field("what", pa.string()),
        pa.field("zone", pa.int32()),
        *(
            pa.field(name, UTC_TIME)
            for name in (
                "arrive",
                "leave",
                "arrive_low",
                "arrive_high",
                "leave_low",
                "leave_high",
            )
        ),
        pa.field("n_pings", pa.int64()),
        pa.field("mode", pa.string()),
    ]
)
"""What the kernel returns: a `stay`, a `pass`, a unit's `day` (its first and last fix and how
many), or a count of fixes left out (`duplicate`, `teleport`), doubted (`frozen`) or
`rejected: …`."""

REASONS = {
    cleaning.DUPLICATE: "duplicate",
    cleaning.TELEPORT: "teleport",
}
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class VisitKernel:
    """Find stays and passes among the fixes of whole units.

    Attributes
    ----------
    zones
        The hot spots.
    options
        The thresholds.
    day_starts
        Seconds since 1970 at which operational days begin, ascending.
    """

    zones: Zones
    options: VisitOptions
    day_starts: FloatArray

    def __call__(self, pings: pa.Table) -> pa.Table:
        """Return the rows of `STAYS` for the pings of whole units."""
        rejected = _count_rejected(pings)
        units, raw = _as_arrays(pings.filter(pc.is_null(pings.column("rejected"))), self.options)
        fixes, left_out, frozen = clean_fixes(raw, self.options, self.day_starts)
        stays = find_stays(fixes, self.zones, Rules(self.options.edge_m, self.options.sure))
        modes = classify_stays(fixes, stays)
        found = _stay_table(units, stays, modes)
        days = _day_table(units, raw, self.day_starts)
        counts = _count_table(units, [*left_out, ("frozen", frozen)])
        return pa.concat_tables([found, days, counts, rejected])


@dataclass(frozen=True, slots=True)
class RawFixes:
    """Fixes as read, ordered by unit and time, as arrays of shape (n,)."""

    unit: IntArray
    t: FloatArray
    x: FloatArray
    y: FloatArray
    accuracy_m: FloatArray


def clean_fixes(
    raw: RawFixes, options: VisitOptions, day_starts: FloatArray
) -> tuple[Fixes, list[tuple[str, IntArray]], IntArray]:
    """Leave out what cannot be.

    Returns
    -------
    tuple
        The fixes; the units of those left out, by reason; the units of doubted ones.
    """
    flags = cleaning.flag_duplicates(raw.unit, raw.t)
    day = np.searchsorted(day_starts, raw.t, side="right")
    interval = cleaning.median_intervals(raw.unit, day, raw.t, flags)
    leap = cleaning.flag_teleports(raw.unit, raw.t, raw.x, raw.y, flags, options.teleport_ms)
    kept = flags == cleaning.KEPT
    unit, t, interval, leap = raw.unit[kept], raw.t[kept], interval[kept], leap[kept]
    limit = np.fmax(options.gap_s, options.gap_intervals * interval)
    is_break = (np.diff(t, prepend=-np.inf) > limit) | leap | (np.diff(unit, prepend=-1) != 0)
    where = raw.x[kept], raw.y[kept], raw.accuracy_m[kept]
    fixes = Fixes(unit, t, *where, interval, limit, is_break)
    frozen = cleaning.doubt_frozen(fixes, leap)
    return fixes, [(name, raw.unit[flags == code]) for code, name in REASONS.items()], unit[frozen]


def _as_arrays(pings: pa.Table, options: VisitOptions) -> tuple[pa.Array, RawFixes]:
    coded = pings.column("unit_id").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    # Units are numbered by name, so that the order of rows never matters.
    rank = np.argsort(pc.array_sort_indices(coded.dictionary).to_numpy())
    unit = rank[coded.indices.to_numpy(zero_copy_only=False)].astype(np.int64)
    t = pings.column("time").cast(pa.int64()).to_numpy() / _MICROS
    x, y = (pings.column(name).to_numpy() for name in ("x", "y"))
    stated = pings.column("accuracy_m").to_numpy()
    accuracy = np.where(np.isnan(stated), options.accuracy_m, stated)
    order = cleaning.order_fixes(unit, t, accuracy, x, y)
    arrays = (values[order] for values in (unit, t, x, y, accuracy))
    return coded.dictionary.take(pc.array_sort_indices(coded.dictionary)), RawFixes(*arrays)


def _stay_table(units: pa.Array, stays: FloatArray, modes: NDArray[np.int8]) -> pa.Table:
    is_pass = stays[:, columns.IS_PASS] > 0
    what = pa.array(np.where(is_pass, "pass", "stay").astype(object), pa.string())
    found = {
        "unit_id": units.take(pa.array(stays[:, columns.UNIT].astype(np.int64))),
        "what": what,
        "zone": pa.array(stays[:, columns.ZONE].astype(np.int32)),
        "arrive": _times(stays[:, columns.ARRIVE]),
        "leave": _times(stays[:, columns.LEAVE]),
        "arrive_low": _times(stays[:, columns.ARRIVE_LOW]),
        "arrive_high": _times(stays[:, columns.ARRIVE_HIGH]),
        "leave_low": _times(stays[:, columns.LEAVE_LOW]),
        "leave_high": _times(stays[:, columns.LEAVE_HIGH]),
        "n_pings": pa.array(stays[:, columns.N_PINGS].astype(np.int64)),
        "mode": pa.array(np.array(MODES, dtype=object)[modes], pa.string()),
    }
    return pa.table(found, schema=STAYS)


def _day_table(units: pa.Array, raw: RawFixes, day_starts: FloatArray) -> pa.Table:
    day = np.searchsorted(day_starts, raw.t, side="right")
    is_first = (np.diff(raw.unit, prepend=-1) != 0) | (np.diff(day, prepend=-1) != 0)
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(day)) - 1
    found = {
        "unit_id": units.take(pa.array(raw.unit[first])),
        "what": pa.array(["day"] * len(first), pa.string()),
        "arrive": _times(raw.t[first]),
        "leave": _times(raw.t[last] if len(first) else raw.t),
        "n_pings": pa.array(last - first + 1 if len(first) else first),
    }
    empty = {name: pa.nulls(len(first), STAYS.field(name).type) for name in STAYS.names}
    return pa.table(empty | found, schema=STAYS)


def _count_rejected(pings: pa.Table) -> pa.Table:
    counted = pc.value_counts(pings.column("rejected").drop_null())
    rows = [
        {"what": f"rejected: {item['values']}", "n_pings": item["counts"]}
        for item in counted.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=STAYS)


def _times(seconds: FloatArray) -> pa.Array:
    return pa.array(np.round(seconds * _MICROS).astype(np.int64)).cast(UTC_TIME)


def _count_table(units: pa.Array, counted: list[tuple[str, IntArray]]) -> pa.Table:
    rows = []
    for what, unit in counted:
        numbers, counts = np.unique(unit, return_counts=True)
        rows += [
            {"unit_id": units[int(number)].as_py(), "what": what, "n_pings": int(n)}
            for number, n in zip(numbers, counts, strict=True)
        ]
    return pa.Table.from_pylist(rows, schema=STAYS)
