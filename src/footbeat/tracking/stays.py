"""The search for stays: one walk along the fixes of all units, with every hot spot in mind.

A stay begins with a fix inside a hot spot and lasts until a fix lies farther outside than the
edge, or nothing is known for longer than the gap. Its ends are where the straight way between
two fixes crosses the boundary. What the fixes cannot say is kept beside it: the stay began
after the last fix surely outside and before the first fix surely inside, and ended likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.tracking.compiled import inlined, leaf, njit
from footbeat.tracking.passes import note_passes
from footbeat.tracking.search import (
    ARRIVE,
    ARRIVE_HIGH,
    ARRIVE_LOW,
    CLOSED_AT,
    FIRST,
    IS_PASS,
    LAST,
    LEAVE,
    LEAVE_HIGH,
    LEAVE_LOW,
    N_COLUMNS,
    N_PINGS,
    UNIT,
    ZONE,
    Rules,
    Search,
    depth_at,
    edge_of,
    is_surely_out,
    margin_of,
    way_m2,
)
from footbeat.tracking.zones import Zones, cell_at, crossings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Fixes

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]


# Columns of the stays that have begun: the hot spot, fixes by their index (-1 for none), a count.
_ZONE, _FIRST, _LAST, _FIRST_SURE, _LAST_SURE, _N_INSIDE = 0, 1, 2, 3, 4, 5


@njit
def find_stays(fixes: Fixes, zones: Zones, rules: Rules) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return every stay and pass, one row each, and the fixes after which none is open.

    The rows have the columns that `search` names. `CLOSED_AT` is the time of the fix that showed a
    stay had ended, infinite where the fixes of its unit ended first. `FIRST` and `LAST` are
    the indices of the fixes inside.
    """
    n_zones = len(zones.first) - 1
    slot, asked = np.full(n_zones, -1, dtype=np.int64), np.full(n_zones, -1, dtype=np.int64)
    begun, depth_m = np.empty((n_zones, 6), dtype=np.int64), np.empty(n_zones)
    counts = np.zeros(1, np.int64), np.zeros(1, np.int64)
    search = Search(slot, begun, *counts, depth_m, asked)
    found = np.empty((64 + 3 * n_zones, N_COLUMNS))
    is_idle = np.ones(len(fixes.t), dtype=np.bool_)
    i = _walk(fixes, zones, rules, search, found, is_idle, 0)
    while i < len(fixes.t):
        found = _wider(found)
        i = _walk(fixes, zones, rules, search, found, is_idle, i)
    _end_all(fixes, zones, rules, search, found, len(fixes.t))
    return found[: search.n_found[0]], is_idle


@leaf
def _walk(
    fixes: Fixes,
    zones: Zones,
    rules: Rules,
    search: Search,
    found: FloatArray,
    is_idle: NDArray[np.bool_],
    begin: int,
) -> int:
    """Follow the fixes from one on; return the first that what it shows might not fit."""
    most = len(found) - 3 * len(search.slot)
    for i in range(begin, len(fixes.t)):
        if search.n_begun[0] == 0 and _is_far(fixes, zones, i):
            continue
        if search.n_found[0] > most:
            return i
        _follow(fixes, zones, rules, search, found, i)
        is_idle[i] = search.n_begun[0] == 0
    return len(fixes.t)


@njit
def _wider(found: FloatArray) -> FloatArray:
    wider = np.empty((2 * len(found), N_COLUMNS))
    wider[: len(found)] = found
    return wider


@inlined
def _follow(
    fixes: Fixes, zones: Zones, rules: Rules, search: Search, found: FloatArray, i: int
) -> None:
    """Follow the way to fix `i`: what it ends, what it passes, what it begins."""
    if fixes.is_break[i]:
        _end_all(fixes, zones, rules, search, found, i)
    else:
        _end_left(fixes, zones, rules, search, found, i)
        note_passes(fixes, zones, search, found, i)
    _begin(fixes, zones, rules, search, i)


@leaf
def is_clear(fixes: Fixes, zones: Zones, rules: Rules, i: int) -> bool:
    """Tell whether fix `i` lies surely outside every hot spot."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return True
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        if not is_surely_out(fixes, zones, rules, zones.near[k], i):
            return False
    return True


@inlined
def _is_far(fixes: Fixes, zones: Zones, i: int) -> bool:
    """Tell whether no hot spot can lie on the way to fix `i`, nor within reach of its end."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return bool(fixes.is_break[i])
    # Compared as squares: a root for every fix costs as much as the rest.
    way = 0.0 if fixes.is_break[i] else way_m2(fixes, i)
    return bool(zones.clear_m[cell] ** 2 > way)


@inlined
def _begin(fixes: Fixes, zones: Zones, rules: Rules, search: Search, i: int) -> None:
    """Begin or go on with a stay in every hot spot that holds fix `i`."""
    cell = cell_at(zones, fixes.x[i], fixes.y[i])
    if cell < 0:
        return
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        zone = zones.near[k]
        depth = depth_at(fixes, zones, search, zone, i)
        if depth > 0.0:
            continue
        if search.slot[zone] < 0:
            _open(search, zone, i)
        _extend(search, search.slot[zone], i, depth <= -margin_of(fixes, rules, i))


@leaf
def _open(search: Search, zone: int, i: int) -> None:
    at = search.n_begun[0]
    search.slot[zone] = at
    search.begun[at, :] = -1
    search.begun[at, _ZONE] = zone
    search.begun[at, _FIRST] = i
    search.begun[at, _N_INSIDE] = 0
    search.n_begun[0] = at + 1


@inlined
def _extend(search: Search, at: int, i: int, is_sure: bool) -> None:  # noqa: FBT001 - numba takes positions
    stay = search.begun[at]
    stay[_LAST] = i
    stay[_N_INSIDE] += 1
    if is_sure:
        stay[_LAST_SURE] = i
        if stay[_FIRST_SURE] < 0:
            stay[_FIRST_SURE] = i


@leaf
def _end_all(
    fixes: Fixes, zones: Zones, rules: Rules, search: Search, found: FloatArray, i: int
) -> None:
    """End every stay before fix `i`, from which nothing is known of what came before."""
    while search.n_begun[0]:
        _end(fixes, zones, rules, search, found, i, search.n_begun[0] - 1)


@inlined
def _end_left(
    fixes: Fixes, zones: Zones, rules: Rules, search: Search, found: FloatArray, i: int
) -> None:
    """End every stay that fix `i` shows to be over."""
    at = search.n_begun[0] - 1
    while at >= 0:
        if depth_at(fixes, zones, search, search.begun[at, _ZONE], i) > edge_of(fixes, rules, i):
            _end(fixes, zones, rules, search, found, i, at)
        at -= 1


@leaf
def _end(
    fixes: Fixes,
    zones: Zones,
    rules: Rules,
    search: Search,
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
def _forget(search: Search, at: int) -> None:
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
    """Return how long a stay may have gone on in the break before fix `i`, beside fix `near`.

    At most the silence that would not have ended it, by the unit's intervals on the day of
    `near`: the same whether the fixes go on another day or end with the file.
    """
    if _same_unit(fixes, i):
        return float(min(fixes.t[i] - fixes.t[i - 1], fixes.limit_s[near]))
    return float(fixes.limit_s[near])


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
    while not is_surely_out(fixes, zones, rules, zone, i):
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
        if is_surely_out(fixes, zones, rules, zone, i):
            return leave, fixes.t[i]
    return leave, fixes.t[final] + (_unknown_s(fixes, ended, final) if by_gap else 0.0)
