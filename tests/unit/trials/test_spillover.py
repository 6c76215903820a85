from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.tasking.mechanisms import Roster
from footbeat.trials.effect import estimate_effect
from footbeat.trials.inference import Draws
from footbeat.trials.panel import Panel, lay_out
from footbeat.trials.specification import specify
from footbeat.trials.spillover import estimate_spillover

NEAR = tuple((i, i + 1) for i in range(0, 20, 2))


def near_trial(make: SimpleNamespace, spill: float, *, seed: int = 2) -> tuple[Panel, np.ndarray]:
    """Places in pairs; a patrol multiplies what happens next door by `spill`."""
    rng = np.random.default_rng(seed)
    arms = make.daily(rng, 400, 20, 8)
    partner = np.arange(20) ^ 1
    mean = np.where(arms, 0.6, 1.0) * np.where(arms[:, partner], spill, 1.0)
    placedays = make.placedays(arms, rng.poisson(mean), "daily:8")
    plain = lay_out(placedays).phases[0].roster
    panel = lay_out(placedays, [Roster(plain.hotspot_ids, plain.days, plain.strata, NEAR)])
    return panel, placedays.frame["n"].to_numpy(dtype=float)


def estimates(panel: Panel, values: np.ndarray) -> dict[str, object]:
    found = estimate_spillover(panel, values, Draws(99, np.random.default_rng(1)))
    return {one.name: one for one in found}


@pytest.mark.parametrize("spill", [0.6, 1.0, 1.5])
def test_what_happens_next_door_is_measured(make: SimpleNamespace, spill: float) -> None:
    found = estimates(*near_trial(make, spill))
    near, alone = found["spillover-near-patrol"], found["effect-none-near"]
    assert near.ratio == pytest.approx(spill, rel=0.12)
    assert near.low < spill < near.high
    assert alone.ratio == pytest.approx(0.6, rel=0.12)


def test_without_near_places_there_is_nothing_to_measure(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(2)
    arms = make.daily(rng, 30, 8, 3)
    placedays = make.placedays(arms, rng.poisson(1, arms.shape), "daily:3")
    values = placedays.frame["n"].to_numpy(dtype=float)
    assert estimate_spillover(lay_out(placedays), values, Draws(99, rng)) == ()


def test_chances_of_exposure_are_those_of_the_draw(make: SimpleNamespace) -> None:
    panel, values = near_trial(make, 1.0)
    found = estimates(panel, values)
    # 12 of 20 in control; a partner among the other 19 is treated with chance 8/19.
    expected = 400 * 20 * 0.6 * 8 / 19
    n_near = int(found["spillover-near-patrol"].note.split()[0].replace(",", ""))
    assert n_near == pytest.approx(expected, rel=0.04)


def test_days_drawn_alike_share_their_chances(make: SimpleNamespace) -> None:
    panel, values = near_trial(make, 1.0)
    estimates(panel, values)
    (chance,) = panel.phases[0].bank.values()
    # Of 8 in 20, one place off and its partner on: 12/20 · 8/19, and so on.
    exact = np.array([12 * 8, 12 * 11, 8 * 12]) / (20 * 19)
    assert chance == pytest.approx(np.broadcast_to(exact[:, None, None], chance.shape), abs=0.003)


def test_the_specification_curve_asks_the_same_in_many_ways(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(2)
    arms = make.daily(rng, 90, 12, 4)
    counts = rng.poisson(np.where(arms, 0.5, 1.0))
    parts = counts + 0.5 * (counts > 0)
    placedays = make.placedays(arms, counts, "daily:4", n_fractional=parts)
    values = placedays.frame["n"].to_numpy(dtype=float)
    found = specify(placedays, lay_out(placedays), values, Draws(499, rng))
    names = [one.name for one in found]
    assert names.count("all place-days") == 2
    assert {"Friday to Sunday", "uncertain times in parts", "without the busiest hot spot"} <= set(
        names
    )
    for one in found:
        assert one.ratio == pytest.approx(0.5, abs=0.2)


def test_the_effect_carries_its_specification_curve(make: SimpleNamespace) -> None:
    rng = np.random.default_rng(2)
    arms = make.daily(rng, 30, 8, 3)
    placedays = make.placedays(arms, rng.poisson(1, arms.shape), "daily:3")
    effect = estimate_effect(placedays, n_draws=999, rng=rng)
    assert effect.specification[0].ratio == effect.ratio
