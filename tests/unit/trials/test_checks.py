from types import SimpleNamespace

import numpy as np

from footbeat.trials import checks
from footbeat.trials.inference import Draws
from footbeat.trials.panel import lay_out


def draws() -> Draws:
    return Draws(999, np.random.default_rng(1))


def trial(make: SimpleNamespace, **columns: np.ndarray) -> tuple:
    rng = np.random.default_rng(6)
    arms = make.daily(rng, 60, 12, 4)
    counts = rng.poisson(0.5, arms.shape)
    placedays = make.placedays(arms, counts, "daily:4", **columns)
    return placedays, lay_out(placedays), arms, counts


def test_an_untouchable_outcome_with_an_effect_raises_doubt(make: SimpleNamespace) -> None:
    _, _, arms, _ = trial(make)
    rng = np.random.default_rng(2)
    same, lower = rng.poisson(1, arms.shape), rng.poisson(np.where(arms, 0.3, 1.0))
    for other, passed in ((same, True), (lower, False)):
        placedays, panel, _, _ = trial(make, n_other=other)
        assert checks.check_negative_control(placedays, panel, draws()).passed is passed


def test_without_an_untouchable_outcome_there_is_no_verdict(make: SimpleNamespace) -> None:
    placedays, panel, _, _ = trial(make)
    assert checks.check_negative_control(placedays, panel, draws()).passed is None


def test_other_hours_are_no_control_where_crime_may_have_moved_there(
    make: SimpleNamespace,
) -> None:
    other = np.random.default_rng(2).poisson(1, (60, 12)).astype(float)
    placedays, panel, _, _ = trial(make, n_other=other, n_else=other)
    found = checks.check_negative_control(placedays, panel, draws())
    assert (found.passed, found.value) == (None, None)
    assert "no control" in found.text


def test_later_recording_on_patrol_days_raises_doubt(make: SimpleNamespace) -> None:
    _, _, arms, counts = trial(make)
    rng = np.random.default_rng(2)
    for shift, passed in ((0.0, True), (4.0, False)):
        delay = np.where(counts > 0, rng.normal(5, 1, arms.shape) + shift * arms, np.nan)
        placedays, panel, _, _ = trial(make, delay_days=delay)
        assert checks.check_recording(placedays, panel, draws()).passed is passed


def test_arms_more_uneven_than_the_draw_raise_doubt(make: SimpleNamespace) -> None:
    _, panel, _, _ = trial(make)
    assert checks.check_balance(panel, draws()).passed is True
    arms = np.zeros((60, 12), dtype=bool)
    arms[:, :3] = True
    arms[np.arange(60), 3 + np.arange(60) % 9] = True
    arms[5, [0, 11]] = arms[5, [11, 0]]
    arms[6, [1, 10]], arms[7, [2, 9]] = arms[6, [10, 1]], arms[7, [9, 2]]
    uneven = make.placedays(arms, np.ones(arms.shape), "daily:4")
    assert checks.check_balance(lay_out(uneven), draws()).passed is False


def test_a_ratio_that_hangs_on_one_place_is_said(make: SimpleNamespace) -> None:
    placedays, panel, arms, _ = trial(make)
    counts = np.ones(arms.shape)
    counts[:, 0] = np.where(arms[:, 0], 0, 60)
    values = counts.ravel()
    found = {check.name: check for check in checks.check_leave_one_out(placedays, panel, values)}
    assert found["leave-one-place-out"].passed is False
    assert "to 0.99" in found["leave-one-place-out"].text


def test_a_second_look_is_said() -> None:
    assert checks.check_looks(1).passed is True
    assert "3 times" in checks.check_looks(3).text
