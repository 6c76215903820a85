"""When a visit is due: a short window at random within the hot window, for both arms.

Comparison days get windows by the same rule, so that hours can be compared like with like, and
every start is drawn afresh, so that nobody who watches can tell when the next patrol comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import UsageError
from footbeat.periods import DAY_START_HOUR, Window, to_utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms import Roster

_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """When visits are due and how long each should last.

    Attributes
    ----------
    hot
        Local hours within which visits are due; may run past midnight.
    length_min
        Length of the window in which one visit must begin.
    step_min
        Windows start on multiples of this many minutes after the hot window's start.
    visits_per_day
        Visits a patrol day; each falls in its own equal part of the hot window.
    dose_min
        Minutes one visit should last.
    """

    hot: Window
    length_min: int = 90
    step_min: int = 5
    visits_per_day: int = 1
    dose_min: float = 15.0

    def __post_init__(self) -> None:
        if self.visits_per_day < 1 or self.dose_min <= 0 or self.step_min < 1:
            raise UsageError(
                "Visits a day, minutes and steps must be positive.",
                found=f"{self.visits_per_day} visits of {self.dose_min:g} min.",
                do="Give at least one visit of some minutes.",
            )
        if not self.dose_min <= self.length_min <= self.part_min:
            raise UsageError(
                "A visit's window must hold the visit and fit into its part of the hot window.",
                found=f"The visit lasts {self.dose_min:g} min, its window {self.length_min} min, "
                f"and each part of {self.hot} is {self.part_min} min long.",
                do="Shorten the window of a visit, or lengthen the hot window.",
            )

    @property
    def part_min(self) -> int:
        """Length of one visit's part of the hot window."""
        return self.hot.minutes // self.visits_per_day

    @property
    def n_starts(self) -> int:
        """How many starts are possible for a visit, all equally likely."""
        return (self.part_min - self.length_min) // self.step_min + 1


@dataclass(frozen=True, slots=True)
class Windows:
    """The drawn windows, UTC, shape (days, places, visits)."""

    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]


def draw_windows(keys: Keys, roster: Roster, plan: VisitPlan, timezone: str) -> Windows:
    """Draw each visit's window uniformly among the possible starts.

    The start is the key modulo the number of starts; the bias of at most 2⁻⁵⁰ is nothing. A
    start that the spring clock change skips moves forward an hour; lengths are elapsed time.
    """
    offsets = np.stack([_offsets(keys, plan, visit) for visit in range(plan.visits_per_day)], -1)
    base = plan.hot.start_min + (_DAY_MIN if plan.hot.start_min < DAY_START_HOUR * 60 else 0)
    midnights = pd.DatetimeIndex(pd.to_datetime(list(roster.days)))
    local = midnights.to_numpy()[:, None, None] + (base + offsets).astype("timedelta64[m]")
    start = to_utc(pd.DatetimeIndex(local.ravel()), timezone)
    end = start + pd.Timedelta(minutes=plan.length_min)
    return Windows(_plain(start, offsets.shape), _plain(end, offsets.shape))


def _offsets(keys: Keys, plan: VisitPlan, visit: int) -> NDArray[np.int64]:
    domain = "window" if visit == 0 else f"window#{visit}"
    step = keys.table(domain) % np.uint64(plan.n_starts)
    return visit * plan.part_min + plan.step_min * step.astype(np.int64)


def _plain(times: pd.DatetimeIndex, shape: tuple[int, ...]) -> NDArray[np.datetime64]:
    values: NDArray[np.datetime64] = times.tz_localize(None).to_numpy().astype("datetime64[us]")
    return values.reshape(shape)
