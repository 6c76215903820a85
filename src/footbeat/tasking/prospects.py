"""What a schedule can be expected to show, said before it is committed to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from footbeat.stats.power import days_needed, minimum_detectable_reduction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footbeat.tasking.mechanisms import Mechanism, Roster
    from footbeat.tasking.rates import ExpectedRates
    from footbeat.tasking.windows import VisitPlan

LAGS = (1, 2, 3, 4, 5)
TARGET_REDUCTION = 0.2
_OFFICERS = 2
_REHEARSALS = 200


@dataclass(frozen=True, slots=True)
class CleanShare:
    """Comparison days with no patrol in the days before, as shares of all that could be.

    Attributes
    ----------
    expected
        Over all schedules the mechanism could draw.
    realised
        In the one that was drawn; None before the draw.
    """

    expected: float | None
    realised: float | None


@dataclass(frozen=True, slots=True)
class Workload:
    """What a schedule asks of the people who walk it.

    Attributes
    ----------
    patrols_low, patrols_high
        Fewest and most hot spots patrolled on one day.
    days_low, days_high
        Fewest and most patrol days of one hot spot.
    visits
        Visits over the whole phase.
    patrol_minutes, officer_minutes
        Over the whole phase, with two officers a patrol.
    """

    patrols_low: int
    patrols_high: int
    days_low: int
    days_high: int
    visits: int
    patrol_minutes: float
    officer_minutes: float


@dataclass(frozen=True, slots=True)
class Power:
    """What the schedule can detect, 80 % power at 5 %.

    Attributes
    ----------
    mde_held_out, mde_selection
        Smallest detectable reduction, 0 to 1, at the rate to expect and at the inflated rate of
        the selection period; None where no reduction would be found.
    days_needed
        Days of this design that would find a fall of a fifth at the rate to expect.
    rates
        The two rates, incidents per hot spot and day.
    """

    mde_held_out: float | None
    mde_selection: float | None
    days_needed: int | None
    rates: ExpectedRates


@dataclass(frozen=True, slots=True)
class Prospects:
    """What one design can be expected to show and to ask for.

    Attributes
    ----------
    mechanism
        The design in the written grammar.
    is_drawn
        Whether this describes a drawn schedule; otherwise rehearsals of the design.
    n_treated, n_control
        Place-days in each arm; rounded expectations before the draw.
    per_day
        Hot spots patrolled on an average day.
    clean_control_share
        By number of days before.
    workload
        What it asks of the people who walk it.
    near_pairs
        Pairs of hot spots whose boundaries are nearer than the roster's distance.
    power
        What it can detect.
    """

    mechanism: str
    is_drawn: bool
    n_treated: int
    n_control: int
    per_day: float
    clean_control_share: dict[int, CleanShare]
    workload: Workload
    near_pairs: int
    power: Power


def review_design(
    mechanism: Mechanism,
    roster: Roster,
    visits: VisitPlan,
    rates: ExpectedRates,
    *,
    arms: NDArray[np.bool_] | None = None,
) -> Prospects:
    """Return what a design, or with `arms` one drawn schedule, can be expected to show.

    Raises
    ------
    UsageError
        When the mechanism cannot be drawn over the roster.
    """
    mechanism.check(roster)
    drawn = _rehearse(mechanism, roster) if arms is None else arms[None, :, :]
    total = len(roster.days) * len(roster.hotspot_ids)
    n_treated = round(float(drawn.sum()) / len(drawn))
    return Prospects(
        mechanism=str(mechanism),
        is_drawn=arms is not None,
        n_treated=n_treated,
        n_control=total - n_treated,
        per_day=n_treated / len(roster.days),
        clean_control_share=clean_control_shares(mechanism, roster, arms),
        workload=measure_workload(drawn, visits, roster.strata),
        near_pairs=len(roster.near),
        power=measure_power(roster, n_treated, rates),
    )


def clean_control_shares(
    mechanism: Mechanism, roster: Roster, arms: NDArray[np.bool_] | None = None
) -> dict[int, CleanShare]:
    """Return the share of comparison days with no patrol in the previous 1 to 5 days.

    Counted over the comparison days that have that many days of the phase before them; a day
    that is not drawn (skipped, or another weekday) has no patrol. For `daily` the expected
    share is (1 − k/n)^d.

    Parameters
    ----------
    mechanism, roster
        The design.
    arms
        The schedule drawn, shape (days, places), or None before the draw.
    """
    clean, total = _expected_clean(mechanism, roster)
    shares = {}
    for lag in LAGS:
        expected = clean[lag] / total[lag] if total[lag] else None
        shares[lag] = CleanShare(expected, None if arms is None else _realised(arms, roster, lag))
    return shares


def measure_workload(
    drawn: NDArray[np.bool_], visits: VisitPlan, strata: Sequence[str]
) -> Workload:
    """Return what schedules, shape (draws, days, places), ask of the people who walk them."""
    by_day, by_place = drawn.sum(axis=2), drawn.sum(axis=1)
    doses = [visits.of(name) for name in strata]
    times = np.array([dose.visits_per_day for dose in doses])
    lengths = np.array([dose.visits_per_day * dose.dose_min for dose in doses])
    n_visits = round(float((by_place @ times).mean()))
    minutes = float((by_place @ lengths).mean())
    return Workload(
        patrols_low=int(by_day.min()),
        patrols_high=int(by_day.max()),
        days_low=int(by_place.min()),
        days_high=int(by_place.max()),
        visits=n_visits,
        patrol_minutes=minutes,
        officer_minutes=_OFFICERS * minutes,
    )


def measure_power(roster: Roster, n_treated: float, rates: ExpectedRates) -> Power:
    """Return what so many treated place-days of a roster can detect, in closed form.

    The rate is per day; hot spots and days are taken to be alike. `footbeat trial calibrate`
    simulates what differing places, carry-over and imperfect delivery do to it.
    """
    total = len(roster.days) * len(roster.hotspot_ids)
    share = n_treated / total
    needed = None
    if rates.held_out:
        ratio = 1 - TARGET_REDUCTION
        needed = days_needed(len(roster.hotspot_ids), share, rates.held_out, ratio=ratio)
    return Power(
        _detectable(n_treated, total, rates.held_out),
        _detectable(n_treated, total, rates.selection),
        needed,
        rates,
    )


def _detectable(n_treated: float, total: int, rate: float | None) -> float | None:
    return minimum_detectable_reduction(n_treated, total - n_treated, rate) if rate else None


def _expected_clean(
    mechanism: Mechanism, roster: Roster
) -> tuple[dict[int, float], dict[int, float]]:
    if mechanism.is_independent_by_day:
        return _weigh(1 - mechanism.probabilities(roster), roster)
    clean, total = dict.fromkeys(LAGS, 0.0), dict.fromkeys(LAGS, 0.0)
    for drawn in _rehearse(mechanism, roster):
        one_clean, one_total = _weigh(np.where(drawn, 0.0, 1.0), roster)
        for lag in LAGS:
            clean[lag] += one_clean[lag]
            total[lag] += one_total[lag]
    return clean, total


def _rehearse(mechanism: Mechanism, roster: Roster) -> NDArray[np.bool_]:
    # The generator is fixed, so that everyone who asks about a design is told the same.
    rng = np.random.default_rng(0)
    day, place = np.indices(roster.shape).reshape(2, -1)
    draws = mechanism.replay(roster, day, place, n_draws=_REHEARSALS, rng=rng)
    return draws.reshape(_REHEARSALS, *roster.shape)


def _realised(arms: NDArray[np.bool_], roster: Roster, lag: int) -> float | None:
    clean, total = _weigh(np.where(arms, 0.0, 1.0), roster)
    return clean[lag] / total[lag] if total[lag] else None


def _weigh(
    control: NDArray[np.float64], roster: Roster
) -> tuple[dict[int, float], dict[int, float]]:
    """Sum control days, and clean ones among them; `control` is 0 or 1, or a probability."""
    position = {day: index for index, day in enumerate(roster.days)}
    clean, total = dict.fromkeys(LAGS, 0.0), dict.fromkeys(LAGS, 0.0)
    for day, index in position.items():
        weight = control[index].copy()
        for lag in LAGS:
            before = day - timedelta(days=lag)
            if before < roster.days[0]:
                break
            total[lag] += control[index].sum()
            if before in position:
                weight *= control[position[before]]
            clean[lag] += weight.sum()
    return clean, total
