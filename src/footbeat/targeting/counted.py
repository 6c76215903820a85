"""Cells counted: each once, and how often it was met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from footbeat.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    IntArray = NDArray[np.int64]

_MOST_KEYS = 2**62
# Keys are counted in places of their own up to so many, or so many a row.
_FEWEST_HELD, _MOST_EMPTY = 1 << 17, 4


def count_cells(
    q: IntArray, r: IntArray, times: IntArray | None = None
) -> tuple[IntArray, IntArray, IntArray]:
    """Return each cell once, and how often it stands there; in no order.

    Parameters
    ----------
    q, r
        The cells, shape (n,).
    times
        How often each counts; once when missing.

    Raises
    ------
    DataError
        When they are too far apart to be numbered.
    """
    if q.size == 0:
        return q, r, q
    low_q, low_r = q.min(), r.min()
    span = int(r.max() - low_r) + 1
    n_keys = (int(q.max() - low_q) + 1) * span
    if n_keys > _MOST_KEYS:
        raise DataError(
            "Points must lie within reach of each other.",
            found="They span more cells than can be numbered.",
            do="Check the coordinate system, or leave stray points out with --area.",
        )
    if n_keys <= max(_FEWEST_HELD, _MOST_EMPTY * q.size):
        keys, n = _count_dense(q, r, times, low_q, low_r, span, n_keys)
    else:
        keys, n = _count_keys((q - low_q) * span + (r - low_r), times)
    return keys // span + low_q, keys % span + low_r, n


@numba.njit(cache=True, nogil=True)
def _count_dense(  # noqa: PLR0917 - numba takes no keywords
    q: IntArray,
    r: IntArray,
    times: IntArray | None,
    low_q: int,
    low_r: int,
    span: int,
    n_keys: int,
) -> tuple[IntArray, IntArray]:
    """Count equal keys where they lie so close that each may have a place of its own."""
    n = np.zeros(n_keys, np.int64)
    for i in range(q.size):
        n[(q[i] - low_q) * span + r[i] - low_r] += 1 if times is None else times[i]
    keys = np.flatnonzero(n)
    return keys, n[keys]


@numba.njit(cache=True, nogil=True)
def _count_keys(keys: IntArray, times: IntArray | None) -> tuple[IntArray, IntArray]:
    """Count equal keys, none below 0, in a table of open addresses."""
    size = 16
    while size < 2 * keys.size:
        size *= 2
    held, n = np.full(size, -1, np.int64), np.zeros(size, np.int64)
    for i in range(keys.size):
        key = keys[i]
        slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)) % size
        while held[slot] != -1 and held[slot] != key:
            slot = (slot + 1) % size
        held[slot] = key
        n[slot] += 1 if times is None else times[i]
    used = held >= 0
    return held[used], n[used]
