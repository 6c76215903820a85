"""`runs`: switchback with random run lengths and long off-runs, so carry-over can be estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.keys import unit_interval
from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys

ATTEMPTS = 200
# What is known of a place, and the bounds, as columns of whole numbers for the compiler.
ON, ELAPSED, PLANNED, LEAST, COUNT, LONG_AT = range(6)
ON_LOW, ON_HIGH, OFF_LOW, OFF_HIGH, MIN_OFF, EVERY, LOAD_LOW, LOAD_HIGH = range(8)
# Whether an off-run ends today: at its longest, at its drawn length, at its least, not yet.
MUST, DUE, MAY, MAY_NOT = range(4)


@dataclass(frozen=True, slots=True)
class Runs(Mechanism):
    """Alternate runs of patrol days and runs of comparison days in each hot spot.

    Attributes
    ----------
    on, off
        Shortest and longest run of patrol days, and of comparison days. Runs that the phase
        begins or ends in may be shorter.
    min_off
        Days a long off-run has at least.
    every
        Of so many successive off-runs of a place, at least one is long.
    load
        Fewest and most patrols a day; (0, 0) sets no bounds.

    Notes
    -----
    Each day, places whose off-run is over begin a patrol run, by lot where the day has no room
    for all; when too few would be on patrol, places whose off-run has had its least length
    begin early, by lot, and then patrol runs that would end go on within their longest length.
    A draw in which a bound cannot be kept is thrown away and drawn again: what remains keeps
    every bound on every day. The chance of each place-day is found by simulation.
    """

    on: tuple[int, int]
    off: tuple[int, int]
    min_off: int
    every: int = 3
    load: tuple[int, int] = (0, 0)

    is_exact = False

    def __post_init__(self) -> None:
        fits = 1 <= self.on[0] <= self.on[1] and 1 <= self.off[0] <= self.off[1]
        if not fits or not self.off[0] <= self.min_off <= self.off[1] or self.every < 1:
            raise UsageError(
                "Runs must be from short to long, with the long off-run among them.",
                found=f"It is “{self}”.",
                do="Give for example runs:on=1-3,off=1-7,min_off=5.",
            )

    def __str__(self) -> str:
        text = (
            f"runs:on={self.on[0]}-{self.on[1]},off={self.off[0]}-{self.off[1]},"
            f"min_off={self.min_off},every={self.every}"
        )
        return f"{text},load={self.load[0]}-{self.load[1]}" if self.load[1] else text

    def check(self, roster: Roster) -> None:
        """Raise UsageError when the workload cannot be kept in any of 200 attempts."""
        n = len(roster.hotspot_ids)
        if self.load[1] and not (0 <= self.load[0] <= self.load[1] <= n):
            raise self._impossible(f"the bounds are {self.load[0]}–{self.load[1]} of {n} places")
        self.draw(roster.sealed(bytes(32)), roster)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Draw until every bound is kept; the n-th attempt takes its keys from ``arms#n``."""
        high = self.load[1] or len(roster.hotspot_ids)
        bounds = np.array([*self.on, *self.off, self.min_off, self.every, self.load[0], high])
        for attempt in range(ATTEMPTS):
            tail = f"#{attempt}" if attempt else ""
            order, length, turn = (
                unit_interval(keys.table(f"{name}{tail}")) for name in ("arms", "runs", "turns")
            )
            arms, is_kept = _walk_days(order, length, turn, bounds)
            if is_kept:
                return np.asarray(arms, dtype=bool)
        raise self._impossible(f"none of {ATTEMPTS} attempts kept them")

    def _impossible(self, found: str) -> UsageError:
        return UsageError(
            "The lengths of runs and the patrols a day must fit together.",
            found=f"For {self}, {found}.",
            do="Widen load=, or lengthen on= or off=.",
        )


@numba.njit(cache=True)
def _walk_days(
    order: NDArray[np.float64],
    length: NDArray[np.float64],
    turn: NDArray[np.float64],
    bounds: NDArray[np.int64],
) -> tuple[NDArray[np.bool_], bool]:
    arms = np.zeros(order.shape, dtype=np.bool_)
    places = _first_runs(order[0], length[0], turn[0], bounds)
    for day in range(len(order)):
        if day > 0:
            was_on = places[:, ON] == 1
            total = _begin_runs(places, order[day], bounds)
            _end_runs(places, order[day], bounds, was_on, total)
            for place in range(len(places)):
                if places[place, ELAPSED] == 0:
                    _plan_run(places[place], length[day, place], turn[day, place], bounds)
        arms[day] = places[:, ON] == 1
        places[:, ELAPSED] += 1
        if not _is_kept(places, bounds):
            return arms, False
    return arms, True


@numba.njit(cache=True)
def _first_runs(
    order: NDArray[np.float64],
    length: NDArray[np.float64],
    turn: NDArray[np.float64],
    bounds: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the state of each place on day one, which may fall within a run."""
    share = (bounds[ON_LOW] + bounds[ON_HIGH]) / bounds[:MIN_OFF].sum()
    places = np.zeros((len(order), LONG_AT + 1), np.int64)
    for place in range(len(places)):
        row = places[place]
        row[ON] = turn[place] < share
        row[PLANNED] = 1 + int(length[place] * bounds[ON_HIGH if row[ON] else OFF_HIGH])
        row[LEAST] = 1
        row[LONG_AT] = int(order[place] * bounds[EVERY])
    return places


@numba.njit(cache=True)
def _begin_runs(
    places: NDArray[np.int64], order: NDArray[np.float64], bounds: NDArray[np.int64]
) -> int:
    """Begin patrol runs, the most urgent first and then by lot; return patrols so far today."""
    is_going_on = (places[:, ON] == 1) & (places[:, ELAPSED] < places[:, PLANNED])
    total = is_going_on.sum()
    rank = order.copy()
    for place in range(len(places)):
        rank[place] += _urgency(places[place], bounds)
    for place in _in_turn(rank, bounds):
        room = bounds[LOAD_HIGH] if rank[place] < MAY else bounds[LOAD_LOW]
        if rank[place] < MAY_NOT and total < room:
            places[place, ON], places[place, ELAPSED] = 1, 0
            total += 1
    return int(total)


@numba.njit(cache=True)
def _urgency(row: NDArray[np.int64], bounds: NDArray[np.int64]) -> int:
    if row[ON] == 1 or row[ELAPSED] < row[LEAST]:
        return MAY_NOT
    if row[ELAPSED] >= bounds[OFF_HIGH]:
        return MUST
    return DUE if row[ELAPSED] >= row[PLANNED] else MAY


@numba.njit(cache=True)
def _end_runs(
    places: NDArray[np.int64],
    order: NDArray[np.float64],
    bounds: NDArray[np.int64],
    was_on: NDArray[np.bool_],
    total: int,
) -> None:
    """End the patrol runs that are over, but let some go on while too few are on patrol."""
    for place in _in_turn(order, bounds):
        row = places[place]
        if was_on[place] and row[ELAPSED] >= row[PLANNED]:
            if total < bounds[LOAD_LOW] and row[ELAPSED] < bounds[ON_HIGH]:
                total += 1
            else:
                row[ON], row[ELAPSED] = 0, 0


@numba.njit(cache=True)
def _in_turn(rank: NDArray[np.float64], bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places by rank; where no bound is set their order decides nothing."""
    if bounds[LOAD_LOW] == 0 and bounds[LOAD_HIGH] >= len(rank):
        return np.arange(len(rank))
    return np.argsort(rank)


@numba.njit(cache=True)
def _plan_run(
    row: NDArray[np.int64], length: float, turn: float, bounds: NDArray[np.int64]
) -> None:
    """Draw the length of a run that begins today; one off-run of every so many is long."""
    longest = bounds[ON_HIGH] if row[ON] else bounds[OFF_HIGH]
    row[LEAST] = bounds[ON_LOW] if row[ON] else bounds[OFF_LOW]
    if row[ON] == 0:
        if row[COUNT] % bounds[EVERY] == 0:
            row[LONG_AT] = int(turn * bounds[EVERY])
        if row[COUNT] % bounds[EVERY] == row[LONG_AT]:
            row[LEAST] = bounds[MIN_OFF]
        row[COUNT] += 1
    row[PLANNED] = row[LEAST] + int(length * (longest - row[LEAST] + 1))


@numba.njit(cache=True)
def _is_kept(places: NDArray[np.int64], bounds: NDArray[np.int64]) -> bool:
    total = places[:, ON].sum()
    if not bounds[LOAD_LOW] <= total <= bounds[LOAD_HIGH]:
        return False
    for place in range(len(places)):
        if places[place, ELAPSED] > bounds[ON_HIGH if places[place, ON] else OFF_HIGH]:
            return False
    return True
