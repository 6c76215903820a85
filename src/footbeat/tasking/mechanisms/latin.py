"""`latin`: every hot spot gets its share of every weekday, like rows and columns of a square."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms.daily import Daily


@dataclass(frozen=True, slots=True)
class Latin(Mechanism):
    """Treat exactly k a day, and each place exactly its share of each weekday over a cycle.

    With g = gcd(k, n) the places of a stratum form G = n/g groups by lot, and the dates of one
    weekday form cycles of G weeks. Within a cycle each group is treated k/g times, in weeks in
    random order; each cycle of each weekday makes its groups anew. So place and weekday are
    balanced exactly over whole cycles and each place-day is treated with probability k/n.

    Attributes
    ----------
    quota
        How many a day, with strata as in `daily`.
    """

    quota: Daily

    def __str__(self) -> str:
        return f"latin{str(self.quota).removeprefix('daily')}"

    def check(self, roster: Roster) -> None:
        """Raise UsageError when a stratum cannot give its k."""
        self.quota.check(roster)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Form groups by the keys ``arms`` of a cycle's first date, order weeks by ``weeks``."""
        places, weeks = keys.table("arms"), keys.table("weeks")
        weekday = np.array([day.weekday() for day in roster.days])
        arms = np.zeros(roster.shape, dtype=bool)
        for code, k in enumerate(self.quota.quotas(roster)):
            members = np.flatnonzero(roster.codes == code)
            size = gcd(int(k), len(members))
            n_groups, n_treated = len(members) // size, int(k) // size
            for number in np.unique(weekday):
                dates = np.flatnonzero(weekday == number)
                for start in range(0, len(dates), n_groups):
                    cycle = dates[start : start + n_groups]
                    group = _rank(places[cycle[0], members]) // size
                    turn = _rank(weeks[cycle[0], members[:n_groups]])[: len(cycle)]
                    first = turn[:, None] * n_treated
                    is_treated = (group[None, :] - first) % n_groups < n_treated
                    arms[np.ix_(cycle, members)] = is_treated
        return arms

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return k/n of each place's stratum, exactly."""
        return self.quota.probabilities(roster)


def _rank(keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the place of each key in the order of all, smallest first."""
    ranks = np.empty(len(keys), dtype=np.int64)
    ranks[np.argsort(keys, kind="stable")] = np.arange(len(keys))
    return ranks
