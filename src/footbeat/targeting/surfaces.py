"""Scores that spread each incident over the ground around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np

from footbeat.errors import DataError, UsageError
from footbeat.stats.density import (
    BINS_A_BANDWIDTH,
    LARGEST_RASTER,
    WHOLE_REACH,
    Kernel,
    Nodes,
    choose_bandwidth,
    sum_kernels,
    sum_kernels_at_nodes,
    to_density,
)
from footbeat.stats.network_density import Events, Split, build_network, network_density
from footbeat.targeting.case import Scores
from footbeat.targeting.places import snap_to_segments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.targeting.case import Case
    from footbeat.targeting.places import Places

    FloatArray = NDArray[np.float64]

CEILING_M = 400.0
CANDIDATES_M = (100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0)

_RECENT_SHARE = 0.25
_EPOCH = date(1970, 1, 1)
_MOST_ERROR = 0.01
_N_CHECKED = 64
_ROW_STEP = np.sqrt(3) / 2


@dataclass(frozen=True, slots=True)
class KdeOptions:
    """How wide an incident is felt.

    Attributes
    ----------
    bandwidth_m
        None: by cross-validated likelihood, at most 400 m, the scale of a patrol.
    kernel
        ``quartic`` ends at the bandwidth; ``gaussian`` never quite.
    measure
        ``density`` per square kilometre, or ``sum`` of kernels of height 1.
    is_exact
        Whether every incident is summed at every place rather than by transform, a Gaussian
        however far away.
    """

    bandwidth_m: float | None = None
    kernel: Kernel = "quartic"
    measure: Literal["density", "sum"] = "density"
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class DualKdeOptions:
    """Two surfaces: the latest days, and all days before them.

    Attributes
    ----------
    recent_days
        How many days back from the end are the latest; None for the last quarter of the days the
        data cover, in whole months where only the month is known.
    compare
        ``ratio`` of the two densities a day, or their ``difference``.
    floor_share
        Least denominator, as a share of the mean earlier density: a ratio over nearly nothing
        is noise.
    bandwidth_m
        As for the density.
    """

    recent_days: float | None = None
    compare: Literal["ratio", "difference"] = "ratio"
    floor_share: float = 1.0
    bandwidth_m: float | None = None


@dataclass(frozen=True, slots=True)
class NetworkKdeOptions:
    """How far along the streets an incident is felt, and what happens where they meet.

    Attributes
    ----------
    bandwidth_m
        Walking distance at which it ends.
    split
        ``simple``, ``discontinuous`` or ``continuous`` equal split.
    """

    bandwidth_m: float = 200.0
    split: Split = "discontinuous"


def score_kde(case: Case, options: KdeOptions) -> Scores:
    """Score each place by the density of incidents around its centre.

    Incidents on both sides of a railway or a river add up as if one could cross it, and a
    smooth surface looks more certain than it is: read the rank intervals.
    """
    options = settle_kde(case, options)
    bandwidth = options.bandwidth_m or CEILING_M
    if options.is_exact:
        sums = _exact(case, case.places, bandwidth, options.kernel, gaussian_reach=WHOLE_REACH)
    elif case.places.grid is None:
        sums = _exact(case, case.places, bandwidth, options.kernel)
    else:
        sums = _on_nodes(case, bandwidth, options.kernel)
    if options.measure == "sum":
        return Scores(sums)
    return Scores(to_density(sums, bandwidth, options.kernel))


def settle_kde(case: Case, options: KdeOptions) -> KdeOptions:
    """Return the options with the bandwidth chosen.

    Raises
    ------
    UsageError
        When the bandwidth is less than a cell: most incidents would be felt nowhere.
    """
    if options.bandwidth_m is None:
        chosen = choose_bandwidth(
            np.column_stack([case.x, case.y]),
            case.weight,
            _candidates(case.places),
            kernel=options.kernel,
        )
        return replace(options, bandwidth_m=chosen)
    size_m = case.places.grid.size_m if case.places.grid else 0.0
    if options.bandwidth_m < size_m:
        raise UsageError(
            "The bandwidth must not be less than a cell.",
            found=f"It is {options.bandwidth_m:g} m; cells are {size_m:g} m.",
            do="Use smaller cells or a larger bandwidth.",
        )
    return options


def score_dual_kde(case: Case, options: DualKdeOptions) -> Scores:
    """Score each place by how its recent density compares with its earlier one.

    Each is a density a day observed: months missing from the data count on neither side. It
    finds change, not heat: a place that went from one incident to three outranks one that
    stayed at thirty.
    """
    split = _split(case, options.recent_days)
    now, before = case.between(split, case.end_day), case.between(case.start_day, split)
    surface = KdeOptions(settle_kde(case, KdeOptions(options.bandwidth_m)).bandwidth_m)
    late, early = (score_kde(part, surface).score / part.observed_days for part in (now, before))
    if options.compare == "difference":
        return Scores(late - early, said=_say_split(now, before))
    floor = options.floor_share * float(early.mean())
    ratio = late / np.maximum(early, floor) if floor > 0 else late
    return Scores(ratio, said=_say_split(now, before))


def _split(case: Case, recent_days: float | None) -> float:
    """Return the day on which the earlier days end and the latest begin.

    Raises
    ------
    DataError
        When the data cover no day on one side of it.
    """
    split = (
        case.observed.cut_last(_RECENT_SHARE, case.start_day, case.end_day)
        if recent_days is None
        else case.end_day - recent_days
    )
    covered = [
        case.observed.days(*side) for side in ((case.start_day, split), (split, case.end_day))
    ]
    if min(covered) > 0:
        return split
    raise DataError(
        "`dual-kde` must have an earlier period and a later one to compare.",
        found=f"The data cover {covered[0]:g} days before the later one, and {covered[1]:g} of it.",
        do="Give more months, or choose kde.",
    )


def _say_split(now: Case, before: Case) -> tuple[str, ...]:
    first = _EPOCH + timedelta(days=int(now.start_day))
    late = f"{now.observed_days:g} days observed from {first} on"
    return (f"Compared: {late}, with the {before.observed_days:g} observed before.",)


def settle_dual_kde(case: Case, options: DualKdeOptions) -> DualKdeOptions:
    """Return the options with the bandwidth chosen."""
    settled = settle_kde(case, KdeOptions(options.bandwidth_m))
    return replace(options, bandwidth_m=settled.bandwidth_m)


def _candidates(places: Places) -> tuple[float, ...]:
    size_m = places.grid.size_m if places.grid else 0.0
    return tuple(c for c in CANDIDATES_M if c >= size_m) or (size_m,)


def _exact(
    case: Case, places: Places, bandwidth: float, kernel: Kernel, **reach: float
) -> FloatArray:
    points, targets = (np.column_stack([at.x, at.y]) for at in (case, places))
    return sum_kernels(points, case.weight, targets, bandwidth, kernel=kernel, **reach)


def _on_nodes(case: Case, bandwidth: float, kernel: Kernel) -> FloatArray:
    points = np.column_stack([case.x, case.y])
    step = bandwidth / BINS_A_BANDWIDTH
    for bins in (step, step / 2, step / 4):
        nodes, row, column = _nodes_of(case.places, bins, bandwidth, kernel)
        if nodes.shape[0] * nodes.shape[1] > LARGEST_RASTER:
            break
        sums = sum_kernels_at_nodes(
            points, case.weight, nodes, (row, column), bandwidth, kernel=kernel
        )
        if _error_of(sums, case, bandwidth, kernel) <= _MOST_ERROR:
            return sums
    return _exact(case, case.places, bandwidth, kernel)


def _error_of(sums: FloatArray, case: Case, bandwidth: float, kernel: Kernel) -> float:
    """Return the largest error among the highest places, as a share of the peak."""
    n_checked = min(_N_CHECKED, sums.size)
    highest = np.argpartition(-sums, n_checked - 1)[:n_checked]
    targets = np.column_stack([case.places.x[highest], case.places.y[highest]])
    points = np.column_stack([case.x, case.y])
    exact = sum_kernels(points, case.weight, targets, bandwidth, kernel=kernel)
    peak = float(np.abs(exact).max(initial=0.0))
    return float(np.abs(sums[highest] - exact).max(initial=0.0)) / peak if peak else 0.0


def _nodes_of(
    places: Places, step: float, bandwidth: float, kernel: Kernel
) -> tuple[Nodes, NDArray[np.int64], NDArray[np.int64]]:
    """Return nodes on which every centre falls, and the node of each centre."""
    grid, _, _ = places.cells()
    # Centres of hexagons stand half a column and 0.87 rows apart, those of squares a whole one.
    is_hex = grid.shape == "hex"
    across, up = (grid.size_m / 2, grid.size_m * _ROW_STEP) if is_hex else (grid.size_m,) * 2
    step_x, step_y = across / np.ceil(across / step), up / np.ceil(up / step)
    margin = bandwidth * (1 if kernel == "quartic" else 6)
    before_x, before_y = int(np.ceil(margin / step_x)) + 1, int(np.ceil(margin / step_y)) + 1
    x, y = places.x.min() - before_x * step_x, places.y.min() - before_y * step_y
    column = np.rint((places.x - x) / step_x).astype(np.int64)
    row = np.rint((places.y - y) / step_y).astype(np.int64)
    shape = int(row.max()) + before_y + 2, int(column.max()) + before_x + 2
    return Nodes(float(x), float(y), float(step_x), float(step_y), shape), row, column


def score_network_kde(case: Case, options: NetworkKdeOptions) -> Scores:
    """Score each street segment by the mean density along it, per kilometre.

    An incident is felt along the streets one can walk from it, not across a railway. It sees
    only streets in the file: an unmapped footpath is a wall to it.
    """
    graph = case.places.graph
    if graph is None or len(case) == 0:
        return Scores(np.zeros(len(case.places)))
    segment, along, _ = snap_to_segments(graph, case.x, case.y)
    network = build_network(graph.start, graph.end, graph.length_m)
    mass = network_density(
        network,
        Events(segment, along, case.weight),
        options.bandwidth_m,
        split=options.split,
    )
    owner = np.repeat(np.arange(len(case.places)), network.n_lixels)
    held = np.bincount(owner, mass, len(case.places))
    return Scores(held / np.maximum(case.places.exposure, 1e-9) * 1000)
