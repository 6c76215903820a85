"""What a place-day trial can detect, in closed form.

With n_T treated and n_C control place-days, λ incidents a place-day without patrol, rate
ratio r and over-dispersion φ, the log ratio has SE² = φ[1/(n_T λ r) + 1/(n_C λ)]. An effect is
detectable when |ln r| > (z₁₋α⸝₂ + z_power)·SE. Places that differ, carry-over and imperfect
delivery make it worse: `footbeat trial calibrate` simulates those.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

if TYPE_CHECKING:
    from collections.abc import Callable

_LARGEST_LOG_EFFECT = 50.0


def log_ratio_se(
    n_treated: float, n_control: float, rate: float, *, ratio: float, dispersion: float = 1.0
) -> float:
    """Return the standard error of the log rate ratio that a design would give.

    Parameters
    ----------
    n_treated, n_control
        Place-days in each arm.
    rate
        Incidents a place-day without patrol.
    ratio
        True rate ratio, above 0.
    dispersion
        Variance over mean of the counts; 1 is Poisson.

    Examples
    --------
    >>> round(log_ratio_se(720, 1080, 0.1, ratio=0.6), 2)
    0.18
    """
    return math.sqrt(dispersion / rate * (1 / (n_treated * ratio) + 1 / n_control))


def minimum_detectable_reduction(
    n_treated: float,
    n_control: float,
    rate: float,
    *,
    dispersion: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """Return the smallest reduction, 0 to 1, that would be found with the given power.

    None means that no reduction at all would be: even a fall to nothing rests on too few
    incidents. The rate must be the one expected in the trial; the rate of the period in which
    the places were chosen is inflated and promises too much.

    Examples
    --------
    >>> round(minimum_detectable_reduction(720, 1080, 0.1), 6)
    0.39524
    >>> minimum_detectable_reduction(720, 1080, 0.02) is None
    True
    """
    if min(n_treated, n_control, rate) <= 0:
        return None
    needed = _z_sum(alpha, power)

    def margin(log_effect: float) -> float:
        ratio = math.exp(-log_effect)
        se = log_ratio_se(n_treated, n_control, rate, ratio=ratio, dispersion=dispersion)
        return log_effect - needed * se

    log_effect = _first_root(margin)
    return None if log_effect is None else 1 - math.exp(-log_effect)


def detection_power(
    n_treated: float,
    n_control: float,
    rate: float,
    *,
    ratio: float,
    dispersion: float = 1.0,
    alpha: float = 0.05,
) -> float:
    """Return the chance, 0 to 1, that a true rate ratio would be found.

    A ratio of 1 gives α/2, the chance of a false finding in that direction.

    Examples
    --------
    >>> round(detection_power(720, 1080, 0.1, ratio=1 - 0.39524), 3)
    0.8
    """
    if min(n_treated, n_control, rate, ratio) <= 0:
        return 0.0
    se = log_ratio_se(n_treated, n_control, rate, ratio=ratio, dispersion=dispersion)
    return float(norm.cdf(abs(math.log(ratio)) / se - norm.ppf(1 - alpha / 2)))


def placedays_needed(
    share_treated: float,
    rate: float,
    *,
    ratio: float,
    dispersion: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """Return how many place-days, both arms together, would find a true rate ratio.

    None where no number would: a ratio of 1, no incidents, or nobody in an arm.
    """
    if ratio <= 0 or ratio == 1 or rate <= 0 or not 0 < share_treated < 1:
        return None
    se_of_one = log_ratio_se(
        share_treated, 1 - share_treated, rate, ratio=ratio, dispersion=dispersion
    )
    return (_z_sum(alpha, power) * se_of_one / math.log(ratio)) ** 2


def days_needed(
    n_hotspots: int,
    share_treated: float,
    rate: float,
    *,
    ratio: float,
    dispersion: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
) -> int | None:
    """Return how many days a trial must run to find a true rate ratio.

    Examples
    --------
    >>> days_needed(20, 0.5, 0.05, ratio=0.85)
    1294
    """
    total = placedays_needed(
        share_treated, rate, ratio=ratio, dispersion=dispersion, alpha=alpha, power=power
    )
    return None if total is None or n_hotspots < 1 else math.ceil(total / n_hotspots - 1e-9)


def _z_sum(alpha: float, power: float) -> float:
    return float(norm.ppf(1 - alpha / 2) + norm.ppf(power))


def _first_root(margin: Callable[[float], float]) -> float | None:
    # The margin is concave in the log effect and negative at 0, so its first root, if any,
    # lies before its peak.
    peak = minimize_scalar(
        lambda value: -margin(value), bounds=(0.0, _LARGEST_LOG_EFFECT), method="bounded"
    )
    if -peak.fun < 0:
        return None
    return float(brentq(margin, 0.0, peak.x, xtol=1e-12))
