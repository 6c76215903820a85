from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.errors import ColumnError, DataError, MismatchError, UsageError
from footbeat.trials.building import PlacedayOptions, build_placedays
from footbeat.trials.effect import Effect, estimate_effect, estimate_ratio
from footbeat.trials.plan import LockedPlan, Plan
from footbeat.trials.results import Estimate


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def named(effect: Effect, name: str) -> Estimate:
    return next(estimate for estimate in effect.estimators if estimate.name == name)


def southend(make: SimpleNamespace, ratio: float, *, seed: int = 4, rate: float = 0.3) -> Effect:
    generator = rng(seed)
    arms = make.daily(generator, 90, 20, 8)
    counts = generator.poisson(rate * np.where(arms, ratio, 1.0))
    return estimate_effect(make.placedays(arms, counts, "daily:8"), n_draws=1999, rng=rng())


def test_a_strong_effect_is_found_with_counts_and_exposure(make: SimpleNamespace) -> None:
    effect = southend(make, 0.5)
    assert effect.ratio == pytest.approx(0.5, abs=0.12)
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low < 0.5 < effect.high < 1
    assert (effect.n_treated, effect.n_control) == (720, 1080)
    assert effect.exposure_control_h == 1080 * 24
    assert "720 patrol days" in str(effect)


def test_every_estimator_stands_beside_the_main_one(make: SimpleNamespace) -> None:
    effect = southend(make, 0.7)
    poisson = named(effect, "poisson-place-day")
    assert poisson.coef is not None
    assert poisson.ratio == pytest.approx(np.exp(poisson.coef))
    assert named(effect, "negative-binomial-place-day").ratio == pytest.approx(
        poisson.ratio, rel=0.05
    )
    assert effect.estimators[0].name == "randomisation"
    assert named(effect, "exact-totals").p is not None


def test_the_same_seed_gives_the_same_effect_and_row_order_never_matters(
    make: SimpleNamespace,
) -> None:
    generator = rng(8)
    arms = make.daily(generator, 40, 9, 3)
    placedays = make.placedays(arms, generator.poisson(0.5, (40, 9)), "daily:3")
    shuffled = replace(placedays, frame=placedays.frame.sample(frac=1, random_state=3))
    one = estimate_effect(placedays, n_draws=999, rng=rng())
    assert one == estimate_effect(placedays, n_draws=999, rng=rng())
    other = estimate_effect(shuffled, n_draws=9999, rng=rng())
    assert other.ratio == pytest.approx(one.ratio)
    assert other.p == pytest.approx(one.p, abs=0.05)
    assert named(other, "poisson-place-day").coef == pytest.approx(
        named(one, "poisson-place-day").coef
    )


def test_an_arm_without_incidents_is_said_in_words_and_left_open(make: SimpleNamespace) -> None:
    generator = rng()
    arms = make.daily(generator, 30, 8, 3)
    counts = np.zeros((30, 8))
    controls = np.argwhere(~arms)[[5, 40, 90]]
    counts[tuple(controls.T)] = 1
    effect = estimate_effect(make.placedays(arms, counts, "daily:3"), n_draws=1999, rng=rng())
    assert effect.ratio == 0
    assert (effect.low, effect.high) == (None, None)
    assert effect.p is not None
    assert effect.p > 0.05
    assert named(effect, "poisson-place-day").ratio is None
    assert any("No incident fell on a patrol day" in text for text in effect.warnings)
    assert any("rests on 3 incidents" in text for text in effect.warnings)


def test_no_incident_at_all_gives_no_ratio(make: SimpleNamespace) -> None:
    arms = make.daily(rng(), 30, 8, 3)
    effect = estimate_effect(make.placedays(arms, 0 * arms, "daily:3"), n_draws=999, rng=rng())
    assert effect.ratio is None
    assert any("no ratio" in text for text in effect.warnings)


def test_one_hot_spot_is_refused(make: SimpleNamespace) -> None:
    arms = rng().random((30, 1)) < 0.5
    with pytest.raises(DataError, match="two hot spots"):
        estimate_effect(make.placedays(arms, 0 * arms, "coin:0.5"), rng=rng())


def test_a_place_always_treated_contradicts_its_draw(make: SimpleNamespace) -> None:
    arms = rng().random((60, 6)) < 0.5
    arms[:, 2] = True
    with pytest.raises(MismatchError, match="1 of 6 hot spots are treated on every day"):
        estimate_effect(make.placedays(arms, 0 * arms, "coin:0.5"), rng=rng())


def test_a_wrong_number_of_places_contradicts_the_draw(make: SimpleNamespace) -> None:
    arms = make.daily(rng(), 30, 8, 3)
    arms[4] = True
    with pytest.raises(MismatchError, match="On 1 of 30 days"):
        estimate_effect(make.placedays(arms, 0 * arms, "daily:3"), rng=rng())


def test_an_outcome_the_table_does_not_have_is_refused(make: SimpleNamespace) -> None:
    arms = make.daily(rng(), 30, 8, 3)
    with pytest.raises(ColumnError, match="harm_days"):
        estimate_effect(make.placedays(arms, 0 * arms, "daily:3"), outcome="harm_days", rng=rng())


def test_nothing_old_enough_is_refused(make: SimpleNamespace) -> None:
    options = PlacedayOptions(data_cut=date(2026, 2, 5))
    built = build_placedays(make.incidents([make.at(1, 2, 12)]), make.schedule(), options=options)
    with pytest.raises(DataError, match="old enough"):
        estimate_effect(built, rng=rng())


def test_missing_days_are_left_out_and_immature_ones_said(make: SimpleNamespace) -> None:
    generator = rng()
    arms = make.daily(generator, 30, 8, 3)
    placedays = make.placedays(arms, generator.poisson(1, (30, 8)), "daily:3")
    frame = placedays.frame[placedays.frame["day"] != date(2026, 2, 9)].copy()
    frame.loc[frame["day"] > date(2026, 2, 25), "mature"] = False
    effect = estimate_effect(replace(placedays, frame=frame), n_draws=999, rng=rng())
    assert effect.n_treated + effect.n_control == 24 * 8
    assert any("40 of 232 place-days are left out" in text for text in effect.warnings)


def test_the_quick_ratio_equals_the_main_estimate(make: SimpleNamespace) -> None:
    generator = rng()
    arms = make.daily(generator, 30, 8, 3)
    placedays = make.placedays(arms, generator.poisson(1, (30, 8)), "daily:3")
    quick = estimate_ratio(placedays, n_draws=999, rng=rng())
    assert quick == estimate_effect(placedays, n_draws=999, rng=rng()).estimators[0]


def test_two_phases_are_redrawn_apart_and_joined(make: SimpleNamespace) -> None:
    phases = [make.schedule(8, 60), make.schedule(6, 60, start=date(2026, 4, 10), seed=1)]
    frame = phases[1].frame.assign(phase=2)
    phases[1] = replace(phases[1], frame=frame, options=replace(phases[1].options, phase=2))
    incidents = make.incidents_of(phases[0], rng(2), rate=1.0, ratio=0.5)
    built = build_placedays(incidents, phases, options=PlacedayOptions(data_cut=date(2026, 12, 31)))
    effect = estimate_effect(built, phases, n_draws=999, rng=rng())
    assert effect.n_treated == 3 * 60 + 3 * 60
    assert effect.ratio == pytest.approx(0.5, abs=0.15)


def test_an_effect_reads_back_as_it_was_written(make: SimpleNamespace) -> None:
    effect = southend(make, 0.8)
    assert Effect.from_json(effect.as_json()) == effect
    assert effect.to_frame()["name"].iloc[0] == "randomisation"


def test_carry_over_moves_the_curve_and_is_said_first(make: SimpleNamespace) -> None:
    generator = rng(6)
    arms = make.daily(generator, 300, 20, 8)
    yesterday = np.vstack([np.zeros((1, 20), bool), arms[:-1]])
    counts = generator.poisson(np.where(arms, 0.5, 1.0) * np.where(yesterday, 0.5, 1.0))
    effect = estimate_effect(make.placedays(arms, counts, "daily:8"), n_draws=999, rng=rng())
    lag = {row.days: row for row in effect.lags}
    assert lag[1].ratio == pytest.approx(0.5, abs=0.07)
    assert lag[-1].p is not None
    assert lag[-1].p > 0.01
    ratios = [row.ratio for row in effect.clean_control]
    assert ratios[0] is not None
    assert ratios[1] is not None
    assert ratios[1] < 0.9 * ratios[0]
    assert effect.warnings[0].startswith("The interval assumes")
    assert "may not hold" in effect.warnings[0]


def test_without_carry_over_the_assumption_is_still_said(make: SimpleNamespace) -> None:
    effect = southend(make, 0.6, rate=3.0)
    assert any("no carry-over" in text and "may not hold" not in text for text in effect.warnings)


def test_a_patrol_that_acts_tomorrow_only_is_not_called_an_effect_today(
    make: SimpleNamespace,
) -> None:
    generator = rng(6)
    arms = make.daily(generator, 300, 20, 8)
    yesterday = np.vstack([np.zeros((1, 20), bool), arms[:-1]])
    counts = generator.poisson(np.where(yesterday, 0.5, 1.0))
    effect = estimate_effect(make.placedays(arms, counts, "daily:8"), n_draws=999, rng=rng())
    assert effect.low is not None
    assert effect.high is not None
    assert effect.low < 1 < effect.high
    assert "a patrol the day before shows a ratio of 0.5" in effect.warnings[0]


def test_runs_call_carry_over_by_its_right_name(make: SimpleNamespace) -> None:
    schedule = make.schedule(12, 150, "runs:on=1-3,off=1-7,min_off=5")
    arms = schedule.arms
    yesterday = np.vstack([np.zeros((1, 12), bool), arms[:-1]])
    counts = rng(6).poisson(2 * np.where(yesterday, 0.4, 1.0))
    placedays = make.placedays(arms, counts, schedule.mechanism)
    effect = estimate_effect(placedays, schedule, n_draws=999, rng=rng())
    assert "same day plus carry-over" in effect.estimand
    lag = {row.days: row for row in effect.lags}
    assert lag[0].ratio == pytest.approx(1.0, abs=0.2)
    assert lag[1].ratio == pytest.approx(0.4, abs=0.1)
    assert named(effect, "poisson-given-lags").ratio == lag[0].ratio
    assert "may not hold" in effect.warnings[0]


def test_the_plan_decides_which_estimator_is_the_answer(make: SimpleNamespace) -> None:
    generator = rng(8)
    arms = make.daily(generator, 60, 12, 5)
    placedays = make.placedays(arms, generator.poisson(0.6, (60, 12)), "daily:5")
    placedays = replace(placedays, about=replace(placedays.about, group="serious-violence"))
    plan = LockedPlan(Plan(estimator="poisson-place-day-robust"), "a" * 64)
    planned = estimate_effect(placedays, plan=plan, n_draws=999, rng=rng())
    assert planned.planned
    assert planned.estimators[0].name == planned.estimator == "poisson-place-day-robust"
    assert planned.ratio == planned.estimators[0].ratio != named(planned, "randomisation").ratio
    other = estimate_effect(placedays, plan=plan, estimator="randomisation", n_draws=999, rng=rng())
    assert not other.planned
    assert any("not the planned estimator" in text for text in other.warnings)


def test_a_sensitivity_is_never_the_answer(make: SimpleNamespace) -> None:
    arms = make.daily(rng(), 10, 4, 2)
    placedays = make.placedays(arms, np.ones((10, 4)), "daily:2")
    with pytest.raises(UsageError, match="may be the answer"):
        estimate_effect(placedays, estimator="negative-binomial-place-day", rng=rng())


def test_days_since_a_patrol_show_a_benefit_that_wears_off(make: SimpleNamespace) -> None:
    generator = rng(11)
    arms = make.daily(generator, 600, 20, 6)
    since = np.full(arms.shape, 99)
    for step in (3, 2, 1):
        since[step:][arms[:-step]] = step
    worn = np.select([since == 1, since == 2, since == 3], [0.4, 0.7, 0.9], 1.0)
    counts = generator.poisson(np.where(arms, 0.4, worn))
    effect = estimate_effect(make.placedays(arms, counts, "daily:6"), n_draws=999, rng=rng())
    found = {row.days: row for row in effect.days_since}
    for days, truth in ((1, 0.4), (2, 0.7), (3, 0.9), (5, 1.0)):
        assert found[days].ratio == pytest.approx(truth, rel=0.12)
        assert found[days].low < truth < found[days].high
    quiet = arms[5:] == 0
    assert found[1].n_placedays <= (quiet & arms[4:-1]).sum() + 20
