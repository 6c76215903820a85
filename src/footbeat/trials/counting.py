"""Incidents counted by hot spot and operational day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from footbeat.errors import DataError, PrecisionError
from footbeat.incidents.exclude import in_group, may_steer
from footbeat.incidents.links import counts_once
from footbeat.periods import day_bounds, operational_days

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import geopandas as gpd
    from numpy.typing import NDArray

    from footbeat.incidents.load import Incidents
    from footbeat.periods import Window

    FloatArray = NDArray[np.float64]

ALL = "all"

_MAX_WINDOW_S = 24 * 3600
_INSTANT_S = 1e-6
_WHOLE = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Located:
    """The incidents of the outcome that lie in a hot spot.

    Attributes
    ----------
    frame
        One row an incident: `place` (position in the list), `day` (operational day of its
        start), `start, end` (UTC), `recorded_at`, `harm_days`, `of_day` (its time is known to
        the day only).
    """

    frame: pd.DataFrame


def check_precision(incidents: Incidents) -> None:
    """Raise PrecisionError when incidents carry only a month: they have no day."""
    months = np.asarray(incidents.table.column("precision").to_pandas() == "month")
    if incidents.provenance.precision == "month" or months.any():
        raise PrecisionError(
            "Place-days must come from incidents whose day is known.",
            found=f"{int(months.sum()):,} of {len(incidents):,} incidents carry only a month.",
            do="Use the force's own records; open police data cannot tell one day from another.",
        )


def select_outcome(incidents: Incidents, group: str, kinds: Sequence[str]) -> Incidents:
    """Return the live incidents of the outcome, a crime and its log counted once.

    Raises
    ------
    DataError
        When there are incidents but none belongs to the group.
    """
    live = may_steer(incidents) & counts_once(incidents.table, kinds)
    chosen = live if group == ALL else live & in_group(incidents, group)
    if live.any() and not chosen.any():
        raise DataError(
            "The outcome must have incidents.",
            found=f"None of {int(live.sum()):,} incidents belongs to “{group}”.",
            do="Choose another --group, or --group all.",
        )
    return incidents.where(chosen)


def locate(incidents: Incidents, hotspots: gpd.GeoDataFrame) -> Located:
    """Return the incidents in the hot spots; one in two overlapping ones goes to the first.

    `hotspots` is in the incidents' coordinate system, in the order of the list.
    """
    points = shapely.points(incidents.numbers("x"), incidents.numbers("y"))
    point, place = shapely.STRtree(hotspots.geometry.to_numpy()).query(
        points, predicate="intersects"
    )
    first = pd.DataFrame({"point": point, "place": place}).groupby("point")["place"].min()
    names = ["start", "end", "recorded_at", "harm_days", "precision"]
    frame = incidents.table.select(names).to_pandas().iloc[first.index.to_numpy()]
    frame = frame.assign(place=first.to_numpy(), of_day=frame["precision"] == "day")
    timezone = incidents.provenance.timezone
    start = pd.DatetimeIndex(frame["start"])
    # A time known to the day only is taken as that date, although its small hours belong to the
    # operational day before.
    noon = pd.DatetimeIndex(start + (pd.DatetimeIndex(frame["end"]) - start) / 2)
    middle = np.where(frame["of_day"], noon, start)
    frame["day"] = operational_days(pd.DatetimeIndex(middle, tz="UTC"), timezone)
    return Located(frame.reset_index(drop=True))


def arrived_in_time(located: Located, settle_days: int, timezone: str) -> NDArray[np.bool_]:
    """Tell which incidents were recorded within the settling time; unknown counts as in time."""
    recorded = located.frame["recorded_at"]
    _, ends = day_bounds(located.frame["day"].dt.date, timezone)
    late = recorded > pd.Series(ends + pd.Timedelta(days=settle_days), index=recorded.index)
    return ~late.to_numpy(dtype=bool)


def shares_of_days(
    located: Located, days: Sequence[date], window: Window | None, timezone: str
) -> FloatArray:
    """Return the share of each incident's time in the hours of its day and of the next.

    Shape (rows, 2). A time known to the minute gives 1 or 0; a span gives its overlap; a span
    of more than 24 hours, or a day outside the trial, gives 0.
    """
    frame = located.frame
    start, end = window.bounds(days, timezone) if window else day_bounds(days, timezone)
    index = pd.DatetimeIndex(pd.to_datetime(list(days)))
    shares = np.zeros((len(frame), 2))
    length_s = (frame["end"] - frame["start"]).dt.total_seconds().clip(lower=_INSTANT_S).to_numpy()
    for step in (0, 1):
        position = index.get_indexer(pd.DatetimeIndex(frame["day"]) + pd.Timedelta(days=step))
        opens, closes = pd.Series(start[position]), pd.Series(end[position])
        first, last = frame["start"].clip(lower=opens), frame["end"].clip(upper=closes)
        overlap = np.clip((last - first).dt.total_seconds().to_numpy() / length_s, 0, 1)
        shares[:, step] = np.where((position >= 0) & (length_s <= _MAX_WINDOW_S), overlap, 0.0)
    of_day = frame["of_day"].to_numpy(dtype=bool)
    inside = index.get_indexer(pd.DatetimeIndex(frame["day"])) >= 0
    shares[of_day] = np.column_stack([inside, np.zeros(len(frame))])[of_day]
    return shares


def is_certain(shares: FloatArray) -> NDArray[np.bool_]:
    """Tell which incidents fall wholly in the hours of their own operational day."""
    return np.asarray(shares[:, 0] >= _WHOLE)


def half_harm_incidents(harm: FloatArray) -> int | None:
    """Return how many of the heaviest incidents carry half the harm; None without harm.

    Examples
    --------
    >>> half_harm_incidents(np.array([1.0, 5475.0, 365.0, 10.0]))
    1
    """
    known = np.sort(harm[harm > 0])[::-1]
    if not known.size:
        return None
    return int(np.searchsorted(known.cumsum(), known.sum() / 2) + 1)
