"""Incidents by hour and weekday, each spread over the time it can have happened in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.engine.scan import BATCH_ROWS
from footbeat.periods import load_zone
from footbeat.stats.aoristic import weigh_hours

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

# Windows longer than this say nothing of the time of day.
LONGEST_TIMED_H = 24.0


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Incidents over the local hours of the week.

    Attributes
    ----------
    weights
        Incidents in each hour: Monday to Sunday, in each the hours from 0 to 23. They add up to
        `n_counted`.
    n_counted
        Incidents whose time is known well enough.
    excluded_share
        Share of all incidents that are left out: known to the day or month only, or to a window
        longer than `cap_h` hours.
    """

    weights: tuple[tuple[float, ...], ...]
    n_counted: int
    excluded_share: float
    cap_h: float = LONGEST_TIMED_H


_WINDOWS = """
    SELECT epoch_us(start) AS start_us, epoch_us("end") AS end_us
    FROM incidents WHERE precision = 'minute'
"""


def spread_over_week(session: duckdb.DuckDBPyConnection, timezone: str) -> WeekHours | None:
    """Spread the session's `incidents` over the week, batch by batch.

    None where no incident is known to the minute, since hours cannot be told then.
    """
    bounds = f"SELECT min(start_us), max(end_us), count(*) FROM ({_WINDOWS})"  # noqa: S608 - our own words
    first, last, n_timed = session.execute(bounds).fetchall()[0]
    if not n_timed:
        return None
    (n_all,) = session.execute("SELECT count(*) FROM incidents").fetchall()[0]
    since, until = (pd.Timestamp(at, unit="us", tz="UTC") for at in (first, last))
    offsets = clock_offsets(since, until, timezone)
    weights, n_counted = np.zeros((7, 24)), 0
    for batch in session.sql(_WINDOWS).to_arrow_reader(BATCH_ROWS):
        starts, ends = (batch.column(name).to_numpy() for name in ("start_us", "end_us"))
        spread = weigh_hours(starts, ends, *offsets, cap_h=LONGEST_TIMED_H)
        weights += spread.weights
        n_counted += spread.n_counted
    rows = tuple(tuple(float(weight) for weight in day) for day in weights)
    return WeekHours(rows, n_counted, 1.0 - n_counted / n_all)


def clock_offsets(
    first: pd.Timestamp, last: pd.Timestamp, timezone: str
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return when each offset of the local clock begins, and it, in microseconds."""
    hours = pd.date_range(first.floor("h"), last.ceil("h"), freq="30min").as_unit("us")
    local = hours.tz_convert(load_zone(timezone)).tz_localize(None)
    offset = local.as_unit("us").asi8 - hours.asi8
    begins = np.flatnonzero(np.diff(offset, prepend=offset[0] - 1))
    return hours.asi8[begins], offset[begins]
