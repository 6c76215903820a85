"""How certain a rank is: intervals of ranks, and the probability of belonging to the top.

Counts are simulated from their posterior; everything else is a bootstrap over incidents, for
a gamma interval on harm covers almost nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.targeting.case import TalliedCase
from footbeat.targeting.clusters import GiStarOptions, LocalMoranOptions
from footbeat.targeting.counting import CountOptions, ShrunkCountOptions, shrunk_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from footbeat.stats.shrinkage import Shrunk
    from footbeat.targeting.case import Case
    from footbeat.targeting.methods import Scorer

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]

_BLOCK_VALUES = 4_000_000
_MOST_BOOTSTRAPS = 200
# Of a million rivals drawn a thousand times, one left out draws level in one list of a thousand.
_NEVER = 1e-12


@dataclass(frozen=True, slots=True)
class Ranks:
    """What the data allow the ranks of some places to be.

    Attributes
    ----------
    low, high
        Best and worst rank at 95 %, shape (chosen,).
    p_top
        Probability of being among the first `top`, shape (chosen,).
    how
        How it was found, in plain words.
    """

    low: IntArray
    high: IntArray
    p_top: FloatArray
    how: str


def rank_places(
    case: Case,
    scorer: Scorer,
    chosen: IntArray,
    rivals: IntArray,
    *,
    top: int,
    n_draws: int,
    rng: np.random.Generator,
    advance: Callable[[], None] = lambda: None,
) -> Ranks:
    """Return rank intervals of the chosen places among their rivals.

    Parameters
    ----------
    case, scorer
        The incidents, and what scored them.
    chosen
        Indices of the places to judge, all of them among `rivals`.
    rivals
        Indices of every place that competes for a rank.
    top
        The length of the list.
    n_draws
        Simulations: 1,000 give a probability to within 0.03. A bootstrap scores the whole map
        anew each time, and stops at 200.
    advance
        Called a hundred times on the way, for a progress bar.
    rng
        Source of chance; the same seed gives the same intervals.
    """
    has_posterior = isinstance(scorer.options, (CountOptions, ShrunkCountOptions))
    is_count = has_posterior and not case.is_weighted
    if is_count:
        posterior, unit = _posterior(case, scorer.options)
        rivals = _near_level(posterior, unit, chosen, rivals)
        draws = _posterior_draws(posterior.among(rivals), unit[rivals], n_draws, rng)
    else:
        draws = _bootstrap_draws(case, scorer, rivals, n_draws, rng)
    at = np.searchsorted(rivals, chosen)
    n_wanted = n_draws if is_count else min(n_draws, _MOST_BOOTSTRAPS)
    blocks, n_told = [], 0
    for block in draws:
        blocks.append(_rank_in(block, at, rng))
        n_done = 100 * sum(map(len, blocks)) // n_wanted
        for _ in range(n_told, n_done):
            advance()
        n_told = n_done
    ranks = np.concatenate(blocks)
    low, high = np.quantile(ranks, [0.025, 0.975], axis=0, method="inverted_cdf")
    how = "simulation from the posterior of the counts" if is_count else "bootstrap over incidents"
    return Ranks(low.astype(np.int64), high.astype(np.int64), (ranks <= top).mean(axis=0), how)


def _posterior(case: Case, options: object) -> tuple[Shrunk, FloatArray]:
    """Return the rates, and what a rate of each place is multiplied by to rank it."""
    if isinstance(options, ShrunkCountOptions):
        return shrunk_rates(case, is_local=options.is_local), np.ones(len(case.places))
    # The count ranks by incidents, the shrunken count by rates.
    posterior = shrunk_rates(case, is_local=False)
    return posterior, posterior.exposure


def _near_level(
    posterior: Shrunk, unit: FloatArray, chosen: IntArray, rivals: IntArray
) -> IntArray:
    """Return the rivals that ever draw level with a chosen place: of a nation's cells, few."""
    least, _ = posterior.among(chosen).bounds(_NEVER)
    _, most = posterior.among(rivals).bounds(_NEVER)
    may = most * unit[rivals] >= (least * unit[chosen]).min()
    return np.asarray(rivals[may], dtype=np.int64)


def _posterior_draws(
    posterior: Shrunk, unit: FloatArray, n_draws: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    block = max(1, _BLOCK_VALUES // unit.size)
    for start in range(0, n_draws, block):
        yield posterior.draw(rng, min(block, n_draws - start)) * unit


def _bootstrap_draws(
    case: Case, scorer: Scorer, rivals: IntArray, n_draws: int, rng: np.random.Generator
) -> Iterator[FloatArray]:
    scorer = scorer.plain()
    if isinstance(scorer.options, (GiStarOptions, LocalMoranOptions)) and not case.is_weighted:
        # They look at totals alone, which are redrawn as such, whoever counted them.
        case = TalliedCase.at(case.places, case.totals)
    # Each incident enters a Poisson(1) number of times: the bootstrap without a fixed total.
    for _ in range(min(n_draws, _MOST_BOOTSTRAPS)):
        yield scorer.score(case.redrawn(rng)).score[rivals][None, :]


def _rank_in(draws: FloatArray, at: IntArray, rng: np.random.Generator) -> IntArray:
    # Places that tie in a draw share their ranks by lot.
    ordered = np.sort(draws, axis=1)
    ranks = np.empty((draws.shape[0], at.size), dtype=np.int64)
    for row, values, mine in zip(ranks, ordered, draws[:, at], strict=True):
        ahead = values.size - np.searchsorted(values, mine, side="right")
        tied = values.size - ahead - np.searchsorted(values, mine, side="left")
        row[:] = 1 + ahead + rng.integers(0, tied)
    return ranks
