"""Operational days, windows and months, safe across midnight and clock changes.

An operational day begins at 06:00 local time and ends just before the next one begins, so a
Friday night out is one day. On the days the clocks change it lasts 23 or 25 hours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

DAY_START_HOUR = 6
MISSING = "Months without data: "
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_WINDOW = re.compile(r"^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$")
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Window:
    """A span of local clock time, which may run past midnight.

    Attributes
    ----------
    start_min, end_min
        Minutes after midnight; the end is not included. An end at or before the start lies on
        the following calendar day.
    """

    start_min: int
    end_min: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``14:00-22:00`` or, past midnight, ``22:00-02:00``.

        Raises
        ------
        UsageError
            When the text is not two clock times, or both are the same.

        Examples
        --------
        >>> Window.parse("22:00-02:00").minutes
        240
        """
        match = _WINDOW.match(text.strip().replace("–", "-"))
        if not match:
            raise UsageError(
                "A window must be two clock times.",
                found=f"It is “{text}”.",
                do="Give 14:00-22:00.",
            )
        hours = [int(part) for part in match.groups()]
        start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if hours[1] > 59 or hours[3] > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES:  # noqa: PLR2004 - minutes of an hour
            raise UsageError(
                "A window must lie within a day.", found=f"It is “{text}”.", do="Give 14:00-22:00."
            )
        if start == end % _DAY_MINUTES:
            raise UsageError(
                "A window must end after it starts.",
                found=f"It runs {text}.",
                do="For a whole day leave the window out.",
            )
        return cls(start, end)

    @property
    def minutes(self) -> int:
        """How long the window lasts on a day without a clock change."""
        return (self.end_min - self.start_min) % _DAY_MINUTES or _DAY_MINUTES

    def __str__(self) -> str:
        start, end = divmod(self.start_min, 60), divmod(self.end_min, 60)
        return f"{start[0]:02}:{start[1]:02}-{end[0]:02}:{end[1]:02}"

    def contains(self, minute_of_day: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which local minutes of the day, 0 to 1439, lie in the window."""
        since = (minute_of_day - self.start_min) % _DAY_MINUTES
        return np.asarray(since < self.minutes)

    def bounds(
        self, days: Iterable[date], timezone: str
    ) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
        """Return the UTC start and end of the window on each operational day.

        A clock time before the day's start hour belongs to the following calendar day. Clock
        times that do not exist move forward; those that exist twice mean the first.
        """
        midnight = pd.DatetimeIndex(pd.to_datetime(list(days)))
        shift = _DAY_MINUTES if self.start_min < DAY_START_HOUR * 60 else 0
        start = midnight + pd.Timedelta(minutes=self.start_min + shift)
        end = midnight + pd.Timedelta(minutes=self.start_min + shift + self.minutes)
        return to_utc(start, timezone), to_utc(end, timezone)


def load_zone(timezone: str) -> ZoneInfo:
    """Return the time zone of that name.

    Raises
    ------
    UsageError
        When there is none.
    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(
            "The time zone must be one of the IANA names.",
            found=f"It is “{timezone}”.",
            do="Give a name such as Europe/London or America/Chicago.",
        ) from error


def to_utc(local: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """Return local clock times as UTC.

    A time that the spring change skips moves forward by the hour; one that the autumn change
    repeats means its first passing. Both rules are stated wherever times are read.
    """
    zoned = local.tz_localize(
        load_zone(timezone),
        ambiguous=np.ones(len(local), dtype=bool),
        nonexistent=pd.Timedelta(hours=1),
    )
    return pd.DatetimeIndex(zoned.tz_convert("UTC"))


def operational_days(times: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """Return the operational day of each UTC time, as naive midnights.

    Examples
    --------
    >>> nights = pd.DatetimeIndex(["2026-11-07T02:30Z"])
    >>> operational_days(nights, "Europe/London")[0].date().isoformat()
    '2026-11-06'
    """
    local = times.tz_convert(load_zone(timezone)).tz_localize(None)
    return pd.DatetimeIndex((local - pd.Timedelta(hours=DAY_START_HOUR)).normalize())


def minutes_of_day(times: pd.DatetimeIndex, timezone: str) -> NDArray[np.int64]:
    """Return the local minute of the day, 0 to 1439, of each UTC time."""
    local = times.tz_convert(load_zone(timezone))
    return np.asarray(local.hour * 60 + local.minute, dtype=np.int64)


def local_days(times: pd.DatetimeIndex, timezone: str) -> NDArray[np.float64]:
    """Return each UTC time in days since 1970 on the local clock: a whole number at midnight.

    The fraction is the clock's, so that noon is a half on the days the clocks change as well.

    Examples
    --------
    >>> evening = pd.DatetimeIndex(["2019-07-31T23:30Z"])
    >>> local_days(evening, "Europe/London") - (date(2019, 8, 1) - date(1970, 1, 1)).days
    array([0.02083333])
    """
    local = times.tz_convert(load_zone(timezone)).tz_localize(None)
    return np.asarray(local.as_unit("us").asi8 / (_DAY_MINUTES * 60_000_000), dtype=np.float64)


def day_bounds(days: Iterable[date], timezone: str) -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """Return the UTC start and end of each operational day."""
    start = pd.DatetimeIndex(pd.to_datetime(list(days))) + pd.Timedelta(hours=DAY_START_HOUR)
    return to_utc(start, timezone), to_utc(start + pd.Timedelta(days=1), timezone)


def day_hours(days: Iterable[date], timezone: str) -> NDArray[np.float64]:
    """Return the length of each operational day in hours: 24, or 23 or 25 at a clock change."""
    start, end = day_bounds(days, timezone)
    return np.asarray((end - start) / pd.Timedelta(hours=1), dtype=np.float64)


def day_range(start: date, n_days: int) -> list[date]:
    """Return `n_days` consecutive days from `start`.

    Raises
    ------
    UsageError
        When they run past the last day a calendar date can name.
    """
    if n_days > (date.max - start).days:
        raise UsageError(
            "Every day of a period must be a date before the year 10000.",
            found=f"{n_days:,} days from {start} run past it.",
            do="Begin earlier, or ask for fewer days.",
        )
    return [start + timedelta(days=number) for number in range(n_days)]


def months_between(first: str, last: str) -> list[str]:
    """Return every month from `first` to `last`, both included, as ``YYYY-MM``.

    Examples
    --------
    >>> months_between("2018-11", "2019-02")
    ['2018-11', '2018-12', '2019-01', '2019-02']
    """
    return [str(month) for month in pd.period_range(first, last, freq="M")]


def missing_months(observed: Iterable[str]) -> tuple[str, ...]:
    """Return the months between the first and last observed one that were not observed."""
    present = set(observed)
    if not present:
        return ()
    return tuple(m for m in months_between(min(present), max(present)) if m not in present)


def held_months(first: str, last: str, missing: Iterable[str]) -> list[str]:
    """Return the months from the one of a day to that of another, missing ones left out.

    Examples
    --------
    >>> held_months("2018-11-01", "2019-02-28", ["2018-11", "2019-01"])
    ['2018-12', '2019-02']
    """
    gone = set(missing)
    return [month for month in months_between(first[:7], last[:7]) if month not in gone]


def say_missing(months: Sequence[str], n_elsewhere: int = 0) -> str:
    """Return the caution on months without data, runs drawn together.

    Parameters
    ----------
    months
        The months that are missing, as ``YYYY-MM``, ascending.
    n_elsewhere
        How many more are missing outside the period that counts.

    Examples
    --------
    >>> say_missing(["2021-05", "2021-06", "2023-01"])
    'Months without data: 2021-05 to 2021-06, 2023-01. They are missing, not zero.'
    """
    more = f"; {n_elsewhere:,} more outside the period counted" if n_elsewhere else ""
    return f"{MISSING}{draw_together(months)}{more}. They are missing, not zero."


def draw_together(months: Sequence[str]) -> str:
    """Return ascending months as text, neighbours drawn together to runs.

    Examples
    --------
    >>> draw_together(["2021-05", "2021-06", "2023-01"])
    '2021-05 to 2021-06, 2023-01'
    """
    runs: list[list[str]] = []
    for month in months:
        if runs and len(months_between(runs[-1][-1], month)) == 2:  # noqa: PLR2004 - neighbours
            runs[-1].append(month)
        else:
            runs.append([month])
    return ", ".join(run[0] if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)


def parse_clock(text: str) -> time:
    """Read a clock time such as ``19:40``.

    Raises
    ------
    UsageError
        When it is not one.
    """
    try:
        return time.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            "A clock time must be hours and minutes.", found=f"It is “{text}”.", do="Give 19:40."
        ) from error
