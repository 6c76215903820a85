"""Minutes of presence: patrol-minutes and officer-minutes, everywhere apart.

Patrol-minutes are the minutes with at least one unit in a place (the union of visits);
officer-minutes are summed over units, and over the officers in each where that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa


def patrol_minutes(visits: pd.DataFrame) -> float:
    """Return the minutes during which at least one unit was in a place, summed over places.

    Examples
    --------
    >>> both = pd.DataFrame(
    ...     {
    ...         "hotspot_id": ["A", "A"],
    ...         "arrive": pd.to_datetime(["2026-06-01T20:00Z", "2026-06-01T20:10Z"]),
    ...         "leave": pd.to_datetime(["2026-06-01T20:15Z", "2026-06-01T20:25Z"]),
    ...     }
    ... )
    >>> patrol_minutes(both), officer_minutes(both)
    (25.0, 30.0)
    """
    return float(_union(visits, ["hotspot_id"]).sum())


def officer_minutes(visits: pd.DataFrame) -> float:
    """Return the minutes summed over units, each times its officers where they are known."""
    return float((minutes_between(visits["arrive"], visits["leave"]) * _crews(visits)).sum())


def measure_dosage(
    visits: pd.DataFrame,
    *,
    by: Sequence[str] = ("hotspot_id", "day"),
) -> pd.DataFrame:
    """Measure presence by place and day, or by any other columns of the visits.

    Parameters
    ----------
    visits
        The `visits` contract.
    by
        Columns to measure by; `agency`, `source` and `is_scheduled` are others of use.

    Returns
    -------
    pd.DataFrame
        Columns of `by`, then patrol_minutes, officer_minutes, n_visits, longest_min. Groups
        without a visit are not there: absence of a row is no presence, not a missing value.
    """
    keys = list(dict.fromkeys(by))
    minutes = minutes_between(visits["arrive"], visits["leave"])
    rows = visits.assign(longest_min=minutes, officer_minutes=minutes * _crews(visits))
    groups = rows.groupby(keys, dropna=False, sort=True)
    places = list(dict.fromkeys([*keys, "hotspot_id"]))
    union = _union(visits, places).groupby(level=keys, dropna=False).sum()
    table = pd.DataFrame(
        {
            "patrol_minutes": union,
            "officer_minutes": groups["officer_minutes"].sum(),
            "n_visits": groups.size(),
            "longest_min": groups["longest_min"].max(),
        }
    )
    return table.reset_index()


def join_visits(tables: Sequence[pa.Table]) -> tuple[pd.DataFrame, int]:
    """Return the visits of several tables, each once, and how many stood in an earlier table too.

    The same patrol in the file of a day and in that of its month has the same identifier. Within
    one table nothing is dropped: two units without a name can begin at the same minute.
    """
    frames = [table.replace_schema_metadata(None).to_pandas() for table in tables]
    known: set[tuple[object, ...]] = set()
    kept = []
    for frame in frames:
        who = list(zip(frame["visit_id"], frame["agency"].fillna(""), strict=True))
        kept.append(frame[[one not in known for one in who]])
        known.update(who)
    joined = pd.concat(kept, ignore_index=True)
    return joined, sum(map(len, frames)) - len(joined)


def minutes_between(begin: pd.Series[Any], end: pd.Series[Any]) -> pd.Series[float]:
    """Return the minutes from one column of times to another."""
    return (end - begin).dt.total_seconds() / 60


def _crews(visits: pd.DataFrame) -> pd.Series[float]:
    """Return the officers in each visit's unit, one where nothing is known."""
    if "officers" not in visits:
        return pd.Series(1.0, index=visits.index)
    return visits["officers"].astype(float).fillna(1.0)


def _union(visits: pd.DataFrame, keys: list[str]) -> pd.Series[float]:
    """Return the minutes covered by visits within each group, overlaps counted once."""
    rows = visits.sort_values([*keys, "arrive"])
    groups = [rows[key] for key in keys]
    latest = rows["leave"].groupby(groups, dropna=False).cummax()
    before = latest.groupby(groups, dropna=False).shift()
    begin = rows["arrive"].where(before.isna() | (rows["arrive"] > before), before)
    minutes = minutes_between(begin, rows["leave"]).clip(lower=0.0)
    return minutes.groupby(groups, dropna=False).sum()
