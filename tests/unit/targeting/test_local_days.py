"""Days are those of the local calendar, in which periods are given, and never of UTC."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from footbeat.engine.choose import choose_engine
from footbeat.incidents.load import save_incidents
from footbeat.periods import to_utc
from footbeat.targeting.backtest import BacktestOptions, backtest
from footbeat.targeting.bulk import find_in_bulk
from footbeat.targeting.find import FindOptions, find_hotspots
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.near_repeat import NearRepeatOptions, measure_near_repeat
from footbeat.targeting.select import SelectOptions
from footbeat.targeting.tally import BulkFile
from footbeat.targeting.timed import ProspectiveOptions, score_prospective

ZONES = ("Europe/London", "America/Chicago")
SQUARES = CaseOptions("square", 150, group="all")
EPOCH = date(1970, 1, 1)


def at_clock(incidents_at, x, y, clock, zone, *, end=None, last=None):
    """Incidents at local clock times, in a file that covers the local days to the last."""
    clock = pd.DatetimeIndex(clock)
    start = to_utc(clock, zone).as_unit("us")
    close = start + pd.Timedelta(minutes=1) if end is None else to_utc(end, zone).as_unit("us")
    built = incidents_at(x, y, start=start, end=close)
    known = replace(
        built.provenance,
        timezone=zone,
        start=str(clock.min().date()),
        end=str(last or clock.max().date()),
    )
    return replace(built, provenance=known)


@pytest.fixture(scope="module", params=ZONES)
def evenings(request, incidents_at):
    """Incidents of eight months, most near midnight by the local clock, and the clock times."""
    rng = np.random.default_rng(5)
    day = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 243, 400), unit="D")
    minute = np.where(rng.random(400) < 0.7, rng.choice([30, 23 * 60 + 30], 400), 12 * 60)
    clock = day + pd.to_timedelta(minute, unit="min")
    x, y = rng.uniform(0, 3000, (2, 400))
    last = date(2019, 8, 31)
    return at_clock(incidents_at, x, y, clock, request.param, last=last), clock


def test_prospective_counts_the_weeks_of_the_local_calendar(evenings):
    incidents, clock = evenings
    case = lay_out(incidents, SQUARES, extent=(0, 0, 3000, 3000)).case
    got = score_prospective(case, ProspectiveOptions()).score
    weeks = (pd.Timestamp("2019-08-31") - clock.normalize()).days.to_numpy() // 7
    x, y = incidents.numbers("x"), incidents.numbers("y")
    away = np.hypot(case.places.x[:, None] - x, case.places.y[:, None] - y)
    term = (away <= 400) * (weeks < 8) / ((1 + away // 75) * (1 + weeks))
    assert got == pytest.approx(term.sum(axis=1), rel=1e-12)


def test_an_incident_chosen_lies_within_its_own_period(evenings):
    incidents, clock = evenings
    options = replace(SQUARES, since=date(2019, 4, 1), until=date(2019, 7, 31))
    case = lay_out(incidents, options).case
    inside = (clock >= "2019-04-01") & (clock < "2019-08-01")
    assert len(case) == inside.sum()
    assert (case.day >= case.start_day).all()
    assert (case.day < case.end_day).all()
    assert len(case.between(case.start_day, case.end_day)) == len(case)


def test_back_test_judges_the_incidents_of_its_local_days(evenings):
    incidents, clock = evenings
    options = BacktestOptions(SQUARES, ("count",), horizon_days=30, n_folds=4, n_bootstraps=0)
    judged = backtest(incidents, options, rng=np.random.default_rng(1))
    counted = 0
    for fold in judged.folds:
        first, last = map(pd.Timestamp, fold.split(" to "))
        counted += ((clock >= first) & (clock < last + pd.Timedelta(days=1))).sum()
    assert judged.n_judged == counted


def test_near_repeats_lie_whole_local_days_apart(incidents_at):
    clock = pd.to_datetime(["2019-06-01 23:30", "2019-06-03 00:15", "2019-06-20 12:00"])
    incidents = at_clock(incidents_at, [0, 10, 20], [0, 0, 0], clock, "Europe/London")
    bands = NearRepeatOptions((100.0,), (1.0, 2.0, 30.0), n_permutations=9)
    found = measure_near_repeat(incidents, SQUARES, bands, rng=np.random.default_rng(1))
    assert found.table.observed.tolist() == [[0, 1, 2]]


def test_what_began_in_the_period_counts_in_it_though_it_may_have_ended_later(incidents_at):
    clock = pd.to_datetime(["2019-06-01 12:00", "2019-06-30 18:00"])
    end = pd.DatetimeIndex(["2019-06-01 12:00", "2019-07-09 18:00"])
    incidents = at_clock(incidents_at, [0, 10], [0, 0], clock, "Europe/London", end=end)
    case = lay_out(incidents, SQUARES).case
    last = (date(2019, 6, 30) - EPOCH).days
    assert case.day[1] == last + (0.75 + 1) / 2


@pytest.mark.parametrize("month", ["2019-01", "2019-03", "2019-06", "2019-10"])
def test_what_is_known_to_the_month_stands_at_its_middle(incidents_at, month):
    first = pd.Period(month, "M").start_time
    clock, end = pd.DatetimeIndex([first] * 3), pd.DatetimeIndex([first + pd.DateOffset(months=1)])
    incidents = at_clock(incidents_at, [0, 9, 9], [0, 0, 9], clock, ZONES[0], end=end.repeat(3))
    last = (end[0] - pd.Timedelta(days=1)).date()
    known = replace(incidents.provenance, precision="month", end=str(last))
    incidents = replace(incidents, provenance=known)
    case = lay_out(incidents, SQUARES).case
    assert case.day.tolist() == [(case.start_day + case.end_day) / 2] * 3


def test_engine_counts_the_local_days_that_memory_counts(evenings, tmp_path):
    incidents, clock = evenings
    save_incidents(incidents, tmp_path / "evenings.parquet")
    case = replace(SQUARES, since=date(2019, 6, 1), until=date(2019, 6, 30))
    options = FindOptions(case=case, select=SelectOptions(top=5), n_draws=0)
    file = BulkFile.open(tmp_path / "evenings.parquet")
    rng = np.random.default_rng(1)
    one = find_in_bulk(file, options, engine=choose_engine("duckdb"), rng=rng)[""]
    other = find_hotspots(incidents, options, rng=rng)
    wanted = ((clock >= "2019-06-01") & (clock < "2019-07-01")).sum()
    assert one.n_incidents == other.n_incidents == wanted
    assert one.hotspots.ids == other.hotspots.ids
