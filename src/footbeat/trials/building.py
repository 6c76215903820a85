"""Place-days built from a schedule, incidents and visits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from footbeat.errors import MismatchError, PrecisionError, UsageError
from footbeat.incidents.exclude import default_group, in_group, may_steer
from footbeat.periods import Window, day_bounds
from footbeat.tables import PLACEDAYS, check_table
from footbeat.tasking.schedule import Schedule
from footbeat.tracking.fidelity import measure_fidelity
from footbeat.tracking.options import VisitOptions
from footbeat.trials.counting import (
    ALL,
    Located,
    arrived_in_time,
    check_precision,
    half_harm_incidents,
    is_certain,
    locate,
    select_outcome,
    shares_of_days,
)
from footbeat.trials.placedays import About, Placedays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from footbeat.areas import Hotspots
    from footbeat.incidents.load import Incidents
    from footbeat.tracking.visits import Visits

_KEYS = ["place", "day"]
_SAME_AREA = 0.01
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedayOptions:
    """What is counted.

    Attributes
    ----------
    hours
        Window of the day that counts; None for the whole operational day.
    settle_days
        Age in days at which a place-day enters, and within which records must have arrived.
    data_cut
        Day up to which the records are complete; None for the last the data know of.
    group
        Offence group of the outcome; ``all`` for every incident that may steer patrols. None:
        the default of the source, or ``all`` where the data hold none of it.
    negative_group
        Offence group no patrol could prevent, as a check; None takes the incidents outside
        `hours`, where hours are given.
    kinds
        Kinds of record.
    buffer_m
        Width of the ring around each hot spot whose incidents are counted as `n_buffer`; 0
        for none. What lies in another hot spot is no ring.
    plan_hash
        Hash of the analysis plan these choices come from.
    """

    hours: Window | None = None
    settle_days: int = 28
    data_cut: date | None = None
    group: str | None = None
    negative_group: str | None = None
    kinds: tuple[str, ...] = field(default=("crime",))
    buffer_m: float = 0.0
    plan_hash: str = ""


def build_placedays(
    incidents: Incidents,
    schedule: Schedule | Sequence[Schedule],
    hotspots: Hotspots | None = None,
    *,
    visits: Visits | None = None,
    options: PlacedayOptions | None = None,
) -> Placedays:
    """Count incidents on every place-day of a schedule.

    Only incidents whose time is known to lie within one operational day (and its hours) are
    counted; those with uncertain times enter in parts as `n_fractional`, for a sensitivity. A
    place-day enters the analysis once it is `settle_days` old at the data cut; what was
    recorded later than that is left out of it for good.

    Parameters
    ----------
    incidents
        Incidents with times to the day or better.
    schedule
        One schedule a phase.
    hotspots
        The hot spots, to check that they are those of the schedule.
    visits
        What was delivered; days its pings do not cover stay unknown.
    options
        What is counted; left out, the defaults.

    Raises
    ------
    PrecisionError
        When the incidents carry only months, or hours are asked of days.
    MismatchError
        When the schedule belongs to other hot spots, or no day of it is in the data.
    """
    chosen = options or PlacedayOptions()
    phases = [schedule] if isinstance(schedule, Schedule) else list(schedule)
    _check_options(incidents, chosen)
    group = chosen.group or _default_group(incidents)
    chosen = replace(chosen, group=group, data_cut=chosen.data_cut or _last_known_day(incidents))
    parts = [_build_phase(incidents, one, hotspots, chosen) for one in phases]
    frame = pd.concat([part for part, _, _ in parts], ignore_index=True)
    if visits is not None:
        frame = _with_visits(frame, visits, phases)
    if not frame["mature"].any() and _nothing_observed(incidents, phases):
        raise MismatchError(
            "The incidents must cover the days of the schedule.",
            found=f"They run {incidents.provenance.start} to {incidents.provenance.end}.",
            do="Read the incidents of the trial's own period.",
        )
    harm = np.concatenate([harm for _, harm, _ in parts])
    about = About(
        mechanism=tuple(one.mechanism for one in phases),
        commitments=tuple(one.commitment for one in phases),
        data_cut=chosen.data_cut.isoformat() if chosen.data_cut else "",
        settle_days=chosen.settle_days,
        hours=str(chosen.hours or ""),
        group=group,
        n_incidents=int(frame.loc[frame["mature"], "n"].sum()),
        n_outside=sum(outside for _, _, outside in parts),
        n_visits_outside=_visits_outside(visits, frame),
        half_harm_incidents=half_harm_incidents(harm),
        plan_hash=chosen.plan_hash,
    )
    return Placedays(frame, incidents.provenance, about)


def _build_phase(
    incidents: Incidents, schedule: Schedule, hotspots: Hotspots | None, options: PlacedayOptions
) -> tuple[pd.DataFrame, np.ndarray, int]:
    if hotspots is not None:
        check_belongs(schedule, hotspots)
    shapes = schedule.hotspots.frame.set_index("hotspot_id", drop=False)
    shapes = shapes.loc[list(schedule.hotspot_ids)].to_crs(incidents.provenance.crs)
    outcome = select_outcome(incidents, str(options.group), options.kinds)
    located = locate(outcome, shapes)
    counts, harm, outside = _count(located, schedule, options)
    other = _count_other(incidents, located, shapes, schedule, options)
    base = _base(schedule, incidents, options)
    elsewhen = _count_elsewhen(located, schedule, options)
    frame = base.merge(counts, on=_KEYS, how="left").merge(other, on=_KEYS, how="left")
    frame = frame.merge(elsewhen, on=_KEYS, how="left")
    if options.buffer_m > 0:
        ring = _count_ring(outcome, shapes, schedule, options)
        frame = frame.merge(ring, on=_KEYS, how="left").fillna({"n_buffer": 0})
    return _fill_counts(frame, has_harm=bool(np.isfinite(harm).any())), harm, outside


def _with_visits(frame: pd.DataFrame, visits: Visits, phases: list[Schedule]) -> pd.DataFrame:
    schedule = pd.concat([one.frame for one in phases], ignore_index=True)
    days = measure_fidelity(visits, schedule).placedays
    names = ["patrol_minutes", "officer_minutes", "n_visits"]
    reached = days["longest_min"] >= VisitOptions().delivered_min
    known = days[["hotspot_id", "day", *names]].assign(delivered=reached.astype(np.int64))
    bare = frame.drop(columns=[*names, "delivered"])
    return conform(bare.merge(known, on=["hotspot_id", "day"], how="left"))


def _visits_outside(visits: Visits | None, frame: pd.DataFrame) -> int:
    if visits is None:
        return 0
    keys = ["hotspot_id", "day"]
    made = visits.to_frame()[keys].dropna(subset=["hotspot_id"])
    return int(len(made) - len(made.merge(frame[keys].drop_duplicates(), on=keys)))


def check_belongs(schedule: Schedule, hotspots: Hotspots) -> None:
    """Raise MismatchError when a schedule was drawn over other hot spots than these."""
    missing = sorted(set(schedule.hotspot_ids) - set(hotspots.ids))
    if missing:
        raise MismatchError(
            "The schedule must belong to the hot spots.",
            found=f"The file lacks {len(missing)} of its {len(schedule.hotspot_ids)} hot spots.",
            do="Give the hot spot file the schedule was drawn from.",
        )
    ids = list(schedule.hotspot_ids)
    drawn = schedule.hotspots.frame.set_index("hotspot_id").geometry.loc[ids]
    now = hotspots.frame.set_index("hotspot_id").geometry.loc[ids].to_crs(drawn.crs)
    changed = drawn.symmetric_difference(now, align=False).area > _SAME_AREA * drawn.area
    if changed.any():
        raise MismatchError(
            "The hot spots must be as they were when the schedule was drawn.",
            found=f"{int(changed.sum())} of {len(ids)} have another outline.",
            do="Give the hot spot file the schedule was drawn from.",
        )


def _check_options(incidents: Incidents, options: PlacedayOptions) -> None:
    check_precision(incidents)
    if options.settle_days < 0:
        raise UsageError(
            "The settling time must be 0 days or more.",
            found=f"It is {options.settle_days}.",
            do="Give for example --settle-days 28.",
        )
    if options.hours and incidents.provenance.precision == "day":
        raise PrecisionError(
            "Hours of the day cannot be counted.",
            found="The incidents' times are known to the day only.",
            do="Leave --hours out, or read data with times.",
        )


def _default_group(incidents: Incidents) -> str:
    group = default_group(incidents)
    return group if (may_steer(incidents) & in_group(incidents, group)).any() else ALL


def _last_known_day(incidents: Incidents) -> date | None:
    recorded = incidents.table.column("recorded_at").to_pandas().max()
    known = [pd.Timestamp(incidents.provenance.end).date()] if incidents.provenance.end else []
    if pd.notna(recorded):
        known.append(recorded.date())
    return max(known, default=None)


def _nothing_observed(incidents: Incidents, phases: Sequence[Schedule]) -> bool:
    return not any(_observed(one.days, incidents).any() for one in phases)


def _observed(days: Sequence[date], incidents: Incidents) -> np.ndarray:
    about = incidents.provenance
    first = date.fromisoformat(about.start) if about.start else date.min
    last = date.fromisoformat(about.end) if about.end else date.max
    gone = set(about.missing_months)
    return np.array([first <= day <= last and f"{day:%Y-%m}" not in gone for day in days])


def _base(schedule: Schedule, incidents: Incidents, options: PlacedayOptions) -> pd.DataFrame:
    timezone = schedule.timezone
    days = schedule.days
    opens, closes = (
        options.hours.bounds(days, timezone) if options.hours else day_bounds(days, timezone)
    )
    hours = np.asarray((closes - opens) / pd.Timedelta(hours=1))
    cut = options.data_cut or date.max
    settled = np.array([cut - day >= timedelta(days=options.settle_days) for day in days])
    enters = settled & _observed(days, incidents)
    n_places = len(schedule.hotspot_ids)
    frame = schedule.frame[["hotspot_id", "day", "phase", "stratum", "probability"]].copy()
    return frame.assign(
        assigned=(schedule.frame["arm"] == "treated").astype(np.int64),
        place=np.tile(np.arange(n_places), len(days)),
        exposure_h=np.repeat(hours, n_places),
        mature=np.repeat(enters, n_places),
    )


def _count(
    located: Located, schedule: Schedule, options: PlacedayOptions
) -> tuple[pd.DataFrame, np.ndarray, int]:
    timezone, days = schedule.timezone, schedule.days
    shares = shares_of_days(located, days, options.hours, timezone)
    frame = located.frame.assign(day=located.frame["day"].dt.date, share=shares[:, 0])
    n_outside = int((~frame["day"].isin(set(days))).sum())
    arrived = arrived_in_time(located, options.settle_days, timezone)
    delay = (frame["recorded_at"] - frame["end"]).dt.total_seconds() / _DAY_SECONDS
    frame = frame.assign(delay_days=delay)
    certain = frame[is_certain(shares) & arrived]
    following = frame.assign(day=frame["day"] + timedelta(days=1), share=shares[:, 1])
    spread = pd.concat([frame[arrived], following[arrived]])
    counts = certain.groupby(_KEYS).agg(
        n=("place", "size"),
        harm_days=("harm_days", "sum"),
        harm_largest=("harm_days", "max"),
        delay_days=("delay_days", "mean"),
    )
    parts = spread.groupby(_KEYS)["share"].sum().rename("n_fractional")
    merged = pd.concat([counts, parts], axis=1).reset_index()
    return merged, certain["harm_days"].to_numpy(dtype=np.float64), n_outside


def _count_other(
    incidents: Incidents,
    located: Located,
    shapes: gpd.GeoDataFrame,
    schedule: Schedule,
    options: PlacedayOptions,
) -> pd.DataFrame:
    window = options.hours
    if options.negative_group:
        located = locate(select_outcome(incidents, options.negative_group, options.kinds), shapes)
    else:
        return _count_elsewhen(located, schedule, options).rename(columns={"n_else": "n_other"})
    chosen = is_certain(shares_of_days(located, schedule.days, window, schedule.timezone))
    return _count_days(located, chosen, schedule, options, name="n_other")


def _count_elsewhen(located: Located, schedule: Schedule, options: PlacedayOptions) -> pd.DataFrame:
    """Count the outcome in the other hours of the same operational day."""
    if options.hours is None:
        return pd.DataFrame(columns=[*_KEYS, "n_else"])
    shares = shares_of_days(located, schedule.days, options.hours, schedule.timezone)
    whole = is_certain(shares_of_days(located, schedule.days, None, schedule.timezone))
    return _count_days(located, whole & (shares[:, 0] == 0), schedule, options, name="n_else")


def _count_days(
    located: Located,
    chosen: NDArray[np.bool_],
    schedule: Schedule,
    options: PlacedayOptions,
    *,
    name: str,
) -> pd.DataFrame:
    counted = chosen & arrived_in_time(located, options.settle_days, schedule.timezone)
    frame = located.frame[counted].assign(day=located.frame["day"].dt.date)
    return frame.groupby(_KEYS).size().rename(name).reset_index()


def _count_ring(
    outcome: Incidents,
    shapes: gpd.GeoDataFrame,
    schedule: Schedule,
    options: PlacedayOptions,
) -> pd.DataFrame:
    rings = shapes.set_geometry(shapes.buffer(options.buffer_m).difference(shapes.union_all()))
    located = locate(outcome, rings)
    shares = shares_of_days(located, schedule.days, options.hours, schedule.timezone)
    return _count_days(located, is_certain(shares), schedule, options, name="n_buffer")


def freeze(placedays: Placedays, earlier: Placedays) -> tuple[Placedays, int]:
    """Keep every place-day that had entered before as it was, and say how many would differ.

    Records that arrive or change after the settling time are thereby left out for good.

    Raises
    ------
    MismatchError
        When the earlier table is of another schedule or counts another outcome.
    """
    pair = (placedays.about, earlier.about)
    same = ("mechanism", "commitments", "settle_days", "hours", "group")
    if any(getattr(pair[0], name) != getattr(pair[1], name) for name in same):
        raise MismatchError(
            "Earlier place-days must be of the same schedule and outcome.",
            found="Schedule, settling time, hours or offence group differ.",
            do="Leave --previous out, or give the file of this very trial.",
        )
    keys = ["phase", "day", "hotspot_id"]
    before = earlier.frame[earlier.frame["mature"]].set_index(keys)
    now = placedays.frame.set_index(keys)
    both = now.index.intersection(before.index)
    n_changed = int((now.loc[both, "n"] != before.loc[both, "n"]).sum())
    now.loc[both] = before.loc[both]
    frame = conform(now.reset_index())
    n_incidents = int(frame.loc[frame["mature"], "n"].sum())
    about = replace(placedays.about, n_incidents=n_incidents)
    return replace(placedays, frame=frame, about=about), n_changed


def _fill_counts(frame: pd.DataFrame, *, has_harm: bool) -> pd.DataFrame:
    frame = frame.assign(n=frame["n"].fillna(0))
    for name in ("n_fractional", "harm_days"):
        frame[name] = frame[name].astype(np.float64).fillna(0.0)
    for name in ("n_other", "n_else"):
        if frame[name].notna().any():
            frame[name] = frame[name].fillna(0)
    if not has_harm:
        frame = frame.drop(columns=["harm_days", "harm_largest"])
    return conform(frame)


def conform(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the `placedays` contract, in order, as they are read back."""
    whole = [c.name for c in PLACEDAYS.columns if pa.types.is_integer(c.type) and c.name in frame]
    table = pa.Table.from_pandas(frame.astype(dict.fromkeys(whole, "Int64")), preserve_index=False)
    bare = check_table(table, PLACEDAYS).replace_schema_metadata(None)
    return pd.DataFrame(bare.to_pandas())
