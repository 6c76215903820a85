"""What happens in a synthetic town over some days, before anybody writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from footbeat.periods import DAY_START_HOUR
from footbeat.simulate.addresses import STREET_ONLY_SHARE
from footbeat.simulate.rhythm import DAY_MIN, draw_minutes
from footbeat.simulate.scenes import COUNTED_ROLES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from footbeat.periods import Window
    from footbeat.simulate.town import Town

    FloatArray = NDArray[np.float64]
    IntArray = NDArray[np.int64]
    BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Happenings:
    """Events in order of time, all arrays of shape (n,).

    Attributes
    ----------
    scene
        Index of the scene in the town.
    address
        Index of the address.
    day
        Index of the operational day, counted from the first day of records.
    minute
        Minutes after 06:00.
    is_street_only
        Whether the record will name only the street.
    chance
        A uniform number fixed at birth: a patrol that leaves a share ρ of what would have
        happened prevents those with a chance of ρ or more. The town with an effect and the
        town without one are therefore the same town.
    """

    scene: IntArray
    address: IntArray
    day: IntArray
    minute: IntArray
    is_street_only: BoolArray
    chance: FloatArray

    def __len__(self) -> int:
        return len(self.scene)

    def where(self, keep: BoolArray | IntArray) -> Self:
        """Return the events a mask or an order chooses."""
        return type(self)(
            self.scene[keep],
            self.address[keep],
            self.day[keep],
            self.minute[keep],
            self.is_street_only[keep],
            self.chance[keep],
        )

    def clock_minutes(self) -> IntArray:
        """Return local minutes after midnight, 0 to 1439."""
        return (self.minute + DAY_START_HOUR * 60) % DAY_MIN


def draw_happenings(town: Town, days: IntArray, rng: np.random.Generator) -> Happenings:
    """Draw what happens on the days of those numbers, patrols apart."""
    parts = [_draw_scene(town, number, days, rng) for number in range(len(town.scenes))]
    whole = join_happenings(parts)
    return whole.where(np.lexsort((whole.minute, whole.day)))


def join_happenings(parts: list[Happenings]) -> Happenings:
    """Return the events of all parts, one part after another."""
    return Happenings(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("scene", "address", "day", "minute", "is_street_only", "chance")
        )
    )


def recorded_points(town: Town, events: Happenings) -> tuple[FloatArray, FloatArray]:
    """Return where the records system puts each event, in metres."""
    places, at = town.addresses, events.address
    x = np.where(events.is_street_only, places.middle_x[at], places.gazetteer_x[at])
    y = np.where(events.is_street_only, places.middle_y[at], places.gazetteer_y[at])
    return x, y


def is_counted(town: Town, events: Happenings, hours: Window | None) -> BoolArray:
    """Tell which events a trial in those hours counts: public, and not found by policing."""
    counted = np.array([scene.role in COUNTED_ROLES for scene in town.scenes])[events.scene]
    return np.asarray(counted & (hours is None or hours.contains(events.clock_minutes())))


def _draw_scene(town: Town, number: int, days: IntArray, rng: np.random.Generator) -> Happenings:
    scene = town.scenes[number]
    day = np.repeat(days, rng.poisson(scene.per_day[days]))
    n = len(day)
    return Happenings(
        scene=np.full(n, number),
        address=rng.choice(scene.address, n, p=scene.weight),
        day=day,
        minute=draw_minutes(scene.kind, town.weekdays[day], rng),
        is_street_only=rng.random(n) < STREET_ONLY_SHARE,
        chance=rng.random(n),
    )
