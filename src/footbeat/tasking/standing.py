"""Where a schedule stands: patrols delivered, short and missed, and patrols nobody drew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footbeat.errors import ColumnError

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

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
        Those with a visit of at least 10 minutes, with a shorter one, and with none.
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
    """Return what was delivered before `today`, each place-day by its longest visit.

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
    longest = visits.groupby(["hotspot_id", "day"])["minutes"].max()
    keys = list(zip(past["hotspot_id"], past["day"], strict=True))
    minutes = longest.reindex(keys).fillna(0.0).to_numpy()
    treated = (past["arm"] == "treated").to_numpy()
    delivered, any_visit = minutes >= DELIVERED_MIN, minutes > 0
    return Standing(
        due=int(treated.sum()),
        delivered=int((treated & delivered).sum()),
        short=int((treated & any_visit & ~delivered).sum()),
        missed=int((treated & ~any_visit).sum()),
        comparison=int((~treated).sum()),
        extra=int((~treated & delivered).sum()),
    )
