"""Months missing from the data are not months in which nothing happened."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import DataError
from footbeat.targeting.backtest import BacktestOptions, backtest
from footbeat.targeting.forecast import ForecastOptions, score_forecast
from footbeat.targeting.layout import CaseOptions, lay_out
from footbeat.targeting.methods import METHODS, load_scorer
from footbeat.targeting.observed import Observed
from footbeat.targeting.persistence import PersistenceOptions, measure_persistence
from footbeat.targeting.spread import measure_spread
from footbeat.targeting.surfaces import (
    DualKdeOptions,
    KdeOptions,
    score_dual_kde,
    score_kde,
)
from footbeat.targeting.timed import RecencyOptions, score_recency, settle_recency

SQUARES = CaseOptions("square", 200, group="all", history_days=10**6)
CELLULAR = [name for name, method in METHODS.items() if "square" in method.shapes]
SHIFT = 730


def told(incidents, missing=(), **changes):
    return replace(
        incidents, provenance=replace(incidents.provenance, missing_months=missing, **changes)
    )


def on(first, days):
    """Times so many days after a date."""
    minutes = np.round(np.asarray(days) * 1440)
    return (pd.Timestamp(first, tz="UTC") + pd.to_timedelta(minutes, unit="min")).as_unit("us")


def months_between(first, last):
    return tuple(pd.period_range(first, last, freq="M").strftime("%Y-%m"))


@pytest.fixture(scope="module")
def towns(incidents_at):
    """The same ten months, once in a row and once with two years missing after the sixth."""
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 4000, (2, 500))
    x[:120], y[:120] = 1000 + rng.uniform(-40, 40, (2, 120))
    late = slice(120, 180)
    x[late], y[late] = 3000 + rng.uniform(-40, 40, (2, 60))
    days = rng.uniform(0, 304, 500)
    days[late] = rng.uniform(182, 304, 60)
    days[:2] = 0.5, 303.5
    whole = on("2021-01-01", days)
    gapped = on("2021-01-01", days + np.where(days >= 181, SHIFT, 0))
    away = incidents_at(x, y, start=gapped)
    return incidents_at(x, y, start=whole), told(away, months_between("2021-07", "2023-06"))


def case_of(incidents, **changes):
    extent = (0, 0, 4000, 4000)
    return lay_out(incidents, replace(SQUARES, **changes), extent=extent).case


def score_of(name, case):
    return load_scorer(name, "square").settled(case).score(case).score


def test_days_known_are_those_of_the_months_there_are(towns):
    together, apart = (case_of(town) for town in towns)
    assert together.observed_days == apart.observed_days == 304
    assert apart.end_day - apart.start_day == 304 + SHIFT
    assert len(apart.spans) == 2


def test_a_month_that_holds_incidents_is_not_missing(towns):
    case = case_of(told(towns[0], ("2021-03",)))
    assert case.observed_days == 304


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 0.5, 0.9])
def test_last_days_are_counted_over_the_gap(towns, share):
    case = case_of(towns[1])
    cut = case.observed.cut_last(share, case.start_day, case.end_day)
    assert case.observed.days(cut, case.end_day) == pytest.approx(share * 304)


def test_of_months_the_nearest_whole_one_is_cut():
    known = Observed.between(
        date(2021, 5, 1), date(2024, 4, 30), months_between("2021-05", "2023-12"), by_month=True
    )
    start, end = (
        float((day - date(1970, 1, 1)).days) for day in (date(2021, 5, 1), date(2024, 5, 1))
    )
    april = float((date(2024, 4, 1) - date(1970, 1, 1)).days)
    assert known.cut_last(0.25, start, end) == april
    assert known.days(start, end) == 121


# Self-exciting and prospective look at distances in time, and forecast at the season.
@pytest.mark.parametrize(
    "name",
    [n for n in CELLULAR if n not in {"recency", "risk-terrain", "forecast", "self-exciting"}],
)
def test_shifting_the_gap_out_changes_no_score(towns, name):
    together, apart = (case_of(town) for town in towns)
    assert score_of(name, apart) == pytest.approx(score_of(name, together), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("model", ["permutation", "poisson"])
def test_scan_expects_by_the_days_observed(towns, model):
    method = METHODS["scan"]
    scores = []
    for town in towns:
        case = case_of(town)
        # Windows beyond the gap hold as many observed days before it as without one.
        reach = SHIFT if len(case.spans) > 1 else 0
        options = replace(
            method.options(), windows_days=(28.0, 150.0 + reach), model=model, n_draws=9
        )
        scores.append(method.score(case, options))
    together, apart = scores
    assert apart.score == pytest.approx(together.score)
    if model == "permutation":
        assert apart.p == pytest.approx(together.p)


def test_scan_by_poisson_is_the_likelihood_ratio_worked_by_hand(towns):
    case, window = case_of(towns[1]), 28.0
    options = replace(
        METHODS["scan"].options(), radii_m=(0.0, 200.0), windows_days=(window,), model="poisson"
    )
    found = METHODS["scan"].score(case, options).score
    hottest = int(np.argmax(found))
    n, best = float(len(case)), 0.0
    for radius in (0, 200):
        away = np.hypot(
            *(
                np.array([case.places.x, case.places.y])
                - [[case.places.x[hottest]], [case.places.y[hottest]]]
            )
        )
        inside = np.isin(case.place, np.flatnonzero(away <= radius + 1e-6))
        seen = float((inside & (case.end_day - case.day < window)).sum())
        expected = inside.sum() * window / 304
        if seen > expected:
            ratio = seen * np.log(seen / expected) + (n - seen) * np.log(
                (n - seen) / (n - expected)
            )
            best = max(best, ratio)
    assert found[hottest] == pytest.approx(best)


def test_dual_density_is_a_density_a_day_observed_worked_by_hand(towns):
    case = case_of(towns[1])
    found = score_dual_kde(case, DualKdeOptions(bandwidth_m=300, compare="difference")).score
    surface = KdeOptions(300, is_exact=True)
    late = score_kde(case.where(case.day >= case.end_day - 76), surface).score / 76
    early = score_kde(case.where(case.day < case.end_day - 76), surface).score / (304 - 76)
    assert found == pytest.approx(late - early, abs=0.011 * max(late.max(), early.max()))


def test_dual_density_of_one_month_is_refused(incidents_at):
    one = incidents_at(
        [50.0] * 3,
        [50.0] * 3,
        start=pd.to_datetime(["2024-03-01"] * 3, utc=True),
        precision="month",
    )
    one = told(one, start="2024-03-01", end="2024-03-31")
    with pytest.raises(DataError, match="earlier period and a later one"):
        score_dual_kde(case_of(one), DualKdeOptions())


@pytest.mark.parametrize("name", ["prospective", "scan"])
def test_what_looks_at_the_last_weeks_refuses_where_none_is_observed(towns, name):
    case = case_of(towns[1], until=date(2023, 5, 31))
    with pytest.raises(DataError, match="recent"):
        score_of(name, case)


def test_half_life_is_chosen_on_the_last_fifth_of_the_days_observed(towns):
    together, apart = (case_of(town) for town in towns)
    # Within the last fifth, and before it, the calendar has no gap but one.
    assert settle_recency(together, RecencyOptions()).half_life_days < np.inf
    cut = apart.end_day - 0.2 * 304
    before, after = apart.where(apart.day < cut), apart.where(apart.day >= cut)
    best, chosen = -np.inf, None
    for half_life in (np.inf, 480.0, 240.0, 120.0, 60.0, 30.0):
        held = np.bincount(
            before.place, np.exp2(-(cut - before.day) / half_life), len(apart.places)
        )
        share = 0.95 * held / held.sum() + 0.05 / held.size
        value = np.log(share[after.place]).sum()
        if value > best + 1e-9:
            best, chosen = value, half_life
    assert settle_recency(apart, RecencyOptions()).half_life_days == chosen


def test_age_is_by_the_calendar(towns):
    case = case_of(towns[1])
    score = score_recency(case, RecencyOptions(100.0)).score
    hand = np.bincount(case.place, 2 ** (-(case.end_day - case.day) / 100), len(case.places))
    assert score == pytest.approx(hand)


def test_forecast_of_a_steady_town_is_what_a_whole_month_holds(incidents_at):
    # Twenty places with one incident every other day, and a fortnight in every month not known.
    days = np.arange(0.5, 360, 2)
    x = np.repeat(np.arange(20) * 200 + 100.0, days.size)
    start = on("2021-01-01", np.tile(days, 20))
    case = case_of(incidents_at(x, np.full(x.size, 100.0), start=start))
    edges = case.end_day - 30.0 * np.arange(13)[::-1]
    known = Observed(np.column_stack([edges[:-1], edges[:-1] + 16.0]))
    half = replace(case, observed=known)
    is_known = np.array([known.days(day, day + 1e-6) > 0 for day in case.day])
    expected = score_forecast(half.where(is_known), ForecastOptions(period_days=30.0)).score
    assert expected[: 20 * 20].max() == pytest.approx(15, rel=0.15)


def test_a_judging_period_holds_no_missing_day(towns):
    options = BacktestOptions(SQUARES, ("count",), 5, horizon_days=60, n_folds=9, n_bootstraps=0)
    judged = backtest(towns[1], options, rng=np.random.default_rng(1))
    for fold in judged.folds:
        start, end = (pd.Timestamp(day) for day in fold.split(" to "))
        assert not {"2021-07", "2023-06"} & {start.strftime("%Y-%m"), end.strftime("%Y-%m")}
        assert (end - start).days == 59
    assert (
        len(judged.folds) == 5
    )  # two of the four months after the gap, and three before it: 181 days, less the first


def test_expected_hits_are_by_the_days_observed(towns):
    options = BacktestOptions(SQUARES, ("count",), 5, horizon_days=60, n_folds=1, n_bootstraps=0)
    rri = [backtest(town, options, rng=np.random.default_rng(1)).methods[0].rri for town in towns]
    assert rri[0] == pytest.approx(rri[1])


def test_year_after_needs_two_whole_years(towns, incidents_at):
    assert all(share.after_share is None for share in measure_spread(towns[1], SQUARES).shares)
    assert any("two whole years" in note for note in measure_spread(towns[1], SQUARES).notes)
    start = on("2020-01-01", np.linspace(0, 760, 300))
    rng = np.random.default_rng(0)
    two = incidents_at(*rng.uniform(0, 2000, (2, 300)), start=start)
    assert all(share.after_share is not None for share in measure_spread(two, SQUARES).shares)


def test_persistence_looks_at_all_months_there_are(towns):
    measured = measure_persistence(
        towns[1], CaseOptions("square", 200, group="all"), PersistenceOptions(1)
    )
    assert len(measured.periods) == 10
    assert measured.periods[0] == "2021-01"
    assert any("24 months are missing" in note for note in measured.notes)
