"""Incidents laid out over places: the one input of every targeting method."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from footbeat.targeting.observed import Observed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from footbeat.targeting.features import Features
    from footbeat.targeting.places import Places

    IntArray = NDArray[np.int64]
    FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """Incidents, and the places they lie in.

    Attributes
    ----------
    places
        What can be chosen.
    x, y
        Where incidents happened, in metres, shape (m,).
    day
        When, in days since 1970 by the local calendar, fractions kept: the middle of the time it
        can have happened.
    weight
        What each counts for: 1, or days of harm, shape (m,).
    place
        The index of the place each lies in, −1 for none, shape (m,).
    start_day, end_day
        The period looked at, in the same days. Methods look ahead from its end.
    observed
        The days the data cover: what is missing within the period did not pass without an
        incident, it is not known.
    features
        Features of the ground, where a file of them was given; only those that stood at the
        end of the period are ever looked at.
    """

    places: Places
    x: FloatArray
    y: FloatArray
    day: FloatArray
    weight: FloatArray
    place: IntArray
    start_day: float
    end_day: float
    features: Features | None = None
    observed: Observed = field(default_factory=Observed.always)

    def __len__(self) -> int:
        return self.x.size

    @property
    def totals(self) -> FloatArray:
        """The weight in each place, shape (places,)."""
        inside = self.place >= 0
        return np.bincount(self.place[inside], self.weight[inside], len(self.places)).astype(
            np.float64
        )

    @property
    def counts(self) -> FloatArray:
        """The incidents in each place, whatever they weigh, shape (places,)."""
        inside = self.place[self.place >= 0]
        return np.bincount(inside, minlength=len(self.places)).astype(np.float64)

    @property
    def is_weighted(self) -> bool:
        """Whether any incident counts for other than 1."""
        return bool((self.weight != 1).any())

    def reweighted(self, weight: FloatArray) -> Self:
        """Return the same incidents with other weights."""
        return replace(self, weight=weight)

    def where(self, rows: NDArray[np.bool_] | IntArray) -> Self:
        """Return some of the incidents, by mask or by index, over the same places."""
        return replace(
            self,
            x=self.x[rows],
            y=self.y[rows],
            day=self.day[rows],
            weight=self.weight[rows],
            place=self.place[rows],
        )

    def repeated(self, times: IntArray) -> Self:
        """Return each incident as often as `times` says, shape (m,): a bootstrap sample."""
        return self.where(np.repeat(np.arange(len(self)), times))

    def redrawn(self, rng: np.random.Generator) -> Self:
        """Return a bootstrap sample: each incident a Poisson(1) number of times."""
        return self.repeated(rng.poisson(1.0, len(self)))

    @property
    def spans(self) -> FloatArray:
        """The runs of days observed within the period, in order, shape (spans, 2)."""
        return self.observed.within(self.start_day, self.end_day)

    @property
    def observed_days(self) -> float:
        """The days observed within the period."""
        return self.observed.days(self.start_day, self.end_day)

    def between(self, start_day: float, end_day: float) -> Self:
        """Return the incidents of a period, its end not included, as all there is."""
        part = self.where((self.day >= start_day) & (self.day < end_day))
        return replace(part, start_day=start_day, end_day=end_day)


@dataclass(frozen=True, slots=True)
class TalliedCase(Case):
    """A case whose places were counted elsewhere; it holds the incidents of some of them only.

    Attributes
    ----------
    tally
        Incidents in each place, shape (places,).
    """

    tally: FloatArray = field(default_factory=lambda: np.empty(0))

    @classmethod
    def at(cls, places: Places, tally: FloatArray) -> Self:
        """Return the case of so many incidents in each place, none of which is at hand."""
        none = np.empty(0)
        return cls(places, none, none, none, none, none.astype(np.int64), 0.0, 1.0, tally=tally)

    def redrawn(self, rng: np.random.Generator) -> Self:
        """Return a bootstrap sample: Poisson(1) times each of n incidents is Poisson(n)."""
        return replace(self, tally=rng.poisson(self.tally).astype(np.float64))

    def __len__(self) -> int:
        return int(self.tally.sum())

    @property
    def totals(self) -> FloatArray:
        """The incidents in each place."""
        return self.tally

    @property
    def counts(self) -> FloatArray:
        """The incidents in each place."""
        return self.tally


@dataclass(frozen=True, slots=True)
class Scores:
    """What a method says of every place.

    Attributes
    ----------
    score
        Higher is hotter, shape (places,).
    p, p_fdr
        Pseudo-probabilities of so high a score by chance, and adjusted for the number of
        places, where the method has them.
    said
        What the method has to say of how it came to them, in sentences.
    statistic
        What the method is named after, where places cannot be ranked by it as it is: local Moran's
        I is as high among cold places as among hot ones. None where it is the score.
    quadrant
        ``high-high``, ``low-high`` …: the place, then its neighbours, where the method has them.
    figures
        What the method says of all places together, by name.
    """

    score: FloatArray
    p: FloatArray | None = None
    p_fdr: FloatArray | None = None
    said: tuple[str, ...] = ()
    statistic: FloatArray | None = None
    quadrant: NDArray[np.str_] | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
