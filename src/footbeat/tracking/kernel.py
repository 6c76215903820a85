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
from footbeat.tracking import search as columns
from footbeat.tracking.carry import seen_until, settle_rows
from footbeat.tracking.fixes import DUPLICATE, TELEPORT, clean_fixes, find_runs
from footbeat.tracking.modes import MODES, classify_stays
from footbeat.tracking.rows import order_rows, rows_from
from footbeat.tracking.search import Rules
from footbeat.tracking.stays import find_stays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Cleaned
    from footbeat.tracking.options import VisitOptions
    from footbeat.tracking.rows import Rows
    from footbeat.tracking.zones import Zones

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]
    IntArray = NDArray[np.int64]

_ENDS = ("arrive", "leave", "arrive_low", "arrive_high", "leave_low", "leave_high")
STAYS = pa.schema(
    [
        pa.field("unit_id", pa.string()),
        pa.field("what", pa.string()),
        pa.field("zone", pa.int32()),
        *(pa.field(name, UTC_TIME) for name in _ENDS),
        pa.field("n_pings", pa.int64()),
        pa.field("mode", pa.string()),
    ]
)
"""What the kernel returns: a `stay`, a `pass`, a unit's `day` (its first and last fix and how
many), or a count of fixes left out (`duplicate`, `teleport`), doubted (`frozen`) or
`rejected: …`."""

_REASONS = {DUPLICATE: "duplicate", TELEPORT: "teleport"}
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
        """Return the rows of `STAYS` for all the pings of whole units."""
        return self.stretch(pings, None, is_last=True)[0]

    def stretch(
        self, pings: pa.Table, carry: Rows | None, *, is_last: bool
    ) -> tuple[pa.Table, Rows | None]:
        """Return what one stretch of time settles, and the rows to see again with the next.

        Parameters
        ----------
        pings
            The pings of whole operational days, later than those of earlier stretches.
        carry
            What the stretch before returned.
        is_last
            Whether no stretch follows; then everything is settled.
        """
        rows = rows_from(pings, self.options.accuracy_m)
        rows = order_rows(rows.join(carry) if carry is not None else rows)
        cleaned = clean_fixes(rows, self.options, self.day_starts)
        rules = Rules(self.options.edge_m, self.options.sure)
        stays, is_idle = find_stays(cleaned.fixes, self.zones, rules)
        seen, until, again = seen_until(rows), np.full(len(rows.names), np.inf), None
        if not is_last:
            until, again = settle_rows(rows, cleaned, is_idle, self.zones, rules)
        unit = stays[:, columns.UNIT].astype(np.int64)
        closed = stays[:, columns.CLOSED_AT]
        stays = stays[(closed > seen[unit]) & (closed <= until[unit])]
        is_new = ~rows.is_seen & (rows.t <= until[rows.unit])
        found = [
            _stay_table(rows.names, stays, classify_stays(cleaned.fixes, stays)),
            _day_table(rows, cleaned.day, is_new),
            _count_table(rows, cleaned, is_new),
            _rejected_table(pings),
        ]
        return pa.concat_tables(found), again


def _stay_table(names: tuple[str, ...], stays: FloatArray, modes: NDArray[np.int8]) -> pa.Table:
    is_pass = stays[:, columns.IS_PASS] > 0
    ends = (
        columns.ARRIVE,
        columns.LEAVE,
        columns.ARRIVE_LOW,
        columns.ARRIVE_HIGH,
        columns.LEAVE_LOW,
        columns.LEAVE_HIGH,
    )
    found = {
        "unit_id": _named(names, stays[:, columns.UNIT].astype(np.int64)),
        "what": pa.array(np.where(is_pass, "pass", "stay").astype(object), pa.string()),
        "zone": pa.array(stays[:, columns.ZONE].astype(np.int32)),
        **{name: _times(stays[:, end]) for name, end in zip(_ENDS, ends, strict=True)},
        "n_pings": pa.array(stays[:, columns.N_PINGS].astype(np.int64)),
        "mode": pa.array(np.array(MODES, dtype=object)[modes], pa.string()),
    }
    return pa.table(found, schema=STAYS)


def _day_table(rows: Rows, day: IntArray, is_new: BoolArray) -> pa.Table:
    """Count each unit's new fixes on each day, with the times of the first and the last."""
    unit, t, day = rows.unit[is_new], rows.t[is_new], day[is_new]
    if not len(t):
        return STAYS.empty_table()
    runs = find_runs(unit, day)
    first, last = runs[:-1], runs[1:] - 1
    return _sparse(
        {
            "unit_id": _named(rows.names, unit[first]),
            "what": pa.array(["day"] * len(first), pa.string()),
            "arrive": _times(t[first]),
            "leave": _times(t[last]),
            "n_pings": pa.array(last - first + 1),
        }
    )


def _count_table(rows: Rows, cleaned: Cleaned, is_new: BoolArray) -> pa.Table:
    """Count each unit's fixes that were left out or doubted, by reason."""
    is_frozen = np.zeros(len(rows), dtype=bool)
    is_frozen[cleaned.frozen] = True
    reasons = {name: cleaned.flags == code for code, name in _REASONS.items()}
    parts = [STAYS.empty_table()]
    for name, mask in (reasons | {"frozen": is_frozen}).items():
        units, counts = np.unique(rows.unit[mask & is_new], return_counts=True)
        what = pa.array([name] * len(units), pa.string())
        found = {"unit_id": _named(rows.names, units), "what": what, "n_pings": pa.array(counts)}
        parts.append(_sparse(found))
    return pa.concat_tables(parts)


def _rejected_table(pings: pa.Table) -> pa.Table:
    counted = pc.value_counts(pings.column("rejected").drop_null())
    rows = [
        {"what": f"rejected: {item['values']}", "n_pings": item["counts"]}
        for item in counted.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=STAYS)


def _sparse(found: dict[str, pa.Array]) -> pa.Table:
    """Return the columns found, the others of `STAYS` empty."""
    n = len(found["what"])
    return pa.table({f.name: found.get(f.name, pa.nulls(n, f.type)) for f in STAYS}, schema=STAYS)


def _named(names: tuple[str, ...], units: NDArray[np.int64]) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(units))


def _times(seconds: FloatArray) -> pa.Array:
    return pa.array(np.round(seconds * _MICROS).astype(np.int64)).cast(UTC_TIME)
