"""Rows that may be one event recorded twice: like an earlier one, near it in place and time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Metres = NDArray[np.float64]

# One event seen twice is told from two by these.
NEAR_M = 25.0
NEAR_MIN = 10
_NEAR_US = NEAR_MIN * 60_000_000


def tell_near(
    x: Metres, y: Metres, start_us: Numbers, like: Numbers, name: Numbers
) -> NDArray[np.bool_]:
    """Tell which rows lie within 25 m and 10 minutes of an earlier like one of another name.

    Parameters
    ----------
    x, y
        Metres, shape (rows,).
    start_us
        Microseconds; of rows of one time the first given is the earlier.
    like
        A number that rows of one offence share.
    name
        A number that rows of one identifier share.

    Examples
    --------
    >>> time, like, name = np.zeros(2, np.int64), np.zeros(2, np.int64), np.arange(2)
    >>> x, y = np.array([587_999.0, 588_001.0]), np.zeros(2)
    >>> tell_near(x, y, time, like=like, name=name).tolist()
    [False, True]
    """
    # Rows in one stripe of 25 m lie together in the order of time: a near one is in the same
    # stripe or in one beside it.
    stripe = np.floor(x / NEAR_M).astype(np.int64)
    keys = np.stack([like, stripe, start_us], axis=1)
    order = np.lexsort((np.arange(len(x)), start_us, stripe, like))
    found = np.zeros(len(x), bool)
    _scan(np.stack([x, y], axis=1)[order], keys[order], name[order], order, found)
    return found


@numba.njit(cache=True)
def _scan(
    place: Metres, keys: Numbers, name: Numbers, order: Numbers, found: NDArray[np.bool_]
) -> None:
    """Mark what is near an earlier row; three places, one a stripe, run along beside each row."""
    opens = np.zeros(3, np.int64)
    for row in range(len(keys)):
        like, stripe, time = keys[row]
        for side in range(3):
            beside = stripe + side - 1
            at = opens[side]
            while at < len(keys) and _comes_before(keys[at], like, beside, time - _NEAR_US):
                at += 1
            opens[side] = at
            while at < len(keys) and _comes_before(keys[at], like, beside, time + 1):
                is_earlier = keys[at, 2] < time or order[at] < order[row]
                apart = (place[at, 0] - place[row, 0]) ** 2 + (place[at, 1] - place[row, 1]) ** 2
                if is_earlier and name[at] != name[row] and apart <= NEAR_M**2:
                    found[order[row]] = True
                    break
                at += 1


@numba.njit(cache=True)
def _comes_before(key: Numbers, like: int, stripe: int, time: int) -> bool:
    """Tell whether a row's key comes before another in the order of the scan."""
    if key[0] != like:
        return bool(key[0] < like)
    if key[1] != stripe:
        return bool(key[1] < stripe)
    return bool(key[2] < time)
