"""Counts with place and day effects: Poisson and negative binomial, fast and exact.

log E(y_dp) = day_d + place_p + Σ β_k x_kdp. Day and place effects are swept out of every
weighted least-squares step exactly (a Schur complement the size of the smaller of the two), so
no dummy column is ever built. For the Poisson this is the same as conditioning on the totals of
days and places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numba
import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse.csgraph import connected_components
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
_HALVINGS = 12


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

    def turned(self) -> _Table:
        """Return the same with places down and days across."""
        terms = np.ascontiguousarray(self.terms.transpose(0, 2, 1))
        return _Table(np.ascontiguousarray(self.counts.T), terms, np.ascontiguousarray(self.seen.T))


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
    return _summarise(table, *steps, cluster=cluster, dispersion=dispersion)


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
    terms = np.ascontiguousarray(table.terms[:, days][:, :, places], dtype=np.float64)
    return _Table(counts[kept], terms, table.seen[kept])


def _iterate(table: _Table, dispersion: float) -> tuple[FloatArray, FloatArray] | None:
    is_wide = table.seen.shape[0] < table.seen.shape[1]
    tall = table.turned() if is_wide else table
    found = _fit(tall, _hold_constants(tall.seen), dispersion)
    if found is None:
        return None
    coef, fitted = found
    return coef, np.ascontiguousarray(fitted.T) if is_wide else fitted


def _hold_constants(seen: FloatArray) -> FloatArray:
    """Return what picks one solution, shape (columns, columns), 0 between separate parts.

    Adding a constant to the columns of a part and taking it from its rows changes nothing:
    phases with places of their own are such parts.
    """
    meets = (seen.T @ seen) > 0
    if meets.all():
        return np.full(meets.shape, 1 / len(meets))
    _, part = connected_components(meets, directed=False)
    together = part[:, None] == part[None, :]
    return np.asarray(together / together.sum(axis=0))


def _fit(
    table: _Table, held: FloatArray, dispersion: float
) -> tuple[FloatArray, FloatArray] | None:
    """Weigh, sweep and solve until the deviance rests; None where there is no maximum."""
    counts, terms, seen = table.counts, table.terms, table.seen
    fitted = np.where(seen > 0, (counts + counts.sum() / seen.sum()) / 2, 1.0)
    coef: FloatArray = np.zeros(len(terms))
    before = now = np.inf
    for _ in range(_MAX_STEPS):
        weights = seen * fitted / (1 + dispersion * fitted)
        eta = np.log(fitted)
        working = eta + (counts - fitted) / fitted
        left = _sweep(np.concatenate([working[None], terms]), weights, held)
        products = _products(left, weights)
        information = products[1:, 1:]
        if np.linalg.eigvalsh(information)[0] < _SMALLEST_INFORMATION:
            return None
        coef = np.asarray(np.linalg.solve(information, products[1:, 0]), dtype=np.float64)
        step = working - left[0] + np.tensordot(coef, left[1:], 1) - eta
        fitted, now = _shorten(table, eta, step, before, dispersion)
        if abs(before - now) < _CONVERGED * (abs(now) + 1):
            break
        before = now
    if np.abs(coef).max() > _LARGEST_COEF or not np.isfinite(now):
        return None
    return coef, fitted


def _shorten(
    table: _Table, eta: FloatArray, step: FloatArray, before: float, dispersion: float
) -> tuple[FloatArray, float]:
    for halving in range(_HALVINGS):
        fitted = np.exp(np.clip(eta + step / 2**halving, -40, 40))
        now = _loss(table.counts, table.seen, fitted, dispersion)
        if now <= before + 1e-12 * (1 + abs(before)):
            break
    return fitted, now


@numba.njit(cache=True)
def _loss(counts: FloatArray, seen: FloatArray, fitted: FloatArray, dispersion: float) -> float:
    """Return −2 log-likelihood without what no effect can change."""
    total = 0.0
    for row in range(counts.shape[0]):
        for column in range(counts.shape[1]):
            if seen[row, column] == 0:
                continue
            count, mean = counts[row, column], fitted[row, column]
            if count > 0:
                total += count * math.log(mean)
            if dispersion == 0:
                total -= mean
            else:
                total -= (count + 1 / dispersion) * math.log1p(dispersion * mean)
    return float(-2 * total)


def _products(layers: FloatArray, weights: FloatArray) -> FloatArray:
    flat = layers.reshape(len(layers), -1)
    return np.asarray((flat * weights.ravel()) @ flat.T)


def _sweep(values: FloatArray, weights: FloatArray, held: FloatArray) -> FloatArray:
    """Return weighted residuals of each (rows, columns) layer on row and column effects."""
    by_row, by_column = weights.sum(1), weights.sum(0)
    share = weights / by_row[:, None]
    schur = held * by_column.mean() - weights.T @ share
    schur.ravel()[:: len(schur) + 1] += by_column
    weighted = values * weights
    row_totals, column_totals = weighted.sum(2), weighted.sum(1)
    column = np.linalg.solve(schur, (column_totals - row_totals @ share).T).T
    row = (row_totals - column @ weights.T) / by_row
    return np.asarray(values - row[:, :, None] - column[:, None, :])


def _log_likelihood(table: _Table, fitted: FloatArray, dispersion: float) -> float:
    counts = table.counts
    constant = -gammaln(counts + 1)
    if dispersion > 0:
        shape = 1 / dispersion
        constant += gammaln(counts + shape) - gammaln(shape) + xlogy(counts, dispersion)
    varying = _loss(counts, table.seen, fitted, dispersion)
    return float((table.seen * constant).sum()) - varying / 2


def _summarise(
    table: _Table,
    coef: FloatArray,
    fitted: FloatArray,
    *,
    cluster: Cluster,
    dispersion: float,
) -> TwoWayFit:
    weights = table.seen * fitted / (1 + dispersion * fitted)
    swept = _sweep(table.terms, weights, _hold_constants(table.seen))
    covariance = np.asarray(np.linalg.inv(_products(swept, weights)), dtype=np.float64)
    residual = table.seen * (table.counts - fitted)
    scores = (swept * residual / (1 + dispersion * fitted)).sum(2 if cluster == "day" else 1)
    n_used, n_clusters = int(table.seen.sum()), scores.shape[1]
    # Effects nested in the clusters cost no degree of freedom.
    n_effects = len(coef) + table.seen.shape[1 if cluster == "day" else 0]
    factor = n_clusters / (n_clusters - 1) * (n_used - 1) / (n_used - n_effects)
    freedom = n_used - sum(table.seen.shape) + 1 - len(coef)
    pearson = (residual**2 / (fitted + dispersion * fitted**2)).sum() / max(freedom, 1)
    return TwoWayFit(
        coef,
        covariance,
        factor * covariance @ scores @ scores.T @ covariance,
        n_clusters,
        n_used,
        float(pearson),
        _log_likelihood(table, fitted, dispersion),
        dispersion,
    )
