"""What a mechanism is, and the roster of places and days it is drawn over."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from footbeat.errors import UsageError
from footbeat.tasking.keys import RandomKeys, SealedKeys

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from footbeat.tasking.keys import Keys

SIMULATED_DRAWS = 4_000
ONE_STRATUM = "all"


@dataclass(frozen=True)
class Roster:
    """The places and operational days of one phase.

    Attributes
    ----------
    hotspot_ids
        Identifiers in the order of the list.
    days
        Operational days on which a draw is made, in order; skipped days are left out.
    strata
        Stratum of each place; left out, every place is in the stratum ``all``.
    near
        Pairs of positions of places that stand too near each other for `constrained`.

    Raises
    ------
    UsageError
        When there is no place or no day, identifiers repeat, or days are out of order.
    """

    hotspot_ids: tuple[str, ...]
    days: tuple[date, ...]
    strata: tuple[str, ...] = ()
    near: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if not self.strata:
            object.__setattr__(self, "strata", (ONE_STRATUM,) * len(self.hotspot_ids))
        _check_roster(self)

    @property
    def shape(self) -> tuple[int, int]:
        """Days, places."""
        return len(self.days), len(self.hotspot_ids)

    @property
    def sizes(self) -> dict[str, int]:
        """How many places each stratum holds, in order of first appearance."""
        return {name: self.strata.count(name) for name in dict.fromkeys(self.strata)}

    @cached_property
    def codes(self) -> NDArray[np.int64]:
        """Number of each place's stratum, in the order of `sizes`."""
        order = {name: code for code, name in enumerate(self.sizes)}
        return np.array([order[name] for name in self.strata], dtype=np.int64)

    def sealed(self, seed: bytes) -> SealedKeys:
        """Return the documented keys of this roster under `seed`."""
        return SealedKeys(seed, self.hotspot_ids, self.strata, self.days)


class Mechanism(ABC):
    """A rule that turns random keys into arms.

    `draw` applies the rule once. `replay` gives the arms at listed place-days under many fresh
    draws, from their exact joint distribution. `probabilities` says how likely each place-day
    was to be treated: exactly where `is_exact`, otherwise from 4,000 draws whose generator is
    fixed by the mechanism and the roster, so that everyone computes the same numbers.
    ``str(mechanism)`` is the written grammar that `parse_mechanism` reads.
    """

    is_exact: ClassVar[bool] = True
    is_independent_by_day: ClassVar[bool] = False
    n_shifts = 1

    @abstractmethod
    def draw(self, keys: Keys, roster: Roster) -> NDArray[np.bool_]:
        """Return which place-days are treated, shape (days, places)."""

    @abstractmethod
    def __str__(self) -> str:
        """Return the mechanism in the written grammar."""

    def check(self, roster: Roster) -> None:  # noqa: B027 - most mechanisms fit every roster
        """Raise UsageError when the mechanism cannot be drawn over `roster`."""

    def draw_shifts(
        self,
        keys: Keys,  # noqa: ARG002 - only `latin` balances shifts
        roster: Roster,  # noqa: ARG002 - as above
    ) -> NDArray[np.int64] | None:
        """Return the shift of each place-day, from 0, or None when any time of the day will do."""
        return None

    def probabilities(self, roster: Roster) -> NDArray[np.float64]:
        """Return the chance of each place-day to be treated, shape (days, places)."""
        rng = np.random.default_rng(list(self._fingerprint(roster)))
        keys = RandomKeys(rng, roster.shape)
        total = np.zeros(roster.shape)
        for _ in range(SIMULATED_DRAWS):
            total += self.draw(keys, roster)
        return total / SIMULATED_DRAWS

    def replay(
        self,
        roster: Roster,
        day: NDArray[np.int64],
        place: NDArray[np.int64],
        *,
        n_draws: int,
        rng: np.random.Generator,
    ) -> NDArray[np.bool_]:
        """Return the arms at listed place-days under fresh draws, shape (n_draws, m).

        Parameters
        ----------
        roster
            The places and days.
        day, place
            Positions in `roster.days` and `roster.hotspot_ids`, shape (m,); no pair twice.
        n_draws
            How many schedules to draw.
        rng
            The generator.
        """
        keys = RandomKeys(rng, roster.shape)
        arms = np.empty((n_draws, len(day)), dtype=bool)
        for row in arms:
            row[:] = self.draw(keys, roster)[day, place]
        return arms

    def _fingerprint(self, roster: Roster) -> bytes:
        words = (str(self), *roster.hotspot_ids, *roster.strata, *map(str, roster.days))
        return hashlib.sha256("\n".join((*words, str(roster.near))).encode()).digest()


def _check_roster(roster: Roster) -> None:
    ids, days = roster.hotspot_ids, roster.days
    if not ids or not days:
        raise UsageError(
            "A schedule must have hot spots and days.",
            found=f"It has {len(ids)} hot spots and {len(days)} days.",
            do="Check the hot spot file, --days, --weekdays and --skip.",
        )
    if len(set(ids)) < len(ids) or any(_breaks_line(text) for text in (*ids, *roster.strata)):
        raise UsageError(
            "Every hot spot must have an identifier of its own, on one line.",
            found=f"{len(ids) - len(set(ids))} repeat.",
            do="Give each hot spot its own `hotspot_id`.",
        )
    if list(days) != sorted(set(days)) or len(roster.strata) != len(ids):
        raise UsageError(
            "The days of a roster must be in order and each place must have one stratum.",
            found=f"{len(days)} days, {len(ids)} places, {len(roster.strata)} strata.",
            do="Sort the days and give one stratum a place.",
        )


def _breaks_line(text: str) -> bool:
    return "\n" in text or "\r" in text
