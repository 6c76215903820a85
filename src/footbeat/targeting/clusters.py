"""Scores that ask whether a place and its neighbours are hotter than chance would make them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from footbeat.errors import DataError, UsageError
from footbeat.stats.dbscan import NOISE, dbscan, hdbscan
from footbeat.stats.fdr import FdrMethod, adjust_for_discovery
from footbeat.stats.gistar import gi_star, gi_star_of_neighbours, permute_gi_star
from footbeat.stats.moran import local_moran, moran, moran_quadrants, permute_local_moran
from footbeat.stats.scan import Cylinders, Model, scan_cylinders
from footbeat.targeting.case import Scores
from footbeat.targeting.places import neighbours_within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from footbeat.stats.gistar import GiScores
    from footbeat.stats.scan import Scan
    from footbeat.targeting.case import Case
    from footbeat.targeting.places import Places

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]

# A grid whose array would be emptier than this is summed by its list of neighbours.
_FULL_GRID = 6
# The variance under randomisation divides by n - 3.
_FEWEST_FOR_MORAN = 4
_ALL_ALIKE = "Every place holds the same: the statistic is not defined, and is given as 0."
_OF_TAILS = (
    "p is of the place's own I in the smaller tail: a low-low or high-low place has a small one "
    "too, and by chance a tenth of places have 0.05 or less."
)
_LEAST_CLUSTER = 5.0
# The place alone, those whose sides touch it, and twice as far.
_RADII = (0.0, 1.2, 2.4)
_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class GiStarOptions:
    """Who neighbours whom, and how chance is reckoned.

    Attributes
    ----------
    radius_m
        Centres within this distance are neighbours; None for the places that touch.
    chance
        ``normal``: two-sided, as published. ``permutation``: conditional, one-sided for heat.
    n_draws, seed
        Permutations and their seed.
    fdr
        How p is adjusted for the number of places.
    """

    radius_m: float | None = None
    chance: Literal["normal", "permutation"] = "normal"
    n_draws: int = 999
    seed: int = 1
    fdr: FdrMethod = "benjamini-hochberg"


@dataclass(frozen=True, slots=True)
class LocalMoranOptions:
    """Who neighbours whom, and how often chance is tried.

    Attributes
    ----------
    radius_m
        Centres within this distance are neighbours; None for the places that touch.
    n_draws, seed
        Permutations and their seed; 0 draws for none. p is that of Iᵢ, in the smaller tail.
    """

    radius_m: float | None = None
    n_draws: int = 0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class DbscanOptions:
    """How near, and how much makes a cluster.

    Attributes
    ----------
    kind
        ``dbscan``: one radius for all. ``hdbscan``: dense clusters in town and looser ones in
        villages, whatever the radius.
    radius_m
        Points within it are near each other.
    min_share
        Share of all weight that must lie within the radius of a core, or of all points that
        must be in a cluster by ``hdbscan``; and at least five.
    """

    kind: Literal["dbscan", "hdbscan"] = "dbscan"
    radius_m: float = 100.0
    min_share: float = 0.001


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """The cylinders, and what is expected in them.

    Attributes
    ----------
    radii_m
        Radii of the disks about a place's centre, 0 for the place alone. None: the place alone,
        1.2 and 2.4 times the size of a cell.
    windows_days
        Lengths of the cylinders in days, which all end with the data.
    model
        ``permutation`` of days over incidents: a month that is busy everywhere is no cluster.
        ``poisson`` about each place's own rate over the days observed: there it is one.
    n_draws, seed
        Monte Carlo draws behind p, and their seed; 0 for none.
    """

    radii_m: tuple[float, ...] | None = None
    windows_days: tuple[float, ...] = (7.0, 14.0, 28.0, 56.0)
    model: Model = "permutation"
    n_draws: int = 0
    seed: int = 1


def score_gi_star(case: Case, options: GiStarOptions) -> Scores:
    """Score each place by Gi*, the standard score of the sum around it.

    It finds neighbourhoods: a place without an incident scores high among hot ones.
    """
    values = case.totals
    check_radius(case.places, options.radius_m)
    scores = _gi_star(case.places, values, options.radius_m)
    said = (_ALL_ALIKE,) if values.size and np.ptp(values) == 0 else ()
    p = scores.p
    if options.chance == "permutation":
        around = neighbours_within(case.places, options.radius_m)
        rng = np.random.default_rng(options.seed)
        p = permute_gi_star(values, around, n_draws=options.n_draws, rng=rng)
    return Scores(scores.z, p, adjust_for_discovery(p, method=options.fdr), said)


def score_local_moran(case: Case, options: LocalMoranOptions) -> Scores:
    """Score each place by local Moran's I where it is above the mean, and by 0 elsewhere.

    Left as it is, the statistic would put the coldest neighbourhoods beside the hottest; it stands
    beside the score, with the quadrant of each place.
    """
    check_radius(case.places, options.radius_m)
    values, around = case.totals, neighbours_within(case.places, options.radius_m)
    around.setdiag(0)
    around.eliminate_zeros()
    local = local_moran(values, around)
    score = np.where(values > values.mean(), local, 0.0)
    whole = _whole_moran(values, around)
    scores = Scores(
        score,
        said=_say_moran(values, whole),
        figures=whole,
        statistic=local,
        quadrant=moran_quadrants(values, around),
    )
    if options.n_draws == 0:
        return scores
    rng = np.random.default_rng(options.seed)
    p = permute_local_moran(values, around, n_draws=options.n_draws, rng=rng)
    said = (*scores.said, _OF_TAILS)
    return replace(scores, p=p, p_fdr=adjust_for_discovery(p), said=said)


def _whole_moran(values: FloatArray, around: csr_array) -> dict[str, float]:
    """Return Moran's I of all places together; nothing where it is not defined."""
    if values.size < _FEWEST_FOR_MORAN or np.ptp(values) == 0 or around.nnz == 0:
        return {}
    whole = moran(values, around)
    return {
        "moran_i": whole.value,
        "expected": whole.expected,
        "z_normal": whole.z_normal,
        "z_random": whole.z_random,
    }


def _say_moran(values: FloatArray, whole: Mapping[str, float]) -> tuple[str, ...]:
    if not whole:
        return (_ALL_ALIKE,) if values.size and np.ptp(values) == 0 else ()
    told = f"Moran's I of the whole is {whole['moran_i']:.6g} (expected {whole['expected']:.6g}"
    return (f"{told}, z {whole['z_random']:.4g} under randomisation).",)


def check_radius(places: Places, radius_m: float | None) -> None:
    """Refuse a radius in which a cell has no neighbour.

    Raises
    ------
    UsageError
        When it is below the distance from one cell to the next.
    """
    if radius_m is None or places.grid is None or radius_m >= places.grid.size_m * (1 - 1e-9):
        return
    raise UsageError(
        "The radius must reach from one cell to the next.",
        found=f"It is {radius_m:g} m; cells are {places.grid.size_m:g} m.",
        do="Pass a larger --radius-m, or smaller cells.",
    )


def _gi_star(places: Places, values: FloatArray, radius_m: float | None) -> GiScores:
    if places.grid is None:
        return gi_star_of_neighbours(values, neighbours_within(places, radius_m))
    grid, q, r = places.cells()
    row, column = r - r.min(), q - q.min()
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    if shape[0] * shape[1] > _FULL_GRID * values.size:
        return gi_star_of_neighbours(values, neighbours_within(places, radius_m))
    steps = grid.disk(radius_m) if radius_m else np.vstack([grid.neighbours(), [[0, 0]]])
    array = np.full(shape, np.nan)
    array[row, column] = values
    scores = gi_star(array, steps[:, ::-1])
    return type(scores)(scores.z[row, column], scores.p[row, column])


def score_dbscan(case: Case, options: DbscanOptions) -> Scores:
    """Score each place by the incidents in it that belong to a cluster of points.

    Clusters follow the points and not the cells, so half of a street may be in and half out.
    One radius serves town and village alike: the village has none. By ``hdbscan`` weights count
    in the score, not in what makes a cluster. Where the places are the clusters' own outlines,
    all that lies in them counts.
    """
    if case.places.whole_ha is not None:
        return Scores(case.totals)
    return Scores(case.where(label_clusters(case, options) != NOISE).totals)


def label_clusters(case: Case, options: DbscanOptions) -> IntArray:
    """Return the cluster each incident belongs to, −1 for none, shape (incidents,)."""
    points = np.column_stack([case.x, case.y])
    if options.kind == "hdbscan":
        least = max(_LEAST_CLUSTER, np.ceil(options.min_share * len(case)))
        return hdbscan(points, least_points=int(least))
    least = max(_LEAST_CLUSTER, options.min_share * float(case.weight.sum()))
    return dbscan(points, case.weight, radius_m=options.radius_m, min_weight=least)


def score_scan(case: Case, options: ScanOptions) -> Scores:
    """Score each place by the cylinder of ground and recent days with most above expectation.

    It finds what is new, not what is hot: a place that is always busy scores 0. p is of the whole
    map: of draws without a cluster, how many hold one as high anywhere.

    Raises
    ------
    DataError
        When the data cover no day of the longest cylinder.
    """
    if len(case) == 0:
        return Scores(np.zeros(len(case.places)))
    options = settle_scan(case, options)
    inside = case.place >= 0
    disks = [neighbours_within(case.places, radius) for radius in options.radii_m or ()]
    ages = case.end_day - case.spans[:, ::-1]
    found = scan_cylinders(
        case.place[inside],
        (case.end_day - case.day)[inside],
        Cylinders(disks, options.windows_days, ages, options.model),
        weights=case.weight[inside],
        n_draws=options.n_draws,
        rng=np.random.default_rng(options.seed),
    )
    return Scores(found.score, found.p if options.n_draws else None, said=_say_scan(found, options))


def settle_scan(case: Case, options: ScanOptions) -> ScanOptions:
    """Return the options with the radii chosen by the size of a cell.

    Raises
    ------
    DataError
        When the data cover no day of the longest cylinder.
    UsageError
        When no disk reaches from one cell to the next, or a radius or a window is negative.
    """
    grid = case.places.grid
    size_m = grid.size_m if grid else 0.0
    radii = options.radii_m or tuple(round(times * size_m, 6) for times in _RADII)
    if not options.windows_days or min(radii) < 0 or min(options.windows_days) <= 0:
        raise UsageError(
            "`scan` must have radii of 0 or more and windows above 0.",
            found=f"They are {_listed(radii)} m and {_listed(options.windows_days)} days.",
            do="Give for example radii of 0, 300 and 600 m and windows of 7 and 28 days.",
        )
    check_radius(case.places, max(radii))
    longest = max(options.windows_days)
    if case.observed.days(case.end_day - longest, case.end_day) <= 0:
        raise DataError(
            "`scan` must have recent days to look at.",
            found=f"The data cover none of the last {longest:g} before the end of the period.",
            do="Let the period end with the data, or give longer windows.",
        )
    return replace(options, radii_m=radii)


def _say_scan(found: Scan, options: ScanOptions) -> tuple[str, ...]:
    disks = f"Disks of {_listed(options.radii_m or ())} m"
    said = f"{disks}, windows of {_listed(options.windows_days)} days, by {options.model}."
    if not options.n_draws:
        return (said,)
    n_places = int((found.p <= _LEVEL).sum())
    told = f"{n_places:,} places lie at a cluster with p at most {_LEVEL:g}"
    return (said, f"Of {options.n_draws:,} draws: {told}; the lowest p is {found.p.min():.3g}.")


def _listed(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
