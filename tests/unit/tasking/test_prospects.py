from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from footbeat.areas import Hotspots
from footbeat.periods import Window
from footbeat.stats.power import minimum_detectable_reduction
from footbeat.tasking.mechanisms import Roster, parse_mechanism
from footbeat.tasking.prospects import clean_control_shares, review_design
from footbeat.tasking.rates import ExpectedRates, expect_rates, observed_days
from footbeat.tasking.windows import VisitPlan

VISITS = VisitPlan(Window.parse("14:00-22:00"))


def _roster(n_hotspots: int, n_days: int, every: int = 1) -> Roster:
    days = tuple(date(2026, 1, 5) + timedelta(i * every) for i in range(n_days))
    return Roster(tuple(f"h{i}" for i in range(n_hotspots)), days)


def test_a_day_that_is_not_drawn_has_no_patrol() -> None:
    weekly = _roster(10, 20, every=7)
    shares = clean_control_shares(parse_mechanism("daily:4"), weekly)
    assert [shares[lag].expected for lag in (1, 3, 5)] == [1.0, 1.0, 1.0]


def test_first_days_of_a_phase_do_not_count_as_clean() -> None:
    roster = _roster(2, 2)
    arms = np.array([[True, False], [False, True]])
    shares = clean_control_shares(parse_mechanism("daily:1"), roster, arms)
    assert shares[1].realised == 0.0
    assert shares[2].realised is None


def test_workload_of_a_drawn_schedule_is_counted() -> None:
    mechanism, roster = parse_mechanism("daily:3"), _roster(8, 10)
    arms = mechanism.draw(roster.sealed(bytes(32)), roster)
    twice = replace(VISITS, visits_per_day=2)
    review = review_design(mechanism, roster, twice, ExpectedRates(None, None, ""), arms=arms)
    assert (review.workload.patrols_low, review.workload.patrols_high) == (3, 3)
    assert review.workload.visits == 60
    assert review.workload.officer_minutes == 60 * 15 * 2
    assert review.workload.days_high == arms.sum(axis=0).max()


def test_power_is_shown_at_both_rates() -> None:
    rates = ExpectedRates(0.2, 0.1, "")
    review = review_design(parse_mechanism("daily:8"), _roster(20, 90), VISITS, rates)
    assert review.power.mde_held_out == minimum_detectable_reduction(720, 1080, 0.1)
    assert review.power.mde_selection == minimum_detectable_reduction(720, 1080, 0.2)
    assert review.power.mde_held_out > review.power.mde_selection


def test_without_a_period_no_rate_is_made_up(hotspots: Callable[[int], Hotspots]) -> None:
    places = hotspots(5)
    unknown = Hotspots(places.frame, replace(places.provenance, start="", end=""))
    rates = expect_rates(unknown, None)
    assert (rates.selection, rates.held_out) == (None, None)


def test_without_cells_only_the_rate_of_the_selection_period_is_known(
    hotspots: Callable[[int], Hotspots],
) -> None:
    rates = expect_rates(hotspots(5), None)
    assert rates.selection == pytest.approx((40 + 39 + 38 + 37 + 36) / 5 / 365)
    assert rates.held_out is None


def test_held_out_rate_is_what_an_independent_period_gives_over_many_towns(
    hotspots: Callable[[int], Hotspots],
) -> None:
    rng = np.random.default_rng(11)
    expected, kept = [], []
    for _ in range(20):
        truth = rng.gamma(0.7, 3.0, 2_000)
        first, second = rng.poisson(truth), rng.poisson(truth)
        top = np.argsort(-first, kind="stable")[:20]
        places = hotspots(20)
        places.frame["n"] = first[top].astype(float)
        listed = np.full(2_000, None, dtype=object)
        listed[top] = list(places.ids)
        rates = expect_rates(places, pd.DataFrame({"n": first, "hotspot_id": listed})[first > 0])
        assert rates.selection is not None
        assert rates.held_out is not None
        expected.append(rates.held_out / rates.selection)
        kept.append(second[top].sum() / first[top].sum())
    assert np.mean(expected) == pytest.approx(np.mean(kept), abs=0.03)
    assert np.mean(kept) < 0.85


def test_missing_months_are_not_days_without_incidents(
    hotspots: Callable[[int], Hotspots],
) -> None:
    known = hotspots(2).provenance
    assert observed_days(known) == 365
    assert observed_days(replace(known, missing_months=("2025-03", "2025-04"))) == 304
