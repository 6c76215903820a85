from datetime import date, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from footbeat.errors import MismatchError
from footbeat.tables import VISITS, Provenance, check_table
from footbeat.tracking.visits import Visits
from footbeat.trials.building import PlacedayOptions, build_placedays
from footbeat.trials.delivery import (
    Delivery,
    describe_delivery,
    estimate_complier_ratio,
    prevented,
)
from footbeat.trials.effect import estimate_effect
from footbeat.trials.inference import Draws
from footbeat.trials.panel import lay_out


def draws(n: int = 999) -> Draws:
    return Draws(n, np.random.default_rng(1))


def delivered_trial(make: SimpleNamespace, *, comply: float, leak: float) -> tuple:
    """Places patrolled whatever the draw are calmer; a patrol halves what happens."""
    rng = np.random.default_rng(4)
    arms = make.daily(rng, 400, 20, 8)
    kind = rng.choice(
        ["complier", "always", "never"], arms.shape, p=[comply - leak, leak, 1 - comply]
    )
    done = (kind == "always") | ((kind == "complier") & arms)
    base = np.where(kind == "always", 0.3, 0.8)
    counts = rng.poisson(base * np.where(done, 0.5, 1.0))
    placedays = make.placedays(arms, counts, "daily:8", delivered=done.astype(int))
    return placedays, lay_out(placedays), placedays.frame["n"].to_numpy(dtype=float)


def test_the_complier_ratio_undoes_dilution(make: SimpleNamespace) -> None:
    placedays, panel, values = delivered_trial(make, comply=0.7, leak=0.1)
    found = estimate_complier_ratio(placedays, panel, values, draws())
    assert found is not None
    assert found.ratio == pytest.approx(0.5, abs=0.08)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0.5 < found.high
    assert found.note.startswith("Delivered on 71 % of patrol and 10 %")


def test_full_delivery_gives_the_difference_of_means_as_a_ratio(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    arms = make.daily(rng, 60, 10, 4)
    counts = rng.poisson(np.where(arms, 0.5, 1.0))
    placedays = make.placedays(arms, counts, "daily:4", delivered=arms.astype(int))
    found = estimate_complier_ratio(
        placedays, lay_out(placedays), counts.ravel().astype(float), draws()
    )
    assert found is not None
    assert found.ratio == pytest.approx(counts[arms].mean() / counts[~arms].mean())


def test_unknown_delivery_gives_no_complier_ratio(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    arms = make.daily(rng, 30, 10, 4)
    placedays = make.placedays(arms, rng.poisson(1, arms.shape), "daily:4")
    values = placedays.frame["n"].to_numpy(dtype=float)
    assert estimate_complier_ratio(placedays, lay_out(placedays), values, draws()) is None
    assert describe_delivery(placedays) == Delivery(None, None, None, None)


def test_prevented_incidents_turn_the_interval_over() -> None:
    delivery = Delivery(1.0, 0.0, 30.0, 0.0)
    hundred, hour = prevented((0.5, 0.7, None), 0.2, delivery)
    assert hundred == (None, pytest.approx(6.0), pytest.approx(10.0))
    assert hour == (None, pytest.approx(0.12), pytest.approx(0.2))


def test_no_extra_minutes_give_no_rate_per_hour() -> None:
    assert prevented((0.5, 0.7, 0.9), 0.2, Delivery(1.0, 1.0, 20.0, 20.0))[1] is None


def visits_of(schedule: object, minutes: float, *, hotspot: str | None = None) -> Visits:
    treated = schedule.frame[schedule.frame["arm"] == "treated"]
    noon = pd.to_datetime(treated["day"]).dt.tz_localize("UTC") + timedelta(hours=15)
    n = len(treated)
    table = pa.table(
        {
            "visit_id": [str(i) for i in range(n)],
            "unit_id": ["u1"] * n,
            "hotspot_id": [hotspot or place for place in treated["hotspot_id"]],
            "day": treated["day"].to_list(),
            "arrive": noon.to_list(),
            "leave": (noon + timedelta(minutes=minutes)).to_list(),
            "minutes": [minutes] * n,
            "minutes_low": [minutes - 1] * n,
            "minutes_high": [minutes + 1] * n,
            "n_pings": [9] * n,
            "mode": ["foot"] * n,
            "source": ["gps"] * n,
        }
    )
    known = Provenance("EPSG:27700", start="2026-02-01", end="2026-02-20")
    return Visits(check_table(table, VISITS), known, n * 9, 0, 0, {}, {}, 0, ())


def test_visits_say_what_was_delivered_and_uncovered_days_stay_unknown(
    make: SimpleNamespace,
) -> None:
    schedule = make.schedule()
    incidents = make.incidents([make.at(1, 2, 12)])
    options = PlacedayOptions(data_cut=date(2026, 12, 31))
    visits = visits_of(schedule, 16)
    frame = build_placedays(incidents, schedule, visits=visits, options=options).frame
    covered = frame["day"] <= date(2026, 2, 20)
    assert frame.loc[~covered, "delivered"].isna().all()
    assert (frame.loc[covered, "delivered"] == frame.loc[covered, "assigned"]).all()
    assert set(frame.loc[covered & (frame["assigned"] == 1), "patrol_minutes"]) == {16.0}


def test_a_visit_too_short_delivers_nothing(make: SimpleNamespace) -> None:
    schedule = make.schedule()
    built = build_placedays(
        make.incidents([make.at(1, 2, 12)]),
        schedule,
        visits=visits_of(schedule, 7),
        options=PlacedayOptions(data_cut=date(2026, 12, 31)),
    )
    assert describe_delivery(built).delivered_share == 0


def test_visits_of_another_schedule_are_refused(make: SimpleNamespace) -> None:
    schedule = make.schedule()
    visits = visits_of(schedule, 16, hotspot="elsewhere")
    with pytest.raises(MismatchError, match="same hot spots"):
        build_placedays(make.incidents([make.at(1, 2, 12)]), schedule, visits=visits)


def test_the_effect_carries_delivery_and_its_check(make: SimpleNamespace) -> None:
    placedays, _, _ = delivered_trial(make, comply=0.7, leak=0.2)
    effect = estimate_effect(placedays, n_draws=999, rng=np.random.default_rng(1))
    assert effect.delivered_share == pytest.approx(0.7, abs=0.03)
    assert effect.contamination_share == pytest.approx(0.2, abs=0.03)
    checks = {check.name: check for check in effect.checks}
    assert checks["delivered"].passed is False
    assert checks["contamination"].passed is False
    assert "complier" in list(effect.to_frame()["name"])


def test_visits_without_a_place_day_of_the_schedule_are_counted_and_said(
    make: SimpleNamespace,
) -> None:
    schedule = make.schedule()
    visits = visits_of(schedule, 16)
    frame = visits.to_frame()
    frame.loc[[0, 1], "hotspot_id"] = "elsewhere"
    table = check_table(pa.Table.from_pandas(frame, preserve_index=False), VISITS)
    placedays = build_placedays(
        make.incidents([make.at(1, 2, 12), make.at(2, 3, 12)]),
        schedule,
        visits=Visits(table, visits.provenance),
        options=PlacedayOptions(data_cut=date(2026, 12, 31)),
    )
    assert placedays.about.n_visits_outside == 2
    effect = estimate_effect(placedays, schedule, n_draws=999, rng=np.random.default_rng(1))
    assert any("2 visits to no place-day" in text for text in effect.warnings)
