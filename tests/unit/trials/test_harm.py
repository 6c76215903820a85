from types import SimpleNamespace

import numpy as np
import pytest

from footbeat.trials.counting import half_harm_incidents
from footbeat.trials.effect import Effect, estimate_effect
from footbeat.trials.harm import winsorise


def harmed(make: SimpleNamespace, *, homicide: bool) -> Effect:
    rng = np.random.default_rng(6)
    arms = make.daily(rng, 90, 20, 8)
    counts = rng.poisson(np.where(arms, 0.3, 0.3))
    harm = counts * 10.0
    largest = np.where(counts > 0, 10.0, np.nan)
    if homicide:
        day, place = np.argwhere(~arms & (counts > 0))[0]
        harm[day, place] += 5475
        largest[day, place] = 5475
    placedays = make.placedays(arms, counts, "daily:8", harm_days=harm, harm_largest=largest)
    return estimate_effect(
        placedays, outcome="harm_days", n_draws=999, rng=np.random.default_rng(1)
    )


def ratios(effect: Effect) -> dict[str, float]:
    return dict(zip(effect.to_frame()["name"], effect.to_frame()["ratio"], strict=True))


def test_harm_is_stated_five_ways(make: SimpleNamespace) -> None:
    found = ratios(harmed(make, homicide=False))
    assert {
        "randomisation",
        "harm-winsorised",
        "harm-square-root",
        "harm-leave-largest-out",
    } <= set(found)
    assert "negative-binomial-place-day" not in found


def test_one_homicide_moves_the_means_and_not_the_guarded_ways(make: SimpleNamespace) -> None:
    plain, struck = ratios(harmed(make, homicide=False)), ratios(harmed(make, homicide=True))
    assert struck["randomisation"] < 0.6 * plain["randomisation"]
    for name in ("harm-winsorised", "harm-leave-largest-out"):
        assert struck[name] == pytest.approx(plain[name], rel=0.08)


def test_harm_warns_that_its_intervals_cover_less(make: SimpleNamespace) -> None:
    assert any("cover less" in text for text in harmed(make, homicide=False).warnings)


def test_half_the_harm_may_rest_on_one_incident() -> None:
    assert half_harm_incidents(np.array([5475.0] + [10.0] * 100)) == 1
    assert half_harm_incidents(np.full(10, 7.0)) == 5
    assert half_harm_incidents(np.array([np.nan])) is None


def test_winsorising_nothing_changes_nothing() -> None:
    assert winsorise(np.zeros(4)).tolist() == [0, 0, 0, 0]
