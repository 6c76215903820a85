"""Two rates from published totals: Wald, exact conditional and E-test.

These take counts and exposures only. They know nothing of places or days, so they treat every
incident as independent; where the place-days are at hand, randomisation inference is better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import beta, binomtest, norm, poisson

if TYPE_CHECKING:
    from numpy.typing import NDArray

Variance = Literal["pooled", "unpooled"]

_TAIL = 1e-13
_TIE = 1e-9
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Counted:
    """Incidents and the exposure they were counted over, in any one unit."""

    n: int
    exposure: float

    @property
    def rate(self) -> float:
        """Incidents for each unit of exposure."""
        return self.n / self.exposure


@dataclass(frozen=True, slots=True)
class RatioInterval:
    """A 95 % interval of a rate ratio and the two-sided p of 1; None where open or unknown."""

    low: float | None
    high: float | None
    p: float | None


def rate_ratio(treated: Counted, control: Counted) -> float | None:
    """Return the treated rate over the control rate; None without control incidents.

    Examples
    --------
    >>> round(rate_ratio(Counted(6, 720), Counted(34, 1080)), 6)
    0.264706
    """
    return treated.rate / control.rate if control.n else None


def wald_ratio(treated: Counted, control: Counted, *, level: float = 0.95) -> RatioInterval:
    """Return the normal interval of the log rate ratio; unknown when an arm has no incident.

    With fewer than about ten incidents in an arm it promises too much: read the exact one.
    """
    if not (treated.n and control.n):
        return RatioInterval(None, None, None)
    log_ratio = math.log(treated.rate / control.rate)
    se = math.sqrt(1 / treated.n + 1 / control.n)
    reach = float(norm.ppf((1 + level) / 2)) * se
    p = float(2 * norm.sf(abs(log_ratio) / se))
    return RatioInterval(math.exp(log_ratio - reach), math.exp(log_ratio + reach), p)


def exact_ratio(treated: Counted, control: Counted, *, level: float = 0.95) -> RatioInterval:
    """Return the conditional exact interval (Clopper–Pearson) and binomial p.

    Given the total, the treated incidents are binomial. The p sums the outcomes no more likely
    than the one observed. An arm without incidents leaves its side of the interval open.

    Examples
    --------
    >>> exact = exact_ratio(Counted(0, 720), Counted(3, 1080))
    >>> exact.low is None, round(exact.p, 3)
    (True, 0.28)
    """
    total = treated.n + control.n
    if not total:
        return RatioInterval(None, None, None)
    share = treated.exposure / (treated.exposure + control.exposure)
    tail = (1 - level) / 2
    low = beta.ppf(tail, treated.n, control.n + 1) if treated.n else None
    high = beta.ppf(1 - tail, treated.n + 1, control.n) if control.n else None
    p = float(binomtest(treated.n, total, share).pvalue)
    odds = control.exposure / treated.exposure
    return RatioInterval(
        None if low is None else float(low / (1 - low) * odds),
        None if high is None else float(high / (1 - high) * odds),
        p,
    )


def e_test(treated: Counted, control: Counted, *, variance: Variance = "pooled") -> float | None:
    """Return the two-sided p of the E-test of equal rates; None without any incident.

    Both counts are taken as Poisson with the pooled rate, and the chance of a statistic at
    least as large is summed over all pairs of counts. The two variances differ when the
    exposures do, so a published p must say which was used.

    Parameters
    ----------
    treated, control
        The two counts.
    variance
        ``pooled`` divides by the variance under equal rates; ``unpooled`` by x₁/n₁² + x₂/n₂²,
        as Krishnamoorthy and Thomson do.

    References
    ----------
    Krishnamoorthy, K. and Thomson, J. (2004). Journal of Statistical Planning and Inference
    119, 23–35.
    """
    total = treated.n + control.n
    if not total:
        return None
    pooled_rate = total / (treated.exposure + control.exposure)
    exposures = (treated.exposure, control.exposure)
    counts = [_plausible_counts(pooled_rate * exposure) for exposure in exposures]
    chances = [
        poisson.pmf(x, pooled_rate * exposure)
        for x, exposure in zip(counts, exposures, strict=True)
    ]
    observed = _standardise(
        np.array([treated.n]), np.array([control.n]), exposures=exposures, variance=variance
    )[0, 0]
    p = 0.0
    rows = max(1, _CELLS_AT_ONCE // len(counts[1]))
    for first in range(0, len(counts[0]), rows):
        block = slice(first, first + rows)
        z = _standardise(counts[0][block], counts[1], exposures=exposures, variance=variance)
        extreme = np.abs(z) >= abs(observed) * (1 - _TIE)
        p += float(chances[0][block] @ (extreme @ chances[1]))
    return min(p, 1.0)


def _plausible_counts(mean: float) -> NDArray[np.int64]:
    low, high = poisson.ppf(_TAIL, mean), poisson.isf(_TAIL, mean)
    return np.arange(max(0, int(low) - 1), int(high) + 2, dtype=np.int64)


def _standardise(
    treated: NDArray[np.int64],
    control: NDArray[np.int64],
    *,
    exposures: tuple[float, float],
    variance: Variance,
) -> NDArray[np.float64]:
    first, second = treated[:, None], control[None, :]
    if variance == "pooled":
        rate = (first + second) / (exposures[0] + exposures[1])
        spread = rate * (1 / exposures[0] + 1 / exposures[1])
    else:
        spread = first / exposures[0] ** 2 + second / exposures[1] ** 2
    difference = first / exposures[0] - second / exposures[1]
    return np.asarray(difference / np.sqrt(np.where(spread > 0, spread, 1.0)))
