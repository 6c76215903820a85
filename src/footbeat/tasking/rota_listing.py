"""Every round that a better rota could hold: those whose price lies within the gap.

A rota that costs at most the gap above the bound consists of rounds each priced at most the gap.
Listing them all turns the choice of a rota into a small whole-number program whose optimum is
the best rota there is (Baldacci, Christofides and Mingozzi 2008, Mathematical Programming 115(2),
351–385). The search goes depth first; what the rest of a round must cost at least, were visits
allowed twice, is known beforehand for every node, minute and load, and prunes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from footbeat.tasking.rota_rounds import BREAK, Round, Shift, fine, time_round

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_MOST_STEPS = 10_000_000
_MOST_FOUND = 30_000
_MOST_STATES = 6_000_000
_LITTLE = 1e-6


def list_rounds(
    shift: Shift, worth: FloatArray, weight: float, limit: float
) -> tuple[list[Round], bool]:
    """Return the rounds that cost at most `limit`, and whether these are all.

    Parameters
    ----------
    shift, worth, weight
        As in `price_rounds`.
    limit
        Most that ``weight × travel + unevenness − worth of the visits`` may be.
    """
    unit = max(1, int(np.gcd.reduce(shift.minutes))) if len(shift.minutes) else 1
    levels = int(shift.minutes.sum()) // unit + 1
    n_nodes, span = len(shift.minutes) + 1, max(1, shift.end - shift.start + 1)
    if 2 * n_nodes * span * levels > _MOST_STATES:
        return [], False
    rest = _reckon(shift, worth, weight, unit, np.full((2, n_nodes, span, levels), np.inf))
    paths = np.full((_MOST_FOUND, n_nodes + 1), -2, dtype=np.int64)
    bounds = (limit + _LITTLE, unit)
    n_found = _search(shift, worth, weight, bounds, rest, _empty_path(shift), paths)
    is_all = n_found >= 0
    n = len(shift.minutes)
    found = []
    for path in paths[: n_found if is_all else _MOST_FOUND]:
        jobs = [BREAK if node == n else int(node) for node in path[path >= 0]]
        each = time_round(shift, jobs)
        if each is not None:
            found.append(each)
    return found, is_all


@numba.njit(cache=True)
def _next(shift: Shift, here: int, now: int, there: int) -> int:
    """Return when a visit begins that follows one begun `now`, −1 where it is too late."""
    n = len(shift.minutes)
    stay = 0
    if here == n:
        stay = shift.break_min
    elif here < n:
        stay = shift.minutes[here]
    begin = max(now + stay + shift.travel[here, there], shift.window[there, 0])
    return -1 if begin > shift.window[there, 1] or begin > shift.end else begin


@numba.njit(cache=True)
def _home(shift: Shift, here: int, now: int, load: int, weight: float) -> float:
    """Return what going home costs, infinite where it is too late."""
    n = len(shift.minutes)
    stay = shift.break_min if here == n else shift.minutes[here]
    if now + stay + shift.travel[here, n] > shift.end:
        return np.inf
    return float(weight * shift.travel[here, n] + shift.uneven * abs(load - shift.fair_min))


@numba.njit(cache=True)
def _reckon(
    shift: Shift, worth: FloatArray, weight: float, unit: int, rest: FloatArray
) -> FloatArray:
    """Fill in what the rest of a round costs at least, by break behind, node, minute and load."""
    n, span, levels = len(worth), rest.shape[2], rest.shape[3]
    for back in range(span):
        minute = span - 1 - back
        now = shift.start + minute
        for here in range(n + 1):
            if not shift.window[here, 0] <= now <= shift.window[here, 1]:
                continue
            for level in range(levels):
                rest[1, here, minute, level] = _home(shift, here, now, level * unit, weight)
            for there in range(n + 1):
                begin = _next(shift, here, now, there)
                if begin >= 0 and there != here:
                    _carry(shift, worth, weight, rest, (here, minute, there, begin, unit))
    return rest


@numba.njit(cache=True)
def _carry(
    shift: Shift,
    worth: FloatArray,
    weight: float,
    rest: FloatArray,
    step: tuple[int, int, int, int, int],
) -> None:
    """Let a state profit from one that follows it."""
    here, minute, there, begin, unit = step
    n, levels, at = len(worth), rest.shape[3], begin - shift.start
    move = weight * shift.travel[here, there]
    if there == n:
        for level in range(levels):
            value = move + rest[1, n, at, level]
            rest[0, here, minute, level] = min(rest[0, here, minute, level], value)
        return
    if not shift.able[there]:
        return
    more = shift.minutes[there] // unit
    for rested in range(2):
        for level in range(levels - more):
            value = move - worth[there] + rest[rested, there, at, level + more]
            rest[rested, here, minute, level] = min(rest[rested, here, minute, level], value)


class _Path(NamedTuple):
    """The round being searched, stop by stop, from its start at 0."""

    node: IntArray
    time: IntArray
    load: IntArray
    rested: IntArray
    cost: FloatArray
    odd: NDArray[np.uint64]
    is_made: NDArray[np.bool_]


def _empty_path(shift: Shift) -> _Path:
    n = len(shift.minutes) + 3
    node, time, load, rested = (np.zeros(n, dtype=np.int64) for _ in range(4))
    odd, is_made = np.zeros(n, dtype=np.uint64), np.zeros(n, dtype=bool)
    path = _Path(node, time, load, rested, np.zeros(n), odd, is_made)
    path.node[0], path.time[0] = len(shift.minutes) + 1, shift.start
    path.rested[0] = shift.break_min == 0
    return path


@numba.njit(cache=True)
def _may_follow(shift: Shift, path: _Path, depth: int, there: int) -> bool:
    if path.is_made[there]:
        return False
    if there == len(shift.minutes):
        return bool(path.rested[depth] == 0)
    n_made = depth - (1 if path.rested[depth] and shift.break_min else 0)
    return bool(shift.able[there] and n_made < shift.most_jobs)


@numba.njit(cache=True)
def _put(
    shift: Shift, worth: FloatArray, weight: float, path: _Path, step: tuple[int, int]
) -> bool:
    """Write a stop after the last of a path; tell whether there is time for it."""
    depth, there = step
    begin = _next(shift, path.node[depth], path.time[depth], there)
    if begin < shift.start:
        return False
    to = depth + 1
    path.node[to], path.time[to], path.rested[to] = there, begin, path.rested[depth]
    path.load[to], path.odd[to] = path.load[depth], path.odd[depth]
    path.cost[to] = path.cost[depth] + weight * shift.travel[path.node[depth], there]
    if there == len(worth):
        path.rested[to] = 1
        return True
    path.cost[to] += fine(shift, path.odd[depth] & shift.cuts[there]) - worth[there]
    path.odd[to] ^= shift.cuts[there]
    path.load[to] += shift.minutes[there]
    return True


@numba.njit(cache=True)
def _search(  # noqa: PLR0917 - compiled functions take no keywords
    shift: Shift,
    worth: FloatArray,
    weight: float,
    bounds: tuple[float, int],
    rest: FloatArray,
    path: _Path,
    paths: IntArray,
) -> int:
    """Fill in the rounds within the limit; return how many, or −1 if they are too many."""
    limit, unit = bounds
    found, depth = 0, 0
    tried = np.full(len(worth) + 3, -1)
    for _ in range(_MOST_STEPS):
        tried[depth] += 1
        there = tried[depth]
        if there > len(worth):
            if depth == 0:
                return found
            path.is_made[path.node[depth]] = False
            depth -= 1
        elif _may_follow(shift, path, depth, there) and _put(
            shift, worth, weight, path, (depth, there)
        ):
            to = depth + 1
            value, now, load, rested = path.cost[to], path.time[to], path.load[to], path.rested[to]
            if value + rest[rested, there, now - shift.start, load // unit] <= limit:
                depth, tried[to], path.is_made[there] = to, -1, True
                if rested and value + _home(shift, there, now, load, weight) <= limit:
                    if found == len(paths):
                        return -1
                    paths[found, :depth] = path.node[1 : depth + 1]
                    found += 1
    return -1
