"""The addresses of a synthetic town, and where a records system says each of them is.

A gazetteer gives an address the same point every time, a few metres out; a share of records
hold only the street, and get the street's middle. Both are what makes real points repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.simulate.layout import Streets

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

STREET_ONLY_SHARE = 0.06

_APART_M = 15.0
_SETBACK_M = 6.0
_GAZETTEER_M = 7.0


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every place where something can happen.

    Attributes
    ----------
    x, y
        Where the address is, in metres.
    stretch
        The stretch of street it stands on.
    along
        How far along that stretch, 0 to 1.
    gazetteer_x, gazetteer_y
        Where the records system says it is.
    middle_x, middle_y
        The middle of its stretch: where a record lies that names only the street.
    """

    x: FloatArray
    y: FloatArray
    stretch: IntArray
    along: FloatArray
    gazetteer_x: FloatArray
    gazetteer_y: FloatArray
    middle_x: FloatArray
    middle_y: FloatArray

    def __len__(self) -> int:
        return len(self.x)


def draw_addresses(streets: Streets, rng: np.random.Generator) -> Addresses:
    """Set an address every 15 m on either side of every street."""
    per_side = np.maximum(1, (streets.length_m / _APART_M).astype(np.int64))
    stretch = np.repeat(np.arange(len(per_side)), 2 * per_side)
    first = np.repeat(np.cumsum(2 * per_side) - 2 * per_side, 2 * per_side)
    number = np.arange(len(stretch)) - first
    along = (number // 2 + 0.5) / per_side[stretch]
    side = np.where(number % 2 == 0, 1.0, -1.0) * _SETBACK_M
    x0, y0 = streets.x[streets.start[stretch]], streets.y[streets.start[stretch]]
    step_x, step_y = streets.x[streets.end[stretch]] - x0, streets.y[streets.end[stretch]] - y0
    length = streets.length_m[stretch]
    x = x0 + along * step_x - side * step_y / length
    y = y0 + along * step_y + side * step_x / length
    off = rng.normal(0, _GAZETTEER_M, (2, len(x)))
    middle_x, middle_y = streets.middles
    return Addresses(
        x, y, stretch, along, x + off[0], y + off[1], middle_x[stretch], middle_y[stretch]
    )


def walk_from(streets: Streets, addresses: Addresses, junction: int, limit_m: float) -> FloatArray:
    """Return the metres along the streets from a junction to every address, ∞ beyond the limit."""
    reach = dijkstra(streets.to_graph(), indices=np.array([junction]), limit=limit_m)[0]
    length = streets.length_m[addresses.stretch]
    by_start = reach[streets.start[addresses.stretch]] + addresses.along * length
    by_end = reach[streets.end[addresses.stretch]] + (1 - addresses.along) * length
    walked = np.minimum(by_start, by_end)
    return np.asarray(np.where(walked <= limit_m, walked, np.inf))
