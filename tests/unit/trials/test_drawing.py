"""Figures of results hold what the results say; how they look is looked at by people."""

from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.trials.effect import estimate_effect
from footbeat.trials.monitor import watch
from footbeat.trials.panel import lay_out
from footbeat.trials.placedays import Placedays
from footbeat.trials.power import PowerOptions, power_curve


@pytest.fixture
def placedays(make: SimpleNamespace) -> Placedays:
    rng = np.random.default_rng(3)
    arms = make.daily(rng, 60, 10, 4)
    return make.placedays(arms, rng.poisson(np.where(arms, 0.4, 0.8)), "daily:4")


def test_an_effect_is_drawn_with_every_estimator_that_has_a_ratio(placedays: Placedays) -> None:
    effect = estimate_effect(placedays, n_draws=999, rng=np.random.default_rng(1))
    axes = effect.plot().axes[0]
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    assert labels[-1] == "randomisation"
    assert sorted(labels) == sorted(one.name for one in effect.estimators if one.ratio)
    assert "patrol days" in axes.get_title(loc="left")


def test_the_monitor_is_drawn_with_alert_line_and_interval(placedays: Placedays) -> None:
    found = watch(placedays, lay_out(placedays))
    evidence, interval = found.plot().axes
    drawn = [list(line.get_ydata()) for line in evidence.get_lines()]
    assert [row.evidence_benefit for row in found.by_day] in drawn
    assert [found.threshold, found.threshold] in drawn
    assert interval.get_ylabel() == "Ratio, from 20 events"


def test_a_power_curve_rises_with_the_effect_and_costs_less() -> None:
    options = PowerOptions(n_hotspots=8, n_days=30, n_treated=3, rate=0.6, patrol_cost=60.0)
    curve = power_curve(options, (0.5, 0.8), n_sims=20)
    frame = curve.to_frame()
    assert frame["power"].is_monotonic_decreasing
    assert frame["cost_needed"].is_monotonic_increasing
    assert (frame["simulated"] - frame["power"]).abs().max() < 0.4
    axes = curve.plot().axes[0]
    assert list(axes.get_lines()[0].get_ydata()) == list(frame["power"])
