"""Aoristic weights: an event known to lie in a window counts a part in each hour of the week.

A burglary between Friday 18:00 and Saturday 06:00 is one twelfth of a burglary in each of
those hours. The weights of an event add up to one, whatever the clocks do.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS_OF_WEEK = 168
_HOUR_US = 3_600_000_000
# 1970-01-01 was a Thursday: three days after the Monday that the week begins with.
_MONDAY_SHIFT_H = 72


@dataclass(frozen=True, slots=True)
class Aoristic:
    """Events spread over the hours of the week.

    Attributes
    ----------
    weights
        Sum of the parts, shape (7, 24): rows Monday to Sunday, columns local hours.
    n_counted
        Events within the cap; the weights add up to it.
    excluded_share
        Share of the events whose window is longer than the cap; NaN without any event.
    """

    weights: NDArray[np.float64]
    n_counted: int
    excluded_share: float


def weigh_hours(
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    offset_from_us: NDArray[np.int64],
    offset_us: NDArray[np.int64],
    *,
    cap_h: float = 24.0,
) -> Aoristic:
    """Spread each event evenly over its window, by local hour and weekday.

    The answer is exact: a window counts in each hour by the time it spends there, and on the
    day a clock goes back the hour that comes twice takes both its passings.

    Parameters
    ----------
    start_us, end_us
        Half-open windows, microseconds of UTC, shape (events,); the end comes after the start.
    offset_from_us, offset_us
        When each offset of the local clock begins, ascending, the first at or before every
        event; and the offset, microseconds ahead of UTC. Shape (offsets,).
    cap_h
        Events known less closely than this are left out, and their share is stated.

    Returns
    -------
    Aoristic
        Read it with `excluded_share` beside it: what is left out is often what happened at
        night while nobody was there. Windows around midnight of a whole day say nothing of
        the hour and flatten the picture.

    References
    ----------
    Ratcliffe, J. H. (2000). Aoristic analysis: the spatial interpretation of unspecific
    temporal events. International Journal of Geographical Information Science 14(7), 669–679.

    Examples
    --------
    >>> hour = 3_600_000_000
    >>> start, end = np.array([22 * hour]), np.array([26 * hour])
    >>> utc = np.array([0]), np.array([0])
    >>> spread = weigh_hours(start, end, *utc)
    >>> spread.weights[3, 22:].tolist(), spread.weights[4, :2].tolist()
    ([0.25, 0.25], [0.25, 0.25])
    """
    kept = end_us - start_us <= round(cap_h * _HOUR_US)
    weights = np.zeros(HOURS_OF_WEEK)
    _spread(start_us[kept], end_us[kept], offset_from_us, offset_us, weights)
    share = 1.0 - float(kept.mean()) if len(kept) else float("nan")
    return Aoristic(weights.reshape(7, 24), int(kept.sum()), share)


@numba.njit(cache=True)
def _spread(
    start_us: NDArray[np.int64],
    end_us: NDArray[np.int64],
    offset_from_us: NDArray[np.int64],
    offset_us: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> None:
    for event in range(len(start_us)):
        at, end = start_us[event], end_us[event]
        length = end - at
        while at < end:
            period = max(np.searchsorted(offset_from_us, at, side="right") - 1, 0)
            offset = offset_us[period]
            hour = (at + offset) // _HOUR_US
            until = min(end, (hour + 1) * _HOUR_US - offset)
            if period + 1 < len(offset_from_us):
                until = min(until, offset_from_us[period + 1])
            weights[(hour + _MONDAY_SHIFT_H) % HOURS_OF_WEEK] += (until - at) / length
            at = until
