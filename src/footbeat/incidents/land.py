"""Where Great Britain's land is, coarsely: what tells exchanged axes on the National Grid.

Easting and northing are both numbers of metres below a million, so that a point whose axes are
exchanged still lies in the grid; but mostly in the sea. `land.txt` holds the squares of 10 km
that police force areas of England and Wales touch, the lowest northing first (from boundaries of
the Office for National Statistics, Open Government Licence v3.0). North of them all but open
sea counts as land, since Scotland's coast is not in that file.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import binary_dilation

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SQUARE_M = 10_000.0
_COLUMNS, _ROWS = 70, 125
# In squares: where England and Wales end, the North Channel between Kintyre and the Rhins, the
# North Sea east of Berwick, which Shetland lies beyond, and the Isle of Man.
_SCOTLAND = 53
_NORTH_CHANNEL = np.s_[:60, :19]
_NORTH_SEA = np.s_[53:95, 43:]
_SHETLAND = np.s_[95:, 48:]
_ISLE_OF_MAN = np.s_[46:51, 21:26]


def tell_exchanged(
    x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which points of the National Grid have their axes exchanged, and which may have.

    A point in the sea that would lie on land the other way round has; one that would lie on
    land both ways may have.

    Examples
    --------
    >>> southend, leeds = (588_000.0, 185_000.0), (430_000.0, 433_000.0)
    >>> x, y = np.array([southend, southend[::-1], leeds]).T
    >>> [answer.tolist() for answer in tell_exchanged(x, y)]
    [[False, True, False], [False, False, True]]
    """
    given, turned = _lies_on_land(x, y), _lies_on_land(y, x)
    return ~given & turned, given & turned


def _lies_on_land(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
    inside = (x >= 0) & (x < _COLUMNS * _SQUARE_M) & (y >= 0) & (y < _ROWS * _SQUARE_M)
    column, row = (
        (np.where(inside, values, 0.0) // _SQUARE_M).astype(np.int64) for values in (x, y)
    )
    return np.asarray(inside & _load_land()[row, column])


@cache
def _load_land() -> NDArray[np.bool_]:
    """Return which squares may hold land, those beside the coast included; north is up the rows."""
    lines = files(__package__).joinpath("land.txt").read_text(encoding="utf-8").splitlines()
    land = np.zeros((_ROWS, _COLUMNS), bool)
    for row, line in enumerate(lines):
        land[row, : len(line)] = [sign == "#" for sign in line]
    land = binary_dilation(land, np.ones((3, 3), bool))
    north = np.zeros_like(land)
    north[_SCOTLAND:, :] = True
    for sea in (_NORTH_CHANNEL, _NORTH_SEA, _SHETLAND):
        north[sea] = False
    land |= north
    land[_ISLE_OF_MAN] = True
    return land
