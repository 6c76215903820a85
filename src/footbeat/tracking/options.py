"""What counts as a visit: the thresholds, each with a name."""

from __future__ import annotations

import math
from dataclasses import dataclass

from footbeat.errors import UsageError


@dataclass(frozen=True, slots=True)
class VisitOptions:
    """The thresholds of a visit.

    Attributes
    ----------
    stay_min
        Shortest stay that is a visit.
    delivered_min
        Shortest visit that delivers a patrol day.
    return_min
        Shortest visit that counts in a monthly return.
    edge_m
        How far outside a hot spot a fix may lie without ending the stay; twice the stated
        accuracy for fixes less accurate than this.
    gap_s, gap_intervals
        A stay ends when nothing is known for longer than either: seconds, or so many of the
        unit's median intervals that day.
    teleport_ms
        Speed nothing on the road reaches; faster fixes are left out.
    accuracy_m
        Accuracy taken for fixes that state none.
    worst_accuracy_m
        Fixes less accurate than this are rejected.
    sure
        Accuracy radii from the boundary beyond which a fix is surely inside or outside.
    timezone
        Local time zone, for operational days.
    """

    stay_min: float = 5.0
    delivered_min: float = 10.0
    return_min: float = 15.0
    edge_m: float = 15.0
    gap_s: float = 300.0
    gap_intervals: float = 3.0
    teleport_ms: float = 40.0
    accuracy_m: float = 10.0
    worst_accuracy_m: float = 200.0
    sure: float = 1.0
    timezone: str = "Europe/London"

    def __post_init__(self) -> None:
        if not 0 < self.stay_min <= self.delivered_min <= self.return_min < math.inf:
            raise UsageError(
                "The thresholds of a visit must be positive and grow, none without an end.",
                found=f"They are {self.stay_min:g}, {self.delivered_min:g} and "
                f"{self.return_min:g} minutes.",
                do="Make --stay-min (`track visits`) no longer than --delivered-min, and that no "
                "longer than --return-min (both `track fidelity`).",
            )
        if not 0 <= self.edge_m <= 60:  # noqa: PLR2004 - the reach of the raster
            raise UsageError(
                "The edge must lie between 0 and 60 metres.",
                found=f"It is {self.edge_m:g} m.",
                do="Give --edge-m 15.",
            )
        if not 0 < self.gap_s < math.inf:
            raise UsageError(
                "The silence that ends a stay must be a positive number of seconds.",
                found=f"It is {self.gap_s:g}.",
                do="Give --gap-s 300.",
            )
