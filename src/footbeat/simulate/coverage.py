"""How often the interval holds the truth: many towns of one design, one estimator.

One town proves nothing: its interval holds the truth or misses it by chance. So the design of
a trial is repeated over towns of other hot spots, other luck and other schedules, and every
one is analysed by the estimator that analysed the trial itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from footbeat.simulate.planted import multipliers, planted_truth
from footbeat.simulate.rhythm import day_factors, drift, window_shares
from footbeat.simulate.scenes import draw_kinds, draw_rates
from footbeat.tasking.keys import RandomKeys
from footbeat.tasking.mechanisms import parse_mechanism
from footbeat.trials.effect import estimate_ratio

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from footbeat.simulate.planted import Truth
    from footbeat.simulate.town import TownOptions
    from footbeat.tasking.schedule import Schedule
    from footbeat.trials.placedays import Placedays

    FloatArray = NDArray[np.float64]
    BoolArray = NDArray[np.bool_]

N_DRAWS = 1_000


@dataclass(frozen=True, slots=True)
class Coverage:
    """How a design did over many towns.

    Attributes
    ----------
    sims
        Towns simulated.
    covered
        Towns whose 95 % interval held their own truth.
    detected
        Towns whose interval lay wholly below a ratio of 1.
    mean_ratio, mean_truth
        Means of the estimates and of what they should have been.
    n_draws
        Redraws behind each interval.
    """

    sims: int
    covered: int
    detected: int
    mean_ratio: float
    mean_truth: float
    n_draws: int = N_DRAWS


@dataclass(frozen=True, slots=True)
class Design:
    """A trial whose design is repeated.

    Attributes
    ----------
    placedays
        Its table; arms and counts are replaced, everything else stays.
    schedule
        Its schedule, for the mechanism and the roster.
    rate
        Expected counted incidents a place-day without patrols.
    truth
        What was delivered in each arm.
    """

    options: TownOptions
    placedays: Placedays
    schedule: Schedule
    rate: float
    truth: Truth


def measure_coverage(
    design: Design,
    n_towns: int,
    rng: np.random.Generator,
    *,
    advance: Callable[[int], None] = lambda _: None,
) -> Coverage:
    """Simulate place-days of `n_towns` towns and estimate the effect in each.

    Parameters
    ----------
    design
        What is repeated.
    n_towns
        How many towns.
    rng
        Source of chance.
    advance
        Told after each town.
    """
    rows = [_try_town(design, rng, advance) for _ in range(n_towns)]
    truth, ratio, low, high = np.array(rows).T
    return Coverage(
        sims=n_towns,
        covered=int(((low <= truth) & (truth <= high)).sum()),
        detected=int((high < 1).sum()),
        mean_ratio=float(np.nanmean(ratio)),
        mean_truth=float(truth.mean()),
    )


def draw_intensities(
    options: TownOptions, n_places: int, rate: float, rng: np.random.Generator
) -> FloatArray:
    """Draw expected counts without patrols on every place-day of a town of that mean rate."""
    days = options.trial_days
    weekdays = np.array([day.weekday() for day in days])
    columns = [
        level
        * drift(len(days), rng)
        * day_factors(kind, days)
        * window_shares(kind, weekdays, options.hours)
        for level, kind in zip(draw_rates(n_places, rng), draw_kinds(n_places), strict=True)
    ]
    drawn = np.column_stack(columns)
    return np.asarray(drawn * rate / drawn.mean())


def _try_town(
    design: Design, rng: np.random.Generator, advance: Callable[[int], None]
) -> tuple[float, float, float, float]:
    roster = design.schedule.roster
    arms = parse_mechanism(design.schedule.mechanism).draw(RandomKeys(rng, roster.shape), roster)
    expected = draw_intensities(design.options, roster.shape[1], design.rate, rng)
    truth, counts = _run_trial(design, arms, expected, rng)
    frame = design.placedays.frame.assign(
        assigned=arms.ravel().astype(np.int64), n=counts.ravel(), delivered=None
    )
    found = estimate_ratio(replace(design.placedays, frame=frame), n_draws=N_DRAWS, rng=rng)
    advance(1)
    ends = (found.ratio, found.low, found.high)
    open_ends = (np.nan, 0.0, np.inf)
    ratio, low, high = (o if e is None else e for e, o in zip(ends, open_ends, strict=True))
    return truth, ratio, low, high


def _run_trial(
    design: Design, arms: BoolArray, expected: FloatArray, rng: np.random.Generator
) -> tuple[float, NDArray[np.int64]]:
    chance = np.where(arms, design.truth.delivered_treated, design.truth.delivered_control)
    delivered = rng.random(arms.shape) < chance
    nowhere = np.zeros_like(expected)
    truth = planted_truth((expected, nowhere), arms, delivered, design.options)
    ratio = multipliers(delivered, design.options.effect, design.options.carry_over_days)
    return truth.intention_to_treat, rng.poisson(expected * ratio)
