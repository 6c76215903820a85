from datetime import date
from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.periods import Window
from footbeat.trials.building import PlacedayOptions, build_placedays
from footbeat.trials.effect import estimate_effect
from footbeat.trials.inference import Draws, estimate_after
from footbeat.trials.moved import check_time, estimate_time_displacement
from footbeat.trials.panel import lay_out


def rng() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize("later", [0.5, 1.0, 1.8])
def test_the_day_after_a_patrol_is_measured_with_today_taken_out(
    make: SimpleNamespace, later: float
) -> None:
    generator = np.random.default_rng(4)
    arms = make.daily(generator, 300, 20, 8)
    before = np.vstack([np.zeros((1, 20), bool), arms[:-1]])
    counts = generator.poisson(np.where(arms, 0.6, 1.0) * np.where(before, later, 1.0))
    placedays = make.placedays(arms, counts, "daily:8")
    values = placedays.frame["n"].to_numpy(dtype=float)
    found = estimate_after(
        lay_out(placedays), values, Draws(999, rng()), days=1, ratio=0.6, name="after"
    )
    assert found is not None
    assert found.ratio == pytest.approx(later, rel=0.1)
    assert found.low < later < found.high


def test_incidents_in_other_hours_are_counted_on_their_own(make: SimpleNamespace) -> None:
    schedule = make.schedule(n=2, days=3, mechanism="daily:1")
    rows = [make.at(1, 0, 15.0), make.at(1, 0, 23.0), make.at(2, 1, 9.0), make.at(2, 1, 16.0)]
    options = PlacedayOptions(hours=Window.parse("14:00-20:00"), data_cut=date(2026, 12, 31))
    frame = build_placedays(make.incidents(rows), schedule, options=options).frame
    assert frame["n"].sum() == 2
    assert frame["n_else"].sum() == 2
    assert frame["n_other"].equals(frame["n_else"])
    whole = build_placedays(make.incidents(rows), schedule).frame
    assert whole["n_else"].isna().all()


def test_crime_that_moves_to_other_hours_is_a_row_and_a_check(make: SimpleNamespace) -> None:
    generator = np.random.default_rng(4)
    arms = make.daily(generator, 120, 12, 5)
    counts, other = (generator.poisson(np.where(arms, r, 1.0)) for r in (0.5, 1.6))
    placedays = make.placedays(arms, counts, "daily:5", n_else=other)
    effect = estimate_effect(placedays, n_draws=999, rng=rng())
    row = next(one for one in effect.estimators if one.name == "time-other-hours")
    assert row.low > 1
    assert "incidents on patrol days" in row.note
    check = next(one for one in effect.checks if one.name == "time-displacement")
    assert check.passed is False
    assert "may have moved in time" in check.text


def test_days_drawn_together_take_the_day_after_from_the_model(make: SimpleNamespace) -> None:
    generator = np.random.default_rng(4)
    arms = make.schedule(10, 60, "blocks:2/5;times=1-2").arms
    placedays = make.placedays(arms, generator.poisson(1.0, arms.shape), "blocks:2/5;times=1-2")
    panel = lay_out(placedays)
    values = placedays.frame["n"].to_numpy(dtype=float)
    assert estimate_time_displacement(placedays, panel, values, Draws(99, rng()), ratio=1.0) == ()


def test_without_any_other_time_there_is_no_verdict() -> None:
    assert check_time(()).passed is None
