"""Space-time scan statistics: the ground and recent days with most above what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_array

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Model = Literal["permutation", "poisson"]


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a scan.

    Attributes
    ----------
    score
        By place, the highest log likelihood ratio of a cylinder around it that holds more than
        expected; 0 where none does.
    disk, window
        By place, which disk and which window that was; −1 where none.
    p
        By place, (1 + draws whose highest anywhere is at least as high) / (1 + draws): the
        whole map was searched, and p allows for it. NaN without draws.
    """

    score: FloatArray
    disk: IntArray
    window: IntArray
    p: FloatArray


@dataclass(frozen=True, slots=True)
class Cylinders:
    """What is scanned.

    Attributes
    ----------
    disks
        For each radius, 1 where a place lies in the disk around another, shape (n, n).
    windows_days
        Lengths of the cylinders, which all end now.
    observed
        The runs of days observed, as ages: days from each one's end and from its beginning to
        now, shape (runs, 2).
    model
        What is expected.
    """

    disks: Sequence[csr_array]
    windows_days: Sequence[float]
    observed: FloatArray
    model: Model = "permutation"

    @property
    def shares(self) -> FloatArray:
        """What share of the days observed each window holds, shape (windows,)."""
        youngest, oldest = self.observed.T
        windows = np.asarray(self.windows_days, dtype=np.float64)[:, None]
        held = np.clip(np.minimum(oldest, windows) - youngest, 0, None).sum(axis=1)
        return np.asarray(held / (oldest - youngest).sum(), dtype=np.float64)

    def draw_ages(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw ages evenly over the days observed, shape (n,)."""
        youngest, oldest = self.observed.T
        length = oldest - youngest
        run = rng.choice(length.size, n, p=length / length.sum())
        return np.asarray(rng.uniform(youngest[run], oldest[run]), dtype=np.float64)


def scan_cylinders(
    place: IntArray,
    age_days: FloatArray,
    cylinders: Cylinders,
    *,
    weights: FloatArray | None = None,
    n_draws: int = 0,
    rng: np.random.Generator | None = None,
) -> Scan:
    """Scan cylinders that end now.

    *Permutation*: expected is the share of the place times the share of the days, which asks
    nothing of the population and allows for a busy month everywhere. *Poisson*: expected is the
    place's own rate over all days observed, so that a busy month everywhere shows too.

    p is exact or cautious: with few events many draws reach the same ratio, and each that does
    counts against the cluster.

    Parameters
    ----------
    place, age_days
        Place and age of each event, shape (m,).
    cylinders
        What is scanned.
    weights
        What each event counts for, shape (m,); 1 where None.
    n_draws, rng
        Monte Carlo draws of the days over the events, and their source of chance.

    References
    ----------
    Kulldorff, M. et al. (2005). A space-time permutation scan statistic. PLoS Medicine 2, e59.
    """
    weights = np.ones(place.size) if weights is None else weights
    score, disk, window = _scan(place, age_days, weights, cylinders)
    highest = []
    if rng is not None:
        for _ in range(n_draws):
            drawn = _draw_ages(age_days, cylinders, rng)
            highest.append(_scan(place, drawn, weights, cylinders)[0].max())
    p = np.full(score.size, np.nan)
    if highest:
        beaten = len(highest) - np.searchsorted(np.sort(highest), score - 1e-12)
        p = (1 + beaten) / (1 + len(highest))
    return Scan(score, disk, window, p)


def _draw_ages(age_days: FloatArray, cylinders: Cylinders, rng: np.random.Generator) -> FloatArray:
    if cylinders.model == "permutation":
        return rng.permutation(age_days)
    return cylinders.draw_ages(age_days.size, rng)


def _scan(
    place: IntArray, age_days: FloatArray, weights: FloatArray, cylinders: Cylinders
) -> tuple[FloatArray, IntArray, IntArray]:
    disks, windows = cylinders.disks, np.asarray(cylinders.windows_days, dtype=np.float64)
    n_places, n_events = disks[0].shape[0], max(float(weights.sum()), 1e-9)
    total = np.bincount(place, weights, n_places)
    recent = np.stack(
        [np.bincount(place, weights * (age_days < w), n_places) for w in windows], axis=1
    )
    is_permuted = cylinders.model == "permutation"
    share = recent.sum(axis=0) / n_events if is_permuted else cylinders.shares
    best = np.zeros(n_places)
    disk, window = np.full(n_places, -1), np.full(n_places, -1)
    for number, inside in enumerate(disks):
        observed, expected = inside @ recent, (inside @ total)[:, None] * share[None, :]
        ratio = _log_ratio(observed, expected, n_events)
        column = ratio.argmax(axis=1)
        here = ratio[np.arange(n_places), column]
        better = here > best
        best[better], disk[better], window[better] = here[better], number, column[better]
    return best, disk, window


def _log_ratio(observed: FloatArray, expected: FloatArray, n_events: float) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = xlogy(observed, observed / expected)
        outside = xlogy(n_events - observed, (n_events - observed) / (n_events - expected))
    ratio = np.nan_to_num(inside + outside)
    return np.where(observed > expected, ratio, 0.0)
