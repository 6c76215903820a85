"""Simulate patrols whose true minutes are known, and the pings a device makes of them.

A unit drives from its base to each hot spot, walks there with pauses, and drives back; other
units call as usual policing does. The true stays are measured on the noiseless path at
one-second steps, by their own plain rule, so that the matching of pings can be judged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from footbeat.periods import operational_days
from footbeat.simulate.movement import (
    Path,
    Routes,
    StreetNet,
    find_routes,
    join_paths,
    trace,
    walk_inside,
)
from footbeat.tables import PINGS, UTC_TIME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray
    from shapely import Geometry

    from footbeat.areas import Hotspots

    FloatArray = NDArray[np.float64]

_EDGE_M = 15.0
_STEP_S = 1.0
_STATION_M = 200.0
# The radius that holds 68 % of a circular normal error is 1.51 of its deviations on each axis.
_RADII = 1.51


@dataclass(frozen=True, slots=True)
class Device:
    """How a tracker samples the truth.

    Attributes
    ----------
    interval_s
        Seconds between fixes, give or take a tenth.
    accuracy_m
        Radius that holds 68 % of the fixes, as devices state it.
    drop_share
        Share of fixes that are lost one by one.
    outages_per_h, outage_s
        How often the signal is lost for a while, and for how long on average.
    memory_s
        How long an error lasts: between tall buildings errors drift rather than flicker.
    """

    interval_s: float = 30.0
    accuracy_m: float = 6.0
    drop_share: float = 0.02
    outages_per_h: float = 0.0
    outage_s: float = 120.0
    memory_s: float = 20.0


@dataclass(frozen=True, slots=True)
class PatrolOptions:
    """How patrols are made.

    Attributes
    ----------
    device
        The trackers of all units.
    visit_min, visit_sd_min
        Mean and spread of the length of a scheduled visit.
    delivered_share
        Share of scheduled visits that are made at all.
    usual_per_day, usual_min
        Visits of usual policing a place-day, in both arms, and their mean length.
    n_units
        Units that share the scheduled visits of a day.
    walk_ms, drive_ms
        Speeds in metres a second.
    timezone
        Local time zone, for operational days.
    """

    device: Device = field(default_factory=Device)
    visit_min: float = 17.0
    visit_sd_min: float = 2.0
    delivered_share: float = 0.98
    usual_per_day: float = 0.25
    usual_min: float = 6.0
    n_units: int = 4
    walk_ms: float = 1.3
    drive_ms: float = 8.0
    timezone: str = "Europe/London"


@dataclass(frozen=True, slots=True)
class SimulatedPatrols:
    """Pings and the truth behind them.

    Attributes
    ----------
    pings
        The `pings` contract in metres, shuffled as they would arrive.
    truth
        One row a true stay, ordered by arrival: unit_id, hotspot_id, day, arrive, leave (UTC),
        minutes, mode (foot, vehicle), purpose (scheduled, usual). Stays of any length.
    """

    pings: pa.Table
    truth: pd.DataFrame


@dataclass(frozen=True, slots=True)
class _Scene:
    polygons: dict[str, Geometry]
    routes: Routes
    options: PatrolOptions


@dataclass(frozen=True, slots=True)
class _Trip:
    """One way out from base and back; `start` is in seconds since 1970, UTC."""

    unit_id: str
    purpose: str
    start: float
    path: Path


def simulate_patrols(
    hotspots: Hotspots,
    schedule: pd.DataFrame,
    options: PatrolOptions | None = None,
    *,
    rng: np.random.Generator,
    streets: StreetNet | None = None,
) -> SimulatedPatrols:
    """Simulate the patrols of a schedule, and usual policing beside them.

    Parameters
    ----------
    hotspots
        Polygons in metres.
    schedule
        The `schedule` contract: hotspot_id, day, arm, window_start and window_end in UTC.
    options
        How patrols are made.
    rng
        Source of chance; the same state gives the same pings.
    streets
        Street network in the same coordinates; without one, units move in straight lines.

    Returns
    -------
    SimulatedPatrols
        Pings in no order, and the true stays. A visit that was not made leaves neither.
    """
    chosen = options or PatrolOptions()
    polygons = dict(zip(hotspots.ids, hotspots.frame.geometry, strict=True))
    routes = find_routes(_station(list(polygons.values())), streets)
    scene = _Scene(polygons, routes, chosen)
    trips = [*_scheduled_trips(schedule, scene, rng), *_usual_trips(schedule, scene, rng)]
    pings = [ping_path(t.path.shifted(t.start), chosen.device, rng=rng) for t in trips]
    units = [trip.unit_id for trip in trips]
    return SimulatedPatrols(_ping_table(units, pings, rng), _truth(trips, scene))


def ping_path(path: Path, device: Device, *, rng: np.random.Generator) -> dict[str, FloatArray]:
    """Sample a path as a device would: jittered times, drifting errors, lost fixes.

    Returns
    -------
    dict
        `time` (seconds, as the path counts them), `x`, `y`, `accuracy_m`, each of shape (n,).
    """
    steps = np.arange(path.t[0], path.t[-1], device.interval_s)
    times = steps + rng.uniform(0.0, 0.1, len(steps)) * device.interval_s
    times = times[(times <= path.t[-1]) & ~_is_lost(times, device, rng)]
    x, y = path.at(times)
    spread = device.accuracy_m / _RADII
    return {
        "time": times,
        "x": x + spread * _drift(times, device.memory_s, rng),
        "y": y + spread * _drift(times, device.memory_s, rng),
        "accuracy_m": device.accuracy_m * rng.uniform(0.8, 1.25, len(times)),
    }


def true_stays(path: Path, polygon: Geometry) -> list[tuple[float, float]]:
    """Return when a noiseless path was in a polygon, as (arrive, leave) in its seconds.

    A stay begins inside and ends at the last moment inside before the path is more than
    15 m outside: what visits estimate, at one-second steps.
    """
    times = np.arange(path.t[0], path.t[-1] + _STEP_S, _STEP_S)
    x, y = path.at(times)
    where = np.flatnonzero(shapely.contains_xy(polygon, x, y))
    if not len(where):
        return []
    near = shapely.contains_xy(shapely.buffer(polygon, _EDGE_M, quad_segs=32), x, y)
    breaks = np.flatnonzero(np.diff(np.cumsum(~near)[where]) > 0)
    first = times[where[np.concatenate([[0], breaks + 1])]]
    last = times[where[np.concatenate([breaks, [len(where) - 1]])]]
    return list(zip(first.tolist(), last.tolist(), strict=True))


def _station(polygons: list[Geometry]) -> tuple[float, float]:
    """Return a point outside the hot spots' common rectangle, so that it lies in none."""
    west, south, _, _ = shapely.total_bounds(polygons)
    return float(west) - _STATION_M, float(south) - _STATION_M


def _scheduled_trips(
    schedule: pd.DataFrame, scene: _Scene, rng: np.random.Generator
) -> Iterator[_Trip]:
    options = scene.options
    treated = schedule[schedule["arm"] == "treated"]
    made = treated[rng.random(len(treated)) < options.delivered_share]
    for _, rows in made.groupby("day", sort=True):
        free = np.zeros(options.n_units)
        minutes = rng.normal(options.visit_min, options.visit_sd_min, len(rows))
        lengths = np.maximum(minutes, 1.0) * 60
        begins = _window_starts(rows, lengths, rng)
        for index in np.argsort(begins):
            unit = int(np.argmin(free))
            hotspot = str(rows["hotspot_id"].iloc[index])
            path, lead = _there_and_back(hotspot, float(lengths[index]), scene, rng, on_foot=True)
            start = max(float(begins[index]) - lead, float(free[unit]))
            free[unit] = start + path.t[-1] + 60.0
            yield _Trip(f"patrol-{unit + 1}", "scheduled", start, path)


def _window_starts(rows: pd.DataFrame, lengths: FloatArray, rng: np.random.Generator) -> FloatArray:
    begin, end = _seconds(rows["window_start"]), _seconds(rows["window_end"])
    return np.asarray(begin + rng.random(len(rows)) * np.maximum(end - begin - lengths, 0.0))


def _usual_trips(
    schedule: pd.DataFrame, scene: _Scene, rng: np.random.Generator
) -> Iterator[_Trip]:
    n_calls = rng.poisson(scene.options.usual_per_day, len(schedule))
    begin, end = _seconds(schedule["window_start"]), _seconds(schedule["window_end"])
    for number, index in enumerate(np.repeat(np.arange(len(schedule)), n_calls)):
        length_s = max(rng.exponential(scene.options.usual_min), 0.5) * 60
        hotspot = str(schedule["hotspot_id"].iloc[index])
        path, lead = _there_and_back(hotspot, length_s, scene, rng, on_foot=False)
        start = float(begin[index] + rng.random() * (end[index] - begin[index])) - lead
        yield _Trip(f"response-{number + 1}", "usual", start, path)


def _there_and_back(
    hotspot: str, length_s: float, scene: _Scene, rng: np.random.Generator, *, on_foot: bool
) -> tuple[Path, float]:
    """Return the trip from base and back, and how many seconds the way there takes."""
    options, routes = scene.options, scene.routes
    pace = options.walk_ms if on_foot else options.drive_ms / 2
    polygon = scene.polygons[hotspot]
    stay = walk_inside(polygon, length_s, pace, rng=rng, streets=routes.streets)
    there = trace(routes.to((stay.x[0], stay.y[0])), options.drive_ms)
    back = trace(routes.to((stay.x[-1], stay.y[-1]))[::-1], options.drive_ms)
    return join_paths([there, stay, back]), float(there.t[-1])


def _is_lost(times: FloatArray, device: Device, rng: np.random.Generator) -> NDArray[np.bool_]:
    lost = rng.random(len(times)) < device.drop_share
    hours = (times[-1] - times[0]) / 3600 if len(times) else 0.0
    for _ in range(rng.poisson(device.outages_per_h * hours)):
        begin = rng.uniform(times[0], times[-1])
        lost |= (times >= begin) & (times < begin + rng.exponential(device.outage_s))
    return np.asarray(lost)


def _drift(times: FloatArray, memory_s: float, rng: np.random.Generator) -> FloatArray:
    """Draw standard normal errors whose correlation fades over `memory_s`."""
    fresh = rng.standard_normal(len(times))
    if memory_s <= 0:
        return fresh
    keep = np.exp(-np.diff(times, prepend=-np.inf) / memory_s)
    errors, before = np.empty(len(times)), 0.0
    for index, share in enumerate(keep):
        before = share * before + np.sqrt(1 - share**2) * fresh[index]
        errors[index] = before
    return errors


def _truth(trips: Iterable[_Trip], scene: _Scene) -> pd.DataFrame:
    rows = [row for trip in trips for row in _true_rows(trip, scene)]
    names = ["unit_id", "hotspot_id", "arrive", "leave", "mode", "purpose"]
    frame = pd.DataFrame(rows, columns=names)
    frame["minutes"] = (frame["leave"] - frame["arrive"]) / 60
    for name in ("arrive", "leave"):
        frame[name] = pd.to_datetime((frame[name].astype(float) * 1e6).round(), unit="us", utc=True)
    days = operational_days(pd.DatetimeIndex(frame["arrive"]), scene.options.timezone)
    return frame.assign(day=days.date).sort_values(["arrive", "unit_id"], ignore_index=True)


def _true_rows(trip: _Trip, scene: _Scene) -> Iterator[tuple[str, str, float, float, str, str]]:
    line = shapely.linestrings(np.column_stack([trip.path.x, trip.path.y]))
    mode = "foot" if trip.purpose == "scheduled" else "vehicle"
    for name, polygon in scene.polygons.items():
        if not shapely.intersects(line, polygon):
            continue
        for arrive, leave in true_stays(trip.path, polygon):
            yield trip.unit_id, name, trip.start + arrive, trip.start + leave, mode, trip.purpose


def _ping_table(
    units: list[str], pings: list[dict[str, FloatArray]], rng: np.random.Generator
) -> pa.Table:
    counts = [len(part["time"]) for part in pings]
    columns = {
        name: np.concatenate([part[name] for part in pings] or [np.empty(0)])
        for name in ("time", "x", "y", "accuracy_m")
    }
    order = rng.permutation(sum(counts))
    micros = np.round(columns.pop("time") * 1e6).astype(np.int64)[order]
    names = pa.array(np.repeat(np.array(units, dtype=object), counts)[order], pa.string())
    arrays = {"unit_id": names, "time": pa.array(micros).cast(UTC_TIME)}
    arrays |= {name: pa.array(values[order]) for name, values in columns.items()}
    arrays["speed_ms"] = pa.nulls(len(order), pa.float64())
    return pa.table({column: arrays[column] for column in PINGS.names}, schema=PINGS.schema)


def _seconds(times: pd.Series[pd.Timestamp]) -> FloatArray:
    stamps = pd.DatetimeIndex(times).tz_convert("UTC").as_unit("us")
    return np.asarray(stamps.asi8 / 1e6)
