"""Rates behind counts of which only those above nought are listed.

A list of the cells with incidents says nothing of how many cells had none. The gamma prior of
empirical Bayes is then fitted to the counts given that they are at least 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


def fit_truncated_gamma(counts: FloatArray) -> tuple[float, float]:
    """Return the shape α and rate β of the gamma prior behind zero-truncated Poisson counts.

    A place with count y has posterior mean (y + α)/(1 + β). Counts that vary no more than
    chance give a large α and β, and every place is then believed to be average.

    Parameters
    ----------
    counts
        Counts of at least 1, shape (n,).

    References
    ----------
    Sampford, M. R. (1955). The truncated negative binomial distribution. Biometrika 42, 58–69.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> counts = rng.poisson(rng.gamma(0.5, 4.0, 20_000)).astype(float)
    >>> shape, rate = fit_truncated_gamma(counts[counts > 0])
    >>> round(shape, 1), round(rate, 2)
    (0.5, 0.25)
    """
    values, times = np.unique(counts, return_counts=True)

    def loss(logs: FloatArray) -> float:
        shape, rate = np.exp(logs)
        empty = shape * np.log(rate / (1 + rate))
        likelihood = (
            gammaln(values + shape)
            - gammaln(shape)
            - gammaln(values + 1)
            + empty
            - values * np.log1p(rate)
            - np.log(-np.expm1(empty))
        )
        return -float(times @ likelihood)

    bounds = [(-7.0, 7.0), (-7.0, 7.0)]
    fit = minimize(loss, np.array([-0.5, -0.5]), method="L-BFGS-B", bounds=bounds)
    shape, rate = np.exp(fit.x)
    return float(shape), float(rate)
