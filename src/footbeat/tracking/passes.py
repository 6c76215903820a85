"""Passes: hot spots that the way between two fixes crosses while neither end is inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from footbeat.tracking.compiled import inlined, leaf
from footbeat.tracking.search import (
    ARRIVE,
    CLOSED_AT,
    FIRST,
    IS_PASS,
    LAST,
    LEAVE,
    UNIT,
    ZONE,
    Search,
    depth_at,
    way_m2,
)
from footbeat.tracking.zones import REACH_M, Zones, cell_at, crossings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Fixes

    FloatArray = NDArray[np.float64]

_SHORTEST_CHORD = 1e-9


@inlined
def note_passes(fixes: Fixes, zones: Zones, search: Search, found: FloatArray, i: int) -> None:
    """Write down every hot spot that the way to fix `i` crosses while neither end is inside."""
    n_before = search.n_found[0]
    here = cell_at(zones, fixes.x[i], fixes.y[i])
    if here >= 0 and way_m2(fixes, i) <= REACH_M * REACH_M:
        # A hot spot this way can reach is near the cell it ends in.
        _note_passes_near(fixes, zones, search, found, i, here, n_before)
    else:
        _note_passes_along(fixes, zones, search, found, i, n_before)


@leaf
def _note_passes_along(
    fixes: Fixes, zones: Zones, search: Search, found: FloatArray, i: int, n_before: int
) -> None:
    x0, y0, x1, y1 = fixes.x[i - 1], fixes.y[i - 1], fixes.x[i], fixes.y[i]
    low, high = _span(zones.south, zones.cell_m, zones.n_rows, y0, y1)
    for row in range(low, high + 1):
        left, right = _columns(zones, row, x0, y0, x1, y1)
        for cell in range(row * zones.n_columns + left, row * zones.n_columns + right + 1):
            _note_passes_near(fixes, zones, search, found, i, cell, n_before)


@inlined
def _note_passes_near(
    fixes: Fixes,
    zones: Zones,
    search: Search,
    found: FloatArray,
    i: int,
    cell: int,
    n_before: int,
) -> None:
    for k in range(zones.begin[cell], zones.begin[cell + 1]):
        zone = zones.near[k]
        if search.slot[zone] < 0 and not _noted(found, search, zone, n_before, i, fixes):
            _note_pass(fixes, zones, search, found, i, zone)


@leaf
def _span(origin: float, cell_m: float, n: int, a: float, b: float) -> tuple[int, int]:
    low = int(np.floor((min(a, b) - origin) / cell_m))
    high = int(np.floor((max(a, b) - origin) / cell_m))
    return max(low, 0), min(high, n - 1)


@leaf
def _columns(zones: Zones, row: int, x0: float, y0: float, x1: float, y1: float) -> tuple[int, int]:
    """Return the columns of one raster row that the way from one point to another meets."""
    if y0 == y1:
        return _span(zones.west, zones.cell_m, zones.n_columns, x0, x1)
    south = zones.south + row * zones.cell_m
    low = min(max((south - y0) / (y1 - y0), 0.0), 1.0)
    high = min(max((south + zones.cell_m - y0) / (y1 - y0), 0.0), 1.0)
    a, b = x0 + low * (x1 - x0), x0 + high * (x1 - x0)
    return _span(zones.west, zones.cell_m, zones.n_columns, a, b)


@inlined
def _noted(
    found: FloatArray, search: Search, zone: int, n_before: int, i: int, fixes: Fixes
) -> bool:
    """Tell whether a hot spot was already noted on this way, or was left on it."""
    for k in range(search.n_found[0] - 1, -1, -1):
        if k < n_before and found[k, CLOSED_AT] != fixes.t[i]:
            return False
        if found[k, ZONE] == zone and found[k, UNIT] == fixes.unit[i]:
            return True
    return False


@leaf
def _note_pass(
    fixes: Fixes, zones: Zones, search: Search, found: FloatArray, i: int, zone: int
) -> None:
    # Depth changes by no more than the way: farther outside than that, none of it was inside.
    depth_m = depth_at(fixes, zones, search, zone, i)
    if depth_m <= 0.0 or depth_m**2 > way_m2(fixes, i):
        return
    x0, y0, x1, y1 = fixes.x[i - 1], fixes.y[i - 1], fixes.x[i], fixes.y[i]
    low, high = crossings(zones, zone, x0, y0, x1, y1)
    if high - low <= _SHORTEST_CHORD:
        return
    row = found[search.n_found[0]]
    row[:] = 0.0
    row[UNIT], row[ZONE], row[IS_PASS], row[CLOSED_AT] = fixes.unit[i], zone, 1.0, fixes.t[i]
    way_s = fixes.t[i] - fixes.t[i - 1]
    row[ARRIVE], row[LEAVE] = fixes.t[i - 1] + low * way_s, fixes.t[i - 1] + high * way_s
    row[FIRST], row[LAST] = i, i - 1
    search.n_found[0] += 1
