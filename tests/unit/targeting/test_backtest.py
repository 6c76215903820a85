from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from footbeat.errors import DataError, UsageError
from footbeat.stats.accuracy import compare_periods
from footbeat.targeting.backtest import BacktestOptions, backtest
from footbeat.targeting.calibrate import share_of_top
from footbeat.targeting.layout import CaseOptions

CASE = CaseOptions("square", 200, group="all")


def judge(incidents, *, seed=1, **options):
    chosen = BacktestOptions(
        CASE, **{"n_folds": 3, "horizon_days": 60, "top": 5, "n_bootstraps": 0} | options
    )
    return backtest(incidents, chosen, rng=np.random.default_rng(seed))


def by_name(judged):
    return {each.method: each for each in judged.methods}


@pytest.fixture(scope="module")
def town(scattered_town):
    return scattered_town(n_background=800, hot=((1000, 1000, 90), (3000, 2000, 60)), days=365)


@pytest.fixture(scope="module")
def league(town):
    return judge(town)


def test_periods_follow_each_other_and_end_with_the_data(league):
    starts_and_ends = [fold.split(" to ") for fold in league.folds]
    assert len(starts_and_ends) == 3
    for (_, end), (start, _) in pairwise(starts_and_ends):
        assert pd.Timestamp(start) == pd.Timestamp(end) + pd.Timedelta(days=1)


def test_every_method_is_scored_or_says_why_not(league):
    assert all(each.scored != bool(each.reason) for each in league.methods)
    assert all((each.hits is None) != each.scored for each in league.methods)


def test_hits_of_the_count_are_counted_by_hand(town, league):
    day = town.table.column("start").to_pandas()
    hits = 0
    for fold in league.folds:
        start, end = (pd.Timestamp(text, tz="UTC") for text in fold.split(" to "))
        cell = pd.Series(list(zip(town.numbers("x") // 200, town.numbers("y") // 200, strict=True)))
        before = cell[day < start].value_counts()
        after = cell[(day >= start) & (day < end + pd.Timedelta(days=1))].value_counts()
        table = pd.DataFrame({"before": before, "after": after}).fillna(0)
        flagged = table.sort_values(["before", "after"], ascending=[False, True]).head(5)
        hits += flagged["after"].sum()
    assert by_name(league)["count"].hits == hits


def test_baseline_is_compared_with_nobody_and_its_interval_holds_its_value(league):
    count = by_name(league)["count"]
    assert (count.p, count.difference, count.beats_count) == (None, None, False)
    assert count.pai_low < count.pai < count.pai_high
    assert 0 < count.pei <= 1


def test_nothing_beats_the_count_where_rates_are_steady(league):
    assert league.verdict.startswith("Nothing beats the count.")


def test_method_that_follows_a_moved_hot_spot_beats_the_count(incidents_at):
    rng = np.random.default_rng(0)
    days = np.concatenate([np.arange(0, 240).repeat(3), np.arange(240, 400).repeat(3)])
    x = np.where(days < 240, 500.0, 2500.0)
    background = rng.uniform(0, 4000, (2, 200))
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(
        np.concatenate([days, rng.integers(0, 400, 200)]), unit="D"
    )
    moved = incidents_at(
        np.concatenate([x, background[0]]),
        np.concatenate([np.full(days.size, 500.0), background[1]]),
        start=start,
    )
    judged = judge(moved, methods=("count", "recency"), top=1, horizon_days=20, n_folds=5)
    assert by_name(judged)["recency"].beats_count
    assert judged.verdict.startswith("recency beats the count")


def test_same_ranking_is_told(scattered_town):
    town = scattered_town(n_background=200, hot=((1100, 1100, 90), (3100, 2100, 60)), days=365)
    judged = by_name(judge(town, methods=("count", "shrunk-count"), top=2))
    assert judged["count"].same_ranking
    assert judged["shrunk-count"].same_ranking
    assert judged["shrunk-count"].difference == 0


def test_month_data_are_judged_by_whole_months_without_methods_that_need_days(incidents_at):
    months = pd.to_datetime(["2018-12-01"] * 9 + ["2019-01-01"] * 9 + ["2024-01-01"] * 9, utc=True)
    town = incidents_at([50] * 27, [50] * 27, start=months, precision="month")
    judged = judge(town, horizon_days=30, n_folds=4)
    assert judged.folds == ("2019-01-01 to 2019-01-31", "2024-01-01 to 2024-01-31")
    assert "month" in by_name(judged)["prospective"].reason


def test_probabilities_of_the_next_top_are_calibrated_where_rates_are_steady(scattered_town):
    rng = np.random.default_rng(2)
    hot = [(*place, 40) for place in rng.uniform(200, 3800, (12, 2))]
    judged = judge(scattered_town(n_background=600, hot=hot, days=400), top=8, n_folds=4)
    sure = [band for band in judged.calibration if band.low >= 0.6]
    expected = np.average([b.expected for b in sure], weights=[b.n_places for b in sure])
    stayed = np.average([b.stayed for b in sure], weights=[b.n_places for b in sure])
    assert stayed == pytest.approx(expected, abs=0.2)


def test_same_seed_gives_the_same_table(town, league):
    assert judge(town) == league


def test_too_short_a_history_is_an_error(incidents_at):
    with pytest.raises(DataError, match="before and after a cut-off"):
        judge(incidents_at([1, 2], [1, 2]))


def test_unknown_method_is_an_error(town):
    with pytest.raises(UsageError, match="must list methods Footbeat has"):
        judge(town, methods=("count", "magic"))


@pytest.mark.parametrize("share", [-1.0, 0.0, 2.0, float("nan")])
def test_share_of_the_ground_outside_0_to_1_is_an_error(town, share):
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        judge(town, methods=("count",), area_share=share)


@pytest.mark.parametrize("chosen", [{"area_share": 1.0}, {"top": 100_000}])
def test_all_the_ground_holds_all_that_follows(town, chosen):
    judged = judge(town, methods=("count",), **chosen)
    assert judged.n_flagged == judged.n_cells
    assert by_name(judged)["count"].hit_rate == pytest.approx(1.0)


def test_top_longer_than_the_places_holds_them_all():
    assert share_of_top(np.array([3.0, 1.0]), 3).tolist() == [1.0, 1.0]


def test_curves_of_capture_rise_and_pass_through_what_was_held(league):
    shares = np.asarray(league.curve_shares)
    for each in league.methods:
        if not each.scored:
            continue
        curve = np.asarray(each.curve)
        assert (np.diff(curve) >= -1e-9).all()
        assert (curve <= np.asarray(league.best_curve) + 1e-6).all()
        # Folds weigh alike in the curve and by their incidents in the hit rate.
        assert np.interp(league.area_share, shares, curve) == pytest.approx(each.hit_rate, abs=0.03)


def test_penalised_pai_lies_between_hit_rate_and_pai(league):
    count = by_name(league)["count"]
    assert count.penalised_pai == pytest.approx(count.hit_rate / league.area_share**0.5)
    assert count.hit_rate < count.penalised_pai < count.pai


def test_area_to_perimeter_of_one_cell_is_a_quarter_of_its_side(town):
    count = by_name(judge(town, methods=("count",), top=1))["count"]
    assert count.area_to_perimeter_m == pytest.approx(200 / 4)


def test_every_scored_method_says_how_often_its_sure_places_stayed(town):
    judged = judge(town, methods=("count", "kde", "gi-star"), n_bootstraps=8)
    for each in judged.methods:
        assert each.calibration
        assert all(0 <= band.stayed <= 1 for band in each.calibration)
    # Two places hold most: whoever is nearly always in the top nearly always stays.
    assert by_name(judged)["count"].calibration[-1].stayed > 0.3


def test_plot_draws_every_scored_method_and_hindsight(league):
    ax = league.plot()
    scored = [each for each in league.methods if each.scored and not each.same_ranking]
    names = {text.get_text() for text in ax.texts}
    assert {each.method for each in scored} | {"count", "with hindsight"} <= names
    assert ax.get_title(loc="left").startswith(league.verdict[:15])


def test_two_periods_are_too_few_to_beat_the_count(incidents_at):
    # The whole town moves before the two periods: recency holds all of it, the count nothing.
    days = np.arange(0, 400)
    x = np.where(days < 240, 500.0, 2500.0)
    start = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    moved = incidents_at(x, np.full(400, 500.0), start=start)
    judged = judge(moved, methods=("count", "recency"), top=1, horizon_days=40, n_folds=2)
    recency = by_name(judged)["recency"]
    assert recency.difference > 0.9
    assert (recency.p, recency.p_adjusted, recency.beats_count) == (None, None, False)
    assert judged.verdict.startswith("Nothing beats the count.")
    assert judged.verdict.endswith("ahead over at least 3 periods.")


def test_equal_methods_are_told_apart_no_oftener_than_they_should():
    # Equal lists of eight places; a place busy in a period is so all through it.
    rng = np.random.default_rng(0)
    for n_periods in (3, 4, 8):
        rates = 10 * rng.gamma(2, 0.5, (2000, n_periods, 16))
        held = rng.poisson(rates)
        ahead = held[..., :8].sum(axis=-1) - held[..., 8:].sum(axis=-1)
        told = np.mean([compare_periods(each.astype(float)) < 0.05 for each in ahead])
        assert told < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 2000)


def test_differences_that_never_change_are_sure_and_none_is_none():
    assert compare_periods(np.full(3, 2.0)) == 0
    assert np.isnan(compare_periods(np.ones(1)))
