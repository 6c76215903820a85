"""Did crime move? Weighted displacement difference and quotient, from totals before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts before and after in one kind of area, with weights.

    Attributes
    ----------
    pre, post
        Incidents, shape (rows,); several rows add up, such as offences with their own harm.
    weight_pre, weight_post
        What each is divided by: length of the period times size of the area.
    harm
        What an incident of the row counts for.
    """

    pre: FloatArray
    post: FloatArray
    weight_pre: FloatArray
    weight_post: FloatArray
    harm: FloatArray

    @property
    def before(self) -> float:
        """Weighted total before."""
        return float((self.harm * self.pre / self.weight_pre).sum())

    @property
    def after(self) -> float:
        """Weighted total after."""
        return float((self.harm * self.post / self.weight_post).sum())

    @property
    def change(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def variance(self) -> float:
        """Variance of the change when counts are Poisson: the sum of the counts, weighted."""
        parts = self.pre / self.weight_pre**2 + self.post / self.weight_post**2
        return float((self.harm**2 * parts).sum())


@dataclass(frozen=True, slots=True)
class Areas:
    """The four kinds of area; the two for displacement may be left out."""

    treated: Counts
    control: Counts
    displacement_treated: Counts | None = None
    displacement_control: Counts | None = None


@dataclass(frozen=True, slots=True)
class DisplacementDifference:
    """How many more or fewer incidents than the control areas' change leads one to expect.

    Attributes
    ----------
    wdd, se, z, low, high, p
        The total, negative when fewer, with its error and interval.
    local, local_se, displacement, displacement_se
        Its two parts: in the treated areas, and around them.
    """

    wdd: float
    se: float
    z: float | None
    low: float
    high: float
    p: float | None
    local: float
    local_se: float
    displacement: float
    displacement_se: float


@dataclass(frozen=True, slots=True)
class DisplacementQuotient:
    """Change around the treated areas for each unit of change within them.

    Attributes
    ----------
    wdq
        Above 0 benefits spread; below 0 crime moved; below −1 more moved than was prevented.
        None when the treated areas did not change against control, or control had none.
        It reads so only where `success` is negative.
    success, buffer
        Change of the share of the control count, in the treated areas and around them.
    tne
        Total net effect: incidents prevented in both, as against control.
    """

    wdq: float | None
    success: float | None
    buffer: float | None
    tne: float | None


def weigh_difference(areas: Areas, *, level: float = 0.95) -> DisplacementDifference:
    """Return the weighted displacement difference.

    It adds up raw counts, so treated and control areas must be comparable before; and the
    counts are taken as Poisson, which repeat victimisation makes too certain.

    References
    ----------
    Wheeler, A. P. and Ratcliffe, J. H. (2018). Crime Science 7:11.
    """
    local = areas.treated.change - areas.control.change
    variance = areas.treated.variance + areas.control.variance
    around, around_variance = 0.0, 0.0
    for sign, part in ((1, areas.displacement_treated), (-1, areas.displacement_control)):
        if part is not None:
            around += sign * part.change
            around_variance += part.variance
    total, se = local + around, float(np.sqrt(variance + around_variance))
    reach = float(norm.ppf((1 + level) / 2)) * se
    z = total / se if se > 0 else None
    return DisplacementDifference(
        total,
        se,
        z,
        total - reach,
        total + reach,
        None if z is None else float(2 * norm.sf(abs(z))),
        local,
        float(np.sqrt(variance)),
        around,
        float(np.sqrt(around_variance)),
    )


def weigh_quotient(areas: Areas) -> DisplacementQuotient:
    """Return the weighted displacement quotient and the total net effect.

    References
    ----------
    Bowers, K. J. and Johnson, S. D. (2003). Measuring the geographical displacement and
    diffusion of benefit effects of crime prevention activity. Journal of Quantitative
    Criminology 19(3), 275–301.
    """
    target, around, control = areas.treated, areas.displacement_treated, areas.control
    if around is None or control.before <= 0 or control.after <= 0:
        return DisplacementQuotient(None, None, None, None)
    success = target.after / control.after - target.before / control.before
    buffer = around.after / control.after - around.before / control.before
    growth = control.after / control.before
    tne = (target.before * growth - target.after) + (around.before * growth - around.after)
    return DisplacementQuotient(buffer / success if success else None, success, buffer, tne)
