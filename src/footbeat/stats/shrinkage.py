"""Rates drawn towards what is usual: empirical Bayes for counts that are partly luck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainccinv, gammaincinv

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Gamma posteriors of the rates behind counts.

    Attributes
    ----------
    rate
        Posterior mean of each place's rate per unit of exposure, shape (n,).
    prior_mean
        What each rate is drawn towards, shape (n,).
    shape
        Shape α of the gamma prior: small where places truly differ. Infinite where the counts
        vary no more than chance alone would make them: then `rate` is `prior_mean`.
    counts, exposure
        What was observed, shape (n,).
    """

    rate: FloatArray
    prior_mean: FloatArray
    shape: float
    counts: FloatArray
    exposure: FloatArray

    def among(self, index: NDArray[np.int64]) -> Self:
        """Return the posteriors of some places only."""
        return replace(
            self,
            rate=self.rate[index],
            prior_mean=self.prior_mean[index],
            counts=self.counts[index],
            exposure=self.exposure[index],
        )

    def bounds(self, chance: float) -> tuple[FloatArray, FloatArray]:
        """Return what each rate is below, and above, with so small a chance, each of shape (n,)."""
        if np.isinf(self.shape):
            return self.rate, self.rate
        scale = 1 / (self.shape / self.prior_mean + self.exposure)
        shape = self.shape + self.counts
        return gammaincinv(shape, chance) * scale, gammainccinv(shape, chance) * scale

    def draw(self, rng: np.random.Generator, n_draws: int) -> FloatArray:
        """Draw rates from the posterior, shape (n_draws, n)."""
        if np.isinf(self.shape):
            return np.broadcast_to(self.rate, (n_draws, self.rate.size)).copy()
        scale = 1 / (self.shape / self.prior_mean + self.exposure)
        return rng.gamma(self.shape + self.counts, scale, size=(n_draws, self.rate.size))


def shrink_rates(counts: FloatArray, exposure: FloatArray) -> Shrunk:
    """Draw the rate of each place towards the mean of all.

    With m = Σy/ΣE, s² = ΣE(y/E − m)²/ΣE, Ē the mean exposure and A = max(0, s² − m/Ē), the
    prior is gamma with β = m/A and α = mβ, and the rate is (y + α)/(E + β). With equal exposure
    the order is that of the counts; what is gained is the certainty of each rank.

    Parameters
    ----------
    counts
        Incidents, shape (n,).
    exposure
        What they are a rate of (1 for cells, metres for streets), more than 0, shape (n,).

    References
    ----------
    Marshall, R. J. (1991). Mapping disease and mortality rates using empirical Bayes
    estimators. Applied Statistics 40(2), 283–294.

    Examples
    --------
    >>> shrunk = shrink_rates(np.array([0.0, 0, 1, 7]), np.ones(4))
    >>> np.round(shrunk.rate, 2).tolist()
    [0.47, 0.47, 1.24, 5.82]
    """
    mean = counts.sum() / exposure.sum()
    return _shrink(counts, exposure, np.full(counts.size, mean))


def shrink_rates_locally(counts: FloatArray, exposure: FloatArray, near: csr_array) -> Shrunk:
    """Draw the rate of each place towards the mean of the places around it.

    The place itself does not enter its own mean, and the mean of all enters with the weight of
    one average place, so that a place among empty ones is not drawn to nothing. One shape α
    serves all places: 1/α is the excess of ΣE(y/E − mᵢ)²/ΣE over chance, relative to mᵢ², as
    in :func:`shrink_rates`, of which this is the local form.

    Parameters
    ----------
    counts, exposure
        As :func:`shrink_rates`.
    near
        Weights of the places around each place, shape (n, n), 0 on the diagonal.

    References
    ----------
    Marshall (1991), section 4.
    """
    total = exposure.sum()
    mean, typical = counts.sum() / total, total / max(counts.size, 1)
    around = (near @ counts + mean * typical) / (near @ exposure + typical)
    return _shrink(counts, exposure, around)


def _shrink(counts: FloatArray, exposure: FloatArray, prior_mean: FloatArray) -> Shrunk:
    if counts.sum() == 0:
        return Shrunk(np.zeros(counts.size), prior_mean, np.inf, counts, exposure)
    share = exposure / exposure.sum()
    spread = share @ (counts / exposure - prior_mean) ** 2
    chance = share @ prior_mean / exposure.mean()
    excess = spread - chance
    if excess <= 0:
        return Shrunk(prior_mean.copy(), prior_mean, np.inf, counts, exposure)
    shape = float(share @ prior_mean**2 / excess)
    rate = (counts + shape) / (exposure + shape / prior_mean)
    return Shrunk(rate, prior_mean, shape, counts, exposure)
