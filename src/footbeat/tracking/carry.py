"""What a stretch of time settles, and the rows the next stretch must see again.

The last fixes of a unit are not settled: a leap may be confirmed by the next fix, and a
position that repeats may turn out to be frozen. Everything before them is. Of the settled
fixes the next stretch needs those since the unit was last surely outside every hot spot: from
there on it finds what one look at all fixes would have found.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.tracking.compiled import njit
from footbeat.tracking.stays import is_clear

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Cleaned, Fixes
    from footbeat.tracking.rows import Rows
    from footbeat.tracking.search import Rules
    from footbeat.tracking.zones import Zones

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]


def seen_until(rows: Rows) -> FloatArray:
    """Return for each unit the time up to which earlier stretches settled it."""
    until = np.full(len(rows.names), -np.inf)
    np.maximum.at(until, rows.unit[rows.is_seen], rows.t[rows.is_seen])
    return until


def settle_rows(
    rows: Rows, cleaned: Cleaned, is_idle: BoolArray, zones: Zones, rules: Rules
) -> tuple[FloatArray, Rows]:
    """Return for each unit the time up to which it is settled, and the rows to see again."""
    fixes = cleaned.fixes
    until = seen_until(rows)
    since = np.full(len(rows.names), -np.inf)
    _settle(fixes, zones, rules, is_idle, until, since)
    is_settled = rows.t <= until[rows.unit]
    is_fix = np.zeros(len(rows), dtype=bool)
    is_fix[fixes.row] = True
    again = ~is_settled | (is_fix & (rows.t >= since[rows.unit]))
    known = replace(rows, interval_s=cleaned.interval_s, is_seen=is_settled)
    return until, known.take(again)


@njit
def _settle(
    fixes: Fixes,
    zones: Zones,
    rules: Rules,
    is_idle: BoolArray,
    until: FloatArray,
    since: FloatArray,
) -> None:
    begin = 0
    for end in range(1, len(fixes.t) + 1):
        if end < len(fixes.t) and fixes.unit[end] == fixes.unit[begin]:
            continue
        settled = _before_last_run(fixes, begin, end)
        unit = fixes.unit[begin]
        if settled >= begin:
            until[unit] = max(until[unit], fixes.t[settled])
        while settled > begin and not (is_idle[settled] and is_clear(fixes, zones, rules, settled)):
            settled -= 1
        since[unit] = fixes.t[max(settled, begin)]
        begin = end


@njit
def _before_last_run(fixes: Fixes, begin: int, end: int) -> int:
    """Return the fix before the last run of fixes at one position; `begin` - 1 for none."""
    i = end - 1
    while i >= begin and fixes.x[i] == fixes.x[end - 1] and fixes.y[i] == fixes.y[end - 1]:
        i -= 1
    return i
