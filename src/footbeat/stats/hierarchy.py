"""Ratios of many places, drawn towards the common one.

Given a place's total, its treated incidents are binomial with odds ρ_p·m_p, where m_p is what
the odds would be without an effect. log ρ_p is normal around a common value; the spread is
estimated by marginal likelihood, with Gauss–Hermite quadrature instead of an approximation,
because most places have only a few incidents.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, gammaln, logsumexp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(41)
_LOG_WEIGHTS = np.log(_WEIGHTS) - 0.5 * np.log(2 * np.pi)
_LARGEST_SPREAD = 3.0
_NO_SPREAD = 1e-3
# Half the places lie within a third of the common ratio, one in twenty beyond a factor of 2.7.
_PRIOR_SPREAD = 0.5
_SPREADS = (0.05, 1.5, 16)
_N_COMMON, _N_GRID, _TAIL = 41, 1601, 5.0


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Common log ratio, spread of the places around it, and each place's ratio.

    Attributes
    ----------
    common, spread
        Mean and standard deviation of the log ratios.
    log_likelihood
        At the maximum, binomial constants included.
    ratio, low, high
        Posterior median and 95 % interval of each place's ratio, shape (places,).
    """

    common: float
    spread: float
    log_likelihood: float
    ratio: FloatArray
    low: FloatArray
    high: FloatArray


def shrink_ratios(treated: FloatArray, control: FloatArray, odds: FloatArray) -> Shrunk | None:
    """Estimate each place's ratio from few incidents by borrowing from the others.

    Parameters
    ----------
    treated, control
        Incidents on treated and on control place-days, shape (places,).
    odds
        Odds of an incident being on a treated place-day if patrols did nothing, such as
        treated over control place-days; shape (places,), above 0.

    Returns
    -------
    Shrunk or None
        None when an arm has no incident anywhere. Intervals allow for not knowing the common
        value and the spread (half-normal beforehand, 0.5): where all places look alike, each
        is as unsure as they are together. Places must not be ranked by them.
    """
    if treated.sum() == 0 or control.sum() == 0:
        return None
    start = np.log(treated.sum() / (odds * control).sum())

    def loss(parameters: FloatArray) -> float:
        return -float(logsumexp(_joint(parameters, treated, control, odds), axis=1).sum())

    best = min(
        (
            minimize(
                loss, [start, spread], method="L-BFGS-B",
                bounds=[(start - 4, start + 4), (_NO_SPREAD, _LARGEST_SPREAD)],
            )
            for spread in (0.05, 0.5)
        ),
        key=lambda found: found.fun,
    )  # fmt: skip
    quantiles = _posterior_quantiles(float(best.x[0]), treated, control, odds)
    return Shrunk(float(best.x[0]), float(best.x[1]), -float(best.fun), *np.exp(quantiles))


def _joint(
    parameters: FloatArray, treated: FloatArray, control: FloatArray, odds: FloatArray
) -> FloatArray:
    log_ratio = parameters[0] + parameters[1] * _NODES
    return np.asarray(_LOG_WEIGHTS + _binomial(log_ratio[None, :], treated, control, odds))


def _binomial(
    log_ratio: FloatArray, treated: FloatArray, control: FloatArray, odds: FloatArray
) -> FloatArray:
    logit = log_ratio + np.log(odds)[:, None]
    n = treated + control
    constant = gammaln(n + 1) - gammaln(treated + 1) - gammaln(control + 1)
    share = expit(logit)
    floor = np.finfo(float).tiny
    return np.asarray(
        constant[:, None]
        + treated[:, None] * np.log(np.maximum(share, floor))
        + control[:, None] * np.log(np.maximum(1 - share, floor))
    )


def _posterior_quantiles(
    centre: float, treated: FloatArray, control: FloatArray, odds: FloatArray
) -> FloatArray:
    """Return median and 95 % interval of each log ratio, unsure of common value and spread.

    With m_p(c, s) the likelihood of a place given common value c and spread s, and w(c, s) their
    posterior weight, the density of a place is L_p(θ) Σ w(c, s)/m_p(c, s) · N(θ; c, s).
    """
    reach = 5 * np.sqrt(1 / treated.sum() + 1 / control.sum() + _PRIOR_SPREAD**2 / len(treated))
    commons, spreads = np.meshgrid(
        centre + np.linspace(-reach, reach, _N_COMMON), np.linspace(*_SPREADS), indexing="ij"
    )
    pairs = np.column_stack([commons.ravel(), spreads.ravel()])
    known = np.array([logsumexp(_joint(one, treated, control, odds), axis=1) for one in pairs])
    log_weight = known.sum(axis=1) - 0.5 * (pairs[:, 1] / _PRIOR_SPREAD) ** 2
    share = np.exp(log_weight[:, None] - log_weight.max() - known + known.max(axis=0))
    grid = np.linspace(commons.min() - _TAIL, commons.max() + _TAIL, _N_GRID)
    law = np.exp(-0.5 * ((grid - pairs[:, :1]) / pairs[:, 1:]) ** 2) / pairs[:, 1:]
    density = np.exp(_binomial(grid[None, :], treated, control, odds)) * (share.T @ law)
    cumulative = density.cumsum(axis=1) / density.sum(axis=1, keepdims=True)
    rows = [[np.interp(level, one, grid) for one in cumulative] for level in (0.5, 0.025, 0.975)]
    return np.array(rows)
