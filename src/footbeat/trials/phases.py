"""The phases of a trial: place-days as days by places, and the draw they came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import block_diag

from footbeat.stats.permute import batch_size, in_batches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism, Roster

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Phase:
    """One phase: its draw and the rows of the place-days that belong to it.

    Attributes
    ----------
    mechanism, roster
        What was drawn, and over which places and days.
    rows
        Row of each place-day in the frame, −1 where there is none, shape (days, places).
    arms, probability, counted
        Arm, chance of treatment, and whether the place-day enters; same shape.
    bank
        Whole schedules drawn so far, for mechanisms that draw days together: drawing them is
        slow, and every estimator may use the same ones. What was learnt from redraws is kept
        there too, by name.
    """

    mechanism: Mechanism
    roster: Roster
    rows: NDArray[np.int64]
    arms: BoolArray
    probability: FloatArray
    counted: BoolArray
    bank: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False, compare=False)

    def redraw(
        self,
        day: NDArray[np.int64],
        place: NDArray[np.int64],
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> Iterator[BoolArray]:
        """Yield the arms at listed place-days under `n_draws` redraws, a batch at a time.

        Each batch has shape (draws, m).
        """
        if self.mechanism.is_independent_by_day:
            yield from in_batches(
                lambda n: self.mechanism.replay(self.roster, day, place, n_draws=n, rng=rng),
                n_draws,
                n_columns=len(day),
            )
            return
        flat = self._draw_whole(n_draws, rng).reshape(-1, self.arms.size)
        column = np.asarray(day) * self.arms.shape[1] + place
        size = batch_size(n_draws, n_columns=len(column))
        for first in range(0, n_draws, size):
            yield flat[first : min(first + size, n_draws)][:, column]

    def _draw_whole(self, n_draws: int, rng: np.random.Generator) -> BoolArray:
        known = self.bank.get("arms", np.empty((0, *self.arms.shape), dtype=bool))
        if len(known) < n_draws:
            day, place = (index.ravel() for index in np.indices(self.arms.shape))
            more = self.mechanism.replay(
                self.roster, day, place, n_draws=n_draws - len(known), rng=rng
            )
            known = np.concatenate([known, more.reshape(-1, *self.arms.shape)])
            self.bank["arms"] = known
        return known

    def layer(self, values: FloatArray) -> FloatArray:
        """Return one value a place-day, 0 where it does not enter."""
        return np.where(self.counted, values[self.rows], 0.0)

    def days_before(self, days: int) -> NDArray[np.int64]:
        """Return the position of the day `days` before each day, −1 where none was drawn.

        A negative number looks ahead. Nothing is known before the phase began, after it ended
        and on skipped days.
        """
        position = {day: index for index, day in enumerate(self.roster.days)}
        step = timedelta(days=days)
        return np.array([position.get(day - step, -1) for day in self.roster.days])

    def arms_before(self, days: int) -> tuple[BoolArray, BoolArray]:
        """Return the arms `days` before each place-day, and where they are known."""
        source = self.days_before(days)
        known = np.broadcast_to((source >= 0)[:, None], self.arms.shape)
        return self.arms[source] & known, known


@dataclass(frozen=True)
class Panel:
    """The phases of a trial. They are analysed together and redrawn apart."""

    phases: tuple[Phase, ...]

    @property
    def is_independent_by_day(self) -> bool:
        """Whether every mechanism drew each day on its own."""
        return all(phase.mechanism.is_independent_by_day for phase in self.phases)

    def join(self, layers: Sequence[NDArray[np.generic]]) -> FloatArray:
        """Join one (days, places) array a phase, each phase with days and places of its own."""
        return np.asarray(block_diag(*layers), dtype=np.float64)

    @property
    def counted(self) -> BoolArray:
        """Which stacked place-days enter."""
        return self.join([phase.counted for phase in self.phases]).astype(bool)

    @property
    def arms(self) -> FloatArray:
        """The stacked arms, 0 or 1."""
        return self.join([phase.arms for phase in self.phases])

    def layer(self, values: FloatArray) -> FloatArray:
        """Return one value for each stacked place-day, 0 where it does not enter."""
        return self.join([phase.layer(values) for phase in self.phases])
