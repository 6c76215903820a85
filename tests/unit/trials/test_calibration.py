from datetime import date

import numpy as np
import pytest

from footbeat.periods import day_range
from footbeat.tasking.mechanisms import Roster
from footbeat.trials.calibrated import Calibrated
from footbeat.trials.calibration import CalibrationOptions, calibrate
from footbeat.trials.worlds import Design, World, draw_harm

ROSTER = Roster(tuple(f"h{i}" for i in range(8)), tuple(day_range(date(2026, 1, 1), 40)))
QUICK = CalibrationOptions(n_sims=60, n_draws=299)


def tried(
    world: World, mechanism: str = "daily:3", options: CalibrationOptions = QUICK
) -> dict[str, Calibrated]:
    found = calibrate(Design(mechanism, ROSTER), world, options, seed=3)
    return {one.name: one for one in found}


def test_every_estimator_is_valid_where_it_should_be() -> None:
    found = tried(World(0.4, 0.5))
    for one in found.values():
        assert one.size <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    for name in ("randomisation", "poisson-place-day", "poisson-place-day-robust"):
        coverage = found[name].coverage
        assert coverage is not None
        assert coverage >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / 60)
    assert found["randomisation"].power > 0.5


def test_the_poisson_error_is_too_small_where_counts_are_over_dispersed() -> None:
    found = tried(World(1.5, 1.0, dispersion=5.0))
    assert found["poisson-place-day"].size > 0.15
    assert found["randomisation"].size <= 0.13


@pytest.mark.slow
def test_the_same_seed_gives_the_same_answer_whatever_the_workers() -> None:
    design, world = Design("daily:3", ROSTER), World(0.4, 0.6)
    one = calibrate(design, world, CalibrationOptions(30, 49), seed=1)
    two = calibrate(design, world, CalibrationOptions(30, 49, n_workers=2), seed=1)
    assert one == two


def test_mechanisms_over_days_have_no_monitor() -> None:
    few = CalibrationOptions(n_sims=2, n_draws=49)
    found = tried(World(0.4, 0.6), "runs:on=1-3,off=1-7,min_off=5", few)
    assert set(found) == {
        "randomisation",
        "poisson-place-day",
        "poisson-place-day-robust",
        "harm-means",
        "placebo-lead",
    }


def test_progress_is_told_after_every_part() -> None:
    done: list[None] = []
    calibrate(
        Design("daily:3", ROSTER),
        World(0.4),
        CalibrationOptions(60, 199),
        seed=1,
        advance=lambda: done.append(None),
    )
    assert len(done) == 3


def test_worlds_have_the_rate_the_effect_and_the_carry_over_they_name() -> None:
    rng = np.random.default_rng(1)
    arms = rng.random((4000, 30)) < 0.5
    counts = World(0.5, 0.6, carry_over=0.5).draw_counts(arms, rng)
    before = np.vstack([np.zeros((1, 30), bool), arms[:-1]])
    means = [counts[mask].mean() for mask in (~arms & ~before, arms & ~before, ~arms & before)]
    assert means[1] / means[0] == pytest.approx(0.6, abs=0.02)
    assert means[2] / means[0] == pytest.approx(0.5, abs=0.02)


def test_harm_is_drawn_for_every_incident_and_for_nothing_else() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(0.3, (50, 4)).astype(float)
    harm = draw_harm(counts, rng)
    assert (harm > 0).tolist() == (counts > 0).tolist()
