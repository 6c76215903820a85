"""Units in a shift: who goes where and when, why not everything can be done, and what if.

A rota names units; it never changes which place has a patrol. When visits are left over it is
solved again with one limit at a time taken away, so that a sergeant is told which one binds and
by how much. Losing a unit re-plans only what has not begun.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from footbeat.errors import DataError, UsageError
from footbeat.periods import DAY_START_HOUR, Window
from footbeat.streets import build_graph
from footbeat.tasking.rota_limits import explain_limits
from footbeat.tasking.rota_model import Solution, solve_rota
from footbeat.tasking.shifts import Crew, Job
from footbeat.tasking.windows import read_due

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from footbeat.streets import Streets
    from footbeat.tasking.rota_options import RotaOptions
    from footbeat.tasking.schedule import Schedule

    FloatArray = NDArray[np.float64]

_DAY_MIN = 24 * 60
_DETOUR = 1.3


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit of a unit, or its break; times are minutes after midnight of the day.

    Attributes
    ----------
    hotspot_id
        Where; empty for the break.
    begin, end
        From and to.
    """

    hotspot_id: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Rota:
    """Who goes where on one day.

    Attributes
    ----------
    day
        The operational day.
    stops
        By call sign, in order.
    unserved
        Visits nobody can make, as (hot spot, when it is due).
    binding
        What would serve them, most modest first, in words.
    travel_min
        By call sign.
    gap
        How far, 0 to 1, the rota may be from the best there is.
    options
        What it was planned with, so that it can be planned again alike.
    """

    day: date
    stops: Mapping[str, tuple[Stop, ...]]
    unserved: tuple[tuple[str, str], ...]
    binding: tuple[str, ...]
    travel_min: Mapping[str, float]
    gap: float
    options: RotaOptions | None = None

    def to_frame(self) -> pd.DataFrame:
        """Return one row a stop: `unit`, `hotspot_id` (empty for the break), clock times."""
        rows = [
            (unit, stop.hotspot_id, clock(stop.begin), clock(stop.end))
            for unit, stops in self.stops.items()
            for stop in stops
        ]
        return pd.DataFrame(rows, columns=["unit", "hotspot_id", "begin", "end"])


@dataclass(frozen=True, slots=True)
class Due:
    """One visit that is due: where, between which minutes of the day, how long."""

    hotspot_id: str
    begin: int
    end: int
    minutes: int

    @property
    def words(self) -> str:
        """When, as clock times."""
        return f"{clock(self.begin)}–{clock(self.end)}"


def list_due(schedule: Schedule, day: date) -> list[Due]:
    """Return the visits of a day, from the schedule's own words.

    Raises
    ------
    DataError
        When the schedule has no such day.
    """
    rows = schedule.frame[schedule.frame["day"] == day]
    if rows.empty:
        raise DataError(
            "A rota must be for a day of the schedule.",
            found=f"It runs {schedule.days[0]} to {schedule.days[-1]}; {day} is not in it.",
            do="Choose another day.",
        )
    treated: list[dict[Any, Any]] = rows[rows["arm"] == "treated"].to_dict("records")
    longest = schedule.options.visits.length_min
    due = []
    for row in treated:
        for window in read_due(str(row["due"])):
            begin, end = minutes_of(window)
            # Where clocks go back within a window, its end may read earlier than its beginning.
            end = begin if end - begin > _DAY_MIN // 2 > longest else end
            due.append(Due(str(row["hotspot_id"]), begin, end, round(row["dose_min"])))
    return due


def plan_rota(
    schedule: Schedule, day: date, options: RotaOptions, streets: Streets | None = None
) -> Rota:
    """Return who goes where on a day, and what binds when not every visit can be made.

    Travel follows the streets; without them it is the straight line times 1.3.
    """
    due = list_due(schedule, day)
    travel = travel_minutes(schedule, options, streets)
    crews = [_crew(name, options, len(travel) - 1) for name in options.units]
    jobs = [_job(each, schedule, options) for each in due]
    solution = solve_rota(jobs, crews, travel, effort=options.effort, balance=options.balance)
    binding = explain_limits(jobs, crews, travel, options, solution) if solution.unserved else ()
    rota = _rota(day, due, jobs, crews, options.units, travel, solution, binding)
    return replace(rota, options=options)


def replan_rota(
    before: Rota,
    schedule: Schedule,
    options: RotaOptions,
    *,
    lost: str,
    at: int,
    streets: Streets | None = None,
) -> Rota:
    """Plan the rest of a day again without one unit.

    Visits that began before `at`, minutes after midnight, stay as they were, the lost unit's
    too; every unit goes on from where it then stands. The draw is not touched.

    Raises
    ------
    UsageError
        When there is no such unit, or none is left.
    """
    names = [name for name in before.stops if name != lost]
    if lost not in before.stops or not names:
        raise UsageError(
            "The unit that is lost must be one of the rota, and others must be left.",
            found=f"It is “{lost}”; the rota has {', '.join(before.stops)}.",
            do="Check the call sign.",
        )
    travel = travel_minutes(schedule, options, streets)
    done = {name: tuple(s for s in stops if s.begin < at) for name, stops in before.stops.items()}
    made = [(s.hotspot_id, s.begin) for stops in done.values() for s in stops if s.hotspot_id]
    due = [each for each in list_due(schedule, before.day) if not _is_made(each, made)]
    crews = [_crew_from(done[name], name, schedule, options, at, len(travel) - 1) for name in names]
    jobs = [_job(replace(each, begin=max(each.begin, at)), schedule, options) for each in due]
    solution = solve_rota(jobs, crews, travel, effort=options.effort, balance=options.balance)
    rest = _rota(before.day, due, jobs, crews, names, travel, solution, ())
    stops = {name: done[name] + rest.stops.get(name, ()) for name in before.stops}
    if solution.unserved:
        words = explain_limits(jobs, crews, travel, options, solution)
        rest = replace(rest, binding=words)
    return replace(rest, stops=stops, options=options)


def travel_minutes(schedule: Schedule, options: RotaOptions, streets: Streets | None) -> FloatArray:
    """Return minutes between hot spots and, last, the base, shape (places + 1, places + 1).

    The base is that of the options, or the middle of all hot spots. Places that streets do not
    join are as far apart as the straight line times 1.3.
    """
    middles = np.asarray(shapely.centroid(schedule.hotspots.frame.geometry.to_numpy()))
    xy = shapely.get_coordinates(middles)
    xy = np.vstack([xy, xy.mean(axis=0) if options.base is None else options.base])
    metres = _DETOUR * np.hypot(*(xy[:, None, :] - xy[None, :, :]).T)
    if streets is not None:
        graph = build_graph(streets.lines.geometry.to_numpy())
        nodes, away = graph.snap(xy[:, 0], xy[:, 1])
        walked = graph.distances(nodes) + away[:, None] + away[None, :]
        metres = np.where(np.isfinite(walked), walked, metres)
    minutes = metres / (options.travel_kmh * 1000 / 60) + options.settle_min
    np.fill_diagonal(minutes, 0.0)
    return np.asarray(minutes)


def minutes_of(window: Window) -> tuple[int, int]:
    """Return a window as minutes after midnight of its operational day; past midnight above 1440.

    Examples
    --------
    >>> minutes_of(Window.parse("23:30-01:00"))
    (1410, 1500)
    """
    start = window.start_min + (_DAY_MIN if window.start_min < DAY_START_HOUR * 60 else 0)
    return start, start + window.minutes


def clock(minute: int) -> str:
    """Return minutes after midnight as a clock time.

    Examples
    --------
    >>> clock(1500)
    '01:00'
    """
    hours, minutes = divmod(minute % _DAY_MIN, 60)
    return f"{hours:02}:{minutes:02}"


def _job(due: Due, schedule: Schedule, options: RotaOptions) -> Job:
    place = schedule.hotspot_ids.index(due.hotspot_id)
    district = (options.districts or {}).get(due.hotspot_id, "")
    return Job(place, due.begin, max(due.end, due.begin + due.minutes), due.minutes, district)


def _crew(name: str, options: RotaOptions, base: int) -> Crew:
    start, end = minutes_of(options.shift)
    span = minutes_of(options.break_window) if options.break_window else (start, end)
    return Crew(
        place=base,
        start=start,
        end=end,
        base=base,
        break_min=options.break_min,
        break_span=span,
        most_jobs=options.most_places or _DAY_MIN,
        district=(options.unit_district or {}).get(name, ""),
    )


def _crew_from(  # noqa: PLR0917 - what a unit has done decides where it goes on
    done: Sequence[Stop], name: str, schedule: Schedule, options: RotaOptions, at: int, base: int
) -> Crew:
    crew = _crew(name, options, base)
    visits = [stop for stop in done if stop.hotspot_id]
    has_rested = len(visits) < len(done) or at > crew.break_span[1] - crew.break_min
    last = done[-1] if done else None
    place = schedule.hotspot_ids.index(last.hotspot_id) if last and last.hotspot_id else base
    return replace(
        crew,
        place=place,
        start=max(crew.start, at, last.end if last else 0),
        break_min=0 if has_rested else crew.break_min,
        most_jobs=crew.most_jobs - len(visits),
        made_min=sum(stop.end - stop.begin for stop in visits),
    )


def _is_made(due: Due, made: Sequence[tuple[str, int]]) -> bool:
    return any(spot == due.hotspot_id and due.begin <= begin <= due.end for spot, begin in made)


def _rota(  # noqa: PLR0917 - the parts of one rota
    day: date,
    due: Sequence[Due],
    jobs: Sequence[Job],
    crews: Sequence[Crew],
    names: Sequence[str],
    travel: FloatArray,
    solution: Solution,
    binding: tuple[str, ...],
) -> Rota:
    stops, travelled = {}, {}
    for name, crew, begins in zip(names, crews, solution.begins, strict=True):
        stops[name] = tuple(
            Stop("", begin, begin + crew.break_min)
            if job < 0
            else Stop(due[job].hotspot_id, begin, begin + due[job].minutes)
            for job, begin in begins
        )
        travelled[name] = _travelled(crew, jobs, begins, travel)
    unserved = tuple((due[job].hotspot_id, due[job].words) for job in solution.unserved)
    gap = (solution.cost - solution.bound) / solution.cost if solution.cost else 0.0
    return Rota(day, stops, unserved, binding, travelled, max(0.0, gap))


def _travelled(
    crew: Crew, jobs: Sequence[Job], begins: Sequence[tuple[int, int]], travel: FloatArray
) -> float:
    if not begins:
        return 0.0
    visited = [crew.base if job < 0 else jobs[job].place for job, _ in begins]
    places = [crew.place, *visited, crew.base]
    return float(sum(travel[a, b] for a, b in itertools.pairwise(places)))
