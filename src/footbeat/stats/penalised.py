"""Poisson regression with an elastic net: a few coefficients that matter, the rest nought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

N_PENALTIES = 20

_LEAST_PENALTY = 1e-3
_MOST_ROUNDS = 50
_MOST_SWEEPS = 1000
_MOST_STEP = 20.0
_EVEN = 1e-9
_FLAT = 1e-15
_CONVERGED = 1e-8


@dataclass(frozen=True, slots=True)
class PenalisedFit:
    """A fitted rate.

    Attributes
    ----------
    intercept
        Logarithm of the rate where every column is at its mean.
    coef
        Change of that logarithm for one standard deviation of each column, shape (k,).
    centre, scale
        Mean and standard deviation of each column, shape (k,); a constant column has scale 1.
    """

    intercept: float
    coef: FloatArray
    centre: FloatArray
    scale: FloatArray

    def rate(self, columns: FloatArray) -> FloatArray:
        """Return the rate of each row of `columns`, shape (n,)."""
        slope = self.coef / self.scale
        log_rate = self.intercept + columns @ slope - float(self.centre @ slope)
        return np.asarray(np.exp(np.minimum(log_rate, _MOST_STEP)))


class _Rows(NamedTuple):
    """What is fitted, and how much of the penalty is the lasso's."""

    columns: FloatArray
    counts: FloatArray
    exposure: FloatArray
    l1_share: float

    def where(self, rows: NDArray[np.bool_]) -> _Rows:
        return _Rows(self.columns[rows], self.counts[rows], self.exposure[rows], self.l1_share)

    def standardised(self) -> tuple[_Rows, FloatArray, FloatArray]:
        centre, scale = self.columns.mean(axis=0), self.columns.std(axis=0)
        scale = np.where(scale > _EVEN, scale, 1.0)
        return self._replace(columns=(self.columns - centre) / scale), centre, scale

    def start(self) -> tuple[float, FloatArray]:
        mean = max(float(self.counts.sum() / self.exposure.sum()), _EVEN)
        return float(np.log(mean)), np.zeros(self.columns.shape[1])


def fit_penalised(
    columns: FloatArray,
    counts: FloatArray,
    exposure: FloatArray,
    *,
    penalty: float,
    l1_share: float = 1.0,
) -> PenalisedFit:
    """Fit log rate = intercept + columns · slopes with an elastic-net penalty.

    Least is −log likelihood ÷ n + penalty · (l1_share · Σ|b| + (1 − l1_share) · Σb²/2), on
    columns brought to mean 0 and standard deviation 1. A penalised slope is drawn towards 0: it
    is no estimate of what would happen if the place were changed.

    Parameters
    ----------
    columns, counts, exposure
        Shapes (n, k), (n,), (n,); exposure above 0.
    penalty, l1_share
        How strongly, and how much of it is the lasso's.

    References
    ----------
    Friedman, J., Hastie, T. and Tibshirani, R. (2010). Regularization paths for generalized
    linear models via coordinate descent. Journal of Statistical Software 33(1).

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> fit = fit_penalised(x, np.array([1.0, 3, 1, 3]), np.ones(4), penalty=0)
    >>> fit.rate(np.array([[0.0], [1.0]])).round(6).tolist()
    [1.0, 3.0]
    """
    rows, centre, scale = _Rows(columns, counts, exposure, l1_share).standardised()
    intercept, coef = _descend(rows, rows.start(), penalty)
    return PenalisedFit(intercept, coef, centre, scale)


def choose_penalty(
    columns: FloatArray,
    counts: FloatArray,
    exposure: FloatArray,
    folds: IntArray,
    *,
    l1_share: float = 1.0,
) -> float:
    """Return the penalty chosen by cross-validation, the largest within one standard error.

    Parameters
    ----------
    columns, counts, exposure
        As for :func:`fit_penalised`.
    folds
        Which part each row is left out with, shape (n,).
    """
    rows = _Rows(columns, counts, exposure, l1_share)
    penalties = _path(rows)
    parts = np.unique(folds)
    loss = np.array([_losses_left_out(rows, folds == part, penalties) for part in parts])
    mean = loss.mean(axis=0)
    best = int(np.argmin(mean))
    slack = loss[:, best].std(ddof=1) / np.sqrt(parts.size) if parts.size > 1 else 0.0
    return float(penalties[np.argmax(mean <= mean[best] + slack)])


def _path(rows: _Rows) -> FloatArray:
    """Return penalties from the least that leaves no column down to a thousandth of it."""
    standard, _, _ = rows.standardised()
    expected = rows.exposure * rows.counts.sum() / rows.exposure.sum()
    gradient = np.abs(standard.columns.T @ (rows.counts - expected)) / rows.counts.size
    most = max(float(gradient.max(initial=0.0)), _EVEN) / max(rows.l1_share, _LEAST_PENALTY)
    return np.geomspace(most, most * _LEAST_PENALTY, N_PENALTIES)


def _losses_left_out(rows: _Rows, is_out: NDArray[np.bool_], penalties: FloatArray) -> FloatArray:
    """Return the deviance a row of the part left out, at each penalty, warm from the one before."""
    out = rows.where(is_out)
    inside, centre, scale = rows.where(~is_out).standardised()
    at = inside.start()
    losses = []
    for penalty in penalties.tolist():
        at = _descend(inside, at, penalty)
        rate = PenalisedFit(at[0], at[1], centre, scale).rate(out.columns)
        losses.append(_deviance(out.counts, out.exposure * rate))
    return np.asarray(losses)


def _deviance(counts: FloatArray, expected: FloatArray) -> float:
    held = np.maximum(expected, _EVEN)
    ratio = np.divide(counts, held, out=np.ones_like(held), where=counts > 0)
    return float(np.mean(counts * np.log(ratio) - (counts - held)))


def _descend(rows: _Rows, at: tuple[float, FloatArray], penalty: float) -> tuple[float, FloatArray]:
    """Return intercept and slopes by reweighted least squares, each by coordinate descent."""
    standard, counts, exposure, l1_share = rows
    intercept, coef = at
    n, offset = counts.size, np.log(exposure)
    for _ in range(_MOST_ROUNDS):
        linear = np.clip(intercept + standard @ coef, -_MOST_STEP, _MOST_STEP)
        expected = np.exp(linear + offset)
        weight = expected / n
        working = linear + (counts - expected) / np.maximum(expected, _EVEN)
        # The intercept is not penalised: it is taken out by weighted means.
        total = weight.sum()
        mean_x, mean_z = weight @ standard / total, float(weight @ working / total)
        shifted = standard - mean_x
        gram = shifted.T @ (weight[:, None] * shifted)
        target = shifted.T @ (weight * (working - mean_z))
        after = _sweep(gram, target, coef, penalty * l1_share, penalty * (1 - l1_share))
        step = float(np.abs(after - coef).max(initial=0.0))
        moved = abs(mean_z - float(mean_x @ after) - intercept)
        coef, intercept = after, mean_z - float(mean_x @ after)
        if max(step, moved) < _CONVERGED:
            break
    return intercept, coef


@numba.njit(cache=True)
def _sweep(
    gram: FloatArray, target: FloatArray, start: FloatArray, lasso: float, ridge: float
) -> FloatArray:
    coef = start.copy()
    residual = target - gram @ coef
    for _ in range(_MOST_SWEEPS):
        largest = 0.0
        for k in range(coef.size):
            if gram[k, k] <= _FLAT:
                continue
            pull = residual[k] + gram[k, k] * coef[k]
            value = np.sign(pull) * max(abs(pull) - lasso, 0.0) / (gram[k, k] + ridge)
            change = value - coef[k]
            if change != 0.0:
                residual -= gram[:, k] * change
                coef[k] = value
                largest = max(largest, abs(change))
        if largest < _CONVERGED / 10:
            break
    return coef
