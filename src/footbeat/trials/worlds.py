"""Made-up trials on a real design: what its analysis would do if the truth were known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.trials.panel import Panel, Phase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

# Common assault to homicide, in shares typical of recorded violence in public places.
HARM_DAYS = np.array([1.0, 10.0, 365.0, 1460.0, 5475.0])
HARM_SHARES = np.array([0.30, 0.45, 0.19, 0.057, 0.003])


@dataclass(frozen=True, slots=True)
class World:
    """What is true in a simulated trial.

    Attributes
    ----------
    rate
        Mean incidents a place-day without patrol.
    ratio
        True rate ratio of a patrol on its own day; 1 is no effect.
    place_shape
        Shape of the gamma by which places differ; infinite means all alike.
    day_shape
        The same for days.
    dispersion
        Variance over mean of a place-day's count; 1 is Poisson.
    carry_over
        Ratio that yesterday's patrol puts on today; 1 is none.
    """

    rate: float
    ratio: float = 1.0
    place_shape: float = 2.0
    day_shape: float = 10.0
    dispersion: float = 1.0
    carry_over: float = 1.0

    def draw_counts(self, arms: BoolArray, rng: np.random.Generator) -> FloatArray:
        """Draw the incidents of every place-day, shape (days, places)."""
        n_days, n_places = arms.shape
        mean = self.rate * _gamma(self.place_shape, (1, n_places), rng)
        mean = mean * _gamma(self.day_shape, (n_days, 1), rng)
        before = np.vstack([np.zeros((1, n_places), dtype=bool), arms[:-1]])
        mean = mean * np.where(arms, self.ratio, 1.0) * np.where(before, self.carry_over, 1.0)
        if self.dispersion > 1:
            mean = rng.gamma(mean / (self.dispersion - 1), self.dispersion - 1)
        return rng.poisson(mean).astype(np.float64)


@dataclass(frozen=True)
class Design:
    """One phase's mechanism over its places and days."""

    mechanism: str
    roster: Roster

    def draw_arms(self, rng: np.random.Generator, n: int = 1) -> BoolArray:
        """Draw `n` schedules, shape (n, days, places)."""
        day, place = (index.ravel() for index in np.indices(self.roster.shape))
        mechanism = parse_mechanism(self.mechanism)
        arms = mechanism.replay(self.roster, day, place, n_draws=n, rng=rng)
        return arms.reshape(n, *self.roster.shape)

    def lay_out(
        self, arms: BoolArray, probability: FloatArray, bank: dict[str, NDArray[Any]]
    ) -> Panel:
        """Lay one drawn schedule out; values are then given in the order of `arms.ravel()`.

        Trials that share a `bank` share the redraws of a mechanism that draws days together.
        """
        rows = np.arange(arms.size).reshape(arms.shape)
        mechanism = parse_mechanism(self.mechanism)
        everywhere = np.ones(arms.shape, dtype=bool)
        return Panel((Phase(mechanism, self.roster, rows, arms, probability, everywhere, bank),))

    def probabilities(self) -> FloatArray:
        """Return the chance of each place-day, shape (days, places)."""
        return parse_mechanism(self.mechanism).probabilities(self.roster)


def draw_harm(counts: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw the harm of every incident from a typical mix and add it up, in days."""
    n = int(counts.sum())
    harm = rng.choice(HARM_DAYS, n, p=HARM_SHARES)
    place = np.repeat(np.arange(counts.size), counts.ravel().astype(np.int64))
    return (
        np.bincount(place, weights=harm, minlength=counts.size).reshape(counts.shape).astype(float)
    )


def _gamma(shape: float, size: tuple[int, int], rng: np.random.Generator) -> FloatArray:
    if not np.isfinite(shape):
        return np.ones(size)
    return rng.gamma(shape, 1 / shape, size)
