"""What was done last at each place, for the officers who go next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from footbeat.errors import ColumnError
from footbeat.reports import words

if TYPE_CHECKING:
    from datetime import date

_NEEDED = ("hotspot_id", "day", "arrive", "minutes")
_SPACE = "\N{NO-BREAK SPACE}"


def describe_last_visits(
    visits: pd.DataFrame, day: date, timezone: str, activities: pd.DataFrame | None = None
) -> dict[str, str]:
    """Return the last visit before a day in words, by hot spot; places without one are left out.

    Parameters
    ----------
    visits
        The `visits` contract; its minutes are told with their bounds.
    day
        The operational day of the briefing: nothing of that day or later is told.
    timezone
        Local time zone of the clock times.
    activities
        The `activities` contract, counted per visit, or per place and day where the visit is not
        named.

    Raises
    ------
    ColumnError
        When the visits lack a column that is needed.
    """
    absent = [name for name in _NEEDED if name not in visits]
    if absent:
        raise ColumnError(
            f"Visits must have {words.listed(list(_NEEDED))}.",
            found=f"{words.listed(absent)} is missing.",
            do="Make them with `footbeat track visits` or `footbeat track log`.",
        )
    past = visits[visits["day"] < day].sort_values("arrive", kind="stable")
    rows: list[dict[str, Any]] = past.groupby("hotspot_id").tail(1).to_dict("records")  # type: ignore[assignment]  # columns are named
    return {
        str(row["hotspot_id"]): _describe(row, timezone) + _done(row, activities) for row in rows
    }


def _describe(row: dict[str, Any], timezone: str) -> str:
    at = pd.Timestamp(row["arrive"]).tz_convert(timezone)
    return f"{words.day(row['day'])} {at:%H:%M}, {_minutes(row)}{_SPACE}min"


def _minutes(row: dict[str, Any]) -> str:
    bounds = pd.Series([row.get("minutes_low"), row.get("minutes_high")], dtype=float).round()
    if bounds.notna().all() and bounds[0] < bounds[1]:
        return f"{bounds[0]:.0f}–{bounds[1]:.0f}"
    return f"{row['minutes']:.0f}"


def _done(row: dict[str, Any], activities: pd.DataFrame | None) -> str:
    if activities is None or activities.empty:
        return ""
    is_visit = activities["visit_id"].eq(str(row.get("visit_id", "")))
    is_day = activities["visit_id"].isna() & activities["day"].eq(row["day"])
    own = activities[(is_visit | is_day) & activities["hotspot_id"].eq(row["hotspot_id"])]
    counts = own.groupby("kind", sort=False)["n"].sum()
    parts = [f"{kind}{_SPACE}{n}" for kind, n in counts.items() if n]
    return f"; {words.listed(parts)}" if parts else ""
