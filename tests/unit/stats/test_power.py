import math

import pytest

from footbeat.stats.power import (
    days_needed,
    detection_power,
    minimum_detectable_reduction,
    placedays_needed,
)


def test_the_detectable_reduction_is_found_with_exactly_the_power_asked_for() -> None:
    reduction = minimum_detectable_reduction(720, 1080, 0.2, dispersion=1.4, power=0.9)
    assert reduction is not None
    found = detection_power(720, 1080, 0.2, ratio=1 - reduction, dispersion=1.4)
    assert found == pytest.approx(0.9, abs=1e-9)


def test_over_dispersion_makes_less_detectable() -> None:
    plain = minimum_detectable_reduction(720, 1080, 0.2)
    noisy = minimum_detectable_reduction(720, 1080, 0.2, dispersion=2)
    assert plain is not None
    assert noisy is not None
    assert noisy > plain


def test_nothing_is_detectable_without_incidents_or_without_an_arm() -> None:
    assert minimum_detectable_reduction(720, 1080, 0) is None
    assert minimum_detectable_reduction(0, 1080, 0.2) is None
    assert detection_power(0, 1080, 0.2, ratio=0.5) == 0


def test_no_length_of_trial_finds_an_effect_that_is_not_there() -> None:
    assert days_needed(20, 0.4, 0.05, ratio=1.0) is None
    assert placedays_needed(1.0, 0.05, ratio=0.5) is None


def test_days_needed_give_the_power_and_one_day_fewer_does_not() -> None:
    days = days_needed(20, 0.4, 0.05, ratio=0.7)
    assert days is not None
    powers = [
        detection_power(0.4 * 20 * d, 0.6 * 20 * d, 0.05, ratio=0.7) for d in (days - 1, days)
    ]
    assert powers[0] < 0.8 <= powers[1]


def test_a_rise_needs_fewer_days_than_a_fall_of_the_same_log_size() -> None:
    fall = placedays_needed(0.4, 0.05, ratio=0.7)
    rise = placedays_needed(0.4, 0.05, ratio=1 / 0.7)
    assert fall is not None
    assert rise is not None
    assert rise < fall
    assert math.isfinite(fall)
