"""Dates that are births, known by their values: old, years apart, and without a clock time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from footbeat.incidents.times import MINUTE, UNREAD, DateOrder, parse_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_DAY_US = 86_400_000_000
_YEAR_US = 365.2425 * _DAY_US
_YOUNGEST, _OLDEST = 16, 100
# Years that the middle half of dates spans in births, and in no export of incidents; where there
# are no other dates to compare with, the middle four fifths.
_MIDDLE_HALF, _MIDDLE_MOST = 20, 30
_MOST_CLOCKED = 0.1
_FEWEST = 5
_MOST_ROWS = 2_000


def find_births(columns: Mapping[str, pa.Array], order: DateOrder) -> tuple[str, ...]:
    """Return which of some columns of dates, row by row those of one table, are dates of birth.

    Such are dates of which most lie 16 to 100 years before the latest other date of their row,
    or, whatever the others say, that spread over decades; neither with a time of day.
    """
    dates = {name: _read_dates(sample_evenly(texts), order) for name, texts in columns.items()}
    return tuple(name for name in dates if _are_births(name, dates))


def sample_evenly(texts: pa.Array) -> pa.Array:
    """Return at most 2,000 of some values, evenly from first to last."""
    if len(texts) <= _MOST_ROWS:
        return texts
    return texts.take(pa.array(np.linspace(0, len(texts) - 1, _MOST_ROWS).astype(np.int64)))


def _read_dates(texts: pa.Array, order: DateOrder) -> tuple[NDArray[np.float64], float]:
    """Return dates in years, NaN where there is none, and the share that have a clock time."""
    times = parse_times(texts, order)
    known = times.precision > UNREAD
    years = np.where(known, times.local_us / _YEAR_US, np.nan)
    clocked = known & (times.precision == MINUTE) & (times.local_us % _DAY_US != 0)
    return years, float(clocked.sum() / max(known.sum(), 1))


def _are_births(name: str, dates: Mapping[str, tuple[NDArray[np.float64], float]]) -> bool:
    years, clocked = dates[name]
    known = years[np.isfinite(years)]
    if len(known) < _FEWEST or clocked > _MOST_CLOCKED:
        return False
    low, early, late, high = np.quantile(known, [0.1, 0.25, 0.75, 0.9])
    if late - early > _MIDDLE_HALF or (len(dates) == 1 and high - low > _MIDDLE_MOST):
        return True
    others = [other for key, (other, _) in dates.items() if key != name]
    age = np.fmax.reduce(others) - years if others else np.array([np.nan])
    age = age[np.isfinite(age)]
    return bool(age.size and ((age >= _YOUNGEST) & (age <= _OLDEST)).mean() > 0.5)  # noqa: PLR2004 - most
