"""Choosing incidents by offence, period, hour and weekday, and counting them by cell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from footbeat.errors import PrecisionError, UsageError
from footbeat.incidents.exclude import in_group, load_group, may_steer
from footbeat.incidents.gaps import GAPS, narrow_gaps, say_gaps
from footbeat.incidents.links import counts_once
from footbeat.incidents.tally import PRECISIONS
from footbeat.incidents.week import LONGEST_TIMED_H, clock_offsets
from footbeat.periods import (
    MISSING,
    WEEKDAYS,
    load_zone,
    local_days,
    minutes_of_day,
    operational_days,
    say_missing,
)
from footbeat.stats.aoristic import Aoristic, weigh_hours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.grid import Grid
    from footbeat.incidents.load import Incidents
    from footbeat.periods import Window

# Ends the caution, so that it can be said anew of more than were at hand.
UNTIMED = (
    "incidents whose time is not known within a day are left out of this choice of hours or "
    "weekdays."
)


def select_incidents(
    incidents: Incidents,
    *,
    group: str | None = None,
    since: date | None = None,
    until: date | None = None,
    hours: Window | None = None,
    weekdays: Sequence[str] = (),
    kinds: Sequence[str] | None = None,
    excluded: bool = False,
) -> Incidents:
    """Return the incidents that may steer patrols, of one group, period, window and weekdays.

    Kinds of record are never mixed silently, and a crime and its log count once.

    Parameters
    ----------
    group
        Offence group; None for every offence.
    since, until
        First and last local day, both included.
    hours
        Local clock times; an incident known to lie between two times counts by the middle.
    weekdays
        Operational days such as ``fri``: Saturday 02:00 is still Friday.
    kinds
        Kinds of record; by default those the group counts, which is crime for most.
    excluded
        Whether to keep what must not steer patrols.

    Raises
    ------
    PrecisionError
        When days, weekdays or hours are asked of data that only know the month, or hours of
        data that only know the day.
    UsageError
        When there is no such group or weekday, or the period ends before it begins.
    DataError
        When the data cannot tell the group apart.
    """
    wanted = tuple(kinds) if kinds else load_group(group).kinds if group else ("crime",)
    # Before what is excluded goes: the log of a cancelled crime is cancelled with it.
    chosen = incidents.where(counts_once(incidents.table, wanted))
    mask = np.ones(len(chosen), bool) if excluded else may_steer(chosen)
    if group:
        mask &= in_group(chosen, group)
    chosen = chosen.where(mask)
    chosen = _within(chosen, since, until)
    return _timed(chosen, hours, tuple(weekdays))


def observed_days(incidents: Incidents) -> float:
    """Return how many days the data cover, months without data left out."""
    first, last = covered_period(incidents)
    days = pd.date_range(first, last, freq="D")
    missing = set(incidents.provenance.missing_months)
    return float(sum(str(day)[:7] not in missing for day in days))


def count_by_cell(
    incidents: Incidents, grid: Grid, weights: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Count incidents by cell, in the order of (q, r).

    Parameters
    ----------
    weights
        What each incident counts for, shape (rows,); 1 by default.

    Returns
    -------
    tuple
        q, r and totals of the cells that have any incident, each of shape (cells,).
    """
    q, r = grid.locate(incidents.numbers("x"), incidents.numbers("y"))
    cells, index = np.unique(np.stack([q, r]), axis=1, return_inverse=True)
    totals = np.bincount(index.ravel(), weights, minlength=cells.shape[1])
    return cells[0], cells[1], totals.astype(np.float64)


def weigh_by_hour(incidents: Incidents, *, cap_h: float = LONGEST_TIMED_H) -> Aoristic:
    """Spread incidents over the local hours of the week by the time each can have happened in.

    `excluded_share` is of all incidents: those known to the day or month only, and those whose
    window is longer than `cap_h` hours.

    Raises
    ------
    PrecisionError
        When no incident is known to the minute.
    """
    fine = pc.equal(incidents.table.column("precision"), "minute")
    timed = incidents.where(np.asarray(fine.to_numpy(zero_copy_only=False), bool))
    if not len(timed):
        raise PrecisionError(
            "Hours cannot be told from these data.",
            found=f"They only know the {incidents.provenance.precision}.",
            do="Use the force's own records.",
        )
    starts = start_times(timed).as_unit("us")
    ends = (starts + _durations(timed)).as_unit("us")
    offsets = clock_offsets(starts.min(), ends.max(), incidents.provenance.timezone)
    spread = weigh_hours(starts.asi8, ends.asi8, *offsets, cap_h=cap_h)
    # Rows known to the day or month only are left out as well, and belong to the share.
    return replace(spread, excluded_share=1.0 - spread.n_counted / len(incidents))


def start_times(incidents: Incidents) -> pd.DatetimeIndex:
    """Return the earliest time of each incident, in UTC."""
    return pd.DatetimeIndex(incidents.table.column("start").to_pandas())


def middle_times(incidents: Incidents) -> pd.DatetimeIndex:
    """Return the middle of the time each incident can have happened in, in UTC."""
    return start_times(incidents) + _durations(incidents) / 2


def middle_days(incidents: Incidents) -> NDArray[np.float64]:
    """Return the middle of the time each can have happened in, in days since 1970.

    Days are those of the local calendar, as `since` and `until` are. What began in the period
    counts in it, so the middle is of the time up to the period's end.
    """
    starts, zone = start_times(incidents), incidents.provenance.timezone
    first, last = local_days(starts, zone), local_days(starts + _durations(incidents), zone)
    _, end = covered_period(incidents)
    closes = (end - date(1970, 1, 1)).days + 1
    return np.asarray((first + np.maximum(first, np.minimum(last, closes))) / 2)


def covered_period(incidents: Incidents) -> tuple[date, date]:
    """Return the first and last local day that the data cover."""
    provenance = incidents.provenance
    if provenance.start and provenance.end:
        return date.fromisoformat(provenance.start), date.fromisoformat(provenance.end)
    local = start_times(incidents).tz_convert(load_zone(provenance.timezone))
    return local.min().date(), local.max().date()


def _check_covered(since: date | None, until: date | None, first: date, last: date) -> None:
    if (since and since > last) or (until and until < first):
        asked = " ".join(
            f"{word} {day}" for word, day in (("from", since), ("until", until)) if day
        )
        raise UsageError(
            "The period must hold days that the data cover.",
            found=f"The data cover {first} to {last}; asked for was {asked}.",
            do="Choose --since and --until within what they cover.",
        )


def _within(incidents: Incidents, since: date | None, until: date | None) -> Incidents:
    if since is None and until is None:
        return incidents
    if since and until and until < since:
        raise UsageError(
            "The period must end after it begins.",
            found=f"It runs from {since} to {until}.",
            do="Exchange --since and --until.",
        )
    first, last = covered_period(incidents)
    _check_covered(since, until, first, last)
    since, until = since or first, until or last
    zone = load_zone(incidents.provenance.timezone)
    opens = pd.Timestamp(since).tz_localize(zone)
    closes = pd.Timestamp(until + timedelta(days=1)).tz_localize(zone)
    kept = _between(incidents, opens, closes)
    known = incidents.provenance
    missing = tuple(m for m in known.missing_months if str(since)[:7] <= m <= str(until)[:7])
    said = kept.provenance.cautions
    others = tuple(text for text in said if not text.startswith((MISSING, GAPS)))
    gap = [say_missing(missing, len(known.missing_months) - len(missing))] if missing else []
    by_force = known.extra.get("missing_months_by_force", {})
    gaps = narrow_gaps(by_force, str(since)[:7], str(until)[:7])
    period = replace(
        kept.provenance,
        start=max(since, first).isoformat(),
        end=min(until, last).isoformat(),
        missing_months=missing,
        cautions=(*others, *gap, *([say_gaps(gaps)] if gaps else [])),
        extra=known.extra | ({"missing_months_by_force": gaps} if by_force else {}),
    )
    return replace(kept, provenance=period)


def _between(incidents: Incidents, opens: pd.Timestamp, closes: pd.Timestamp) -> Incidents:
    """Return what began between two times; what may as well lie outside is left out and told."""
    starts = start_times(incidents)
    begun = np.asarray((starts >= opens) & (starts < closes))
    is_month = np.asarray(pc.equal(incidents.table.column("precision"), "month"))
    ends = starts + _durations(incidents)
    crosses = is_month & np.asarray((starts < closes) & (ends > opens))
    crosses &= ~np.asarray((starts >= opens) & (ends <= closes))
    if not crosses.any():
        return incidents.where(begun)
    if is_month.all():
        raise PrecisionError(
            "The period must be whole months: these data do not know the day.",
            found=f"It runs from {opens.date()} to {(closes - pd.Timedelta(hours=1)).date()}.",
            do="Begin on the first and end on the last day of a month.",
        )
    n = int(crosses.sum())
    kept = _caution(
        incidents.where(begun & ~crosses),
        (
            f"{n:,} incidents of which only the month is known are left out: the period holds "
            "only a part of it."
        ),
    )
    return _sharpen(kept)


def _sharpen(incidents: Incidents) -> Incidents:
    """Return the incidents with the coarsest precision of those that are left."""
    left = set(pc.unique(incidents.table.column("precision")).to_pylist())
    level = next((name for name in PRECISIONS if name in left), incidents.provenance.precision)
    return replace(incidents, provenance=replace(incidents.provenance, precision=level))


def _timed(incidents: Incidents, hours: Window | None, weekdays: tuple[str, ...]) -> Incidents:
    if not hours and not weekdays:
        return incidents
    unknown = [day for day in weekdays if day not in WEEKDAYS]
    if unknown:
        raise UsageError(
            "Weekdays must be short English names.",
            found=f"“{unknown[0]}” is none.",
            do=f"Choose from {', '.join(WEEKDAYS)}.",
        )
    known = is_timed(incidents, by_hour=hours is not None)
    _check_timed(incidents, known, by_hour=hours is not None)
    left_out = len(incidents) - int(known.sum())
    chosen = incidents.where(known)
    zone = chosen.provenance.timezone
    times = middle_times(chosen)
    mask = np.ones(len(chosen), bool)
    if hours:
        mask &= hours.contains(minutes_of_day(times, zone))
    if weekdays:
        numbers = [WEEKDAYS.index(day) for day in weekdays]
        mask &= np.isin(operational_days(times, zone).day_of_week, numbers)
    return say_untimed(chosen.where(mask), left_out)


def is_timed(incidents: Incidents, *, by_hour: bool) -> NDArray[np.bool_]:
    """Tell whose time is known well enough to choose by the hour, or by the weekday."""
    enough = ("minute",) if by_hour else ("minute", "day")
    fine = pc.is_in(incidents.table.column("precision"), pa.array(enough))
    known = np.asarray(fine.to_numpy(zero_copy_only=False), bool)
    known &= np.asarray(_durations(incidents) <= pd.Timedelta(hours=LONGEST_TIMED_H + 1))
    return known


def _check_timed(incidents: Incidents, known: NDArray[np.bool_], *, by_hour: bool) -> None:
    if len(known) and not known.any():
        raise PrecisionError(
            f"{'Hours' if by_hour else 'Weekdays'} cannot be told from these data.",
            found=f"They only know the {incidents.provenance.precision}.",
            do="Leave --hours and --weekdays out, or use the force's own records.",
        )


def say_untimed(incidents: Incidents, left_out: int) -> Incidents:
    """Return the incidents with a caution of how many a choice of hours leaves out, if any."""
    return _caution(incidents, f"{left_out:,} {UNTIMED}") if left_out else incidents


def _caution(incidents: Incidents, caution: str) -> Incidents:
    cautions = (*incidents.provenance.cautions, caution)
    return replace(incidents, provenance=replace(incidents.provenance, cautions=cautions))


def _durations(incidents: Incidents) -> pd.TimedeltaIndex:
    ends = pd.DatetimeIndex(incidents.table.column("end").to_pandas())
    return pd.TimedeltaIndex(ends - start_times(incidents))
