"""When things happen: hours of the day, days of the week and seasons by kind of place.

A rhythm is a table of weights over the seven operational days and their 24 hours, 06:00
first, so that 02:00 on Saturday belongs to Friday's row. The shapes are drawn by hand after
what towns show: night-time streets on Friday and Saturday nights, parades and stations after
school, shops by day. They are assumptions of the simulation, not estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.periods import DAY_START_HOUR

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from footbeat.periods import Window

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

DAY_MIN = 24 * 60

# kind: (peaks on Sunday to Thursday, peaks on Friday and Saturday); a peak is (hour, spread,
# weight) with hours after midnight as 24 and more.
_PEAKS = {
    "nightlife": (((22.5, 2.0, 0.5), (17.0, 4.0, 0.5)), ((24.5, 1.8, 2.6), (21.0, 2.5, 0.9))),
    "station": (((17.5, 2.6, 0.9), (23.0, 2.0, 0.3)), ((18.0, 3.0, 0.9), (24.0, 1.6, 0.9))),
    "parade": (((17.5, 2.8, 0.9), (21.5, 1.8, 0.3)), ((18.5, 3.0, 1.0), (22.5, 1.8, 0.6))),
    "estate": (((18.5, 3.2, 0.8), (22.5, 2.0, 0.4)), ((20.0, 3.2, 1.0), (24.5, 2.0, 0.5))),
    "park": (((17.5, 2.5, 1.0),), ((18.5, 3.0, 1.3),)),
    "shops": (((15.0, 2.8, 1.0),), ((15.5, 3.0, 1.1), (22.0, 2.0, 0.3))),
    "home": (((20.0, 3.5, 0.8), (24.0, 2.5, 0.3)), ((21.0, 3.5, 0.9), (25.5, 2.5, 0.7))),
    "custody": (((23.0, 4.5, 1.0),), ((26.0, 3.5, 1.9),)),
    "hospital": (((20.0, 6.0, 1.0),), ((25.5, 3.5, 1.4),)),
    "officer": (((16.0, 4.0, 1.0),), ((21.0, 4.0, 1.3),)),
}
_FRIDAY, _SATURDAY = 4, 5
_SUMMER_PEAK_DAY = 196  # mid-July
_SUMMER_SHARE = 0.12


def hour_weights(kind: str) -> FloatArray:
    """Return the weights of one kind of place, shape (7, 24): Monday first, 06:00 first.

    The mean week sums to 7: a weekday's row sums to how many times an average day it is.
    """
    weekday, weekend = (_bumps(peaks) for peaks in _PEAKS[kind])
    rows = np.array([weekend if d in {_FRIDAY, _SATURDAY} else weekday for d in range(7)])
    return np.asarray(rows / rows.sum() * 7)


def day_factors(kind: str, days: list[date]) -> FloatArray:
    """Return how busy each operational day is against the average, by weekday and season."""
    stamps = pd.DatetimeIndex(pd.to_datetime(days))
    angle = 2 * np.pi * (np.asarray(stamps.day_of_year) - _SUMMER_PEAK_DAY) / 365.25
    season = 1 + _SUMMER_SHARE * np.cos(angle)
    return np.asarray(hour_weights(kind).sum(axis=1)[np.asarray(stamps.day_of_week)] * season)


def window_shares(kind: str, weekdays: IntArray, hours: Window | None) -> FloatArray:
    """Return the share of each operational day's incidents that falls in a window of hours."""
    if hours is None:
        return np.ones(len(weekdays))
    minute = (np.arange(DAY_MIN) + DAY_START_HOUR * 60) % DAY_MIN
    weights = hour_weights(kind)
    inside = hours.contains(minute).reshape(24, 60).mean(axis=1)
    return np.asarray((weights @ inside / weights.sum(axis=1))[weekdays])


def draw_minutes(kind: str, weekdays: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw a minute after 06:00 for each incident, given its operational day's weekday."""
    cumulative = np.cumsum(hour_weights(kind), axis=1)
    cumulative /= cumulative[:, -1:]
    chance = rng.random(len(weekdays))
    hour = (chance[:, None] >= cumulative[weekdays]).sum(axis=1)
    return np.asarray(hour * 60 + rng.integers(0, 60, len(weekdays)), dtype=np.int64)


def drift(n_days: int, rng: np.random.Generator, *, spread: float = 0.28) -> FloatArray:
    """Draw how a place's rate wanders: a monthly autoregression in logs, mean ratio 1.

    With a correlation of 0.8 from month to month, a spread of 0.33 gives the half-years of the
    busiest 250 m hexagons for violence in Bedfordshire (2023–24) their variance beyond chance,
    and 0.23 the years of the busiest 500 m squares for street assaults in Chicago (2015–19).
    """
    n_months = n_days // 30 + 2
    level = np.empty(n_months)
    level[0] = rng.normal(0, spread)
    for month in range(1, n_months):
        level[month] = 0.8 * level[month - 1] + 0.6 * rng.normal(0, spread)
    log_ratio = np.interp(np.arange(n_days), 30.0 * np.arange(n_months), level)
    return np.asarray(np.exp(log_ratio - spread**2 / 2))


def _bumps(peaks: tuple[tuple[float, float, float], ...]) -> FloatArray:
    hour = np.arange(24) + DAY_START_HOUR + 0.5
    floor = 0.006
    return np.asarray(
        floor
        + sum(w * np.exp(-0.5 * ((hour - at) / spread) ** 2) / spread for at, spread, w in peaks)
    )
