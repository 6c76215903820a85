"""When a visit is due: a short window at random within the hot window, for both arms.

Comparison days get windows by the same rule, so that hours can be compared like with like, and
every start is drawn afresh, so that nobody who watches can tell when the next patrol comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import UsageError
from footbeat.periods import DAY_START_HOUR, Window, to_utc
from footbeat.tasking.doses import Dose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms import Mechanism, Roster

_DAY_MIN = 24 * 60
_NO_OFFSET = -1


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
    doses
        What the patrol days of each stratum ask for, where strata differ.
    """

    hot: Window
    length_min: int = 90
    step_min: int = 5
    visits_per_day: int = 1
    dose_min: float = 15.0
    doses: Mapping[str, Dose] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for dose in self.doses.values() or (self.of(""),):
            self.check(dose)

    def of(self, stratum: str) -> Dose:
        """Return what a patrol day of a stratum asks for."""
        return self.doses.get(stratum, Dose(self.visits_per_day, self.dose_min))

    def check(self, dose: Dose, n_shifts: int = 1) -> None:
        """Raise UsageError when the visits of a dose do not fit into the hot window."""
        if dose.visits_per_day < 1 or not dose.dose_min > 0 or self.step_min < 1:
            raise UsageError(
                "Visits a day, minutes and steps must be positive.",
                found=f"{dose.visits_per_day} visits of {dose.dose_min:g} min.",
                do="Give at least one visit of some minutes.",
            )
        part_min = self.part_min(dose, n_shifts)
        if not dose.dose_min <= self.length_min <= part_min:
            raise UsageError(
                "A visit's window must hold the visit and fit into its part of the hot window.",
                found=f"The visit lasts {dose.dose_min:g} min, its window {self.length_min} min, "
                f"and each part of {self.hot} is {part_min} min long.",
                do="Shorten the window of a visit, or lengthen the hot window.",
            )

    def part_min(self, dose: Dose, n_shifts: int = 1) -> int:
        """Length of one visit's part of the hot window, or of one of its equal shifts."""
        return self.hot.minutes // n_shifts // dose.visits_per_day

    def n_starts(self, dose: Dose, n_shifts: int = 1) -> int:
        """How many starts are possible for a visit, all equally likely."""
        return (self.part_min(dose, n_shifts) - self.length_min) // self.step_min + 1


@dataclass(frozen=True, slots=True)
class Windows:
    """The drawn windows, UTC, shape (days, places, visits); NaT where a place has fewer visits."""

    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]

    @property
    def last_end(self) -> NDArray[np.datetime64]:
        """When the last visit of each place-day must have begun, shape (days, places)."""
        return np.asarray(np.fmax.reduce(self.end, axis=-1))


def draw_windows(
    keys: Keys, roster: Roster, plan: VisitPlan, timezone: str, mechanism: Mechanism | None = None
) -> Windows:
    """Draw each visit's window uniformly among the possible starts.

    The start is the key modulo the number of starts; the bias of at most 2⁻⁵⁰ is nothing. A
    start that the spring clock change skips moves forward an hour; lengths are elapsed time.
    Where the mechanism balances shifts, the window lies in the shift it gives the place-day.

    Raises
    ------
    UsageError
        When the visits do not fit into a shift.
    """
    shifts = None if mechanism is None else mechanism.draw_shifts(keys, roster)
    n_shifts = mechanism.n_shifts if mechanism is not None and shifts is not None else 1
    doses = [plan.of(stratum) for stratum in roster.strata]
    for dose in dict.fromkeys(doses):
        plan.check(dose, n_shifts)
    n_visits = max(dose.visits_per_day for dose in doses)
    offsets = np.stack(
        [_offsets(keys, plan, doses, visit, n_shifts) for visit in range(n_visits)], -1
    )
    has_visit = offsets != _NO_OFFSET
    if shifts is not None:
        offsets += shifts[:, :, None] * (plan.hot.minutes // n_shifts)
    base = plan.hot.start_min + (_DAY_MIN if plan.hot.start_min < DAY_START_HOUR * 60 else 0)
    midnights = pd.DatetimeIndex(pd.to_datetime(list(roster.days)))
    local = midnights.to_numpy()[:, None, None] + (base + offsets).astype("timedelta64[m]")
    start = to_utc(pd.DatetimeIndex(local.ravel()), timezone)
    end = start + pd.Timedelta(minutes=plan.length_min)
    return Windows(_plain(start, has_visit), _plain(end, has_visit))


def _offsets(
    keys: Keys, plan: VisitPlan, doses: list[Dose], visit: int, n_shifts: int
) -> NDArray[np.int64]:
    table = keys.table("window" if visit == 0 else f"window#{visit}")
    n_starts = np.array([plan.n_starts(dose, n_shifts) for dose in doses], dtype=np.uint64)
    parts = np.array([plan.part_min(dose, n_shifts) for dose in doses], dtype=np.int64)
    offsets = visit * parts + plan.step_min * (table % n_starts).astype(np.int64)
    is_made = np.array([visit < dose.visits_per_day for dose in doses])
    return np.where(is_made, offsets, _NO_OFFSET)


def _plain(times: pd.DatetimeIndex, has_visit: NDArray[np.bool_]) -> NDArray[np.datetime64]:
    values: NDArray[np.datetime64] = times.tz_localize(None).to_numpy().astype("datetime64[us]")
    return np.where(has_visit, values.reshape(has_visit.shape), np.datetime64("NaT"))
