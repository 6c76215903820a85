"""`blocks`: within each hot spot, blocks of random length that hold their exact share."""

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


@dataclass(frozen=True, slots=True)
class Blocks(Mechanism):
    """Treat `treated` of every `days` days of each hot spot, in permuted blocks.

    A block spans `least` to `most` times `days` days, each length as likely, so that nobody who
    counts can tell when it ends. Every place-day is treated with probability treated/days,
    exactly; the number of patrols a day varies.
    """

    treated: int
    days: int
    least: int = 1
    most: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.treated < self.days or not 1 <= self.least <= self.most:
            raise UsageError(
                "Blocks must hold patrol days and comparison days.",
                found=f"They hold {self.treated} of {self.days}, {self.least}–{self.most} times.",
                do="Give for example blocks:2/5;times=1-2.",
            )

    def __str__(self) -> str:
        return f"blocks:{self.treated}/{self.days};times={self.least}-{self.most}"

    def draw(
        self,
        keys: Keys,
        roster: Roster,  # noqa: ARG002 - fits every roster
    ) -> NDArray[np.bool_]:
        """Draw each block's length from its first day's key, then its days one after another.

        A day is treated when its key, as a number in [0, 1), times the days left in the block
        lies below the patrol days left in it.
        """
        lengths = self.least + keys.table("blocks") % np.uint64(self.most - self.least + 1)
        return _fill_blocks(
            unit_interval(keys.table("arms")), lengths.astype(np.int64), self.treated, self.days
        )

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return the share everywhere, exactly."""
        return np.full(roster.shape, self.treated / self.days)


@numba.njit(cache=True)
def _fill_blocks(
    chance: NDArray[np.float64], times: NDArray[np.int64], treated: int, days: int
) -> NDArray[np.bool_]:
    arms = np.zeros(chance.shape, dtype=np.bool_)
    for place in range(chance.shape[1]):
        days_left, treated_left = 0, 0
        for day in range(chance.shape[0]):
            if days_left == 0:
                days_left = times[day, place] * days
                treated_left = times[day, place] * treated
            arms[day, place] = chance[day, place] * days_left < treated_left
            treated_left -= arms[day, place]
            days_left -= 1
    return arms
