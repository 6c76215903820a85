"""Fidelity: whether the schedule was followed, and comparison days stayed comparison days.

Every place-day that the records cover is delivered, short or missed when it was assigned, and clean
or contaminated when it was not. Minutes on the operational day deliver it; a day delivered only
before or only after its window is called early or late. Each contaminated day is a line of a
ledger that names the override where there was one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from footbeat.errors import MismatchError
from footbeat.tracking.dosage import measure_dosage
from footbeat.tracking.fidelity_plot import plot_minutes
from footbeat.tracking.options import VisitOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from footbeat.tracking.visits import Visits

_WINDOW = ["window_start", "window_end"]
_OWED = ("target_min", "dose_min", "due")
OUTCOMES = ("delivered", "early", "late", "short", "missed", "clean", "visited", "contaminated")


@dataclass(frozen=True, slots=True)
class Fidelity:
    """What was delivered against what was assigned.

    Attributes
    ----------
    assigned
        Treated place-days that the records (pings or keyed rows) cover.
    delivered
        Those with a visit of at least `delivered_min`, early and late ones among them.
    delivered_share
        Delivered over assigned, 0 to 1; missing when nothing was assigned.
    early, late
        Delivered, but with no such visit in the window: one ended before it began (early), or
        all began after its end (late).
    short, missed
        Visited but too briefly; not visited.
    in_return
        Assigned place-days with a visit of at least `return_min`: what a monthly return counts.
    comparison_days
        Control place-days that the records cover.
    contamination_share
        Share of them with a visit of at least `delivered_min`: what the trial calls delivered.
    visited_share
        Share of them with any visit.
    minutes_treated, minutes_control
        Mean patrol-minutes a place-day, by arm.
    officer_minutes_treated, officer_minutes_control
        Mean officer-minutes a place-day, by arm.
    overrides
        Overrides recorded on control place-days, covered or not.
    abstractions
        Assigned place-days, not delivered, whose abstraction was recorded.
    uncovered
        Place-days of the schedule on days without any record: not known.
    delivered_min, return_min
        The thresholds.
    placedays
        One row a covered place-day: name, the schedule's columns but its window, patrol_minutes,
        officer_minutes, n_visits, longest_min, minutes_low, minutes_high, first_arrive (of a
        visit that delivers), is_inside (one of them in the window), outcome, target_min (the
        schedule's own `dose_min`, else `return_min`; none on comparison days), said ("9–14 min;
        target 15"), event, reason.
    ledger
        The control place-days with a visit or an override: hotspot_id, name, day, outcome,
        patrol_minutes, minutes_low, minutes_high, n_visits, said, event, reason. An override on
        a day without any record is "not known", its numbers missing.
    """

    assigned: int
    delivered: int
    delivered_share: float | None
    early: int
    late: int
    short: int
    missed: int
    in_return: int
    comparison_days: int
    contamination_share: float | None
    visited_share: float | None
    minutes_treated: float | None
    minutes_control: float | None
    officer_minutes_treated: float | None
    officer_minutes_control: float | None
    overrides: int
    abstractions: int
    uncovered: int
    delivered_min: float
    return_min: float
    placedays: pd.DataFrame = field(repr=False)
    ledger: pd.DataFrame = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """Return the covered place-days."""
        return self.placedays

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw minutes by hot spot on patrol and on comparison days."""
        return plot_minutes(self.placedays, self.headline, ax)

    @property
    def headline(self) -> str:
        """What was delivered and what comparison days saw, in words."""
        if self.delivered_share is None:
            return "No patrol day was assigned in this period"
        said = f"{self.delivered:,} of {self.assigned:,} patrol days were delivered"
        if self.minutes_control is not None:
            said += f"; a comparison day saw {self.minutes_control:.1f} minutes"
        if self.uncovered:
            said += f"; {self.uncovered:,} place-days are not known, for want of records"
        return said


def measure_fidelity(
    visits: Visits,
    schedule: pd.DataFrame,
    options: VisitOptions | None = None,
    *,
    events: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
) -> Fidelity:
    """Compare visits with the schedule, place-day by place-day.

    Parameters
    ----------
    visits
        Visits whose provenance says which days the records cover.
    schedule
        The `schedule` contract.
    options
        The thresholds.
    events
        The `events` contract: abstractions and overrides give their reasons.
    names
        What hot spots are called, by identifier; an identifier without one stands for itself.

    Raises
    ------
    MismatchError
        When not one visit lies in a hot spot of the schedule, or no day is covered.
    """
    chosen = options or VisitOptions()
    days = _placedays(visits, schedule, chosen, events)
    days = _named(days, names or {})
    treated, control = days[days["arm"] == "treated"], days[days["arm"] == "control"]
    done = treated["outcome"].isin(["delivered", "early", "late"])
    counts = treated["outcome"].value_counts()
    unseen = _named(_unseen_overrides(schedule, days, events), names or {})
    ledger = control[(control["n_visits"] > 0) | control["event"].eq("override")]
    ledger = pd.concat([ledger.astype({"n_visits": "Int64"}), unseen], ignore_index=True)
    return Fidelity(
        assigned=len(treated),
        delivered=int(done.sum()),
        delivered_share=_mean(done),
        early=int(counts.get("early", 0)),
        late=int(counts.get("late", 0)),
        short=int(counts.get("short", 0)),
        missed=int(counts.get("missed", 0)),
        in_return=int((treated["longest_min"] >= chosen.return_min).sum()),
        comparison_days=len(control),
        contamination_share=_mean(control["outcome"] == "contaminated"),
        visited_share=_mean(control["n_visits"] > 0),
        minutes_treated=_mean(treated["patrol_minutes"]),
        minutes_control=_mean(control["patrol_minutes"]),
        officer_minutes_treated=_mean(treated["officer_minutes"]),
        officer_minutes_control=_mean(control["officer_minutes"]),
        overrides=int(ledger["event"].eq("override").sum()),
        abstractions=int((treated["event"].eq("abstraction") & ~done).sum()),
        uncovered=len(schedule) - len(days),
        delivered_min=chosen.delivered_min,
        return_min=chosen.return_min,
        placedays=days,
        ledger=ledger.drop(columns=["arm", *_OWED], errors="ignore"),
    )


def _named(days: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Put what a place is called beside its identifier."""
    called = days.assign(name=[names.get(one, one) for one in days["hotspot_id"]])
    return called[["hotspot_id", "name", *days.columns.drop("hotspot_id")]]


def _unseen_overrides(
    schedule: pd.DataFrame, covered: pd.DataFrame, events: pd.DataFrame | None
) -> pd.DataFrame:
    """Return the overrides on comparison days of which nothing else is known."""
    control = schedule[schedule["arm"] == "control"]
    told = _with_events(control.assign(day=pd.to_datetime(control["day"]).dt.date), events)
    seen = set(zip(covered["hotspot_id"], covered["day"], strict=True))
    is_seen = [key in seen for key in zip(told["hotspot_id"], told["day"], strict=True)]
    unseen = told[told["event"].eq("override") & ~np.array(is_seen, dtype=bool)]
    return unseen.drop(columns=_WINDOW).assign(outcome="not known", said="not known")


def _placedays(
    visits: Visits, schedule: pd.DataFrame, options: VisitOptions, events: pd.DataFrame | None
) -> pd.DataFrame:
    frame = visits.to_frame()
    rows = schedule.assign(day=pd.to_datetime(schedule["day"]).dt.date)
    first, last = pd.Timestamp(visits.provenance.start), pd.Timestamp(visits.provenance.end)
    empty = {pd.Timestamp(day).date() for day in visits.empty_days}
    rows = rows[rows["day"].between(first.date(), last.date()) & ~rows["day"].isin(empty)]
    _check_match(frame, rows, schedule)
    keys = ["hotspot_id", "day"]
    measured = rows.merge(_by_day(frame), on=keys, how="left")
    measured = measured.merge(_deliveries(frame, rows, options), on=keys, how="left")
    counts = ["patrol_minutes", "officer_minutes", "n_visits", "longest_min"]
    counts += ["minutes_low", "minutes_high"]
    measured[counts] = measured[counts].fillna(0.0)
    measured["n_visits"] = measured["n_visits"].astype(int)
    measured["outcome"] = _outcomes(measured, options)
    measured["target_min"] = pd.Series(_targets(measured, options), measured.index, dtype=object)
    bounds = (measured["minutes_low"], measured["minutes_high"], measured["target_min"])
    measured["said"] = [say_minutes(*one) for one in zip(*bounds, strict=True)]
    return _with_events(measured, events).drop(columns=[*_WINDOW, "is_early"])


def _targets(rows: pd.DataFrame, options: VisitOptions) -> list[float | None]:
    """Return the minutes each patrol day should have had; a comparison day should have none."""
    doses = rows["dose_min"] if "dose_min" in rows else pd.Series(np.nan, rows.index)
    wanted = doses.fillna(options.return_min)
    pairs = zip(wanted, rows["arm"] == "treated", strict=True)
    return [float(dose) if is_treated else None for dose, is_treated in pairs]


def _by_day(visits: pd.DataFrame) -> pd.DataFrame:
    """Measure presence by place-day; patrol-minutes are as unsure as all their visits together."""
    keys = ["hotspot_id", "day"]
    doubts = visits.assign(
        below=visits["minutes"] - visits["minutes_low"],
        above=visits["minutes_high"] - visits["minutes"],
    )
    sums = doubts.groupby(keys)[["below", "above"]].sum().reset_index()
    days = measure_dosage(visits).merge(sums, on=keys)
    days["minutes_low"] = (days["patrol_minutes"] - days.pop("below")).clip(lower=0.0)
    days["minutes_high"] = days["patrol_minutes"] + days.pop("above")
    return days


def _deliveries(visits: pd.DataFrame, rows: pd.DataFrame, options: VisitOptions) -> pd.DataFrame:
    """Place the visits that deliver a day by its window; one may reach into it from outside."""
    keys = ["hotspot_id", "day"]
    long = visits.loc[visits["minutes"] >= options.delivered_min, [*keys, "arrive", "leave"]]
    long = long.merge(rows[[*keys, "window_start", "window_end"]], on=keys)
    is_early = long["leave"] <= long["window_start"]
    is_late = long["arrive"] >= long["window_end"]
    days = long.assign(is_early=is_early, is_inside=~(is_early | is_late)).groupby(keys)
    return days.agg(
        first_arrive=("arrive", "min"), is_inside=("is_inside", "any"), is_early=("is_early", "any")
    ).reset_index()


def _outcomes(rows: pd.DataFrame, options: VisitOptions) -> list[str]:
    treated = rows["arm"] == "treated"
    is_long = rows["longest_min"] >= options.delivered_min
    is_visited = rows["n_visits"] > 0
    conditions = [
        treated & is_long & rows["is_inside"].eq(True),  # noqa: FBT003 - pandas
        treated & is_long & rows["is_early"].eq(True),  # noqa: FBT003 - pandas
        treated & is_long,
        treated & is_visited,
        treated,
        is_long,
        is_visited,
    ]
    names = ["delivered", "early", "late", "short", "missed", "contaminated", "visited"]
    return list(np.select([c.to_numpy(dtype=bool) for c in conditions], names, "clean"))


def _with_events(rows: pd.DataFrame, events: pd.DataFrame | None) -> pd.DataFrame:
    if events is None or events.empty:
        return rows.assign(event=None, reason=None)
    one = events.assign(day=pd.to_datetime(events["day"]).dt.date)
    one = one.drop_duplicates(["hotspot_id", "day"], keep="last")
    one = one.rename(columns={"kind": "event"})[["hotspot_id", "day", "event", "reason"]]
    return rows.merge(one, on=["hotspot_id", "day"], how="left")


def _check_match(visits: pd.DataFrame, rows: pd.DataFrame, schedule: pd.DataFrame) -> None:
    if rows.empty:
        raise MismatchError(
            "The visits must cover days of the schedule.",
            found=f"The schedule runs from {min(schedule['day'])} to {max(schedule['day'])}; "
            "nothing was recorded in it.",
            do="Check that these are the visits of this phase.",
        )
    if len(visits) and not visits["hotspot_id"].isin(set(schedule["hotspot_id"])).any():
        raise MismatchError(
            "Visits and schedule must name the same hot spots.",
            found="Not one visit is to a hot spot of the schedule.",
            do="Match the pings to the hot spots the schedule was drawn for.",
        )


def say_minutes(low: float, high: float, target_min: float | None) -> str:
    """Word minutes with their bounds and what they should have been.

    Examples
    --------
    >>> say_minutes(9.4, 13.2, 15)
    '9–14 min; target 15'
    >>> say_minutes(9.4, 13.2, None)
    '9–14 min'
    """
    bottom, top = math.floor(low), math.ceil(high)
    span = f"{bottom}" if bottom == top else f"{bottom}–{top}"
    return f"{span} min" if target_min is None else f"{span} min; target {target_min:g}"


def _mean(values: pd.Series) -> float | None:
    return float(values.mean()) if len(values) else None
