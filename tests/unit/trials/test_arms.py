from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.errors import MismatchError
from footbeat.trials.arms import unlikely_draw_warnings
from footbeat.trials.effect import estimate_effect
from footbeat.trials.panel import lay_out

RUNS = "runs:on=1-3,off=1-7,min_off=5"
BLOCKS = "blocks:2/5;times=1-2"


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def daily_arms(make: SimpleNamespace) -> np.ndarray:
    return np.asarray(make.daily(rng(), 90, 20, 8))


@pytest.mark.parametrize("mechanism", [RUNS, BLOCKS])
def test_arms_the_mechanism_could_not_draw_are_refused(
    make: SimpleNamespace, mechanism: str
) -> None:
    arms = daily_arms(make)
    with pytest.raises(MismatchError, match="must have been drawn by"):
        lay_out(make.placedays(arms, np.ones(arms.shape), mechanism))


def test_a_place_treated_every_day_is_refused_under_blocks(make: SimpleNamespace) -> None:
    arms = make.schedule(8, 90, BLOCKS).arms.copy()
    arms[:, 2] = True
    with pytest.raises(MismatchError, match="1 of 8 hot spots"):
        lay_out(make.placedays(arms, np.ones(arms.shape), BLOCKS))


def test_another_number_a_day_than_the_load_is_refused(make: SimpleNamespace) -> None:
    arms = make.schedule(20, 60, RUNS).arms
    with pytest.raises(MismatchError, match="hot spots a day are treated"):
        lay_out(make.placedays(arms, np.ones(arms.shape), f"{RUNS},load=8-8"))


@pytest.mark.parametrize("mechanism", ["coin:0.4", "daily:8", RUNS, BLOCKS, f"{RUNS},load=4-9"])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_mechanism_draws_passes_without_a_word(
    make: SimpleNamespace, mechanism: str, seed: int
) -> None:
    arms = make.schedule(20, 40, mechanism, seed=seed).arms
    panel = lay_out(make.placedays(arms, np.ones(arms.shape), mechanism))
    assert unlikely_draw_warnings(panel, rng()) == []


def test_blocks_joined_in_their_midst_pass(make: SimpleNamespace) -> None:
    arms = make.schedule(20, 60, BLOCKS).arms[3:-2]
    assert lay_out(make.placedays(arms, np.ones(arms.shape), BLOCKS)).phases


def test_arms_unlike_the_coin_that_is_named_are_warned_of_first(make: SimpleNamespace) -> None:
    arms = daily_arms(make)
    placedays = make.placedays(arms, rng(2).poisson(0.2, arms.shape), "coin:0.5")
    said = estimate_effect(placedays, n_draws=999, rng=rng()).warnings[0]
    assert said.startswith("The arms do not look drawn by `coin:0.5` (how many")


def test_exactly_as_many_every_day_is_no_coin_even_at_its_share(make: SimpleNamespace) -> None:
    arms = daily_arms(make)
    panel = lay_out(make.placedays(arms, np.ones(arms.shape), "coin:0.4"))
    (said,) = unlikely_draw_warnings(panel, rng())
    assert "how evenly they fall on the days" in said
