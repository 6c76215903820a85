"""Where a schedule stands: patrols delivered, short and missed, and patrols nobody drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import ColumnError

if TYPE_CHECKING:
    from datetime import date

    from footbeat.tasking.schedule import Schedule

DELIVERED_MIN = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Place-days so far.

    Attributes
    ----------
    due
        Patrol days so far.
    delivered, short, missed
        Those with every visit that was due, each of at least 10 minutes (or the whole dose where
        that is shorter); with less than that; and with no visit.
    comparison, extra
        Comparison days so far, and those on which a visit of at least 10 minutes was made.
    """

    due: int
    delivered: int
    short: int
    missed: int
    comparison: int
    extra: int


def measure_standing(schedule: Schedule, visits: pd.DataFrame, today: date) -> Standing:
    """Return what was delivered before `today`: as many visits as were due, each long enough.

    Raises
    ------
    ColumnError
        When the visits lack `hotspot_id`, `day` or `minutes`.
    """
    absent = [name for name in ("hotspot_id", "day", "minutes") if name not in visits]
    if absent:
        raise ColumnError(
            "Visits must have hotspot_id, day and minutes.",
            found=f"{', '.join(absent)} is missing.",
            do="Make them with `footbeat track visits`.",
        )
    past = schedule.frame[schedule.frame["day"] < today]
    due = past["due"].fillna("").str.count(", ").to_numpy() + 1
    least = np.minimum(past["dose_min"].fillna(DELIVERED_MIN).to_numpy(), DELIVERED_MIN)
    keys = pd.MultiIndex.from_arrays([past["hotspot_id"], past["day"]])
    needed = pd.Series(least, keys)
    at = pd.MultiIndex.from_arrays([visits["hotspot_id"], visits["day"]])
    is_long = visits["minutes"].to_numpy() >= needed.reindex(at).to_numpy()
    long_visits = pd.Series(is_long, at).groupby(level=[0, 1])
    made = long_visits.sum().reindex(keys).fillna(0).to_numpy()
    any_visit = long_visits.size().reindex(keys).fillna(0).to_numpy() > 0
    treated = (past["arm"] == "treated").to_numpy()
    delivered = made >= due
    return Standing(
        due=int(treated.sum()),
        delivered=int((treated & delivered).sum()),
        short=int((treated & any_visit & ~delivered).sum()),
        missed=int((treated & ~any_visit).sum()),
        comparison=int((~treated).sum()),
        extra=int((~treated & (made > 0)).sum()),
    )
