"""The span of UTC each written time stands for, worked out once for each distinct text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from footbeat.incidents.times import DAY, DAY_END, MINUTE, Times, parse_times, utc_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.incidents.times import DateOrder

_DAY_US = 86_400_000_000
_HOUR_US = 3_600_000_000
# With more distinct texts than this share of the rows, telling them apart costs what it saves.
_MOST_DISTINCT = 0.25


@dataclass(frozen=True, slots=True)
class Spans:
    """Times as read, and the half-open spans of UTC in microseconds, shape (rows,).

    Attributes
    ----------
    is_midnight
        Which were written with a clock that shows exactly midnight.
    """

    times: Times
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    is_midnight: NDArray[np.bool_]


def read_spans(
    texts: pa.Array, order: DateOrder, timezone: str, *, midnight_is_day: bool = False
) -> Spans:
    """Read times from text and say what span of UTC each stands for.

    Parameters
    ----------
    midnight_is_day
        Whether a time of exactly midnight only stands for the day.
    """
    encoded = texts.dictionary_encode()
    few = len(encoded.dictionary) < _MOST_DISTINCT * len(texts)
    distinct = pa.concat_arrays([encoded.dictionary, pa.nulls(1, pa.string())]) if few else texts
    times = parse_times(distinct, order)
    midnight = _shows_midnight(times)
    if midnight_is_day:
        level = np.where(midnight, DAY, times.precision).astype(np.int8)
        times = replace(times, precision=level)
    spans = Spans(times, *utc_bounds(times, timezone), midnight)
    if not few:
        return spans
    place = np.asarray(encoded.indices.fill_null(len(encoded.dictionary)))
    spread = Times(
        times.local_us[place],
        times.precision[place],
        times.offset_min[place],
        times.marks[place],
    )
    return Spans(spread, spans.start[place], spans.end[place], midnight[place])


def over_the_change(first: Spans, last: Spans, timezone: str) -> NDArray[np.int64]:
    """Return when windows end, in microseconds of UTC, mended where the clocks change in them.

    An end before its start that falls in the hour the autumn repeats means that hour's second
    passing. One that the clock shows after a start the spring skips moves forward with it, so
    that the window lasts as long as the clock says.
    """
    ends = last.start.copy()
    late = ends < first.start
    if not late.any():
        return ends
    again = pd.DatetimeIndex((ends[late] + _HOUR_US).view("M8[us]"), tz="UTC")
    shown = again.tz_convert(timezone).tz_localize(None).as_unit("us").asi8
    is_repeated = (shown == last.times.local_us[late]) & (last.times.precision[late] == MINUTE)
    ends[late] += np.where(is_repeated, _HOUR_US, 0)
    stated = last.times.local_us - first.times.local_us
    skipped = (ends < first.start) & (stated >= 0) & (first.start - ends <= _HOUR_US)
    return np.where(skipped, first.start + stated, ends)


def _shows_midnight(times: Times) -> NDArray[np.bool_]:
    """Tell which times are midnight, save those written as the end of a day: no default is."""
    shown = (times.precision == MINUTE) & (times.local_us % _DAY_US == 0)
    return np.asarray(shown & (times.marks & DAY_END == 0))
