"""The search for stays: one walk along the fixes of all units, with every hot spot in mind.

A stay begins with a fix inside a hot spot and lasts until a fix lies farther outside than the
edge, or nothing is known for longer than the gap. Its ends are where the straight way between
two fixes crosses the boundary. What the fixes cannot say is kept beside it: the stay began
after the last fix surely outside and before the first fix surely inside, and ended likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from footbeat.tracking.compiled import leaf, njit
from footbeat.tracking.zones import REACH_M, Zones, cell_at, crossings, depth_outside

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Fixes

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# Columns of what is found; times are seconds since 1970.
UNIT, ZONE, IS_PASS, ARRIVE, LEAVE = 0, 1, 2, 3, 4
ARRIVE_LOW, ARRIVE_HIGH, LEAVE_LOW, LEAVE_HIGH = 5, 6, 7, 8
N_PINGS, CLOSED_AT, FIRST, LAST = 9, 10, 11, 12
N_COLUMNS = 13

# Columns of the stays that have begun: the hot spot, fixes by their index (-1 for none), a count.
_ZONE, _FIRST, _LAST, _FIRST_SURE, _LAST_SURE, _N_INSIDE = 0, 1, 2, 3, 4, 5

_SHORTEST_CHORD = 1e-9


class Rules(NamedTuple):
    """When a stay ends, and how sure a fix is.

    Attributes
    ----------
    edge_m
        How far outside a fix may lie without ending the stay. A fix less accurate than this
        ends it only beyond twice its accuracy, at most `REACH_M`: 95 % of such fixes are nearer.
    sure
        How many accuracy radii from the boundary a fix must lie to be surely in or out.
    """

    edge_m: float
    sure: float


class _Search(NamedTuple):
    """What a walk along the fixes carries: stays that have begun, and what was found.

    `depth_m` is how far outside each hot spot fix `asked` of it lies: no depth is worked out
    twice.
    """

    slot: IntArray
    begun: IntArray
    n_begun: IntArray
    n_found: IntArray
    depth_m: FloatArray
    asked: IntArray


@njit
def find_stays(fixes: Fixes, zones: Zones, rules: Rules) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return every stay and pass, one row each, and the fixes after which none is open.

    The rows have the columns named above. `CLOSED_AT` is the time of the fix that showed a
    stay had ended, infinite where the fixes of its unit ended first. `FIRST` and `LAST` are
    the indices of the fixes inside.
    """
    n_zones = len(zones.first) - 1
    slot, asked = np.full(n_zones, -1, dtype=np.int64), np.full(n_zones, -1, dtype=np.int64)
    begun, depth_m = np.empty((n_zones, 6), dtype=np.int64), np.empty(n_zones)
    counts = np.zeros(1, np.int64), np.zeros(1, np.int64)
    search = _Search(slot, begun, *counts, depth_m, asked)
    found = np.empty((64 + 3 * n_zones, N_COLUMNS))
    is_idle = np.ones(len(fixes.t), dtype=np.bool_)
    for i in range(len(fixes.t)):
        if search.n_begun[0] == 0 and _is_far(fixes, zones, i):
            continue
        if search.n_found[0] + 3 * n_zones > len(found):
            found = _wider(found)
        _follow(fixes, zones, rules, search, found, i)
        is_idle[i] = search.n_begun[0] == 0
    _end_all(fixes, zones, rules, search, found, len(fixes.t))
    return found[: search.n_found[0]], is_idle


@njit
def _wider(found: FloatArray) -> FloatArray:
    wider = np.empty((2 * len(found), N_COLUMNS))
    wider[: len(found)] = found
    return wider


@leaf
def _follow(
    fixes: Fixes, zones: Zones, rules: Rules, search: _Search, found: FloatArray, i: int
) -> None:
    """Follow the way to fix `i`: what it ends, what it passes, what it begins."""
    if fixes.is_break[i]:
        _end_all(fixes, zones, rules, search, found, i)
    else:
        _end_left(fixes, zones, rules, search, found, i)
        _note_passes(fixes, zones, search, found, i)
    _begin(fixes, zones, rules, search, i)


@leaf
def is_clear(fixes: Fixes, zones: Zones, rules: Rules, i: int) -> bool:
    """Tell whether fix `i` lies surely outside every hot spot."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return True
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        if not _surely_out(fixes, zones, rules, zones.near[k], i):
            return False
    return True


@leaf
def _is_far(fixes: Fixes, zones: Zones, i: int) -> bool:
    """Tell whether no hot spot can lie on the way to fix `i`, nor within reach of its end."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return bool(fixes.is_break[i])
    # Compared as squares: a root for every fix costs as much as the rest.
    way_m2 = 0.0 if fixes.is_break[i] else _way_m2(fixes, i)
    return bool(zones.clear_m[cell] ** 2 > way_m2)


@leaf
def _way_m2(fixes: Fixes, i: int) -> float:
    return float((fixes.x[i] - fixes.x[i - 1]) ** 2 + (fixes.y[i] - fixes.y[i - 1]) ** 2)


@leaf
def _depth(fixes: Fixes, zones: Zones, search: _Search, zone: int, i: int) -> float:
    """Return how far outside a hot spot fix `i` lies, asking only once."""
    if search.asked[zone] != i:
        search.asked[zone] = i
        search.depth_m[zone] = depth_outside(zones, zone, fixes.x[i], fixes.y[i])
    return float(search.depth_m[zone])


@leaf
def _edge(fixes: Fixes, rules: Rules, i: int) -> float:
    accuracy_m = fixes.accuracy_m[i]
    return rules.edge_m if accuracy_m <= rules.edge_m else float(min(2.0 * accuracy_m, REACH_M))


@leaf
def _margin(fixes: Fixes, rules: Rules, i: int) -> float:
    return float(rules.sure * fixes.accuracy_m[i])


@leaf
def _surely_out(fixes: Fixes, zones: Zones, rules: Rules, zone: int, i: int) -> bool:
    margin = min(_margin(fixes, rules, i), _edge(fixes, rules, i))
    return depth_outside(zones, zone, fixes.x[i], fixes.y[i]) > margin


@leaf
def _begin(fixes: Fixes, zones: Zones, rules: Rules, search: _Search, i: int) -> None:
    """Begin or go on with a stay in every hot spot that holds fix `i`."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        zone = zones.near[k]
        depth = _depth(fixes, zones, search, zone, i)
        if depth > 0.0:
            continue
        if search.slot[zone] < 0:
            _open(search, zone, i)
        _extend(search, search.slot[zone], i, depth <= -_margin(fixes, rules, i))


@leaf
def _open(search: _Search, zone: int, i: int) -> None:
    at = search.n_begun[0]
    search.slot[zone] = at
    search.begun[at, :] = -1
    search.begun[at, _ZONE] = zone
    search.begun[at, _FIRST] = i
    search.begun[at, _N_INSIDE] = 0
    search.n_begun[0] = at + 1


@leaf
def _extend(search: _Search, at: int, i: int, is_sure: bool) -> None:  # noqa: FBT001 - numba takes positions
    stay = search.begun[at]
    stay[_LAST] = i
    stay[_N_INSIDE] += 1
    if is_sure:
        stay[_LAST_SURE] = i
        if stay[_FIRST_SURE] < 0:
            stay[_FIRST_SURE] = i


@leaf
def _end_all(
    fixes: Fixes, zones: Zones, rules: Rules, search: _Search, found: FloatArray, i: int
) -> None:
    """End every stay before fix `i`, from which nothing is known of what came before."""
    while search.n_begun[0]:
        _end(fixes, zones, rules, search, found, i, search.n_begun[0] - 1)


@leaf
def _end_left(
    fixes: Fixes, zones: Zones, rules: Rules, search: _Search, found: FloatArray, i: int
) -> None:
    """End every stay that fix `i` shows to be over."""
    at = search.n_begun[0] - 1
    while at >= 0:
        if _depth(fixes, zones, search, search.begun[at, _ZONE], i) > _edge(fixes, rules, i):
            _end(fixes, zones, rules, search, found, i, at)
        at -= 1


@leaf
def _end(
    fixes: Fixes,
    zones: Zones,
    rules: Rules,
    search: _Search,
    found: FloatArray,
    i: int,
    at: int,
) -> None:
    """Write down one stay, which fix `i` ended, and forget that it had begun."""
    row = found[search.n_found[0]]
    stay = search.begun[at]
    zone = stay[_ZONE]
    row[UNIT], row[ZONE], row[IS_PASS] = fixes.unit[stay[_FIRST]], zone, 0.0
    row[N_PINGS], row[FIRST], row[LAST] = stay[_N_INSIDE], stay[_FIRST], stay[_LAST]
    row[CLOSED_AT] = fixes.t[i] if _same_unit(fixes, i) else np.inf
    row[ARRIVE], row[ARRIVE_LOW] = _arrival(fixes, zones, rules, zone, stay[_FIRST])
    row[LEAVE], row[LEAVE_HIGH] = _departure(fixes, zones, rules, zone, stay[_LAST], i)
    row[ARRIVE_HIGH] = fixes.t[stay[_FIRST_SURE]] if stay[_FIRST_SURE] >= 0 else row[LEAVE]
    row[LEAVE_LOW] = fixes.t[stay[_LAST_SURE]] if stay[_LAST_SURE] >= 0 else row[ARRIVE]
    search.n_found[0] += 1
    _forget(search, at)


@leaf
def _forget(search: _Search, at: int) -> None:
    last = search.n_begun[0] - 1
    search.slot[search.begun[at, _ZONE]] = -1
    if at != last:
        for column in range(search.begun.shape[1]):
            search.begun[at, column] = search.begun[last, column]
        search.slot[search.begun[at, _ZONE]] = at
    search.n_begun[0] = last


@leaf
def _same_unit(fixes: Fixes, i: int) -> bool:
    return bool(0 < i < len(fixes.t) and fixes.unit[i] == fixes.unit[i - 1])


@leaf
def _unknown_s(fixes: Fixes, i: int, near: int) -> float:
    """Return how long a stay may have gone on in the break before fix `i`.

    At most the gap that would not have ended it; one interval where the fixes begin or end.
    """
    if _same_unit(fixes, i):
        return float(min(fixes.t[i] - fixes.t[i - 1], fixes.limit_s[i]))
    interval = fixes.interval_s[near]
    return 0.0 if np.isnan(interval) else float(interval)


@leaf
def _arrival(
    fixes: Fixes, zones: Zones, rules: Rules, zone: int, first: int
) -> tuple[float, float]:
    """Return when a stay began, and the earliest it can have."""
    if fixes.is_break[first]:
        return fixes.t[first], fixes.t[first] - _unknown_s(fixes, first, first)
    i = first - 1
    share = crossings(zones, zone, fixes.x[i], fixes.y[i], fixes.x[first], fixes.y[first])[1]
    share = share if share >= 0.0 else 1.0
    arrive = fixes.t[i] + share * (fixes.t[first] - fixes.t[i])
    while not _surely_out(fixes, zones, rules, zone, i):
        if fixes.is_break[i]:
            return arrive, fixes.t[i] - _unknown_s(fixes, i, i)
        i -= 1
    return arrive, fixes.t[i]


@leaf
def _departure(
    fixes: Fixes, zones: Zones, rules: Rules, zone: int, last: int, ended: int
) -> tuple[float, float]:
    """Return when a stay ended, and the latest it can have."""
    by_gap = ended == len(fixes.t) or fixes.is_break[ended]
    final = ended - 1 if by_gap else ended
    leave = fixes.t[last]
    if last < final:
        i = last + 1
        share = crossings(zones, zone, fixes.x[last], fixes.y[last], fixes.x[i], fixes.y[i])[0]
        leave += min(share, 1.0) * (fixes.t[i] - fixes.t[last])
    for i in range(last + 1, final + 1):
        if _surely_out(fixes, zones, rules, zone, i):
            return leave, fixes.t[i]
    return leave, fixes.t[final] + (_unknown_s(fixes, ended, final) if by_gap else 0.0)


@leaf
def _note_passes(fixes: Fixes, zones: Zones, search: _Search, found: FloatArray, i: int) -> None:
    """Write down every hot spot that the way to fix `i` crosses while neither end is inside."""
    n_before = search.n_found[0]
    here = cell_at(zones, fixes.x[i], fixes.y[i])
    if here >= 0 and _way_m2(fixes, i) <= REACH_M * REACH_M:
        # A hot spot this way can reach is near the cell it ends in.
        _note_passes_near(fixes, zones, search, found, i, here, n_before)
        return
    x0, y0, x1, y1 = fixes.x[i - 1], fixes.y[i - 1], fixes.x[i], fixes.y[i]
    low, high = _span(zones.south, zones.cell_m, zones.n_rows, y0, y1)
    for row in range(low, high + 1):
        left, right = _columns(zones, row, x0, y0, x1, y1)
        for cell in range(row * zones.n_columns + left, row * zones.n_columns + right + 1):
            _note_passes_near(fixes, zones, search, found, i, cell, n_before)


@leaf
def _note_passes_near(
    fixes: Fixes,
    zones: Zones,
    search: _Search,
    found: FloatArray,
    i: int,
    cell: int,
    n_before: int,
) -> None:
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        zone = zones.near[k]
        if search.slot[zone] < 0 and not _noted(found, search, zone, n_before, i, fixes):
            _note_pass(fixes, zones, search, found, i, zone)


@leaf
def _span(origin: float, cell_m: float, n: int, a: float, b: float) -> tuple[int, int]:
    low = int(np.floor((min(a, b) - origin) / cell_m))
    high = int(np.floor((max(a, b) - origin) / cell_m))
    return max(low, 0), min(high, n - 1)


@leaf
def _columns(zones: Zones, row: int, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int]:
    """Return the columns of one raster row that the way from one point to another meets."""
    if y0 == y1:
        return _span(zones.west, zones.cell_m, zones.n_columns, x0, x1)
    south = zones.south + row * zones.cell_m
    low = min(max((south - y0) / (y1 - y0), 0.0), 1.0)
    high = min(max((south + zones.cell_m - y0) / (y1 - y0), 0.0), 1.0)
    a, b = x0 + low * (x1 - x0), x0 + high * (x1 - x0)
    return _span(zones.west, zones.cell_m, zones.n_columns, a, b)


@leaf
def _noted(
    found: FloatArray, search: _Search, zone: int, n_before: int, i: int, fixes: Fixes
) -> bool:
    """Tell whether a hot spot was already noted on this way, or was left on it."""
    for k in range(search.n_found[0] - 1, -1, -1):
        if k < n_before and found[k, CLOSED_AT] != fixes.t[i]:
            return False
        if found[k, ZONE] == zone and found[k, UNIT] == fixes.unit[i]:
            return True
    return False


@leaf
def _note_pass(
    fixes: Fixes, zones: Zones, search: _Search, found: FloatArray, i: int, zone: int
) -> None:
    # Depth changes by no more than the way: farther outside than that, none of it was inside.
    depth_m = _depth(fixes, zones, search, zone, i)
    if depth_m <= 0.0 or depth_m**2 > _way_m2(fixes, i):
        return
    x0, y0, x1, y1 = fixes.x[i - 1], fixes.y[i - 1], fixes.x[i], fixes.y[i]
    low, high = crossings(zones, zone, x0, y0, x1, y1)
    if high - low <= _SHORTEST_CHORD:
        return
    row = found[search.n_found[0]]
    row[:] = 0.0
    row[UNIT], row[ZONE], row[IS_PASS], row[CLOSED_AT] = fixes.unit[i], zone, 1.0, fixes.t[i]
    way_s = fixes.t[i] - fixes.t[i - 1]
    row[ARRIVE], row[LEAVE] = fixes.t[i - 1] + low * way_s, fixes.t[i - 1] + high * way_s
    row[FIRST], row[LAST] = i, i - 1
    search.n_found[0] += 1
