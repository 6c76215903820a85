"""Ratios of weighted means, with errors clustered by what was drawn together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.stats import t

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WeightedRatio:
    """A ratio of two Hájek means; None where a mean is 0 or an interval cannot be had."""

    ratio: float | None
    low: float | None
    high: float | None
    p: float | None


def hajek_ratio(
    first: FloatArray, second: FloatArray, outcome: FloatArray, *, cluster_axis: int
) -> WeightedRatio:
    """Return the mean of `outcome` weighted by `first` over that weighted by `second`.

    Parameters
    ----------
    first, second
        Weights, usually one over the chance of being in that group, 0 outside it.
    outcome
        Same shape.
    cluster_axis
        The axis whose positions are the clusters (0: each day is one); the interval is that of
        the log ratio, linearised, with Student's t.

    References
    ----------
    Aronow, P. M. and Samii, C. (2017). Estimating average causal effects under general
    interference. Annals of Applied Statistics 11(4), 1912–1947.
    """
    top, bottom = _mean(first, outcome), _mean(second, outcome)
    if not top or not bottom:
        return WeightedRatio(0.0 if top == 0 and bottom else None, None, None, None)
    ratio = top / bottom
    pull = first * (outcome - top) / (first.sum() * top)
    push = second * (outcome - bottom) / (second.sum() * bottom)
    by_cluster = (pull - push).sum(axis=1 - cluster_axis)
    n_clusters = int(((first + second).sum(axis=1 - cluster_axis) > 0).sum())
    if n_clusters < 2:  # noqa: PLR2004 - a variance takes two
        return WeightedRatio(ratio, None, None, None)
    se = math.sqrt(n_clusters / (n_clusters - 1) * float((by_cluster**2).sum()))
    law = t(n_clusters - 1)
    reach = float(law.ppf(0.975)) * se
    p = float(2 * law.sf(abs(math.log(ratio)) / se)) if se > 0 else None
    return WeightedRatio(ratio, ratio * math.exp(-reach), ratio * math.exp(reach), p)


def _mean(weights: FloatArray, outcome: FloatArray) -> float | None:
    total = float(weights.sum())
    return float((weights * outcome).sum()) / total if total > 0 else None
