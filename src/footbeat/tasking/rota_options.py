"""Who is there in a shift and how they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footbeat.periods import Window


@dataclass(frozen=True, slots=True)
class RotaOptions:
    """Who is there and how they work.

    Attributes
    ----------
    units
        Call signs.
    shift
        Hours all of them work.
    break_min, break_window
        Break of each unit at its base, 0 for none, and the hours it must lie in.
    most_places
        Most visits a unit makes; 0 sets no limit.
    travel_kmh, settle_min
        Speed between places, and minutes lost at each for parking and walking over.
    districts, unit_district
        District of each hot spot, and of each unit that keeps to one.
    effort
        How long to look for a better rota, about in seconds.
    balance
        Minutes of travel that one minute off the equal share of minutes is worth.
    base
        Where units begin, rest and end, in metres; None is the middle of all hot spots.
    """

    units: tuple[str, ...]
    shift: Window
    break_min: int = 45
    break_window: Window | None = None
    most_places: int = 0
    travel_kmh: float = 20.0
    settle_min: float = 2.0
    districts: Mapping[str, str] | None = None
    unit_district: Mapping[str, str] | None = None
    effort: float = 6.0
    balance: float = 0.5
    base: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if not self.units or len(set(self.units)) < len(self.units):
            raise UsageError(
                "A rota must have units, each with a call sign of its own.",
                found=f"It has {len(self.units)}, {len(set(self.units))} different.",
                do="Give --units 4 or --unit KB21 --unit KB22.",
            )
        least = min(self.settle_min, self.break_min, self.most_places, self.balance)
        if self.travel_kmh <= 0 or least < 0 or self.effort <= 0:
            raise UsageError(
                "Speed must be positive; minutes, places and balance must not be negative.",
                found=f"{self.travel_kmh:g} km/h, {self.settle_min:g} and {self.break_min} min, "
                f"{self.most_places} places, balance {self.balance:g}.",
                do="Give for example --travel-kmh 20.",
            )
