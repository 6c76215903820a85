"""`rerandomise`: draw again until the places, and their weekdays, are evenly served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.keys import RandomKeys
from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys

LEAST_ACCEPTANCE = 0.01
_TRIALS = 1_000
_ATTEMPTS = 5_000


@dataclass(frozen=True, slots=True)
class Rerandomise(Mechanism):
    """Draw from `base` until the draw is balanced.

    Attributes
    ----------
    base
        The mechanism that is drawn from.
    place_gap
        Most days by which the patrol days of two places of a stratum may differ; 0 sets none.
    weekday_gap
        Most days by which the patrol days of one place on two weekdays may differ; 0 sets none.

    Notes
    -----
    Balance that fewer than 1 % of draws reach is refused: too few schedules would be left to
    compare with. The chance of each place-day is found by simulation.
    """

    base: Mechanism
    place_gap: int = 0
    weekday_gap: int = 0

    is_exact = False

    def __post_init__(self) -> None:
        if isinstance(self.base, Rerandomise) or max(self.place_gap, self.weekday_gap) < 1:
            raise UsageError(
                "Rerandomise must be told what balance is, over a mechanism that is not itself.",
                found=f"It is “{self}”.",
                do="Give for example rerandomise(daily:8);place_gap=12.",
            )

    def __str__(self) -> str:
        gaps = (("place_gap", self.place_gap), ("weekday_gap", self.weekday_gap))
        return f"rerandomise({self.base})" + "".join(f";{n}={gap}" for n, gap in gaps if gap)

    def check(self, roster: Roster) -> None:
        """Raise UsageError when fewer than 1 % of 1,000 draws are balanced."""
        self.base.check(roster)
        share = self.acceptance(roster)
        if share < LEAST_ACCEPTANCE:
            raise UsageError(
                "At least 1 % of draws must be balanced.",
                found=f"{round(share * _TRIALS)} of {_TRIALS:,} draws of {self.base} were.",
                do="Allow a wider gap.",
            )

    def acceptance(self, roster: Roster) -> float:
        """Return the share of 1,000 draws from the base that are balanced."""
        keys = RandomKeys(np.random.default_rng(0), roster.shape)
        drawn = (self.is_balanced(self.base.draw(keys, roster), roster) for _ in range(_TRIALS))
        return sum(drawn) / _TRIALS

    def is_balanced(self, arms: NDArray[np.bool_], roster: Roster) -> bool:
        """Tell whether a draw keeps every gap."""
        if self.place_gap:
            by_place = arms.sum(axis=0)
            codes = range(len(roster.sizes))
            if any(np.ptp(by_place[roster.codes == code]) > self.place_gap for code in codes):
                return False
        if not self.weekday_gap:
            return True
        weekday = np.array([day.weekday() for day in roster.days])
        by_weekday = [arms[weekday == number].sum(axis=0) for number in np.unique(weekday)]
        return bool(np.ptp(by_weekday, axis=0).max() <= self.weekday_gap)

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Draw until balanced; the n-th attempt takes its keys from ``arms#n``."""
        for attempt in range(_ATTEMPTS):
            arms = self.base.draw(_Attempt(keys, attempt), roster)
            if self.is_balanced(arms, roster):
                return arms
        raise UsageError(
            "At least 1 % of draws must be balanced.",
            found=f"None of {_ATTEMPTS:,} was.",
            do="Allow a wider gap.",
        )


@dataclass(frozen=True, slots=True)
class _Attempt:
    keys: Keys
    number: int

    def table(self, domain: str) -> NDArray[np.uint64]:
        return self.keys.table(f"{domain}#{self.number}" if self.number else domain)
