"""How well a ranking of places foretold where incidents would be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AccuracyCurve:
    """Accuracy after flagging one place more, best first; every array of shape (places,).

    Attributes
    ----------
    order
        Indices of the places, in the order they are flagged.
    hit_rate
        Share of the incidents in the places flagged so far.
    area_share
        Share of the area they cover.
    pai
        Prediction accuracy index, hit rate over area share: 1 is chance. It rewards flagging
        little: compare at one area only.
    pei
        PAI over the best attainable with as many places.
    rri
        Predicted over observed incidents in the places flagged; not Levine's recapture rate
        index, which is :func:`recapture`.
    """

    order: NDArray[np.int64]
    hit_rate: FloatArray
    area_share: FloatArray
    pai: FloatArray
    pei: FloatArray
    rri: FloatArray


def accuracy_curve(predicted: FloatArray, observed: FloatArray, area: FloatArray) -> AccuracyCurve:
    """Return the accuracy of a prediction for every number of places flagged.

    Places are flagged by predicted density. Among equals the one with fewer observed incidents
    goes first, so that a tie never flatters.

    References
    ----------
    Chainey, S., Tompson, L. and Uhlig, S. (2008). Security Journal 21, 4–28. Hunt, J. (2016),
    PEI. Wheeler, A. and Steenbeek, W. (2021). JQC 37, 445–480.

    Examples
    --------
    >>> curve = accuracy_curve(np.array([3.0, 2, 1]), np.array([6.0, 3, 0]), np.ones(3))
    >>> curve.pai.round(9).tolist()
    [2.0, 1.5, 1.0]
    """
    order = flag_order(predicted / area, observed)
    hits = np.cumsum(observed[order])
    covered = np.cumsum(area[order]) / area.sum()
    hit_rate = hits / observed.sum()
    best = np.argsort(-observed / area, kind="stable")
    best_pai = np.cumsum(observed[best]) / observed.sum() / (np.cumsum(area[best]) / area.sum())
    pai = hit_rate / covered
    with np.errstate(divide="ignore", invalid="ignore"):
        rri = np.where(hits > 0, np.cumsum(predicted[order]) / hits, np.nan)
    return AccuracyCurve(order, hit_rate, covered, pai, pai / best_pai, rri)


def flag_order(score: FloatArray, observed: FloatArray) -> NDArray[np.int64]:
    """Return places by score, highest first, and among equals the fewest observed first."""
    return np.asarray(np.lexsort((observed, -score)), dtype=np.int64)


def penalised_pai(hit_rate: float, area_share: float, penalty: float = 0.5) -> float:
    """Return the hit rate over the area share to a power, so that flagging little pays less.

    With a penalty of 1 it is the prediction accuracy index, with 0 the hit rate.

    References
    ----------
    Joshi, C., D'Ath, C., Curtis-Ham, S. and Searle, D. (2021). ISPRS International Journal of
    Geo-Information 10(9), 597.

    Examples
    --------
    >>> round(penalised_pai(0.3, 0.04), 12)
    1.5
    """
    return float(hit_rate / area_share**penalty)


def recapture(before: float, before_total: float, after: float, after_total: float) -> float:
    """Return Levine's recapture rate index: the share held after over the share held before.

    Below 1 the places held less than in the period that chose them, as they nearly always do.
    Undefined (NaN) where either total or the earlier share is 0.
    """
    if not (before and before_total and after_total):
        return float("nan")
    return (after / after_total) / (before / before_total)


def compare_periods(differences: FloatArray) -> float:
    """Return the two-sided p of paired differences, a period each, by Student's t.

    A place that is busy for a while is so for weeks on end, so periods are the least that can be
    drawn independently: incidents or weeks would take one lucky quarter for much evidence. NaN
    with fewer than two periods; exact where differences are normal.

    Examples
    --------
    >>> round(compare_periods(np.array([3.0, 1.0, 2.0])), 4), compare_periods(np.zeros(4))
    (0.0742, 1.0)
    """
    n = differences.size
    if n < 2:  # noqa: PLR2004 - one period has no spread
        return float("nan")
    if np.ptp(differences) == 0:
        return 0.0 if differences[0] else 1.0
    t = differences.mean() / (differences.std(ddof=1) / np.sqrt(n))
    return float(2 * stdtr(n - 1, -abs(t)))


def adjust_by_holm(p: FloatArray) -> FloatArray:
    """Return p adjusted for how many comparisons were made, by Holm's step-down rule.

    Examples
    --------
    >>> adjust_by_holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p, kind="stable")
    steps = (p.size - np.arange(p.size)) * p[order]
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted
