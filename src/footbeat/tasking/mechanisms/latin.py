"""`latin`: exactly k a day, and weekdays and shifts balanced exactly within each place."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms.daily import Daily


@dataclass(frozen=True, slots=True)
class Latin(Mechanism):
    """Treat exactly k a day; each place gets its share of each weekday and shift over a cycle.

    With g = gcd(k, n) the places of a stratum form G = n/g groups by lot, and the dates of one
    weekday form squares of G weeks. Within a square each group is treated k/g times, in weeks
    in random order. A cycle is as many squares as there are shifts and makes its groups anew.
    Within a cycle a group's patrol days of that weekday are dealt to the shifts, equally many
    to each, in random order, and so are its comparison days; the places of a group start from
    different shifts, so that a day's patrols spread over the shifts. So place, weekday and
    shift are balanced exactly over whole cycles, each place-day is treated with probability
    k/n, and each shift is as likely as any other on every place-day.

    Attributes
    ----------
    quota
        How many a day, with strata as in `daily`.
    n_shifts
        Equal parts of the hot window that patrol and comparison days are balanced over.
    """

    quota: Daily
    n_shifts: int = 1

    def __post_init__(self) -> None:
        if self.n_shifts < 1:
            raise UsageError(
                "A latin design must have at least one shift.",
                found=f"It has {self.n_shifts}.",
                do="Give for example latin:8;shifts=2.",
            )

    def __str__(self) -> str:
        text = f"latin{str(self.quota).removeprefix('daily')}"
        return f"{text};shifts={self.n_shifts}" if self.n_shifts > 1 else text

    def check(self, roster: Roster) -> None:
        """Raise UsageError when a stratum cannot give its k."""
        self.quota.check(roster)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Form groups by the keys ``arms`` of a cycle's first date, order weeks by ``weeks``."""
        places, weeks = keys.table("arms"), keys.table("weeks")
        arms = np.zeros(roster.shape, dtype=bool)
        for cycle in self._cycles(roster):
            arms[np.ix_(cycle.dates, cycle.members)] = cycle.treat(places, weeks)
        return arms

    def draw_shifts(self, keys: Keys, roster: Roster) -> NDArray[np.int64] | None:
        """Deal the days of each group to the shifts by the keys ``shifts`` of its first place.

        Patrol days and comparison days of a cycle are dealt apart: the keys order the days of
        one arm, and the days get the shifts in turn, beginning with the first date's key modulo
        the number of shifts. The places of a group, in the order of their keys ``arms``, go on
        from there by one shift each.
        """
        if self.n_shifts == 1:
            return None
        places, weeks, lots = (keys.table(domain) for domain in ("arms", "weeks", "shifts"))
        shifts = np.zeros(roster.shape, dtype=np.int64)
        for cycle in self._cycles(roster):
            shifts[np.ix_(cycle.dates, cycle.members)] = cycle.deal(
                places, weeks, lots, self.n_shifts
            )
        return shifts

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return k/n of each place's stratum, exactly."""
        return self.quota.probabilities(roster)

    def _cycles(self, roster: Roster) -> Iterator[_Cycle]:
        weekday = np.array([day.weekday() for day in roster.days])
        for code, k in enumerate(self.quota.quotas(roster)):
            members = np.flatnonzero(roster.codes == code)
            size = gcd(int(k), len(members))
            length = len(members) // size * self.n_shifts
            for number in np.unique(weekday):
                dates = np.flatnonzero(weekday == number)
                for start in range(0, len(dates), length):
                    yield _Cycle(dates[start : start + length], members, size, int(k) // size)


@dataclass(frozen=True, slots=True)
class _Cycle:
    """The dates of one weekday over which one set of groups is balanced.

    `size` places form a group, `n_treated` groups are treated each date.
    """

    dates: NDArray[np.int64]
    members: NDArray[np.int64]
    size: int
    n_treated: int

    @property
    def n_groups(self) -> int:
        return len(self.members) // self.size

    def rank(self, places: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the rank of each member by its key on the first date."""
        return _rank(places[self.dates[0], self.members])

    def treat(self, places: NDArray[np.uint64], weeks: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Return the arms, shape (dates, members): one square after another."""
        group = self.rank(places) // self.size
        squares = []
        for start in range(0, len(self.dates), self.n_groups):
            square = self.dates[start : start + self.n_groups]
            turn = _rank(weeks[square[0], self.members[: self.n_groups]])[: len(square)]
            first = turn[:, None] * self.n_treated
            squares.append((group[None, :] - first) % self.n_groups < self.n_treated)
        return np.concatenate(squares)

    def deal(
        self,
        places: NDArray[np.uint64],
        weeks: NDArray[np.uint64],
        lots: NDArray[np.uint64],
        n_shifts: int,
    ) -> NDArray[np.int64]:
        """Return the shift of each date and member, shape (dates, members)."""
        rank, arms = self.rank(places), self.treat(places, weeks)
        dealt = np.zeros(arms.shape, dtype=np.int64)
        for group in range(self.n_groups):
            mine = np.flatnonzero(rank // self.size == group)
            lot = lots[self.dates, self.members[mine[np.argmin(rank[mine])]]]
            offset = int(lot[0] % np.uint64(n_shifts))
            for arm in (True, False):
                days = np.flatnonzero(arms[:, mine[0]] == arm)
                turn = _rank(lot[days]) + offset
                dealt[np.ix_(days, mine)] = turn[:, None] + rank[mine][None, :]
        return dealt % n_shifts


def _rank(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the place of each key in the order of all, smallest first."""
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return ranks
