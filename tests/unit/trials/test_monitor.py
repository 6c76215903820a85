from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.errors import UsageError
from footbeat.trials.monitor import Monitor, watch
from footbeat.trials.panel import lay_out


def watched(make: SimpleNamespace, ratio: float, *, days: int = 365, rate: float = 0.15) -> Monitor:
    rng = np.random.default_rng(12)
    arms = make.daily(rng, days, 20, 8)
    placedays = make.placedays(arms, rng.poisson(rate * np.where(arms, ratio, 1.0)), "daily:8")
    return watch(placedays, lay_out(placedays))


def test_a_benefit_raises_its_alert_and_not_the_other(make: SimpleNamespace) -> None:
    found = watched(make, 0.5)
    assert found.alert == "benefit"
    assert found.evidence_harm < 1
    assert found.alert_day is not None
    assert "less happens" in found.says


def test_harm_has_an_alarm_of_its_own(make: SimpleNamespace) -> None:
    found = watched(make, 1.8)
    assert found.alert == "harm"
    assert found.says.startswith("ALERT")


def test_a_quiet_monitor_never_says_no_effect_without_its_power(make: SimpleNamespace) -> None:
    found = watched(make, 1.0)
    assert found.alert is None
    assert found.detectable is not None
    assert "not evidence of no effect" in found.says


def test_evidence_of_early_days_does_not_change_when_days_are_added(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(5)
    arms = make.daily(rng, 60, 10, 4)
    counts = rng.poisson(0.3, (60, 10))
    short, whole = (
        watch(placedays, lay_out(placedays))
        for placedays in (
            make.placedays(arms[:40], counts[:40], "daily:4"),
            make.placedays(arms, counts, "daily:4"),
        )
    )
    assert whole.by_day[:40] == short.by_day


def test_a_day_that_is_not_whole_yet_is_not_read(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(5)
    arms = make.daily(rng, 30, 10, 4)
    placedays = make.placedays(arms, rng.poisson(0.3, (30, 10)), "daily:4")
    placedays.frame.loc[placedays.frame["day"] == placedays.frame["day"].max(), "mature"] = False
    assert len(watch(placedays, lay_out(placedays)).by_day) == 29


def test_places_kept_apart_are_refused_with_their_own_reason(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(5)
    arms = make.daily(rng, 20, 10, 4)
    placedays = make.placedays(arms, np.ones(arms.shape), "constrained(daily:4)")
    with pytest.raises(UsageError, match="its days are drawn alone"):
        watch(placedays, lay_out(placedays))


def test_a_mechanism_over_days_is_refused_with_the_reason(make: SimpleNamespace) -> None:
    schedule = make.schedule(8, 40, "runs:on=1-3,off=1-7,min_off=5")
    counts = np.ones(schedule.arms.shape)
    placedays = make.placedays(schedule.arms, counts, schedule.mechanism)
    with pytest.raises(UsageError, match="draws days together"):
        watch(placedays, lay_out(placedays))
