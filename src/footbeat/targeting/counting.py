"""Scores that count: the baseline every other method must beat, and its shrunken form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.shrinkage import shrink_rates, shrink_rates_locally
from footbeat.targeting.case import Scores

if TYPE_CHECKING:
    from footbeat.stats.shrinkage import Shrunk
    from footbeat.targeting.case import Case


@dataclass(frozen=True, slots=True)
class CountOptions:
    """The count has nothing to choose."""


@dataclass(frozen=True, slots=True)
class ShrunkCountOptions:
    """What counts are drawn towards.

    Attributes
    ----------
    is_local
        Towards the places that touch each place; otherwise towards the mean of all, which on
        cells of equal size leaves the order as the count has it.
    """

    is_local: bool = True


def score_count(case: Case, options: CountOptions) -> Scores:  # noqa: ARG001 - one signature
    """Score each place by its incidents, or harm, whatever its size.

    The baseline: simple, and on many towns no worse than anything else. It cannot tell luck
    from place: read it with its rank intervals.
    """
    return Scores(case.totals)


def score_shrunk_count(case: Case, options: ShrunkCountOptions) -> Scores:
    """Score each place by its rate drawn towards that of its surroundings.

    A count that stands alone is believed less than one among busy places. Harm is first
    divided by the mean weight an incident of harm carries, Σw²/Σw, so that its variance is
    again about its mean; the score is returned in the weights' own unit.
    """
    unit = weight_unit(case)
    return Scores(shrunk_rates(case, is_local=options.is_local).rate * unit)


def shrunk_rates(case: Case, *, is_local: bool) -> Shrunk:
    """Return the posterior rates, in units of :func:`weight_unit`."""
    counts = case.totals / weight_unit(case)
    if is_local:
        return shrink_rates_locally(counts, case.places.exposure, case.places.touching)
    return shrink_rates(counts, case.places.exposure)


def weight_unit(case: Case) -> float:
    """Return Σw²/Σw, the variance over the mean of a sum of so weighted Poisson incidents."""
    total = float(case.weight.sum())
    return float(np.square(case.weight).sum()) / total if total > 0 else 1.0
