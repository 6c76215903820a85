"""A synthetic town whose truth is known: streets, what happens on them, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from footbeat.errors import UsageError
from footbeat.periods import Window, day_range
from footbeat.simulate.addresses import draw_addresses
from footbeat.simulate.layout import draw_streets
from footbeat.simulate.scenes import Ground, draw_scenes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.simulate.addresses import Addresses
    from footbeat.simulate.layout import Streets
    from footbeat.simulate.scenes import Scene

    IntArray = NDArray[np.int64]

TOWN_NAME = "Saltmere"
HOURS = Window(15 * 60, 3 * 60)
TIMEZONE = "Europe/London"
LABEL = "SYNTHETIC: Saltmere is an invented town; no real place, person or incident is shown."


@dataclass(frozen=True, slots=True)
class TownOptions:
    """What to simulate.

    Attributes
    ----------
    n_hotspots
        Hot spots planted, and places to choose.
    n_days
        Length of the trial in operational days.
    treat
        Patrol days drawn on each day.
    effect
        Planted ratio: expected counted incidents on a day with a delivered patrol over those on
        the same day without one, in the hours counted. 1 is no effect, above 1 a backfire.
    carry_over_days
        Days after a delivered patrol over which the effect fades in equal steps; 0 is none.
    start
        First day of the trial.
    history_days
        Days of records before it.
    tail_days
        Days of records after its end, so that late records have arrived.
    hours
        Hours of the operational day that the trial counts.
    delivered_share
        Chance that a patrol drawn is made at all.
    usual_per_day
        Calls of usual policing on a place and day, of six minutes on average: about one in six
        lasts ten minutes and contaminates a comparison day.
    width_m, height_m
        Size of the town.
    """

    n_hotspots: int = 20
    n_days: int = 90
    treat: int = 8
    effect: float = 0.7
    carry_over_days: int = 0
    start: date = date(2025, 9, 1)
    history_days: int = 3 * 365
    tail_days: int = 35
    hours: Window = HOURS
    delivered_share: float = 0.95
    usual_per_day: float = 0.25
    width_m: float = 8_200.0
    height_m: float = 6_000.0

    def __post_init__(self) -> None:
        if not 1 <= self.treat < self.n_hotspots:
            raise UsageError(
                "`treat` must be at least 1 and below the number of hot spots.",
                found=f"It is {self.treat} of {self.n_hotspots}.",
                do="Treat 8 of 20, as Southend did.",
            )
        if not 0 <= self.effect <= 2:  # noqa: PLR2004 - a second draw of the day is the most we add
            raise UsageError(
                "`effect` must be a ratio between 0 and 2.",
                found=f"It is {self.effect:g}.",
                do="Give 0.7 for 30 % fewer, 1 for none.",
            )

    @property
    def first_day(self) -> date:
        """The first day of records."""
        return self.start - timedelta(days=self.history_days)

    @property
    def all_days(self) -> list[date]:
        """Every day of records: history, trial and tail."""
        return day_range(self.first_day, self.history_days + self.n_days + self.tail_days)

    @property
    def trial_days(self) -> list[date]:
        """The days of the trial."""
        return day_range(self.start, self.n_days)


@dataclass(frozen=True, slots=True)
class Town:
    """A town: its streets, its addresses, and the scenes in which things happen there.

    The first `options.n_hotspots` scenes are the planted hot spots.
    """

    options: TownOptions
    streets: Streets
    addresses: Addresses
    scenes: tuple[Scene, ...]

    @property
    def planted(self) -> tuple[Scene, ...]:
        """The planted hot spots."""
        return tuple(scene for scene in self.scenes if scene.role == "planted")

    @property
    def weekdays(self) -> IntArray:
        """The weekday of each day of records, Monday 0."""
        first = self.options.first_day.weekday()
        return (np.arange(len(self.options.all_days)) + first) % 7


def draw_town(rng: np.random.Generator, options: TownOptions) -> Town:
    """Draw a town. The same generator state and options give the same town."""
    for_streets, for_addresses, for_scenes = rng.spawn(3)
    streets = draw_streets(for_streets, width_m=options.width_m, height_m=options.height_m)
    addresses = draw_addresses(streets, for_addresses)
    ground = Ground(streets, addresses, options.all_days)
    scenes = draw_scenes(ground, options.n_hotspots, for_scenes)
    return Town(options, streets, addresses, tuple(scenes))
