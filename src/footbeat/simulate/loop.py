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

from footbeat.engine.choose import choose_engine
from footbeat.incidents.counts import select_incidents
from footbeat.simulate.coverage import Coverage, Design, measure_coverage
from footbeat.simulate.planted import expected_counts
from footbeat.simulate.staging import (
    NO_EFFECT,
    OUTCOME_GROUP,
    SELECTION_DAYS,
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
from footbeat.trials.plan import load_locked_plan
from footbeat.trials.results import Effect, save_effect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footbeat.incidents.load import Incidents
    from footbeat.simulate.town import TownOptions

N_TOWNS = 200


@dataclass(frozen=True, slots=True)
class Trial:
    """One analysis of the trial: its table and its effect."""

    placedays: Placedays
    effect: Effect


@dataclass(frozen=True, slots=True)
class Naive:
    """What “this year against last year” says of the chosen places.

    Last year is the one that chose them: the comparison people make, and the one in which luck
    that chose the places counts against what came after.

    Attributes
    ----------
    last_year, this_year
        Counted incidents in the chosen places, in the year before and in the trial.
    this_year_no_effect
        Those of the trial in the town whose patrols prevented nothing.
    placedays_last_year, placedays_this_year
        Places times days of each period.
    """

    last_year: int
    this_year: int
    this_year_no_effect: int
    placedays_last_year: int
    placedays_this_year: int

    @property
    def ratio(self) -> float | None:
        """Daily rate of this year over last, where patrols prevented the planted share."""
        return self._against_last(self.this_year)

    @property
    def ratio_no_effect(self) -> float | None:
        """Daily rate of this year over last, where they prevented nothing."""
        return self._against_last(self.this_year_no_effect)

    def _against_last(self, count: int) -> float | None:
        if not self.last_year:
            return None
        return count / self.placedays_this_year / (self.last_year / self.placedays_last_year)


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
    trial = _analyse(staged, incidents, visits, streams.analysis)
    no_effect = _analyse(staged, twin, visits, streams.analysis, at=NO_EFFECT)
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
    start, n_places = staged.options.start, len(staged.hotspots)
    end = start + timedelta(days=staged.options.n_days - 1)
    year_ago, eve = start - timedelta(days=SELECTION_DAYS), start - timedelta(days=1)
    return Naive(
        last_year=_count(staged, staged.incidents, year_ago, eve),
        this_year=_count(staged, incidents, start, end),
        this_year_no_effect=_count(staged, twin, start, end),
        placedays_last_year=SELECTION_DAYS * n_places,
        placedays_this_year=staged.options.n_days * n_places,
    )


def _count(staged: Staged, incidents: Incidents, since: date, until: date) -> int:
    chosen = select_incidents(
        incidents,
        group=OUTCOME_GROUP,
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
    visits = match_files(
        pings, staged.hotspots, reading, options, engine=choose_engine(), schedule=schedule
    )
    save_visits(visits, staged.folder / "visits.parquet")
    return visits


def _analyse(
    staged: Staged, incidents: Incidents, visits: Visits, rng: np.random.Generator, *, at: str = ""
) -> Trial:
    locked = load_locked_plan(staged.folder / "schedule")
    asked = PlacedayOptions(
        hours=staged.options.hours,
        group=OUTCOME_GROUP,
        plan_hash=locked.plan_hash if locked else "",
    )
    placedays = build_placedays(
        incidents, staged.schedule, staged.hotspots, visits=visits, options=asked
    )
    effect = estimate_effect(placedays, staged.schedule, plan=locked, rng=rng)
    save_placedays(placedays, staged.folder / at / "placedays.parquet")
    save_effect(effect, staged.folder / at / "effect.json")
    return Trial(placedays, effect)


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
