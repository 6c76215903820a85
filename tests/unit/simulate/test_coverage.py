"""Many towns of one design: how often the interval holds the truth."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from footbeat.areas import Hotspots, complete_hotspots
from footbeat.periods import Window
from footbeat.simulate.coverage import Design, draw_intensities, measure_coverage
from footbeat.simulate.loop import Naive, holds
from footbeat.simulate.planted import Truth
from footbeat.simulate.town import TownOptions
from footbeat.tables import Provenance
from footbeat.tasking.options import ScheduleOptions
from footbeat.tasking.schedule import draw_schedule
from footbeat.tasking.windows import VisitPlan
from footbeat.trials.placedays import About, Placedays
from footbeat.trials.results import Effect

OPTIONS = TownOptions(n_hotspots=10, treat=4, n_days=60)


def design(options: TownOptions, rate: float) -> Design:
    shapes = [box(1_000 * i, 0, 1_000 * i + 200, 200) for i in range(options.n_hotspots)]
    ids = [f"h{i}" for i in range(options.n_hotspots)]
    frame = gpd.GeoDataFrame({"hotspot_id": ids}, geometry=shapes, crs="EPSG:27700")
    spots = Hotspots(complete_hotspots(frame, "h"), Provenance(crs="EPSG:27700"))
    asked = ScheduleOptions(
        options.start,
        options.n_days,
        f"daily:{options.treat}",
        VisitPlan(Window.parse("15:00-23:00")),
    )
    schedule = draw_schedule(spots, asked, seed=b"1" * 32, nonce=b"2" * 32)
    table: pd.DataFrame = schedule.frame[["hotspot_id", "day", "phase", "stratum", "probability"]]
    table = table.assign(assigned=0, n=0, exposure_h=12.0, mature=True)
    about = About(mechanism=(schedule.mechanism,))
    truth = Truth(options.effect, 0.0, 0.95, 0.05, 0.0, 0.0)
    placedays = Placedays(table, Provenance(crs="EPSG:27700"), about)
    return Design(options, placedays, schedule, rate, truth)


def test_interval_holds_its_own_truth_about_as_often_as_it_promises() -> None:
    found = measure_coverage(design(OPTIONS, 0.3), 60, np.random.default_rng(1))
    assert found.sims == 60
    assert found.covered >= 51
    assert found.mean_ratio == pytest.approx(found.mean_truth, abs=0.07)


def test_towns_without_an_effect_seldom_show_one() -> None:
    found = measure_coverage(
        design(replace(OPTIONS, effect=1.0), 0.3), 60, np.random.default_rng(2)
    )
    assert found.mean_truth == 1.0
    assert found.detected <= 6


def test_larger_effect_is_detected_more_often() -> None:
    weak = measure_coverage(design(replace(OPTIONS, effect=0.9), 0.3), 25, np.random.default_rng(3))
    strong = measure_coverage(
        design(replace(OPTIONS, effect=0.4), 0.3), 25, np.random.default_rng(3)
    )
    assert strong.detected > weak.detected + 10


def test_each_town_is_counted_off() -> None:
    told: list[int] = []
    measure_coverage(design(OPTIONS, 0.3), 3, np.random.default_rng(4), advance=told.append)
    assert told == [1, 1, 1]


def test_intensities_have_the_mean_asked_for_and_places_differ() -> None:
    drawn = draw_intensities(OPTIONS, 10, 0.2, np.random.default_rng(5))
    assert drawn.shape == (60, 10)
    assert drawn.mean() == pytest.approx(0.2)
    assert drawn.mean(axis=0).max() > 1.5 * drawn.mean(axis=0).min()


def effect(low: float | None, high: float | None) -> Effect:
    return Effect(
        outcome="n", outcome_label="incidents", estimand="", ratio=0.8, low=low, high=high, p=None,
        n_treated=1, n_control=1, events_treated=1, events_control=1, exposure_treated_h=1,
        exposure_control_h=1, n_hotspots=2, n_days=1, start="", end="", mechanism=(), n_draws=0,
        data_cut="", settle_days=28,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "held"),
    [(0.5, 0.9, True), (0.8, 0.9, False), (None, 0.9, True), (0.5, None, True), (0.5, 0.6, False)],
)
def test_open_bound_holds_everything_on_its_side(
    low: float | None, high: float | None, *, held: bool
) -> None:
    assert holds(effect(low, high), 0.7) is held


def test_comparison_of_years_is_by_the_day() -> None:
    naive = Naive(
        last_year=400,
        this_year=90,
        this_year_no_effect=100,
        placedays_last_year=4_000,
        placedays_this_year=1_000,
    )
    assert naive.ratio == pytest.approx(0.9)
    assert naive.ratio_no_effect == pytest.approx(1.0)


def test_year_without_incidents_compares_with_nothing() -> None:
    assert Naive(0, 3, 4, 100, 100).ratio is None
