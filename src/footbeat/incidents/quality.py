"""What an incidents table is good for: places, times, copies and delays, measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.incidents.counts import start_times
from footbeat.incidents.stacks import NO_LABELS, Labels, Stack, find_stacks
from footbeat.periods import load_zone, months_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footbeat.incidents.load import Incidents

GRADES = ("A", "B", "C", "D", "X")
EXACT_GRADES = ("A", "B")

# An exact time is known within the hour; a late record comes more than a day after.
EXACT_MIN = 60
LATE_H = 24
NEAR_M = 25.0
NEAR_MIN = 10


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rows that may count one event twice.

    Attributes
    ----------
    repeated_ids
        Identifiers that several rows carry.
    rows_with_repeated_ids
        The rows that carry them.
    near
        Rows of another identifier but the same offence within 25 m and 10 minutes of an
        earlier one; None where times are not known to the minute.
    linked
        Rows that name another record they count once with.
    """

    repeated_ids: int
    rows_with_repeated_ids: int
    near: int | None
    linked: int


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares among some incidents; None where nothing is known."""

    n: int
    exact_time_share: float | None
    midnight_share: float | None
    recorded_late_share: float | None
    stacked_share: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """The faults of an incidents table.

    Attributes
    ----------
    by_grade
        Incidents by how exactly their place is known, A exact to D default, X unusable.
    stacked
        Spots that hold suspiciously many incidents.
    exact_time_share
        Share known within the hour.
    recorded_late_share
        Share recorded more than a day after they ended, among those with a recording time;
        None where there is none.
    everything, exact_places
        The same measures for all, and for grades A and B only.
    by_month
        Incidents in each month of the period; None where the month is missing.
    missing_months_by_force
        Months that a force has no row of while another has.
    by_hour
        Incidents by local hour of those with an exact time, 24 numbers; empty without any.
    """

    n: int
    by_grade: Mapping[str, int]
    stacked: tuple[Stack, ...]
    duplicates: Duplicates
    exact_time_share: float | None
    recorded_late_share: float | None
    everything: Measured
    exact_places: Measured
    by_precision: Mapping[str, int]
    by_kind: Mapping[str, int]
    excluded_by_reason: Mapping[str, int]
    by_month: Mapping[str, int | None]
    missing_months_by_force: Mapping[str, tuple[str, ...]]
    by_hour: tuple[int, ...]
    delay_h_median: float | None
    delay_h_p90: float | None


def measure_quality(incidents: Incidents, labels: Labels = NO_LABELS) -> Quality:
    """Measure what the data are good for; nothing is changed."""
    frame = _with_measures(incidents)
    stacks = find_stacks(incidents, labels)
    keys = {(stack.x, stack.y) for stack in stacks}
    frame["is_stacked"] = [point in keys for point in zip(frame["x"], frame["y"], strict=True)]
    exact = frame[frame["location_grade"].isin(EXACT_GRADES)]
    everything = _measure(frame)
    delays = frame["delay_h"].dropna()
    return Quality(
        n=len(frame),
        by_grade=_counts(frame["location_grade"], GRADES),
        stacked=tuple(stacks),
        duplicates=_duplicates(frame),
        exact_time_share=everything.exact_time_share,
        recorded_late_share=everything.recorded_late_share,
        everything=everything,
        exact_places=_measure(exact),
        by_precision=_counts(frame["precision"]),
        by_kind=_counts(frame["kind"]),
        excluded_by_reason=_counts(frame["excluded"].dropna()),
        by_month=_by_month(incidents, frame),
        missing_months_by_force={
            force: tuple(months)
            for force, months in incidents.provenance.extra.get(
                "missing_months_by_force", {}
            ).items()
        },
        by_hour=_by_hour(frame),
        delay_h_median=float(delays.median()) if len(delays) else None,
        delay_h_p90=float(delays.quantile(0.9)) if len(delays) else None,
    )


def _with_measures(incidents: Incidents) -> pd.DataFrame:
    frame = incidents.to_frame()
    length = frame["end"] - frame["start"]
    frame["is_exact_time"] = (frame["precision"] == "minute") & (
        length <= pd.Timedelta(minutes=EXACT_MIN)
    )
    zone = load_zone(incidents.provenance.timezone)
    frame["local"] = start_times(incidents).tz_convert(zone).tz_localize(None)
    frame["delay_h"] = (frame["recorded_at"] - frame["end"]).dt.total_seconds() / 3_600
    return frame


def _measure(frame: pd.DataFrame) -> Measured:
    if frame.empty:
        return Measured(0, None, None, None, None)
    timed = frame[frame["is_exact_time"]]
    delays = frame["delay_h"].dropna()
    midnight = (timed["local"].dt.hour == 0) & (timed["local"].dt.minute == 0)
    return Measured(
        n=len(frame),
        exact_time_share=float(frame["is_exact_time"].mean()),
        midnight_share=float(midnight.mean()) if len(timed) else None,
        recorded_late_share=float((delays > LATE_H).mean()) if len(delays) else None,
        stacked_share=float(frame["is_stacked"].mean()),
    )


def _duplicates(frame: pd.DataFrame) -> Duplicates:
    repeated = frame["incident_id"].value_counts()
    repeated = repeated[repeated > 1]
    return Duplicates(
        repeated_ids=len(repeated),
        rows_with_repeated_ids=int(repeated.sum()),
        near=_count_near(frame[frame["is_exact_time"]]) if frame["is_exact_time"].any() else None,
        linked=int(frame["linked_id"].notna().sum()),
    )


def _count_near(frame: pd.DataFrame) -> int:
    """Count rows like the one before them in time, by offence and by cell of 25 m."""
    ordered = frame.assign(
        east=np.floor(frame["x"] / NEAR_M), north=np.floor(frame["y"] / NEAR_M)
    ).sort_values(["offence", "east", "north", "start"], kind="stable")
    same = (ordered[["east", "north"]].diff() == 0).all(axis=1)
    same &= ordered["offence"].fillna("") == ordered["offence"].fillna("").shift()
    same &= ordered["incident_id"] != ordered["incident_id"].shift()
    gaps = ordered["start"].diff()
    return int((same & (gaps >= pd.Timedelta(0)) & (gaps <= pd.Timedelta(minutes=NEAR_MIN))).sum())


def _by_month(incidents: Incidents, frame: pd.DataFrame) -> dict[str, int | None]:
    counts = frame["local"].dt.strftime("%Y-%m").value_counts()
    provenance = incidents.provenance
    if not provenance.start:
        return {str(month): int(counts[month]) for month in sorted(counts.index)}
    missing = set(provenance.missing_months)
    return {
        month: None if month in missing else int(counts.get(month, 0))
        for month in months_between(provenance.start[:7], provenance.end[:7])
    }


def _by_hour(frame: pd.DataFrame) -> tuple[int, ...]:
    hours = frame.loc[frame["is_exact_time"], "local"].dt.hour
    return tuple(int(n) for n in np.bincount(hours, minlength=24)) if len(hours) else ()


def _counts(column: pd.Series[str], order: tuple[str, ...] = ()) -> dict[str, int]:
    counts = column.value_counts()
    names = order or tuple(sorted(counts.index, key=lambda name: (-counts[name], name)))
    return {str(name): int(counts.get(name, 0)) for name in names}
