"""The count models of a trial: an effect for every place and every day."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from footbeat.stats.poisson import TwoWayFit, fit_negative_binomial, fit_two_way, ratio_of_sum
from footbeat.trials.results import Estimate, Lag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.stats.poisson import Cluster
    from footbeat.trials.panel import Panel

    FloatArray = NDArray[np.float64]

MAX_LAG = 3
_UPPER = 0.975
_NONE = "It has no value: an arm without incidents, or too few of them."


def estimate_by_models(
    panel: Panel, values: FloatArray, *, wide: bool = True
) -> tuple[Estimate, ...]:
    """Estimate the ratio by Poisson with place and day effects, three ways.

    ``poisson-place-day`` has the standard error of the Poisson model;
    ``poisson-place-day-robust`` that of days (or places, where draws run over days) as
    clusters, small-sample corrected, with Student's t; ``negative-binomial-place-day`` (left out
    for fractional outcomes, or when not `wide`) allows counts more variable than Poisson.
    """
    counts, terms, seen = panel.layer(values), panel.arms[None], panel.counted
    cluster = cluster_of(panel)
    poisson = fit_two_way(counts, terms, seen, cluster=cluster)
    note = "" if poisson is None or poisson.pearson < _OVER else _over_dispersed(poisson.pearson)
    found = [
        _by_model("poisson-place-day", poisson, note),
        _by_clusters("poisson-place-day-robust", poisson),
    ]
    if wide and np.array_equal(values, np.round(values)):
        negative = fit_negative_binomial(counts, terms, seen, cluster=cluster) if poisson else None
        found.append(_by_model("negative-binomial-place-day", negative, "A sensitivity."))
    return tuple(found)


def estimate_lags(panel: Panel, values: FloatArray, *, n_lags: int = MAX_LAG) -> LagFit | None:
    """Estimate today's ratio beside those of the patrols before and of the next one.

    Days whose earlier arms are not known are left out. None where there is no such fit.
    """
    steps = (0, *range(1, n_lags + 1), -1)
    pairs = [[phase.arms_before(step) for phase in panel.phases] for step in steps]
    terms = np.stack([panel.join([arms for arms, _ in pair]) for pair in pairs])
    known = np.stack([panel.join([seen for _, seen in pair]) for pair in pairs]).all(axis=0)
    fit = fit_two_way(panel.layer(values), terms, panel.counted & known, cluster=cluster_of(panel))
    return None if fit is None else LagFit(steps, fit)


class LagFit:
    """Ratios of today's patrol, the earlier ones and the next, fitted together."""

    def __init__(self, steps: tuple[int, ...], fit: TwoWayFit) -> None:
        self.steps = steps
        self.fit = fit

    @property
    def lags(self) -> tuple[Lag, ...]:
        """The ratios by days since the patrol, robust and small-sample corrected."""
        rows = [(step, _by_clusters("", self.fit, term)) for term, step in enumerate(self.steps)]
        return tuple(Lag(step, e.ratio, e.low, e.high, e.p) for step, e in sorted(rows))

    def after(self, days: int, name: str) -> Estimate:
        """Return the ratio of a patrol `days` ago as an estimate of that name."""
        note = "By the model of lags: days are drawn together."
        return replace(_by_clusters(name, self.fit, self.steps.index(days)), note=note)

    @property
    def same_day(self) -> Estimate:
        """Today's ratio, earlier arms held fixed."""
        return _by_clusters("poisson-given-lags", self.fit)

    @property
    def long_run(self) -> Estimate:
        """The ratio of patrolling on this and all the days before, against never."""
        n_terms = len(self.steps) - 1
        coef, se = ratio_of_sum(self.fit, slice(0, n_terms))
        note = f"Patrols on each of {n_terms} days running, against none."
        return _worded("long-run", coef, se, self.fit.n_clusters - 1, note)


def cluster_of(panel: Panel) -> Cluster:
    """Return what was drawn as one: days, or places where a draw runs over days."""
    return "day" if panel.is_independent_by_day else "place"


_OVER = 1.25


def _over_dispersed(pearson: float) -> str:
    return (
        f"Counts vary {pearson:.1f} times as much as Poisson: its standard error is too small; "
        "read the robust one."
    )


def _by_model(name: str, fit: TwoWayFit | None, note: str = "") -> Estimate:
    if fit is None:
        return Estimate(name, None, note=_NONE)
    return _worded(name, float(fit.coef[0]), math.sqrt(fit.covariance[0, 0]), None, note)


def _by_clusters(name: str, fit: TwoWayFit | None, term: int = 0) -> Estimate:
    if fit is None:
        return Estimate(name, None, note=_NONE)
    se = math.sqrt(fit.robust[term, term])
    return _worded(name, float(fit.coef[term]), se, fit.n_clusters - 1, "")


def _worded(name: str, coef: float, se: float, freedom: int | None, note: str) -> Estimate:
    """Word a coefficient; `freedom` is that of Student's t, None for the normal law."""
    reach = float(ndtri(_UPPER) if freedom is None else stdtrit(freedom, _UPPER)) * se
    p = None
    if se > 0:
        distance = -abs(coef) / se
        p = 2 * float(ndtr(distance) if freedom is None else stdtr(freedom, distance))
    return Estimate(
        name, math.exp(coef), math.exp(coef - reach), math.exp(coef + reach), p, coef, se, note
    )
