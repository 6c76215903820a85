"""When a visit is due: a short window at random within the hot window, for both arms.

Comparison days get windows by the same rule, so that hours can be compared like with like, and
every start is drawn afresh, so that nobody who watches can tell when the next patrol comes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import UsageError
from footbeat.periods import DAY_START_HOUR, Window, load_zone
from footbeat.tasking.doses import Dose

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys
    from footbeat.tasking.mechanisms import Mechanism, Roster

_DAY_MIN = 24 * 60
_FORMS = ("%H:%M", "%H:%M %Z")
_ZONE = re.compile(r" [^ ,–]+")


@dataclass(frozen=True, slots=True)
class VisitPlan:
    """When visits are due and how long each should last.

    Attributes
    ----------
    hot
        Local hours within which visits are due; may run past midnight.
    length_min
        Length of the window in which one visit must begin; shorter where clocks leave less room.
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

    The start is the key modulo the number of starts; the bias of at most 2⁻⁵⁰ is nothing. Parts
    are equal in elapsed time, so that on a night when clocks change they still follow each other
    within the hot window; where it is too short for the windows, these are shortened.
    Where the mechanism balances shifts, the window lies in the shift it gives the place-day.

    Raises
    ------
    UsageError
        When the visits do not fit into a shift, or into that of a night when clocks go forward.
    """
    shifts = None if mechanism is None else mechanism.draw_shifts(keys, roster)
    n_shifts = mechanism.n_shifts if mechanism is not None and shifts is not None else 1
    doses = [plan.of(stratum) for stratum in roster.strata]
    for dose in dict.fromkeys(doses):
        plan.check(dose, n_shifts)
    opens, open_min = _spans(roster, plan, timezone, shifts, n_shifts)
    n_visits = np.array([dose.visits_per_day for dose in doses])
    part_min = open_min // n_visits
    _check_nights(part_min, roster, doses)
    length_min = np.minimum(plan.length_min, part_min)
    n_starts = ((part_min - length_min) // plan.step_min + 1).astype(np.uint64)
    visits = range(int(n_visits.max()))
    drawn = [(_table(keys, visit) % n_starts).astype(np.int64) for visit in visits]
    offsets = [visit * part_min + plan.step_min * drawn[visit] for visit in visits]
    start = opens[:, :, None] + np.stack(offsets, -1).astype("timedelta64[m]")
    start = np.where(np.arange(len(visits)) < n_visits[:, None], start, np.datetime64("NaT"))
    return Windows(start, start + length_min[:, :, None].astype("timedelta64[m]"))


def due_texts(windows: Windows, timezone: str) -> NDArray[np.object_]:
    """Return in words when the visits of each place-day are due, in the order of days and places.

    A window over a change of the clocks, or at an hour they repeat, names the zone of its ends.
    """
    times = zip(*(np.moveaxis(each, -1, 0) for each in (windows.start, windows.end)), strict=True)
    texts = [_span_texts(start, end, timezone) for start, end in times]
    rows = zip(*texts, strict=True)
    # A visit that the place's stratum does not have is NaT, and has no clock time.
    made = [", ".join(part for part in row if isinstance(part, str)) for row in rows]
    return np.array(made, dtype=object)


def read_due(text: str) -> list[Window]:
    """Return the windows that a due text names, on the clock of their beginning.

    Examples
    --------
    >>> [str(window) for window in read_due("22:10–23:40, 01:30 BST–02:00 GMT")]
    ['22:10-23:40', '01:30-02:00']
    """
    return [Window.parse(_ZONE.sub("", part)) for part in text.split(", ")]


def _span_texts(
    start: NDArray[np.datetime64], end: NDArray[np.datetime64], timezone: str
) -> NDArray[np.object_]:
    zone = load_zone(timezone)
    ends = [pd.DatetimeIndex(each.ravel(), tz="UTC").tz_convert(zone) for each in (start, end)]
    plain, named = (ends[0].strftime(form) + "–" + ends[1].strftime(form) for form in _FORMS)
    naive = [each.tz_localize(None) for each in ends]
    moved = (naive[1] - naive[0]) != (ends[1] - ends[0])
    is_unclear = moved | _is_repeated(naive[0], zone) | _is_repeated(naive[1], zone)
    return np.where(is_unclear, named, plain)


def _is_repeated(local: pd.DatetimeIndex, zone: ZoneInfo) -> NDArray[np.bool_]:
    first, second = (
        local.tz_localize(zone, ambiguous=np.full(len(local), is_summer), nonexistent="NaT")
        for is_summer in (True, False)
    )
    return np.asarray(first < second)


def _table(keys: Keys, visit: int) -> NDArray[np.uint64]:
    return keys.table("window" if visit == 0 else f"window#{visit}")


def _spans(
    roster: Roster,
    plan: VisitPlan,
    timezone: str,
    shifts: NDArray[np.int64] | None,
    n_shifts: int,
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return when each place-day's hot window or shift begins, UTC, and its elapsed minutes."""
    shift_min = plan.hot.minutes // n_shifts
    base = plan.hot.start_min + (_DAY_MIN if plan.hot.start_min < DAY_START_HOUR * 60 else 0)
    first = base + shift_min * (
        np.zeros(roster.shape, dtype=np.int64) if shifts is None else shifts
    )
    midnights = pd.DatetimeIndex(pd.to_datetime(list(roster.days))).to_numpy()[:, None]
    begin = _moments(midnights + first.astype("timedelta64[m]"), timezone)
    end = _moments(midnights + (first + shift_min).astype("timedelta64[m]"), timezone)
    return begin, ((end - begin) / np.timedelta64(1, "m")).astype(np.int64)


def _moments(local: NDArray[np.datetime64], timezone: str) -> NDArray[np.datetime64]:
    """Return clock times as UTC: of a skipped one the next there is, of a repeated the first."""
    zoned = pd.DatetimeIndex(local.ravel()).tz_localize(
        load_zone(timezone),
        ambiguous=np.ones(local.size, dtype=bool),
        nonexistent="shift_forward",
    )
    plain = zoned.tz_convert("UTC").tz_localize(None).to_numpy()
    return np.asarray(plain.astype("datetime64[us]").reshape(local.shape))


def _check_nights(part_min: NDArray[np.int64], roster: Roster, doses: list[Dose]) -> None:
    too_short = (part_min < np.array([dose.dose_min for dose in doses])).any(axis=1)
    if too_short.any():
        day = int(np.argmax(too_short))
        raise UsageError(
            "Visits must fit into the hot window on nights when clocks go forward too.",
            found=f"On {roster.days[day]} a visit's part of it lasts {part_min[day].min()} min.",
            do="Lengthen the hot window, or let the phase end before that night.",
        )
