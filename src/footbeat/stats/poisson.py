"""Counts with place and day effects: Poisson and negative binomial, fast and exact.

log E(y_dp) = day_d + place_p + Σ β_k x_kdp. Day and place effects are swept out of every
weighted least-squares step exactly (a Schur complement the size of the smaller of the two), so
no dummy column is ever built. For the Poisson this is the same as conditioning on the totals of
days and places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import minimize_scalar
from scipy.special import gammaln, xlogy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

Cluster = Literal["day", "place"]

_MAX_STEPS = 60
_CONVERGED = 1e-10
_LARGEST_COEF = 15.0
_SMALLEST_INFORMATION = 1e-8
_LOG_DISPERSION = (-9.0, 3.0)


@dataclass(frozen=True, slots=True)
class TwoWayFit:
    """A fitted model.

    Attributes
    ----------
    coef
        Coefficients, shape (k,): logarithms of rate ratios.
    covariance
        Their covariance when the model is true, shape (k, k).
    robust
        Covariance clustered by day or place, with the small-sample factor
        G/(G−1)·(N−1)/(N−K), K counting terms and the effects that do not lie within a
        cluster; read it with Student's t on `n_clusters` − 1.
    n_clusters
        Clusters with incidents.
    n_used
        Place-days left once places and days without incidents were dropped.
    pearson
        Pearson's χ² over its degrees of freedom: about 1 for Poisson counts.
    log_likelihood
        At the maximum, constants included.
    dispersion
        The negative binomial's α (variance μ + αμ²); 0 for Poisson.
    """

    coef: FloatArray
    covariance: FloatArray
    robust: FloatArray
    n_clusters: int
    n_used: int
    pearson: float
    log_likelihood: float
    dispersion: float = 0.0


@dataclass(frozen=True, slots=True)
class _Table:
    counts: FloatArray
    terms: FloatArray
    seen: FloatArray


def fit_two_way(
    counts: FloatArray,
    terms: FloatArray,
    seen: NDArray[np.bool_],
    *,
    cluster: Cluster = "day",
    dispersion: float = 0.0,
) -> TwoWayFit | None:
    """Fit rate ratios with an effect for every place and every day.

    Parameters
    ----------
    counts
        Incidents, shape (days, places); harm works too (a quasi-likelihood).
    terms
        Regressors such as today's arm and lagged arms, shape (k, days, places).
    seen
        Place-days that are part of the trial; the others are ignored.
    cluster
        What the robust covariance treats as one: ``day`` where days were drawn on their own,
        ``place`` where a draw runs over several days.
    dispersion
        α of the negative binomial, 0 for Poisson.

    Returns
    -------
    TwoWayFit or None
        None when there is no maximum: an arm without incidents, or a term that places and
        days explain entirely.
    """
    table = _drop_empty(_Table(counts, terms, seen.astype(np.float64)))
    if table is None:
        return None
    steps = _iterate(table, dispersion)
    if steps is None:
        return None
    coef, fitted, swept = steps
    return _summarise(table, coef, fitted, swept, cluster=cluster, dispersion=dispersion)


def fit_negative_binomial(
    counts: FloatArray,
    terms: FloatArray,
    seen: NDArray[np.bool_],
    *,
    cluster: Cluster = "day",
) -> TwoWayFit | None:
    """Fit the same model with negative binomial counts, α by maximum likelihood.

    Counts no more variable than Poisson give α near 0 and the Poisson's ratios. With an effect
    for every place and day α is estimated low, so this is a sensitivity, not the main result.
    """
    fits: dict[float, TwoWayFit | None] = {}

    def loss(log_dispersion: float) -> float:
        fit = fit_two_way(
            counts, terms, seen, cluster=cluster, dispersion=float(np.exp(log_dispersion))
        )
        fits[log_dispersion] = fit
        return np.inf if fit is None else -fit.log_likelihood

    best = minimize_scalar(loss, bounds=_LOG_DISPERSION, method="bounded", options={"xatol": 1e-5})
    return fits.get(float(best.x))


def ratio_of_sum(fit: TwoWayFit, terms: slice, *, robust: bool = True) -> tuple[float, float]:
    """Return the sum of coefficients and its standard error: a long-run effect."""
    covariance = fit.robust if robust else fit.covariance
    return float(fit.coef[terms].sum()), float(np.sqrt(covariance[terms, terms].sum()))


def _drop_empty(table: _Table) -> _Table | None:
    # A place or day without incidents has no finite effect and tells nothing of the ratios.
    counts = table.counts * table.seen
    days, places = counts.sum(1) > 0, counts.sum(0) > 0
    if days.sum() < 2 or places.sum() < 2:  # noqa: PLR2004 - a contrast takes two
        return None
    kept = np.ix_(days, places)
    return _Table(counts[kept], table.terms[:, days][:, :, places], table.seen[kept])


def _iterate(table: _Table, dispersion: float) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    seen = table.seen
    fitted = np.where(seen > 0, (table.counts + table.counts.sum() / seen.sum()) / 2, 1.0)
    coef = np.zeros(len(table.terms))
    deviance = np.inf
    for _ in range(_MAX_STEPS):
        weights = seen * fitted / (1 + dispersion * fitted)
        eta = np.log(fitted)
        working = eta + (table.counts - fitted) / fitted
        swept = _sweep(np.concatenate([working[None], table.terms]), weights)
        information = np.einsum("kdp,dp,ldp->kl", swept[1:], weights, swept[1:])
        if np.linalg.eigvalsh(information)[0] < _SMALLEST_INFORMATION:
            return None
        coef = np.linalg.solve(information, np.einsum("kdp,dp,dp->k", swept[1:], weights, swept[0]))
        step = working - swept[0] + np.einsum("k,kdp->dp", coef, swept[1:]) - eta
        fitted, now = _shorten(table, eta, step, deviance, dispersion)
        if abs(deviance - now) < _CONVERGED * (abs(now) + 1):
            break
        deviance = now
    if np.abs(coef).max() > _LARGEST_COEF or not np.isfinite(now):
        return None
    return coef, fitted, swept[1:]


def _shorten(
    table: _Table, eta: FloatArray, step: FloatArray, before: float, dispersion: float
) -> tuple[FloatArray, float]:
    for halving in range(12):
        fitted = np.exp(np.clip(eta + step / 2**halving, -40, 40))
        now = _deviance(table, fitted, dispersion)
        if now <= before * (1 + 1e-12) + 1e-12:
            break
    return fitted, now


def _deviance(table: _Table, fitted: FloatArray, dispersion: float) -> float:
    return -2 * float((table.seen * _log_likelihood(table.counts, fitted, dispersion)).sum())


def _log_likelihood(counts: FloatArray, fitted: FloatArray, dispersion: float) -> FloatArray:
    if dispersion == 0:
        return np.asarray(xlogy(counts, fitted) - fitted - gammaln(counts + 1))
    shape = 1 / dispersion
    return np.asarray(
        gammaln(counts + shape)
        - gammaln(shape)
        - gammaln(counts + 1)
        + xlogy(counts, dispersion * fitted)
        - (counts + shape) * np.log1p(dispersion * fitted)
    )


def _sweep(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Return weighted residuals of each (days, places) layer on day and place effects."""
    if weights.shape[0] < weights.shape[1]:
        return _sweep(values.transpose(0, 2, 1), weights.T).transpose(0, 2, 1)
    by_day, by_place = weights.sum(1), weights.sum(0)
    share = weights / by_day[:, None]
    day_totals = np.einsum("kdp,dp->dk", values, weights)
    place_totals = np.einsum("kdp,dp->pk", values, weights)
    schur = np.diag(by_place) - weights.T @ share
    # Adding a constant to every place and taking it from every day changes nothing; the extra
    # rank picks one of these solutions.
    schur += by_place.mean() / len(by_place)
    place = _solve(schur, place_totals - share.T @ day_totals)
    day = (day_totals - weights @ place) / by_day[:, None]
    return np.asarray(values - day.T[:, :, None] - place.T[:, None, :])


def _solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    try:
        return np.asarray(cho_solve(cho_factor(matrix, lower=True), right))
    except LinAlgError:
        # Places and days that never meet: any of the equivalent solutions does.
        return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])


def _summarise(
    table: _Table,
    coef: FloatArray,
    fitted: FloatArray,
    swept: FloatArray,
    *,
    cluster: Cluster,
    dispersion: float,
) -> TwoWayFit:
    weights = table.seen * fitted / (1 + dispersion * fitted)
    swept = _sweep(table.terms, weights)
    covariance = np.linalg.inv(np.einsum("kdp,dp,ldp->kl", swept, weights, swept))
    residual = table.seen * (table.counts - fitted)
    scores = (swept * residual / (1 + dispersion * fitted)).sum(2 if cluster == "day" else 1)
    n_used, n_clusters = int(table.seen.sum()), scores.shape[1]
    # Effects nested in the clusters cost no degree of freedom.
    n_effects = len(coef) + table.seen.shape[1 if cluster == "day" else 0]
    factor = n_clusters / (n_clusters - 1) * (n_used - 1) / (n_used - n_effects)
    freedom = n_used - sum(table.seen.shape) + 1 - len(coef)
    pearson = (residual**2 / (fitted + dispersion * fitted**2)).sum() / max(freedom, 1)
    return replace(
        _BLANK,
        coef=coef,
        covariance=covariance,
        robust=factor * covariance @ scores @ scores.T @ covariance,
        n_clusters=n_clusters,
        n_used=n_used,
        pearson=float(pearson),
        log_likelihood=-_deviance(table, fitted, dispersion) / 2,
        dispersion=dispersion,
    )


_BLANK = TwoWayFit(np.empty(0), np.empty((0, 0)), np.empty((0, 0)), 0, 0, 0.0, 0.0)
