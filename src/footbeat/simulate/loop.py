"""The second half of the loop on a synthetic town: visits, place-days, effect, and the lessons.

The town is analysed three times: as its patrols left it, as it would have been had they
prevented nothing, and as those do who compare this year with last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from footbeat.incidents.counts import select_incidents
from footbeat.incidents.exclude import default_group
from footbeat.simulate.coverage import Coverage, Design, measure_coverage
from footbeat.simulate.planted import expected_counts
from footbeat.simulate.staging import (
    NO_EFFECT,
    Staged,
    Streams,
    found_share,
    read_trial,
    stage_town,
)
from footbeat.simulate.town import TIMEZONE
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.tasking.prospects import Prospects, review_design
from footbeat.tasking.rates import expect_rates
from footbeat.tracking.fidelity import Fidelity, measure_fidelity
from footbeat.tracking.layouts import PingLayout
from footbeat.tracking.match import match_files, ping_options
from footbeat.tracking.options import VisitOptions
from footbeat.tracking.visits import Visits, save_visits
from footbeat.trials.building import PlacedayOptions, build_placedays
from footbeat.trials.effect import estimate_effect
from footbeat.trials.placedays import Placedays, save_placedays

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footbeat.incidents.load import Incidents
    from footbeat.simulate.town import TownOptions
    from footbeat.trials.results import Effect

N_TOWNS = 200
WEEKS_BACK = 52


@dataclass(frozen=True, slots=True)
class Trial:
    """One analysis of the trial: its table and its effect."""

    placedays: Placedays
    effect: Effect


@dataclass(frozen=True, slots=True)
class Naive:
    """What “this year against last year” says of the chosen places.

    Attributes
    ----------
    since, until
        The days of the trial; last year's are those 52 weeks before, so weekdays agree.
    last_year, this_year
        Counted incidents in the chosen places on those days.
    this_year_no_effect
        The same in the town whose patrols prevented nothing.
    """

    since: date
    until: date
    last_year: int
    this_year: int
    this_year_no_effect: int

    @property
    def ratio(self) -> float | None:
        """Ratio of this year to last, where patrols prevented the planted share."""
        return self.this_year / self.last_year if self.last_year else None

    @property
    def ratio_no_effect(self) -> float | None:
        """Ratio of this year to last, where they prevented nothing."""
        return self.this_year_no_effect / self.last_year if self.last_year else None


@dataclass(frozen=True, slots=True)
class LoopResult:
    """Everything the demonstration shows.

    Attributes
    ----------
    staged
        The town, its hot spots, its schedule and the planted truth.
    overlap
        Share of planted hot spots with a hot spot's centre within one cell's width.
    prospects
        What the schedule could be expected to show, said before the trial.
    visits, fidelity
        What the trackers saw, and what was delivered of what was assigned.
    trial, no_effect
        The analysis of the town, and of its twin without an effect.
    naive
        What a comparison of years would have said.
    coverage
        How often such an interval holds the truth.
    """

    staged: Staged
    overlap: float
    prospects: Prospects
    visits: Visits
    fidelity: Fidelity
    trial: Trial
    no_effect: Trial
    naive: Naive
    coverage: Coverage

    @property
    def covered(self) -> bool:
        """Whether the interval holds the intention-to-treat truth."""
        return holds(self.trial.effect, self.staged.truth.intention_to_treat)


def run_loop(
    folder: Path,
    options: TownOptions,
    seed: int,
    *,
    n_towns: int = N_TOWNS,
    step: Callable[[str], None] = lambda _: None,
    advance: Callable[[int], None] = lambda _: None,
) -> LoopResult:
    """Run the whole loop in an empty folder.

    Parameters
    ----------
    folder
        Where every file goes.
    options, seed
        What to simulate, and the seed of all of it.
    n_towns
        Towns over which coverage is measured.
    step
        Told what is being done.
    advance
        Told after each of those towns.
    """
    streams = Streams.from_seed(seed)
    staged = stage_town(folder, options, streams, step=step)
    step("Matching the trackers' fixes to the hot spots")
    visits = _match(staged, streams.analysis.bytes(32))
    fidelity = measure_fidelity(visits, staged.schedule.frame)
    step("Estimating the effect, with it and without")
    incidents, twin = read_trial(staged), read_trial(staged, no_effect=True)
    trial = _analyse(staged, incidents, streams)
    no_effect = _analyse(staged, twin, streams, at=NO_EFFECT)
    step(f"Repeating the trial in {n_towns:,} towns")
    design = Design(options, trial.placedays, staged.schedule, mean_rate(staged), staged.truth)
    return LoopResult(
        staged=staged,
        overlap=found_share(staged.town, staged.hotspots),
        prospects=_look_ahead(staged),
        visits=visits,
        fidelity=fidelity,
        trial=trial,
        no_effect=no_effect,
        naive=compare_years(staged, incidents, twin),
        coverage=measure_coverage(design, n_towns, streams.coverage, advance=advance),
    )


def holds(effect: Effect, truth: float) -> bool:
    """Tell whether an interval holds a ratio; an open bound holds everything on its side."""
    low = 0.0 if effect.low is None else effect.low
    high = np.inf if effect.high is None else effect.high
    return bool(low <= truth <= high)


def mean_rate(staged: Staged) -> float:
    """Return the expected counted incidents a place-day in the chosen places, without patrols."""
    inside, astray = expected_counts(staged.town, staged.hotspots)
    return float((inside + astray).mean())


def compare_years(staged: Staged, incidents: Incidents, twin: Incidents) -> Naive:
    """Count the chosen places this year and last, as a comparison of years would.

    `incidents` are those of the trial, and `twin` those of the town without an effect.
    """
    since = staged.options.start
    until = since + timedelta(days=staged.options.n_days - 1)
    back = timedelta(weeks=WEEKS_BACK)
    return Naive(
        since,
        until,
        last_year=_count(staged, staged.incidents, since - back, until - back),
        this_year=_count(staged, incidents, since, until),
        this_year_no_effect=_count(staged, twin, since, until),
    )


def _count(staged: Staged, incidents: Incidents, since: date, until: date) -> int:
    chosen = select_incidents(
        incidents,
        group=default_group(incidents),
        since=since,
        until=until,
        hours=staged.options.hours,
    )
    inside = shapely.contains_xy(
        staged.hotspots.frame.geometry.union_all(), chosen.numbers("x"), chosen.numbers("y")
    )
    return int(np.sum(inside))


def _match(staged: Staged, key: bytes) -> Visits:
    options = VisitOptions(timezone=TIMEZONE)
    end = staged.options.all_days[-1]
    reading = ping_options(
        staged.hotspots,
        PingLayout(),
        key=key,
        ping_crs="",
        latest=datetime(end.year, end.month, end.day, tzinfo=UTC),
        visits=options,
    )
    schedule = staged.schedule.frame
    pings = [staged.folder / "pings.csv"]
    visits = match_files(pings, staged.hotspots, reading, options, schedule=schedule)
    save_visits(visits, staged.folder / "visits.parquet")
    return visits


def _analyse(staged: Staged, incidents: Incidents, streams: Streams, *, at: str = "") -> Trial:
    placedays = build_placedays(
        incidents,
        staged.schedule,
        staged.hotspots,
        options=PlacedayOptions(hours=staged.options.hours),
    )
    save_placedays(placedays, staged.folder / at / "placedays.parquet")
    return Trial(placedays, estimate_effect(placedays, staged.schedule, rng=streams.analysis))


def _look_ahead(staged: Staged) -> Prospects:
    schedule = staged.schedule
    cells = pd.DataFrame(staged.found.cells.drop(columns="geometry"))
    return review_design(
        parse_mechanism(schedule.mechanism),
        schedule.roster,
        schedule.options.visits,
        expect_rates(staged.hotspots, cells),
        arms=schedule.arms,
    )
