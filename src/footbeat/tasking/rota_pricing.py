"""Rounds of one unit through a shift that are worth adding: an elementary shortest path.

A label is a part of a round: where it has got to, when the visit there begins, what it has cost,
which visits it made that it could still repeat, and whether the break is behind it. Labels are
extended in order of time; one that another betters in every respect is dropped. Visits are told
apart by colour: two get the same only where their windows cannot hold the same minute.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

from footbeat.tasking.rota_rounds import BREAK, NEAREST, Round, Shift, fine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

_MOST_LABELS, _MOST_COMPARED = 60_000, 20_000_000
_MOST_ROUNDS = 150
_LITTLE = 1e-9


@dataclass(frozen=True, slots=True)
class Prices:
    """What pricing found.

    Attributes
    ----------
    least
        No round that makes each visit once at most costs less.
    rounds
        The best rounds below the limit, none of which makes a visit twice.
    level
        How forgetful labels had to be to fit, 0 where they were not.
    n_compared
        How much work it was: comparisons of labels.
    """

    least: float
    rounds: list[Round]
    level: int
    n_compared: int


def price_rounds(shift: Shift, worth: FloatArray, weight: float, below: float) -> Prices:
    """Find the rounds of which ``weight × travel + unevenness − worth of the visits`` is least.

    Parameters
    ----------
    shift
        The unit's shift.
    worth
        What each visit is worth, shape (jobs,).
    weight
        What a minute of travel costs.
    below
        Rounds that cost less than this are returned.
    """
    keep, work = _keep_masks(shift), 0
    for level in range(shift.level, len(NEAREST)):
        labels = _blank(shift)
        size = _extend(shift._replace(level=level), keep, worth, weight, labels)
        work += int(labels.compared[0])
        if size >= 0:
            break
    if size < 0:
        return Prices(-np.inf, [], level, work)
    final = _finish(shift, labels, size, weight)
    order = np.argsort(final, kind="stable")[: 4 * _MOST_ROUNDS]
    rounds = [_read(shift, labels.row, int(i)) for i in order if final[i] < below]
    kept = [each for each in rounds if len(set(each.jobs)) == len(each.jobs)]
    return Prices(float(final[order[0]]), kept[:_MOST_ROUNDS], level, work)


def _read(shift: Shift, row: IntArray, label: int) -> Round:
    n = len(shift.minutes)
    stops: list[tuple[int, int]] = []
    nodes = [n]
    while label > 0:
        here, begin = int(row[label, NODE]), int(row[label, TIME])
        stops.append((BREAK if here == n else here, begin))
        nodes.append(here)
        label = int(row[label, PARENT])
    nodes.append(n + 1)
    travelled = sum(int(shift.travel[b, a]) for a, b in itertools.pairwise(nodes))
    return Round(tuple(stops[::-1]), travelled if stops else 0)


# A label as a row of whole numbers; its cost and what it remembers stand beside it.
NODE, TIME, RESTED, COUNT, LOAD, PARENT, BELOW, THEN, ALIVE = range(9)


class Labels(NamedTuple):
    """All labels, and where to look for those at a node and those of a minute."""

    row: IntArray
    cost: FloatArray
    seen: NDArray[np.uint64]
    odd: NDArray[np.uint64]
    at_node: IntArray
    due: IntArray
    compared: IntArray


def _blank(shift: Shift) -> Labels:
    labels = Labels(
        np.full((_MOST_LABELS, ALIVE + 1), -1, dtype=np.int64),
        np.zeros(_MOST_LABELS),
        np.zeros(_MOST_LABELS, dtype=np.uint64),
        np.zeros(_MOST_LABELS, dtype=np.uint64),
        np.full(len(shift.minutes) + 2, -1, dtype=np.int64),
        np.full(shift.end + 1, -1, dtype=np.int64),
        np.zeros(1, dtype=np.int64),
    )
    start = len(shift.minutes) + 1
    labels.row[0] = (start, shift.start, shift.break_min == 0, 0, 0, -1, -1, -1, 1)
    if shift.start <= shift.end:
        labels.due[shift.start] = 0
    return labels


@numba.njit(cache=True)
def _extend(
    shift: Shift, keep: NDArray[np.uint64], worth: FloatArray, weight: float, labels: Labels
) -> int:
    """Extend labels in order of time; return how many there are, or −1 if they do not fit."""
    n, size = len(worth), 1
    for minute in range(shift.start, shift.end + 1):
        label = labels.due[minute]
        while label >= 0:
            for there in range(n + 1):
                begin = _begin(shift, labels, label, there)
                if begin >= 0:
                    seen = labels.seen[label]
                    seen &= keep[max(0, labels.row[label, TIME] - shift.start), begin - shift.start]
                    labels.seen[size] = seen
                    _write(shift, worth, weight, labels, (size, label, there, begin))
                    size += _stands(shift, labels, size, there)
                    if size == len(labels.cost) or labels.compared[0] > _MOST_COMPARED:
                        return -1
            label = labels.row[label, THEN]
    return size


@numba.njit(cache=True)
def _leave(shift: Shift, labels: Labels, label: int) -> int:
    here, n = labels.row[label, NODE], len(shift.minutes)
    if here > n:
        return int(labels.row[label, TIME])
    stay = shift.break_min if here == n else shift.minutes[here]
    return int(labels.row[label, TIME] + stay)


@numba.njit(cache=True)
def _begin(shift: Shift, labels: Labels, label: int, there: int) -> int:
    """Return the minute at which a label reaches a node, −1 where it cannot."""
    row, n = labels.row[label], len(shift.minutes)
    if not row[ALIVE] or row[NODE] == there or not _may_go(shift, labels, label, there):
        return -1
    begin = _leave(shift, labels, label) + shift.travel[row[NODE], there]
    begin = max(begin, shift.window[there, 0])
    is_late = begin > shift.window[there, 1] or begin > shift.end
    is_repeat = (
        there < n
        and row[TIME] >= shift.window[there, 0]
        and (labels.seen[label] & _bit(shift, there)) != 0
    )
    return -1 if is_late or is_repeat else begin


@numba.njit(cache=True)
def _may_go(shift: Shift, labels: Labels, label: int, there: int) -> bool:
    if there == len(shift.minutes):
        return bool(labels.row[label, RESTED] == 0)
    return bool(shift.able[there] and labels.row[label, COUNT] < shift.most_jobs)


@numba.njit(cache=True)
def _bit(shift: Shift, job: int) -> np.uint64:
    if shift.colour[job] < 0:
        return np.uint64(0)
    return np.uint64(1) << np.uint64(shift.colour[job])


@numba.njit(cache=True)
def _write(
    shift: Shift, worth: FloatArray, weight: float, labels: Labels, step: tuple[int, int, int, int]
) -> None:
    """Write the label that goes on from another to a node, where it begins at a minute."""
    size, label, there, begin = step
    here, n, new = labels.row[label, NODE], len(worth), labels.row[size]
    new[:] = labels.row[label]
    new[NODE], new[TIME], new[PARENT], new[ALIVE] = there, begin, label, 1
    new[BELOW] = new[THEN] = -1
    labels.odd[size] = labels.odd[label]
    labels.cost[size] = labels.cost[label] + weight * shift.travel[here, there]
    if there == n:
        new[RESTED] = 1
        return
    new[COUNT] += 1
    new[LOAD] += shift.minutes[there]
    fined = fine(shift, labels.odd[label] & shift.cuts[there])
    labels.cost[size] += fined - worth[there]
    labels.odd[size] ^= shift.cuts[there]
    labels.seen[size] &= shift.masks[shift.level, there]
    labels.seen[size] |= _bit(shift, there) & shift.masks[shift.level, there]


@numba.njit(cache=True)
def _stands(shift: Shift, labels: Labels, new: int, there: int) -> int:
    """Return 1 and file a new label where no other at the node betters it, else 0.

    Those that it betters are dropped.
    """
    other = labels.at_node[there]
    while other >= 0:
        labels.compared[0] += 1
        if labels.row[other, ALIVE]:
            if _betters(shift, labels, other, new):
                return 0
            if _betters(shift, labels, new, other):
                labels.row[other, ALIVE] = 0
        other = labels.row[other, BELOW]
    begin = labels.row[new, TIME]
    labels.row[new, BELOW], labels.at_node[there] = labels.at_node[there], new
    labels.row[new, THEN], labels.due[begin] = labels.due[begin], new
    return 1


@numba.njit(cache=True)
def _betters(shift: Shift, labels: Labels, one: int, other: int) -> bool:
    a, b = labels.row[one], labels.row[other]
    is_limited = shift.most_jobs < len(shift.minutes)
    # What their unevenness may differ by at most, however both go on.
    now = _uneven(shift, a[LOAD]) - _uneven(shift, b[LOAD])
    handicap = max(now, shift.uneven * (a[LOAD] - b[LOAD]))
    if (
        a[TIME] > b[TIME]
        or labels.cost[one] + handicap > labels.cost[other] + _LITTLE
        or (labels.seen[one] & ~labels.seen[other]) != 0
        or a[RESTED] < b[RESTED]
        or (is_limited and a[COUNT] > b[COUNT])
    ):
        return False
    handicap += fine(shift, labels.odd[one] & ~labels.odd[other])
    return bool(labels.cost[one] + handicap <= labels.cost[other] + _LITTLE)


@numba.njit(cache=True)
def _uneven(shift: Shift, load: float) -> float:
    return shift.uneven * abs(load - shift.fair_min)


@numba.njit(cache=True)
def _finish(shift: Shift, labels: Labels, size: int, weight: float) -> FloatArray:
    """Return what each label costs when it goes home, infinite where it cannot."""
    total = np.full(size, np.inf)
    n = len(shift.minutes)
    for label in range(size):
        back = shift.travel[labels.row[label, NODE], n]
        is_home = _leave(shift, labels, label) + back <= shift.end
        if labels.row[label, RESTED] and is_home:
            total[label] = labels.cost[label] + (weight * back if label else 0.0)
            total[label] += _uneven(shift, labels.row[label, LOAD])
    return total


@numba.njit(cache=True)
def _keep_masks(shift: Shift) -> NDArray[np.uint64]:
    """Return, for two minutes, the bits of visits that could be made at both."""
    span = max(1, shift.end - shift.start + 1)
    keep = np.zeros((span, span), np.uint64)
    for job in range(len(shift.minutes)):
        low = max(0, shift.window[job, 0] - shift.start)
        high = min(span - 1, shift.window[job, 1] - shift.start)
        for one in range(low, high + 1):
            for other in range(one, high + 1):
                keep[one, other] |= _bit(shift, job)
    return keep
