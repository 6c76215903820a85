"""Whether the probability of belonging to the top is what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from footbeat.targeting.counting import shrunk_rates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.targeting.case import Case
    from footbeat.targeting.folds import Course

    FloatArray = NDArray[np.float64]

BANDS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)

_N_DRAWS = 500
_LEAST_P = 0.01


@dataclass(frozen=True, slots=True)
class Calibration:
    """Places given a probability of being in the next period's top, and how many were.

    Attributes
    ----------
    low, high
        The band of probability.
    n_places
        Places given one in the band, over all origins.
    expected, stayed
        Mean probability given, and share that was in the top.
    """

    low: float
    high: float
    n_places: int
    expected: float
    stayed: float


def calibrate_top(course: Course, rng: np.random.Generator) -> tuple[Calibration, ...]:
    """Compare the probability of being in the next period's top with what happened.

    The probability is that of the shrunken count: rates drawn from their posterior and counts
    of the next period from those rates, for the top a period shows is partly luck. Places given
    less than one in a hundred are left out. Places that tie at the end of the top share it.
    """
    given, came = [], []
    for fold in course.folds:
        before, after = course.before(fold), course.after(fold)
        probability = _foretell_top(before, course.exposure_ratio(fold), course.n_flagged, rng)
        told = probability >= _LEAST_P
        given.append(probability[told])
        came.append(share_of_top(after.counts, course.n_flagged)[told])
    return _bands(np.concatenate(given), np.concatenate(came))


def _foretell_top(before: Case, exposure: float, top: int, rng: np.random.Generator) -> FloatArray:
    posterior = shrunk_rates(before.reweighted(np.ones(len(before))), is_local=True)
    in_top = np.zeros(len(before.places))
    for _ in range(_N_DRAWS):
        rates = posterior.draw(rng, 1)[0] * before.places.exposure
        in_top += share_of_top(rng.poisson(rates * exposure).astype(np.float64), top)
    return in_top / _N_DRAWS


def calibrate_given(
    given: Sequence[FloatArray], stayed: Sequence[FloatArray]
) -> tuple[Calibration, ...]:
    """Compare probabilities given to all places at each origin with whether they stayed.

    Places given less than one in a hundred are left out.
    """
    if not given:
        return ()
    told = [probability >= _LEAST_P for probability in given]
    parts = [
        np.concatenate([values[mask] for values, mask in zip(all_values, told, strict=True)])
        for all_values in (given, stayed)
    ]
    return _bands(*parts)


def share_of_top(counts: FloatArray, top: int) -> FloatArray:
    """Return 1 for places above the end of the top, a share of 1 for those that tie there.

    A top of as many places as there are, or more, holds them all.
    """
    if top >= counts.size:
        return np.ones(counts.size)
    least = np.partition(counts, -top)[-top]
    above, tied = counts > least, counts == least
    share = (top - above.sum()) / tied.sum()
    return np.where(above, 1.0, np.where(tied, share, 0.0))


def _bands(given: FloatArray, came: FloatArray) -> tuple[Calibration, ...]:
    band = np.minimum(np.digitize(given, BANDS) - 1, len(BANDS) - 2)
    return tuple(
        Calibration(
            BANDS[k],
            BANDS[k + 1],
            int((band == k).sum()),
            float(given[band == k].mean()),
            float(came[band == k].mean()),
        )
        for k in range(len(BANDS) - 1)
        if (band == k).any()
    )
