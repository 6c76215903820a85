"""Patrols still to come, judged by what the days before could foretell: for linked days.

Where a mechanism draws days together, tomorrow's arm follows in part from today's and earlier
ones, and those may act. So tomorrow's arm is compared with its mean among all redraws whose arms
at that place, on that day and the days before it, were the same. What is left of it is pure
chance, whatever earlier patrols do; no model of crime is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numba
import numpy as np

from footbeat.stats.permute import TIE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

DAYS_KNOWN = 7
_PASTS = 2**DAYS_KNOWN


def lead_sums(
    arms: BoolArray, outcome: FloatArray, following: NDArray[np.int64], codes: NDArray[np.int64]
) -> FloatArray:
    """Return Σ(A−e)y and Σ(A−e)²y² of tomorrow's arms under every draw, shape (2, R).

    Parameters
    ----------
    arms
        Draws of the mechanism, the one that was used first, shape (R, days, places). Each of
        them is judged in the same way, so that none stands out by being the true one.
    outcome
        Today's outcomes, today's patrol taken out, shape (days, places).
    following
        Position of the day after each day, −1 where none was drawn.
    codes
        Stratum of each place: places of a stratum are exchangeable.
    """
    return np.asarray(_sum_leads(arms, outcome, following, codes, int(codes.max()) + 1))


def lead_p(sums: FloatArray) -> float | None:
    """Return the two-sided p of the first draw among all; None where nothing could be judged."""
    if sums[1, 0] <= 0:
        return None
    z = np.abs(sums[0]) / np.sqrt(np.where(sums[1] > 0, sums[1], 1.0))
    return float((z >= z[0] - TIE).sum() / len(z))


@numba.njit(cache=True)
def _sum_leads(
    arms: BoolArray,
    outcome: FloatArray,
    following: NDArray[np.int64],
    codes: NDArray[np.int64],
    n_codes: int,
) -> FloatArray:
    n_draws, n_days, n_places = arms.shape
    past = np.zeros((n_draws, n_places), dtype=np.int64)
    sums = np.zeros((2, n_draws))
    for day in range(n_days):
        after = following[day]
        treated, seen = np.zeros((2, n_codes * _PASTS))
        for draw in range(n_draws):
            for place in range(n_places):
                past[draw, place] = (2 * past[draw, place] + arms[draw, day, place]) % _PASTS
                if after >= 0:
                    key = codes[place] * _PASTS + past[draw, place]
                    treated[key] += arms[draw, after, place]
                    seen[key] += 1
        if after < 0:
            continue
        for busy in np.flatnonzero(outcome[day]):
            for draw in range(n_draws):
                key = codes[busy] * _PASTS + past[draw, busy]
                left = (arms[draw, after, busy] - treated[key] / seen[key]) * outcome[day, busy]
                sums[0, draw] += left
                sums[1, draw] += left * left
    return sums
