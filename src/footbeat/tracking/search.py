"""What the search for stays asks of a fix: how deep it lies, how sure that is, how far it went."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from footbeat.tracking.compiled import inlined, leaf
from footbeat.tracking.zones import REACH_M, Zones, depth_outside

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from footbeat.tracking.fixes import Fixes

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# Columns of what is found; times are seconds since 1970.
UNIT, ZONE, IS_PASS, ARRIVE, LEAVE = 0, 1, 2, 3, 4
ARRIVE_LOW, ARRIVE_HIGH, LEAVE_LOW, LEAVE_HIGH = 5, 6, 7, 8
N_PINGS, CLOSED_AT, FIRST, LAST = 9, 10, 11, 12
N_COLUMNS = 13


class Rules(NamedTuple):
    """When a stay ends, and how sure a fix is.

    Attributes
    ----------
    edge_m
        How far outside a fix may lie without ending the stay. A fix less accurate than this
        ends it only beyond twice its accuracy, at most `REACH_M`: 95 % of such fixes are nearer.
    sure
        How many accuracy radii from the boundary a fix must lie to be surely in or out.
    """

    edge_m: float
    sure: float


class Search(NamedTuple):
    """What a walk along the fixes carries: stays that have begun, and what was found.

    `depth_m` is how far outside each hot spot fix `asked` of it lies: no depth is worked out
    twice.
    """

    slot: IntArray
    begun: IntArray
    n_begun: IntArray
    n_found: IntArray
    depth_m: FloatArray
    asked: IntArray


@inlined
def way_m2(fixes: Fixes, i: int) -> float:
    """Return the square of the straight way to fix `i`, in square metres."""
    return float((fixes.x[i] - fixes.x[i - 1]) ** 2 + (fixes.y[i] - fixes.y[i - 1]) ** 2)


@inlined
def depth_at(fixes: Fixes, zones: Zones, search: Search, zone: int, i: int) -> float:
    """Return how far outside a hot spot fix `i` lies, asking only once."""
    if search.asked[zone] != i:
        search.asked[zone] = i
        search.depth_m[zone] = depth_outside(zones, zone, fixes.x[i], fixes.y[i])
    return float(search.depth_m[zone])


@inlined
def edge_of(fixes: Fixes, rules: Rules, i: int) -> float:
    """Return how far outside fix `i` must lie to end a stay."""
    accuracy_m = fixes.accuracy_m[i]
    return rules.edge_m if accuracy_m <= rules.edge_m else float(min(2.0 * accuracy_m, REACH_M))


@inlined
def margin_of(fixes: Fixes, rules: Rules, i: int) -> float:
    """Return how far from the boundary fix `i` is sure of its side."""
    return float(rules.sure * fixes.accuracy_m[i])


@leaf
def is_surely_out(fixes: Fixes, zones: Zones, rules: Rules, zone: int, i: int) -> bool:
    """Tell whether fix `i` lies surely outside a hot spot."""
    margin = min(margin_of(fixes, rules, i), edge_of(fixes, rules, i))
    return depth_outside(zones, zone, fixes.x[i], fixes.y[i]) > margin
