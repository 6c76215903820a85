"""Scores that ask whether a place and its neighbours are hotter than chance would make them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from footbeat.stats.fdr import FdrMethod, adjust_for_discovery
from footbeat.stats.gistar import gi_star, gi_star_of_neighbours, permute_gi_star
from footbeat.stats.moran import local_moran, permute_local_moran
from footbeat.targeting.case import Scores
from footbeat.targeting.places import neighbours_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.stats.gistar import GiScores
    from footbeat.targeting.case import Case
    from footbeat.targeting.places import Places

    FloatArray = NDArray[np.float64]

# A grid whose array would be emptier than this is summed by its list of neighbours.
_FULL_GRID = 6


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
        Permutations and their seed; 0 draws for none.
    """

    radius_m: float | None = None
    n_draws: int = 0
    seed: int = 1


def score_gi_star(case: Case, options: GiStarOptions) -> Scores:
    """Score each place by Gi*, the standard score of the sum around it.

    It finds neighbourhoods: a place without an incident scores high among hot ones.
    """
    values = case.totals
    scores = _gi_star(case.places, values, options.radius_m)
    p = scores.p
    if options.chance == "permutation":
        around = neighbours_within(case.places, options.radius_m)
        rng = np.random.default_rng(options.seed)
        p = permute_gi_star(values, around, n_draws=options.n_draws, rng=rng)
    return Scores(scores.z, p, adjust_for_discovery(p, method=options.fdr))


def score_local_moran(case: Case, options: LocalMoranOptions) -> Scores:
    """Score each place by local Moran's I where it is above the mean, and by 0 elsewhere.

    Left as it is, the statistic would put the coldest neighbourhoods beside the hottest.
    """
    values, around = case.totals, neighbours_within(case.places, options.radius_m)
    around.setdiag(0)
    around.eliminate_zeros()
    score = np.where(values > values.mean(), local_moran(values, around), 0.0)
    if options.n_draws == 0:
        return Scores(score)
    rng = np.random.default_rng(options.seed)
    p = permute_local_moran(values, around, n_draws=options.n_draws, rng=rng)
    return Scores(score, p, adjust_for_discovery(p))


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
