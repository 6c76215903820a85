"""A unit's shift in numbers, and its rounds: which visits it makes, in what order, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numba
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.tasking.shifts import Crew, Job

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

BREAK = -1
NEAREST = (30, 6, 0)
_COLOURS = 64


class Shift(NamedTuple):
    """Numbers of one unit's shift for the compiler; node n is the base, n + 1 its start.

    `travel` has a row for every node; `window` holds the earliest and latest begin of each visit
    and of the break; `masks` what a visit keeps in memory of those before it, at each `level`.
    `cuts` has a bit for each set of three visits that a visit is one of; every second visit to a
    set costs its fine.
    """

    travel: IntArray
    window: IntArray
    minutes: IntArray
    colour: IntArray
    masks: NDArray[np.uint64]
    level: int
    able: NDArray[np.bool_]
    start: int
    end: int
    break_min: int
    most_jobs: int
    fair_min: float
    uneven: float
    cuts: NDArray[np.uint64]
    fines: FloatArray


@dataclass(frozen=True, slots=True)
class Round:
    """One unit's way through a shift.

    Attributes
    ----------
    stops
        (job, minute it begins) in order; −1 stands for the break.
    travel_min
        Minutes between places, the way back to the base included.
    """

    stops: tuple[tuple[int, int], ...]
    travel_min: int

    @property
    def jobs(self) -> tuple[int, ...]:
        """The visits, without the break."""
        return tuple(job for job, _ in self.stops if job != BREAK)


def lay_shift(
    jobs: Sequence[Job], crew: Crew, travel: IntArray, *, fair_min: float, uneven: float
) -> Shift:
    """Return the numbers of one unit's shift.

    Parameters
    ----------
    jobs, crew, travel
        The visits, the unit, and whole minutes between places.
    fair_min, uneven
        Minutes of visits that are its equal share, and what a minute off that costs.
    """
    n = len(jobs)
    at = np.array([*(job.place for job in jobs), crew.base, crew.place], dtype=np.int64)
    begins = [(job.earliest, max(job.earliest, job.latest - job.minutes)) for job in jobs]
    rest = (max(crew.break_span[0], crew.start), crew.break_span[1] - crew.break_min)
    window = np.array([*begins, rest], dtype=np.int64)
    between = np.ascontiguousarray(travel[np.ix_(at, at)])
    colour = _colours(window[:n])
    bits = np.where(colour >= 0, np.uint64(1) << colour.clip(0).astype(np.uint64), np.uint64(0))
    near = np.argsort(between[:n, :n], axis=1, kind="stable")
    masks = [np.bitwise_or.reduce(bits[near[:, :nearest]], axis=1) for nearest in NEAREST]
    able = [not crew.district or not j.district or crew.district == j.district for j in jobs]
    return Shift(
        between,
        window,
        np.array([job.minutes for job in jobs], dtype=np.int64),
        colour,
        np.array([mask | bits if mask.any() else mask for mask in masks], dtype=np.uint64),
        0,
        np.array(able, dtype=bool),
        crew.start,
        crew.end,
        crew.break_min,
        min(crew.most_jobs, n),
        fair_min,
        uneven,
        np.zeros(n, dtype=np.uint64),
        np.zeros(0),
    )


def time_round(shift: Shift, jobs: Sequence[int]) -> Round | None:
    """Return the round through visits (and the break, −1) in this order, or None if late."""
    n = len(shift.minutes)
    here, now, travelled, stops = n + 1, shift.start, 0, []
    for job in jobs:
        node = n if job == BREAK else job
        low, high = shift.window[node].tolist()
        begin = max(low, now + int(shift.travel[here, node]))
        if begin > high:
            return None
        travelled += int(shift.travel[here, node])
        stops.append((job, begin))
        now = begin + (shift.break_min if job == BREAK else int(shift.minutes[job]))
        here = node
    back = int(shift.travel[here, n])
    if not stops:
        return Round((), 0)
    return Round(tuple(stops), travelled + back) if now + back <= shift.end else None


def _colours(window: IntArray) -> IntArray:
    """Return a colour for each visit, −1 where all 64 are taken by windows that overlap its own."""
    free_from = np.full(_COLOURS, np.iinfo(np.int64).min)
    colour = np.full(len(window), -1, dtype=np.int64)
    for job in np.argsort(window[:, 0], kind="stable"):
        fitting = np.flatnonzero(free_from < window[job, 0])
        if fitting.size:
            colour[job] = fitting[0]
            free_from[fitting[0]] = window[job, 1]
    return colour


@numba.njit(cache=True)
def fine(shift: Shift, sets: np.uint64) -> float:
    """Return what the sets whose bits are given cost together."""
    total, number = 0.0, 0
    while sets != 0:
        if (sets & np.uint64(1)) != 0:
            total += shift.fines[number]
        sets >>= np.uint64(1)
        number += 1
    return total
