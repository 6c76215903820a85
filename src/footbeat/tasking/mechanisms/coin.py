"""`coin`: every place-day treated with the same chance, independently of all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.keys import unit_interval
from footbeat.tasking.mechanisms.base import Mechanism, Roster

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys


@dataclass(frozen=True, slots=True)
class Coin(Mechanism):
    """Treat each place-day with probability `share`.

    The number of patrols changes from day to day: not for a force with a fixed number of units.
    """

    share: float

    is_independent_by_day: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise UsageError(
                "The share of patrol days must lie between 0 and 1.",
                found=f"It is {self.share:g}.",
                do="Give for example coin:0.4.",
            )

    def __str__(self) -> str:
        return f"coin:{self.share!r}"

    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:  # noqa: ARG002 - fits every roster
        """Treat the place-days whose key, as a number in [0, 1), lies below the share."""
        return np.asarray(unit_interval(keys.table("arms")) < self.share)

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return the share everywhere, exactly."""
        return np.full(roster.shape, self.share)

    def replay(
        self,
        roster: Roster,  # noqa: ARG002 - fits every roster
        day: NDArray[np.int64],
        place: NDArray[np.int64],  # noqa: ARG002 - places do not differ
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Draw arms only where they are asked for; see `Mechanism.replay`."""
        return np.asarray(rng.random((n_draws, len(day))) < self.share)
