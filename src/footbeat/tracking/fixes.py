"""One table of fixes, ordered and cleaned: what the search for stays walks along.

Fixes are ordered by unit and time. Of fixes at the same second the most accurate stays. A fix
that no vehicle could have reached is left out when the next one contradicts it; when the next
one agrees with it the unit did move, and the way there is unknown. A device that repeated its
last position until then was frozen: the repeats are kept, but nothing is sure of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from footbeat.tracking.compiled import leaf, njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.options import VisitOptions
    from footbeat.tracking.rows import Rows

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    CodeArray = NDArray[np.int8]

KEPT, DUPLICATE, TELEPORT = 0, 1, 2
_FROZEN_RUN = 3


class Fixes(NamedTuple):
    """Fixes in order of unit and time, as arrays of shape (n,).

    Attributes
    ----------
    unit
        Number of the unit.
    t
        Seconds since 1970, UTC.
    x, y
        Metres.
    accuracy_m
        Radius the device is sure of, never missing.
    limit_s
        The longest gap before this fix that does not end a stay, by the unit's median interval
        on the operational day of this one.
    is_break
        Whether nothing is known between the fix before and this one: another unit, a gap, or
        a leap.
    row
        The fix's place among the rows it came from.
    """

    unit: IntArray
    t: FloatArray
    x: FloatArray
    y: FloatArray
    accuracy_m: FloatArray
    limit_s: FloatArray
    is_break: NDArray[np.bool_]
    row: IntArray


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Fixes and what became of the rows they came from.

    Attributes
    ----------
    fixes
        What is left.
    flags
        Why each row is left out, `KEPT` where it is not, shape (rows,).
    frozen
        Rows that repeat a position until a leap: kept, but doubted.
    interval_s
        Median interval of each row's unit on its day, shape (rows,).
    day
        Number of each row's operational day, shape (rows,).
    """

    fixes: Fixes
    flags: CodeArray
    frozen: IntArray
    interval_s: FloatArray
    day: IntArray


def clean_fixes(rows: Rows, options: VisitOptions, day_starts: FloatArray) -> Cleaned:
    """Leave out what cannot be; `rows` are in order of unit and time."""
    flags = flag_duplicates(rows.unit, rows.t)
    day = number_days(rows.t, day_starts)
    day_interval = median_intervals(rows.unit, day, rows.t, flags)
    if len(rows) and rows.is_seen.any():
        day_interval = np.where(np.isnan(rows.interval_s), day_interval, rows.interval_s)
    leap = flag_teleports(rows.unit, rows.t, rows.x, rows.y, flags, options.teleport_ms)
    kept = np.flatnonzero(flags == KEPT)
    unit, t, interval, leap = rows.unit[kept], rows.t[kept], day_interval[kept], leap[kept]
    limit = np.fmax(options.gap_s, options.gap_intervals * interval)
    is_break = find_breaks(unit, t, limit, leap)
    where = rows.x[kept], rows.y[kept], rows.accuracy_m[kept]
    fixes = Fixes(unit, t, *where, limit, is_break, kept)
    return Cleaned(fixes, flags, kept[doubt_frozen(fixes, leap)], day_interval, day)


@njit
def number_days(t: FloatArray, day_starts: FloatArray) -> IntArray:
    """Return how many days have begun by each time; neighbours mostly share theirs."""
    days = np.empty(len(t), dtype=np.int64)
    day, begin, end = 0, np.inf, -np.inf
    for i in range(len(t)):
        if not begin <= t[i] < end:
            day = int(np.searchsorted(day_starts, t[i], side="right"))
            begin = day_starts[day - 1] if day else -np.inf
            end = day_starts[day] if day < len(day_starts) else np.inf
        days[i] = day
    return days


@njit
def find_breaks(
    unit: IntArray, t: FloatArray, limit_s: FloatArray, is_leap: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return where nothing is known between a fix and the one before it."""
    is_break = np.ones(len(t), dtype=np.bool_)
    for i in range(1, len(t)):
        is_break[i] = is_leap[i] or unit[i] != unit[i - 1] or t[i] - t[i - 1] > limit_s[i]
    return is_break


@njit
def find_runs(unit: IntArray, day: IntArray) -> IntArray:
    """Return where each unit's day begins, and last the number of rows."""
    begins = np.empty(len(unit) + 1, dtype=np.int64)
    n = 0
    for i in range(len(unit)):
        if i == 0 or unit[i] != unit[i - 1] or day[i] != day[i - 1]:
            begins[n] = i
            n += 1
    begins[n] = len(unit)
    return begins[: n + 1]


@njit
def flag_duplicates(unit: IntArray, t: FloatArray) -> CodeArray:
    """Flag every fix but the first among those of one unit at one time."""
    flags = np.zeros(len(t), dtype=np.int8)
    for i in range(1, len(t)):
        if unit[i] == unit[i - 1] and t[i] == t[i - 1]:
            flags[i] = DUPLICATE
    return flags


@njit
def median_intervals(unit: IntArray, day: IntArray, t: FloatArray, flags: CodeArray) -> FloatArray:
    """Return for each fix the median interval of its unit on its day; NaN where it has one fix."""
    medians = np.full(len(t), np.nan)
    gaps = np.empty(len(t))
    begin = 0
    for i in range(1, len(t) + 1):
        if i < len(t) and unit[i] == unit[begin] and day[i] == day[begin]:
            continue
        medians[begin:i] = _median_gap(t, flags, begin, i, gaps)
        begin = i
    return medians


@njit
def _median_gap(t: FloatArray, flags: CodeArray, begin: int, end: int, gaps: FloatArray) -> float:
    n = 0
    before = -1
    for i in range(begin, end):
        if flags[i] != KEPT:
            continue
        if before >= 0:
            gaps[n] = t[i] - t[before]
            n += 1
        before = i
    return float(np.median(gaps[:n])) if n else np.nan


@njit
def flag_teleports(
    unit: IntArray, t: FloatArray, x: FloatArray, y: FloatArray, flags: CodeArray, most_ms: float
) -> NDArray[np.bool_]:
    """Flag fixes that nothing could have reached; return where the way is unknown instead."""
    is_leap = np.zeros(len(t), dtype=np.bool_)
    before = -1
    for i in range(len(t)):
        if flags[i] != KEPT:
            continue
        if before >= 0 and unit[before] == unit[i] and _leaps(t, x, y, before, i, most_ms):
            after = _next_kept(unit, flags, i)
            strays = after < 0 or _leaps(t, x, y, i, after, most_ms)
            if strays or not _leaps(t, x, y, before, after, most_ms):
                flags[i] = TELEPORT
                continue
            is_leap[i] = True
        before = i
    return is_leap


@leaf
def _leaps(t: FloatArray, x: FloatArray, y: FloatArray, i: int, j: int, most_ms: float) -> bool:
    most_m = most_ms * (t[j] - t[i])
    return bool((x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 > most_m * most_m)


@leaf
def _next_kept(unit: IntArray, flags: CodeArray, i: int) -> int:
    for j in range(i + 1, len(flags)):
        if unit[j] != unit[i]:
            return -1
        if flags[j] == KEPT:
            return j
    return -1


@njit
def doubt_frozen(fixes: Fixes, is_leap: NDArray[np.bool_]) -> IntArray:
    """Take the accuracy from repeats of a position that end in a leap; return their indices.

    They still count as presence, but no longer as sure presence: a device that repeats its
    last position and is then far away had lost its signal, nobody knows when.
    """
    doubted = np.zeros(len(fixes.t), dtype=np.bool_)
    run = 0
    for i in range(1, len(fixes.t)):
        if is_leap[i] and i - run >= _FROZEN_RUN:
            doubted[run + 1 : i] = True
            fixes.accuracy_m[run + 1 : i] = np.inf
        if fixes.is_break[i] or fixes.x[i] != fixes.x[run] or fixes.y[i] != fixes.y[run]:
            run = i
    return np.flatnonzero(doubted)
